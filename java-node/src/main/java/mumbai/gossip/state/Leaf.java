package mumbai.gossip.state;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.Sha256;

/** The leaf of an entry: the hash of its key and stamp, and not of its value (MGP1-SYN-002). */
final class Leaf {
    private static final byte LEAF = 0x00;

    private Leaf() {
    }

    /** The 32 bytes of the leaf of an entry. */
    static byte[] of(Entry entry) {
        byte[] key = utf8(entry.key());
        byte[] version = utf8(entry.version());
        byte[] source = utf8(entry.sourceNode());
        ByteBuffer bytes = ByteBuffer.allocate(1 + 3 * Integer.BYTES + Long.BYTES + 1 + key.length + version.length + source.length);
        bytes.put(LEAF).putInt(key.length).put(key).putLong(entry.timestamp());
        bytes.putInt(version.length).put(version).putInt(source.length).put(source);
        bytes.put((byte) (entry.deleted() ? 1 : 0));
        return Sha256.of(bytes.array());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
