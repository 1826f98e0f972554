package mumbai.gossip.wire;

import java.util.Arrays;

/**
 * IP address literals, read without any name service: dotted-decimal IPv4, or IPv6 as in RFC 4291 section 2.2 without
 * zone and brackets (chapter 5).
 */
public final class IpLiteral {
    private static final int V4 = 4;
    private static final int V6 = 16;
    private static final int GROUPS = 8;

    private IpLiteral() {
    }

    /** The 4 or 16 bytes of the address, {@code ::ffff:a.b.c.d} counting as {@code a.b.c.d}; null when it is no literal. */
    public static byte[] parse(String text) {
        if (text.indexOf(':') < 0) {
            return parseV4(text, 0);
        }
        byte[] address = parseV6(text);
        return address != null && isMappedV4(address) ? Arrays.copyOfRange(address, V6 - V4, V6) : address;
    }

    /** Whether a record may name this address: not unspecified, multicast or broadcast (MGP1-MSG-011). */
    public static boolean isUsable(byte[] address) {
        boolean allZero = true;
        boolean allOnes = true;
        for (byte b : address) {
            allZero &= b == 0;
            allOnes &= b == -1;
        }
        int first = address[0] & 0xFF;
        boolean multicast = address.length == V4 ? first >> 4 == 0xE : first == 0xFF;
        return !allZero && !multicast && !(allOnes && address.length == V4);
    }

    /** The usual text of an address: dotted decimal, or RFC 5952. */
    public static String format(byte[] address) {
        if (address.length == V4) {
            return (address[0] & 0xFF) + "." + (address[1] & 0xFF) + "." + (address[2] & 0xFF) + "." + (address[3] & 0xFF);
        }
        int runStart = -1;
        int runLength = 1;
        for (int i = 0; i < GROUPS; i++) {
            int end = i;
            while (end < GROUPS && group(address, end) == 0) {
                end++;
            }
            if (end - i > runLength) {
                runStart = i;
                runLength = end - i;
            }
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < GROUPS; i++) {
            if (i == runStart) {
                text.append("::");
                i += runLength - 1;
                continue;
            }
            if (text.length() > 0 && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(group(address, i)));
        }
        return text.toString();
    }

    private static int group(byte[] address, int index) {
        return (address[2 * index] & 0xFF) << 8 | address[2 * index + 1] & 0xFF;
    }

    private static boolean isMappedV4(byte[] address) {
        for (int i = 0; i < 10; i++) {
            if (address[i] != 0) {
                return false;
            }
        }
        return address[10] == -1 && address[11] == -1;
    }

    private static byte[] parseV4(String text, int from) {
        byte[] address = new byte[V4];
        int at = from;
        for (int i = 0; i < V4; i++) {
            int start = at;
            int value = 0;
            while (at < text.length() && at - start < 3 && isDigit(text.charAt(at))) {
                value = value * 10 + text.charAt(at++) - '0';
            }
            boolean leadingZero = at - start > 1 && text.charAt(start) == '0';
            if (at == start || value > 255 || leadingZero) {
                return null;
            }
            address[i] = (byte) value;
            if (i < V4 - 1 && (at >= text.length() || text.charAt(at++) != '.')) {
                return null;
            }
        }
        return at == text.length() ? address : null;
    }

    private static byte[] parseV6(String text) {
        byte[] address = new byte[V6];
        int filled = 0;
        int gap = -1;
        int at = 0;
        if (text.startsWith("::")) {
            gap = 0;
            at = 2;
        }
        while (at < text.length()) {
            int end = at;
            while (end < text.length() && end - at < 5 && Character.digit(text.charAt(end), 16) >= 0 && text.charAt(end) < 128) {
                end++;
            }
            if (end < text.length() && text.charAt(end) == '.') {
                byte[] tail = parseV4(text, at);
                if (tail == null || filled > V6 - V4) {
                    return null;
                }
                System.arraycopy(tail, 0, address, filled, V4);
                filled += V4;
                at = text.length();
                break;
            }
            if (end == at || end - at > 4 || filled >= V6) {
                return null;
            }
            int value = Integer.parseInt(text, at, end, 16);
            address[filled++] = (byte) (value >> 8);
            address[filled++] = (byte) value;
            at = end;
            if (at == text.length()) {
                break;
            }
            if (text.charAt(at) != ':') {
                return null;
            }
            at++;
            if (at < text.length() && text.charAt(at) == ':') {
                if (gap >= 0) {
                    return null;
                }
                gap = filled;
                at++;
            } else if (at == text.length()) {
                return null;
            }
        }
        if (gap < 0) {
            return filled == V6 ? address : null;
        }
        if (filled > V6 - 2) {
            return null;
        }
        byte[] whole = new byte[V6];
        System.arraycopy(address, 0, whole, 0, gap);
        System.arraycopy(address, gap, whole, V6 - (filled - gap), filled - gap);
        return whole;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
