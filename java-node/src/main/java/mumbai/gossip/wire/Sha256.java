package mumbai.gossip.wire;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 (FIPS 180-4). */
public final class Sha256 {
    /** Length of a hash in bytes. */
    public static final int LENGTH = 32;

    private static final ThreadLocal<MessageDigest> OF_THREAD = ThreadLocal.withInitial(Sha256::create);

    private Sha256() {
    }

    /** The hash of some bytes. */
    public static byte[] of(byte[] bytes) {
        return of(bytes, bytes.length);
    }

    /** The hash of the first {@code length} bytes. */
    public static byte[] of(byte[] bytes, int length) {
        MessageDigest digest = OF_THREAD.get();
        digest.update(bytes, 0, length);
        return digest.digest();
    }

    private static MessageDigest create() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
