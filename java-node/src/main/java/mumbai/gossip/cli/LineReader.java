package mumbai.gossip.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Lines that end in a line feed, or in carriage return and line feed. A carriage return elsewhere is part of its line, which
 * the readers of the standard library see differently.
 */
final class LineReader {
    private final InputStream in;
    private byte[] bytes;
    private int start;
    private int end;

    /** A reader of {@code in} that asks for {@code capacity} bytes at a time. */
    LineReader(InputStream in, int capacity) {
        this.in = in;
        this.bytes = new byte[capacity];
    }

    /** The next line, each byte as the character of its value, or null after the last; waits for the rest of a line. */
    String next() throws IOException {
        int at = start;
        while (true) {
            for (; at < end; at++) {
                if (bytes[at] == '\n') {
                    String line = line(at);
                    start = at + 1;
                    return line;
                }
            }
            int seen = at - start;
            if (!fill()) {
                String last = seen == 0 ? null : line(end);
                start = end;
                return last;
            }
            at = start + seen;
        }
    }

    /** Whether bytes of the next line are here already. */
    boolean ready() throws IOException {
        return start < end || in.available() > 0;
    }

    private String line(int stop) {
        int size = stop - start;
        if (size > 0 && bytes[stop - 1] == '\r') {
            size--;
        }
        return new String(bytes, start, size, StandardCharsets.ISO_8859_1);
    }

    private boolean fill() throws IOException {
        System.arraycopy(bytes, start, bytes, 0, end - start);
        end -= start;
        start = 0;
        if (end == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * end);
        }
        int count = in.read(bytes, end, bytes.length - end);
        end += Math.max(count, 0);
        return count >= 0;
    }
}
