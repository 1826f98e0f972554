package mumbai.gossip.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.RejectedException;
import mumbai.gossip.wire.Sha256;
import org.junit.jupiter.api.Test;

/** The tree of chapter 9 (MGP1-SYN-002). The digests spelt out here were computed by hand from its definition. */
class EntryStoreDigestTest {
    private static final long WALL = 1_760_000_000_000L;
    private static final long RETENTION = 1_000;
    private static final long SKEW = 5_000;

    private final EntryStore store = new EntryStore(RETENTION, SKEW);

    private static Entry entry(String key, long timestamp, String version, String source, boolean deleted) {
        try {
            return Entry.of(key, deleted ? NullNode.instance : IntNode.valueOf(1), timestamp, version, source, deleted);
        } catch (RejectedException e) {
            throw new AssertionError(e.reason().code(), e);
        }
    }

    private String digest(String prefix) {
        return store.digest(prefix, WALL);
    }

    @Test
    void digestsAreThoseComputedByHand() {
        assertNull(digest(""));
        // the paths of the first two begin with a0260b and a02674, that of the third with e64dc4
        store.put(entry("key-212", WALL, "v1", "p1", false));
        assertEquals("bedcd0eb06923d0e7c8656fb62817ae0", digest(""));
        store.put(entry("key-279", WALL + 1, "v2", "p2", true));
        store.put(entry("ключ-🗝", WALL - 5, "v3", "p3", false));
        assertEquals("9fc915671f9d75fae9a03b0082768c51", digest(""));
        assertEquals("9fd3dcb79512199eb6b9fd2b9e83ab85", digest("a"));
        assertEquals("c6fa9bb790c08510c57599b05a77638f", digest("a0"));
        assertEquals("8dcfe047d6654edcae40960a26c99096", digest("a02"));
        assertEquals("e98b3000d77e6222a9a0d4576e7038a8", digest("a026"));
        assertEquals("bedcd0eb06923d0e7c8656fb62817ae0", digest("a0260"));
        assertEquals("bedcd0eb06923d0e7c8656fb62817ae0", digest("a0260bf27403070f05b0306d2eb5a0e692a073a3bdcc6be4bb23c0829a74c689"));
        assertEquals("903ea01b065cf11d3beb0855891ce145", digest("a0267"));
        assertEquals("00cece633fe2a2d38e101d8ecd558633", digest("e"));
        assertNull(digest("5"));
        assertNull(digest("a0260bf27403070f05b0306d2eb5a0e692a073a3bdcc6be4bb23c0829a74c680"));
        assertEquals("{a=9fd3dcb79512199eb6b9fd2b9e83ab85, e=00cece633fe2a2d38e101d8ecd558633}", store.digests("", WALL).toString());
        assertEquals("{6=00cece633fe2a2d38e101d8ecd558633}", store.digests("e", WALL).toString());
    }

    @Test
    void theValueIsNotInTheDigest() throws RejectedException {
        store.put(Entry.of("k", IntNode.valueOf(1), WALL, "v", "s", false));
        String before = digest("");
        store.put(Entry.of("k", IntNode.valueOf(2), WALL, "v", "s", false));
        assertEquals(before, digest(""));
    }

    @Test
    void anExpiredTombstoneLiesBelowNothing() {
        store.put(entry("live", WALL, "v", "s", false));
        String alone = digest("");
        store.put(entry("gone", WALL, "v", "s", true));
        assertEquals(2, store.countBelow("", WALL + RETENTION));
        assertEquals(alone, store.digest("", WALL + RETENTION + 1));
    }

    @Test
    void anEntryDatedTooFarAheadLiesBelowNothingUntilTheClockHasComeNear() {
        store.put(entry("now", WALL, "v", "s", false));
        String alone = digest("");
        store.put(entry("ahead", WALL + SKEW, "v", "s", false));
        String both = digest("");
        assertEquals(alone, store.digest("", WALL - 1));
        assertEquals(both, store.digest("", WALL));
        assertEquals(alone, store.digest("", WALL - 3));
        store.put(entry("ahead", WALL - 3, "v", "s", false));
        assertEquals(2, store.countBelow("", WALL - 3));
        assertNull(store.digest("", WALL - 2 * SKEW));
    }

    @Test
    void whateverWasPutAndDroppedTheDigestsAreThoseOfWhatIsLeft() {
        Random random = new Random(7);
        for (int i = 0; i < 3_000; i++) {
            store.put(entry("key-" + random.nextInt(400), WALL + i, "v" + i, "s", random.nextInt(3) == 0));
            if (i % 50 == 0) {
                long wall = WALL + i + random.nextInt((int) RETENTION);
                store.dropExpired(wall);
                String prefix = HexFormat.of().formatHex(Sha256.of(new byte[] {(byte) i})).substring(0, random.nextInt(4));
                assertEquals(naive(prefix, wall), store.digest(prefix, wall), prefix);
            }
        }
    }

    private String naive(String prefix, long wall) {
        List<Entry> present = store.all().stream().filter(entry -> store.isSendable(entry, wall)).toList();
        byte[] whole = naive(present, prefix);
        return whole == null ? null : HexFormat.of().formatHex(whole).substring(0, 32);
    }

    /** The definition of chapter 9, word for word. */
    private static byte[] naive(List<Entry> entries, String prefix) {
        List<Entry> below = entries.stream().filter(entry -> HexFormat.of()
                .formatHex(Sha256.of(entry.key().getBytes(StandardCharsets.UTF_8))).startsWith(prefix)).toList();
        if (below.isEmpty()) {
            return null;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (below.size() == 1) {
            Entry entry = below.get(0);
            bytes.write(0);
            text(entry.key(), bytes);
            bytes.writeBytes(ByteBuffer.allocate(8).putLong(entry.timestamp()).array());
            text(entry.version(), bytes);
            text(entry.sourceNode(), bytes);
            bytes.write(entry.deleted() ? 1 : 0);
        } else {
            bytes.write(1);
            for (int digit = 0; digit < 16; digit++) {
                byte[] child = naive(below, prefix + Integer.toHexString(digit));
                if (child != null) {
                    bytes.write(digit);
                    bytes.writeBytes(child);
                }
            }
        }
        return Sha256.of(bytes.toByteArray());
    }

    private static void text(String text, ByteArrayOutputStream into) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        into.writeBytes(ByteBuffer.allocate(4).putInt(utf8.length).array());
        into.writeBytes(utf8);
    }
}
