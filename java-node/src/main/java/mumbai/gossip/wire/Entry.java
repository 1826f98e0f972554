package mumbai.gossip.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One line of the shared store: a key with its value, time, version and writer (chapter 5). Immutable; keeps its own
 * canonical bytes, because they are its size, its rank and what is sent.
 */
public final class Entry {
    private final String key;
    private final JsonNode value;
    private final byte[] canonicalValue;
    private final long timestamp;
    private final String version;
    private final String sourceNode;
    private final boolean deleted;
    private final byte[] wire;

    private Entry(String key, JsonNode value, long timestamp, String version, String sourceNode, boolean deleted) {
        this.key = key;
        this.value = value;
        this.canonicalValue = CanonicalJson.bytes(value);
        this.timestamp = timestamp;
        this.version = version;
        this.sourceNode = sourceNode;
        this.deleted = deleted;
        this.wire = form(deleted ? "true" : null);
    }

    /**
     * An entry by the rules MGP1-MSG-004 to MGP1-MSG-007.
     *
     * @throws RejectedException with the first of these rules that the entry breaks
     */
    public static Entry of(String key, JsonNode value, long timestamp, String version, String sourceNode, boolean deleted)
            throws RejectedException {
        checkKey(key);
        boolean stamped = timestamp >= 0 && timestamp <= Limits.MAX_INTEGER && Names.isToken(version) && Names.isNodeId(sourceNode);
        if (!stamped) {
            throw new RejectedException(Reason.ENTRY_SHAPE);
        }
        if (deleted && !value.isNull()) {
            throw new RejectedException(Reason.ENTRY_TOMBSTONE_VALUE);
        }
        Entry entry = new Entry(key, value, timestamp, version, sourceNode, deleted);
        if (entry.size() > Limits.MAX_ENTRY) {
            throw new RejectedException(Reason.ENTRY_SIZE);
        }
        return entry;
    }

    static void checkKey(String key) throws RejectedException {
        if (key.isEmpty() || key.length() > Limits.MAX_KEY
                || key.length() > Limits.MAX_KEY / 3 && key.getBytes(StandardCharsets.UTF_8).length > Limits.MAX_KEY) {
            throw new RejectedException(Reason.ENTRY_KEY);
        }
    }

    public String key() {
        return key;
    }

    /** The value; JSON null for a tombstone. */
    public JsonNode value() {
        return value;
    }

    /** The writer's wall clock at the write, in milliseconds. */
    public long timestamp() {
        return timestamp;
    }

    public String version() {
        return version;
    }

    public String sourceNode() {
        return sourceNode;
    }

    /** Whether this is a tombstone. */
    public boolean deleted() {
        return deleted;
    }

    /** The size of the entry in bytes, as chapter 5 counts it. */
    public int size() {
        return wire.length;
    }

    /** The total order of MGP1-MRG-001: whether this entry beats the other one for the same key. */
    public boolean beats(Entry other) {
        int order = Long.compare(timestamp, other.timestamp);
        // version and sourceNode are ASCII, so the order of their characters is that of their bytes
        order = order != 0 ? order : version.compareTo(other.version);
        order = order != 0 ? order : sourceNode.compareTo(other.sourceNode);
        order = order != 0 ? order : Boolean.compare(deleted, other.deleted);
        order = order != 0 ? order : Arrays.compareUnsigned(canonicalValue, other.canonicalValue);
        return order > 0;
    }

    /** {@code "key":{…}} in canonical form, as sent. */
    byte[] wire() {
        return wire;
    }

    /** {@code "key":{…}} with all five members, as in a meaning. */
    byte[] meaning() {
        return form(Boolean.toString(deleted));
    }

    private byte[] form(String deletedText) {
        Bytes out = new Bytes(128 + canonicalValue.length);
        out.string(key).ascii(":{");
        if (deletedText != null) {
            out.ascii("\"deleted\":").ascii(deletedText).put(',');
        }
        out.ascii("\"sourceNode\":\"").ascii(sourceNode).ascii("\",\"timestamp\":").number(timestamp);
        out.ascii(",\"value\":").put(canonicalValue).ascii(",\"version\":\"").ascii(version).ascii("\"}");
        return out.toArray();
    }
}
