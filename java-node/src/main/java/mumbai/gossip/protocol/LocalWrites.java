package mumbai.gossip.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import mumbai.gossip.state.Member;
import mumbai.gossip.wire.CanonicalJson;
import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.JsonText;
import mumbai.gossip.wire.Limits;
import mumbai.gossip.wire.Reason;
import mumbai.gossip.wire.RefusedException;
import mumbai.gossip.wire.RejectedException;

/** Writes of this node itself (MGP1-MRG-005, 006, 009, 011 and MGP1-MSG-008). */
final class LocalWrites {
    /** The refusal to delete what is not there. */
    private static final String UNKNOWN = "entry.unknown";

    /** As many digits as the wall clock has until the year 2286. */
    private static final long TYPICAL_TIME = 1_760_000_000_000L;

    private final Core core;
    private long lastWall = Member.NEVER;

    LocalWrites(Core core) {
        this.core = core;
    }

    void set(String key, JsonNode value, Now now) throws RefusedException {
        write(key, lawful(value), false, now);
    }

    void delete(String key, Now now) throws RefusedException {
        Entry held = core.entries.get(key);
        if (held == null || held.deleted()) {
            throw new RefusedException(UNKNOWN);
        }
        write(key, NullNode.instance, true, now);
    }

    /** Stamps entries of this node anew that the wall clock, having been set back, left in the future. */
    void restamp(Now now, boolean roundNow) {
        boolean fell = now.wall() < lastWall;
        lastWall = now.wall();
        if (!fell && !roundNow) {
            return;
        }
        for (Entry entry : core.entries.futureOnes(now.wall(), held -> held.sourceNode().equals(core.selfId))) {
            try {
                core.entries.put(Entry.of(entry.key(), entry.value(), now.wall(), core.random.version(), core.selfId, entry.deleted()));
                core.news.entry(entry.key());
                core.report(new Event.ClockSkew(entry.timestamp()));
            } catch (RejectedException e) {
                // a wall clock before 1970 stamps nothing; the entry waits for a better one
                continue;
            }
        }
    }

    private void write(String key, JsonNode value, boolean deleted, Now now) throws RefusedException {
        Entry held = core.entries.get(key);
        long timestamp = now.wall();
        if (held != null && !core.entries.isFuture(held, now.wall())) {
            timestamp = Math.max(timestamp, held.timestamp() + 1);
        }
        Entry entry = entry(key, value, timestamp, core.random.version(), core.selfId, deleted);
        if (held == null && core.entries.size() >= core.config.get(Parameter.MAX_ENTRIES)) {
            throw new RefusedException(Reason.ENTRY_CAPACITY.code());
        }
        core.entries.put(entry);
        core.news.entry(key);
    }

    /** Checks a write of a node without making it. */
    static void check(String nodeId, String key, JsonNode value) throws RefusedException {
        entry(key, lawful(value), TYPICAL_TIME, "00000000", nodeId, false);
    }

    private static Entry entry(String key, JsonNode value, long timestamp, String version, String source, boolean deleted)
            throws RefusedException {
        if (!JsonText.isWellFormed(key)) {
            throw new RefusedException(Reason.ENTRY_KEY.code());
        }
        try {
            return Entry.of(key, value, timestamp, version, source, deleted);
        } catch (RejectedException e) {
            throw new RefusedException(e.reason().code());
        }
    }

    /** The value as every other node will hold it; refused where their parsers would refuse it (MGP1-JSN-010). */
    private static JsonNode lawful(JsonNode value) throws RefusedException {
        try {
            return JsonText.value(CanonicalJson.bytes(value), Limits.MAX_DEPTH - Limits.DEPTH_AROUND_VALUE);
        } catch (RejectedException | IllegalArgumentException e) {
            throw new RefusedException(Reason.ENTRY_SHAPE.code());
        }
    }
}
