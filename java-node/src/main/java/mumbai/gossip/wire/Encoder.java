package mumbai.gossip.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** Messages to datagrams. */
public final class Encoder {
    private Encoder() {
    }

    /** The datagram of a message, raw or compressed as chapter 2 has it, whatever its length. */
    public static byte[] datagram(Message message, int compressionThreshold) {
        return Frame.of(MessageWriter.text(message), compressionThreshold);
    }

    /**
     * The datagram of a meaning (chapter 12) with the defaults of chapter 11. Nothing is filled in.
     *
     * @throws RefusedException when the meaning breaks a rule of chapters 3 to 5, or does not fit
     */
    public static byte[] encode(JsonNode meaning) throws RefusedException {
        if (!(meaning instanceof ObjectNode object)) {
            throw new RefusedException(Reason.JSON_NOT_OBJECT.code());
        }
        Decoded decoded;
        try {
            check(object, 1);
            decoded = MessageReader.read(object, Gate.OPEN);
        } catch (RejectedException e) {
            throw new RefusedException(e.reason().code());
        }
        if (!decoded.skipped().isEmpty()) {
            throw new RefusedException(decoded.skipped().get(0).reason().code());
        }
        byte[] text = MessageWriter.text(decoded.message());
        byte[] datagram = text.length > Limits.MAX_TEXT ? text : Frame.of(text, Limits.DEFAULT_THRESHOLD);
        if (datagram.length > Limits.DEFAULT_PACKET) {
            throw new RefusedException("size.packet");
        }
        return datagram;
    }

    /** The rules of chapter 3 that a tree can break. */
    private static void check(JsonNode node, int depth) throws RejectedException {
        if (node.isContainerNode() && depth > Limits.MAX_DEPTH) {
            throw new RejectedException(Reason.JSON_DEPTH);
        }
        if (node.isTextual() && !JsonText.isWellFormed(node.textValue())) {
            throw new RejectedException(Reason.JSON_SURROGATE);
        }
        if (node.isNumber() && !Double.isFinite(node.doubleValue())) {
            throw new RejectedException(Reason.JSON_NUMBER);
        }
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            if (!JsonText.isWellFormed(member.getKey())) {
                throw new RejectedException(Reason.JSON_SURROGATE);
            }
        }
        for (JsonNode child : node) {
            check(child, depth + 1);
        }
    }
}
