package mumbai.gossip.wire;

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
        if (datagram.length == 0) {
            throw new RejectedException(Reason.SIZE_EMPTY);
        }
        if (Frame.isRaw(datagram)) {
            return MessageReader.read(JsonText.object(datagram, datagram.length), gate);
        }
        if (!Frame.isZlib(datagram)) {
            throw new RejectedException(Reason.FRAME_UNKNOWN);
        }
        Zlib zlib = Zlib.ofThread();
        int length = zlib.inflate(datagram);
        return MessageReader.read(JsonText.object(zlib.text(), length), gate);
    }
}
