package mumbai.gossip.state;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import mumbai.gossip.wire.Address;

/** Members that were reaped or are only known as DEAD, so that old records do not bring them back (MGP1-LIV-021). */
public final class Remembered {
    private final Map<String, Ghost> ghosts = new LinkedHashMap<>();
    private final long retention;
    private final long most;

    /**
     * One remembered member.
     *
     * @param host the IP literal as the member wrote it
     * @param since monotonic time of the remembering
     */
    public record Ghost(long lastSeen, String host, Address address, long since) {
    }

    /** Nothing remembered yet; {@code retention} in milliseconds. */
    public Remembered(long retention, long most) {
        this.retention = retention;
        this.most = most;
    }

    /** What is remembered of an id, or null. */
    public Ghost get(String id) {
        return ghosts.get(id);
    }

    public int size() {
        return ghosts.size();
    }

    /** All of them by id. */
    public Map<String, Ghost> all() {
        return new TreeMap<>(ghosts);
    }

    /** Remembers a member, unless something newer of it is remembered already. */
    public void put(String id, long lastSeen, String host, Address address, long mono) {
        Ghost held = ghosts.get(id);
        if (held != null && held.lastSeen() >= lastSeen) {
            return;
        }
        ghosts.remove(id);
        ghosts.put(id, new Ghost(lastSeen, host, address, mono));
        if (ghosts.size() > most) {
            Iterator<String> oldest = ghosts.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** Forgets one. */
    public void remove(String id) {
        ghosts.remove(id);
    }

    /** Forgets those past the retention. */
    public void expire(long mono) {
        Iterator<Ghost> oldest = ghosts.values().iterator();
        while (oldest.hasNext() && mono - oldest.next().since() > retention) {
            oldest.remove();
        }
    }
}
