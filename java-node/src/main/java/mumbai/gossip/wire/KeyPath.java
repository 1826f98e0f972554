package mumbai.gossip.wire;

import java.nio.charset.StandardCharsets;

/** Where a key lies in the tree of chapter 9: the SHA-256 of its UTF-8 bytes, read as hex digits. */
public final class KeyPath {
    /** Hex digits of a path. */
    public static final int DIGITS = 2 * Sha256.LENGTH;

    private KeyPath() {
    }

    /** The path of a key, two digits in each byte. */
    public static byte[] of(String key) {
        return Sha256.of(key.getBytes(StandardCharsets.UTF_8));
    }

    /** The digit at a place of a path, 0 to 15; places count from 0. */
    public static int digit(byte[] path, int place) {
        return (place & 1) == 0 ? path[place >> 1] >> 4 & 0xF : path[place >> 1] & 0xF;
    }

    /** Whether a path begins with a prefix of lower-case hex digits. */
    public static boolean isBelow(byte[] path, String prefix) {
        for (int place = 0; place < prefix.length(); place++) {
            if (Character.digit(prefix.charAt(place), 16) != digit(path, place)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the path of a key begins with a prefix (MGP1-SYN-017). */
    static boolean isBelow(String key, String prefix) {
        return prefix.isEmpty() || isBelow(of(key), prefix);
    }

    /** Whether a text is a prefix: 0 to 64 lower-case hex digits. */
    public static boolean isPrefix(String text) {
        return Names.isLowerHex(text, DIGITS);
    }
}
