package mumbai.gossip.protocol;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Subtrees that stay different between this node and a peer although nothing comes of asking, because one of them takes
 * nothing of the other: a clock that is wrong, a store that is full. They are left out for a while (MGP1-SYN-014).
 */
final class Stalemates {
    /** Finds in a row after which a subtree is left out. */
    private static final int MOST_FINDS = 3;
    /** How long it is left out, in {@code syncInterval}s. */
    private static final int PAUSE = 10;
    /** Subtrees remembered; the one not found for longest goes. */
    private static final int MOST = 1_024;

    private final Map<Subtree, Find> finds = new LinkedHashMap<>();
    private final long pause;

    private record Subtree(String peerId, String prefix) {
    }

    /** What was found: our digest of the subtree, null where it is empty, how often in a row, and when last. */
    private record Find(String digest, int times, long mono) {
    }

    Stalemates(long syncInterval) {
        this.pause = PAUSE * syncInterval;
    }

    /** Whether a subtree is to be left out, because it was different three times and is still as it was then. */
    boolean leavesOut(String peerId, String prefix, String digest, long mono) {
        Find last = finds.get(new Subtree(peerId, prefix));
        return last != null && last.times() >= MOST_FINDS && mono - last.mono() < pause && Objects.equals(last.digest(), digest);
    }

    /** A subtree was found different, and the peer is asked for what it has there. */
    void found(String peerId, String prefix, String digest, long mono) {
        Subtree subtree = new Subtree(peerId, prefix);
        Find last = finds.remove(subtree);
        boolean again = last != null && last.times() < MOST_FINDS && Objects.equals(last.digest(), digest);
        finds.put(subtree, new Find(digest, again ? last.times() + 1 : 1, mono));
        if (finds.size() > MOST) {
            Iterator<Subtree> oldest = finds.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }
}
