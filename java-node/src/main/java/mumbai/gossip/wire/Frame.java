package mumbai.gossip.wire;

/** Datagrams and the texts in them (chapter 2). */
public final class Frame {
    private static final int RAW = 0x7B;

    private Frame() {
    }

    /** The datagram of a text: raw up to the threshold, then whichever is smaller (MGP1-FRM-003 to 005). */
    public static byte[] of(byte[] text, int compressionThreshold) {
        if (text.length <= compressionThreshold) {
            return text;
        }
        byte[] stream = Zlib.ofThread().deflate(text);
        return stream != null ? stream : text;
    }

    /** Whether a datagram starts like a zlib stream without preset dictionary (MGP1-FRM-009). */
    static boolean isZlib(byte[] datagram) {
        if (datagram.length < 2) {
            return false;
        }
        int b0 = datagram[0] & 0xFF;
        int b1 = datagram[1] & 0xFF;
        return (b0 & 0x0F) == 8 && b0 >> 4 <= 7 && (256 * b0 + b1) % 31 == 0 && (b1 & 0x20) == 0;
    }

    /** Whether a datagram starts like a raw JSON text (MGP1-FRM-008). */
    static boolean isRaw(byte[] datagram) {
        return datagram.length > 0 && datagram[0] == RAW;
    }
}
