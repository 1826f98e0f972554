package mumbai.gossip.state;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/** The messages applied last, against duplicates (MGP1-ENV-016 to MGP1-ENV-018). */
public final class MessageHistory {
    private final Set<Pair> pairs = new LinkedHashSet<>();
    private final long most;

    private record Pair(String senderId, String messageId) {
    }

    /** An empty history of at most that many pairs. */
    public MessageHistory(long most) {
        this.most = most;
    }

    /** Whether this message is among those applied last. */
    public boolean contains(String senderId, String messageId) {
        return pairs.contains(new Pair(senderId, messageId));
    }

    /** Enters a message that was applied; the oldest goes when the history is full. */
    public void add(String senderId, String messageId) {
        pairs.add(new Pair(senderId, messageId));
        if (pairs.size() > most) {
            Iterator<Pair> oldest = pairs.iterator();
            oldest.next();
            oldest.remove();
        }
    }

    public int size() {
        return pairs.size();
    }
}
