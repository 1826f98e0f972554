package mumbai.gossip.state;

import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import mumbai.gossip.wire.Reason;

/** How often a datagram was rejected or an item skipped, by reason (MGP1-ERR-004). */
public final class Counters {
    private final Map<Reason, Long> counts = new EnumMap<>(Reason.class);

    /** Counts one. */
    public void count(Reason reason) {
        counts.merge(reason, 1L, Long::sum);
    }

    /** The counts that are not zero, by reason code. */
    public SortedMap<String, Long> byCode() {
        SortedMap<String, Long> byCode = new TreeMap<>();
        counts.forEach((reason, count) -> byCode.put(reason.code(), count));
        return byCode;
    }
}
