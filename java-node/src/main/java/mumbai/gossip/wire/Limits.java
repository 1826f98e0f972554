package mumbai.gossip.wire;

/** The numbers of chapter 11 that are the same in every node. */
public final class Limits {
    /** Largest UDP payload that a receiver takes, in bytes (MGP1-FRM-006). */
    public static final int MAX_DATAGRAM = 65_507;
    /** Largest JSON text after inflating, in bytes (MGP1-FRM-012). */
    public static final int MAX_TEXT = 65_536;
    /** Objects and arrays that may be open at once (MGP1-JSN-005). */
    public static final int MAX_DEPTH = 32;
    /** Levels that a message has around an entry's value: message, data, section, entry. */
    public static final int DEPTH_AROUND_VALUE = 4;
    /** Longest number token, in characters (MGP1-JSN-007). */
    public static final int MAX_NUMBER_TOKEN = 64;
    /** Greatest integer on the wire, 2^53 - 1 (MGP1-JSN-014). */
    public static final long MAX_INTEGER = (1L << 53) - 1;
    /** First value that a membership clock never reaches, 2^52 (MGP1-LIV-004). */
    public static final long CLOCK_END = 1L << 52;
    /** Longest entry key, in bytes of UTF-8 (MGP1-MSG-004). */
    public static final int MAX_KEY = 256;
    /** Largest entry, in canonical bytes (MGP1-MSG-007). */
    public static final int MAX_ENTRY = 640;
    /** No entry is smaller, in canonical bytes: one character in each of its texts, one digit in each of its numbers. */
    public static final int MIN_ENTRY = 60;
    /** Largest record, in canonical bytes (MGP1-MSG-013). */
    public static final int MAX_RECORD = 360;
    /** Least size of a PING to an address that is not validated, in bytes (MGP1-MSG-025). */
    public static final int PADDED_PING = 480;
    /** An answer to an address that is not validated is at most this many times its question (MGP1-DIS-012). */
    public static final int AMPLIFICATION = 3;
    /** Largest PONG, in bytes, whatever {@code maxPacketSize} is (MGP1-MSG-019). */
    public static final int MAX_PONG = 1_400;
    /** Rumours of a node itself from here on, 2^51, win nothing: a forged number cannot end its clock. */
    public static final long RUMOUR_END = 1L << 51;
    /** Default of {@code maxPacketSize}, in bytes. */
    public static final int DEFAULT_PACKET = 1_400;
    /** Default of {@code compressionThreshold}, in bytes. */
    public static final int DEFAULT_THRESHOLD = 512;

    private Limits() {
    }
}
