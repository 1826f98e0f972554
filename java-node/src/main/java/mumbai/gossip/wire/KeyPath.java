package mumbai.gossip.wire;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Where a key lies in the tree of chapter 9: the SHA-256 of its UTF-8 bytes as hex digits. */
final class KeyPath {
    private KeyPath() {
    }

    /** Whether the path of a key begins with a prefix (MGP1-SYN-017). */
    static boolean isBelow(String key, String prefix) {
        return prefix.isEmpty() || of(key).startsWith(prefix);
    }

    private static String of(String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
