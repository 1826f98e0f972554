package mumbai.gossip.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/** The two published formats of version 0 (chapter 10). A dialect is told by its members, not by its frame. */
public enum Dialect {
    /** Camel case, milliseconds; published raw. */
    JAVA("v0-java", "type", "senderId", "messageId", "localData", "pingId") {
        @Override
        String kind(String text) {
            return text;
        }

        @Override
        long time(JsonNode node) {
            return Members.integer(node);
        }

        @Override
        String version(JsonNode node) {
            return Members.text(node);
        }
    },
    /** Snake case, seconds; published as zlib streams. */
    PYTHON("v0-python", "message_type", "sender_id", "message_id", "local_state", "ping_id") {
        @Override
        String kind(String text) {
            return text.chars().allMatch(c -> c < 128) ? text.toUpperCase(Locale.ROOT) : text;
        }

        @Override
        long time(JsonNode node) {
            return node != null && node.isNumber() ? milliseconds(node.doubleValue()) : -1;
        }

        @Override
        String version(JsonNode node) {
            long number = Members.integer(node);
            String digits = Long.toString(number);
            return number < 0 ? null : "0".repeat(Math.max(0, VERSION_DIGITS - digits.length())) + digits;
        }
    };

    /** Digits to which the versions of {@code v0-python} are padded, so that they sort as the numbers that they were. */
    private static final int VERSION_DIGITS = 7;
    private static final double MILLIS = 1_000;

    final String typeName;
    final String senderId;
    final String messageId;
    final String localData;
    final String pingId;
    private final String code;

    Dialect(String code, String typeName, String senderId, String messageId, String localData, String pingId) {
        this.code = code;
        this.typeName = typeName;
        this.senderId = senderId;
        this.messageId = messageId;
        this.localData = localData;
        this.pingId = pingId;
    }

    /** The name of chapter 10. */
    public String code() {
        return code;
    }

    /** The dialect of a message, {@code type} first, whatever its value; null where it is neither (MGP1-LEG-001). */
    static Dialect of(ObjectNode root) {
        for (Dialect dialect : values()) {
            if (root.has(dialect.typeName)) {
                return dialect;
            }
        }
        return null;
    }

    /** The type in the spelling of version 1. */
    abstract String kind(String text);

    /** The time in milliseconds from 0 to 2^53-1, or -1 where it is none. */
    abstract long time(JsonNode node);

    /** The version as text, or null where it is none. */
    abstract String version(JsonNode node);

    /** Seconds as a double, times 1000, rounded half to even; -1 outside of 0 to 2^53-1. */
    private static long milliseconds(double seconds) {
        double rounded = Math.rint(seconds * MILLIS);
        return rounded >= 0 && rounded <= Limits.MAX_INTEGER ? (long) rounded : -1;
    }
}
