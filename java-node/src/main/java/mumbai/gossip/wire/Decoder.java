package mumbai.gossip.wire;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Datagrams to messages, in the order of receipt (MGP1-ERR-001). Holds no state. */
public final class Decoder {
    private Decoder() {
    }

    /**
     * Decodes a datagram.
     *
     * @throws RejectedException with the reason of the first step that fails
     */
    public static Decoded decode(byte[] datagram, Gate gate) throws RejectedException {
        return MessageReader.read(object(datagram), gate);
    }

    /**
     * Decodes a datagram for a receiver that takes version 0 too (chapter 10).
     *
     * @throws RejectedException with the reason of the first step that fails
     */
    public static Received decodeAny(byte[] datagram, Gate gate, LegacyMessage.Origin origin) throws RejectedException {
        ObjectNode root = object(datagram);
        return root.has("protocolVersion") ? MessageReader.read(root, gate) : LegacyReader.read(root, gate, origin);
    }

    private static ObjectNode object(byte[] datagram) throws RejectedException {
        if (datagram.length == 0) {
            throw new RejectedException(Reason.SIZE_EMPTY);
        }
        if (Frame.isRaw(datagram)) {
            return JsonText.object(datagram, datagram.length);
        }
        if (!Frame.isZlib(datagram)) {
            throw new RejectedException(Reason.FRAME_UNKNOWN);
        }
        Zlib zlib = Zlib.ofThread();
        int length = zlib.inflate(datagram);
        return JsonText.object(zlib.text(), length);
    }
}
