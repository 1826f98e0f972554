package mumbai.gossip.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A byte buffer that grows: what the canonical writer writes into. Not thread-safe. */
final class Bytes {
    private byte[] bytes;
    private int length;

    Bytes(int capacity) {
        bytes = new byte[capacity];
    }

    int length() {
        return length;
    }

    void clear() {
        length = 0;
    }

    byte[] toArray() {
        return Arrays.copyOf(bytes, length);
    }

    Bytes put(int b) {
        room(1);
        bytes[length++] = (byte) b;
        return this;
    }

    Bytes put(byte[] more) {
        room(more.length);
        System.arraycopy(more, 0, bytes, length, more.length);
        length += more.length;
        return this;
    }

    /** Appends text that is known to be ASCII. */
    Bytes ascii(String text) {
        int n = text.length();
        room(n);
        for (int i = 0; i < n; i++) {
            bytes[length + i] = (byte) text.charAt(i);
        }
        length += n;
        return this;
    }

    Bytes number(long value) {
        if (value >= 0 && value < 10) {
            return put('0' + (int) value);
        }
        return ascii(Long.toString(value));
    }

    /** Appends a JSON string in canonical form (RFC 8785 section 3.2.2.2). */
    Bytes string(String text) {
        put('"');
        int n = text.length();
        for (int i = 0; i < n; i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                put('\\').put(c);
            } else if (c >= 0x20 && c < 0x80) {
                put(c);
            } else if (c < 0x20) {
                control(c);
            } else if (c < 0x800) {
                put(0xC0 | c >> 6).put(0x80 | c & 0x3F);
            } else if (Character.isHighSurrogate(c) && i + 1 < n && Character.isLowSurrogate(text.charAt(i + 1))) {
                int code = Character.toCodePoint(c, text.charAt(++i));
                put(0xF0 | code >> 18).put(0x80 | code >> 12 & 0x3F).put(0x80 | code >> 6 & 0x3F).put(0x80 | code & 0x3F);
            } else {
                put(0xE0 | c >> 12).put(0x80 | c >> 6 & 0x3F).put(0x80 | c & 0x3F);
            }
        }
        return put('"');
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private void control(char c) {
        put('\\');
        switch (c) {
            case '\b' -> put('b');
            case '\t' -> put('t');
            case '\n' -> put('n');
            case '\f' -> put('f');
            case '\r' -> put('r');
            default -> ascii("u00").put(Character.forDigit(c >> 4, 16)).put(Character.forDigit(c & 0xF, 16));
        }
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
