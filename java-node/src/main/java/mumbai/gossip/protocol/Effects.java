package mumbai.gossip.protocol;

import java.util.List;

/**
 * What came of the calls since the last drain.
 *
 * @param sent datagrams to send, in this order
 * @param events what happened, in this order
 */
public record Effects(List<Outbound> sent, List<Event> events) {
}
