package mumbai.gossip.wire;

import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** One zlib stream (RFC 1950) in each direction, the text bounded by {@code maxTextSize}. Reused by one thread. */
final class Zlib {
    private static final ThreadLocal<Zlib> OF_THREAD = ThreadLocal.withInitial(Zlib::new);

    /** Most bytes by which the stream of a short text is longer than the text. */
    private static final int STREAM_OVERHEAD = 64;

    private final Inflater inflater = new Inflater();
    private final Deflater deflater = new Deflater();
    /** One byte more than allowed, so that a text of exactly the limit can be told from a longer one. */
    private final byte[] text = new byte[Limits.MAX_TEXT + 1];

    private Zlib() {
    }

    /** The instance of the calling thread. */
    static Zlib ofThread() {
        return OF_THREAD.get();
    }

    /** The buffer that {@link #inflate} fills; valid until its next call on this thread. */
    byte[] text() {
        return text;
    }

    /** Inflates one whole stream into {@link #text()} and returns the length of the text. */
    int inflate(byte[] datagram) throws RejectedException {
        inflater.reset();
        inflater.setInput(datagram);
        int length = 0;
        try {
            while (!inflater.finished()) {
                int n = inflater.inflate(text, length, text.length - length);
                length += n;
                if (length > Limits.MAX_TEXT) {
                    throw new RejectedException(Reason.INFLATE_TOO_BIG);
                }
                if (n == 0 && !inflater.finished()) {
                    throw new RejectedException(inflater.needsDictionary() ? Reason.INFLATE_CORRUPT : Reason.INFLATE_TRUNCATED);
                }
            }
        } catch (DataFormatException e) {
            // A stream that is damaged behind the limit is too big first: that is where reading ends.
            throw new RejectedException(inflater.getBytesWritten() > Limits.MAX_TEXT ? Reason.INFLATE_TOO_BIG : Reason.INFLATE_CORRUPT);
        }
        if (inflater.getRemaining() != 0) {
            throw new RejectedException(Reason.INFLATE_TRAILING);
        }
        return length;
    }

    /** The zlib stream of a text, however long it is. */
    byte[] stream(byte[] plain) {
        deflater.reset();
        deflater.setInput(plain);
        deflater.finish();
        byte[] out = new byte[plain.length + STREAM_OVERHEAD];
        int length = 0;
        while (!deflater.finished()) {
            if (length == out.length) {
                out = Arrays.copyOf(out, 2 * out.length);
            }
            length += deflater.deflate(out, length, out.length - length);
        }
        return Arrays.copyOf(out, length);
    }

    /** The zlib stream of a text, or null when it would not be smaller than the text (MGP1-FRM-005). */
    byte[] deflate(byte[] plain) {
        deflater.reset();
        deflater.setInput(plain);
        deflater.finish();
        byte[] out = new byte[plain.length];
        int length = 0;
        while (!deflater.finished() && length < out.length) {
            length += deflater.deflate(out, length, out.length - length);
        }
        return deflater.finished() && length < plain.length ? Arrays.copyOf(out, length) : null;
    }
}
