package mumbai.gossip.runtime;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import mumbai.gossip.protocol.Machine;
import mumbai.gossip.protocol.Now;
import mumbai.gossip.state.Remembered;
import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.NodeRecord;

/**
 * What a machine held at one moment. Immutable, so that any thread may read it.
 *
 * @param entries by key, tombstones included
 * @param counters rejected datagrams and skipped items by reason code
 * @param history messages held against duplicates
 */
public record Snapshot(NodeRecord self, SortedMap<String, Seen> members, SortedMap<String, Entry> entries,
        Map<String, Remembered.Ghost> remembered, SortedMap<String, Long> counters, int history) {
    /**
     * A member as seen at that moment.
     *
     * @param age milliseconds since its {@code lastSeen} last grew
     */
    public record Seen(NodeRecord record, boolean validated, long age) {
    }

    /** What a machine holds now. */
    public static Snapshot of(Machine machine, Now now) {
        SortedMap<String, Seen> members = new TreeMap<>();
        machine.members().forEach((id, member) -> members.put(id,
                new Seen(member.record(), machine.isValidated(member.address()), now.mono() - member.lastGrown())));
        return new Snapshot(machine.self(), Collections.unmodifiableSortedMap(members),
                Collections.unmodifiableSortedMap(machine.entries()), Collections.unmodifiableMap(machine.remembered()),
                Collections.unmodifiableSortedMap(machine.counters()), machine.history());
    }
}
