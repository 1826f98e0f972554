package mumbai.gossip.wire;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.SortedMap;

/**
 * A message of version 0, mapped (chapter 10).
 *
 * @param dialect the dialect that it came in
 * @param timestamp the sender's wall clock, milliseconds, below 2^52
 * @param pingId the id of a PING; of a PONG, where it is a token; otherwise null
 * @param localData the mapped entries of a GOSSIP by key
 * @param addresses where the other members of a GOSSIP may listen, by id: nothing else of them is used (MGP1-LEG-007)
 * @param skipped the entries that were left out, by key
 */
public record LegacyMessage(Dialect dialect, MessageType type, String senderId, String messageId, long timestamp, String pingId,
        SortedMap<String, Entry> localData, SortedMap<String, NamedAddress> addresses, List<Skip> skipped) implements Received {
    /** The {@code sourceNode} of every mapped entry: a constant, so that the mapping is the same at every relay. */
    public static final String SOURCE = "v0";

    /**
     * Where a named member listens.
     *
     * @param host the IP literal as it was written
     */
    public record NamedAddress(String host, Address address) {
    }

    /**
     * What the receiver knows of such a message beside its bytes.
     *
     * @param cluster the cluster that it counts as (MGP1-LEG-003)
     * @param from its UDP source address
     */
    public record Origin(String cluster, Address from) {
    }

    /**
     * The record of a sender: ALIVE, at the UDP source address, with the message's time as both clocks (MGP1-LEG-006).
     *
     * @throws RejectedException with the first rule of chapter 5 that the record breaks
     */
    public static NodeRecord sender(String id, Address from, long timestamp) throws RejectedException {
        return NodeRecord.of(id, from.host(), from.port(), MemberState.ALIVE, timestamp, timestamp,
                JsonNodeFactory.instance.objectNode(), null);
    }
}
