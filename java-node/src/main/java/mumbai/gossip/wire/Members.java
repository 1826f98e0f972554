package mumbai.gossip.wire;

import com.fasterxml.jackson.databind.JsonNode;

/** Members of JSON objects without conversion between types (MGP1-JSN-011). */
final class Members {
    private Members() {
    }

    /** The member, or null when it is absent or JSON null (MGP1-JSN-013). */
    static JsonNode of(JsonNode object, String name) {
        JsonNode member = object.get(name);
        return member == null || member.isNull() ? null : member;
    }

    /** The string, or null when it is anything else. */
    static String text(JsonNode node) {
        return node != null && node.isTextual() ? node.textValue() : null;
    }

    /** The integer from 0 to 2^53-1, or -1 when it is anything else (MGP1-JSN-014). */
    static long integer(JsonNode node) {
        if (node == null || !node.isIntegralNumber() || !node.canConvertToLong()) {
            return -1;
        }
        long value = node.longValue();
        return value <= Limits.MAX_INTEGER ? value : -1;
    }
}
