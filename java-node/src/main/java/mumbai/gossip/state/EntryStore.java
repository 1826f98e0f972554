package mumbai.gossip.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import mumbai.gossip.wire.Entry;

/** The shared store: key to entry, tombstones included. Sorted, so that its order never depends on its history. */
public final class EntryStore {
    private static final long NEVER = Long.MAX_VALUE;

    private final NavigableMap<String, Entry> entries = new TreeMap<>();
    private final long tombstoneRetention;
    private final long maxFutureSkew;
    private long nextExpiry = NEVER;
    private long newest = Long.MIN_VALUE;

    /** An empty store; both times in milliseconds. */
    public EntryStore(long tombstoneRetention, long maxFutureSkew) {
        this.tombstoneRetention = tombstoneRetention;
        this.maxFutureSkew = maxFutureSkew;
    }

    /** The entry for a key, tombstones included, or null. */
    public Entry get(String key) {
        return entries.get(key);
    }

    /** Keeps an entry in place of what was held for its key. */
    public void put(Entry entry) {
        entries.put(entry.key(), entry);
        newest = Math.max(newest, entry.timestamp());
        if (entry.deleted()) {
            nextExpiry = Math.min(nextExpiry, entry.timestamp() + tombstoneRetention + 1);
        }
    }

    public int size() {
        return entries.size();
    }

    /** All entries by key. */
    public Collection<Entry> all() {
        return Collections.unmodifiableCollection(entries.values());
    }

    /** The entries in rotation: those after a key first, then the others. */
    public List<Entry> after(String cursor) {
        List<Entry> rotation = new ArrayList<>(entries.size());
        rotation.addAll(entries.tailMap(cursor, false).values());
        rotation.addAll(entries.headMap(cursor, true).values());
        return rotation;
    }

    /** Whether an entry is a tombstone past its retention. */
    public boolean isExpired(Entry entry, long wall) {
        return entry.deleted() && entry.timestamp() + tombstoneRetention < wall;
    }

    /** Whether an entry is dated too far ahead (MGP1-MRG-003, MGP1-MRG-008). */
    public boolean isFuture(Entry entry, long wall) {
        return entry.timestamp() > wall + maxFutureSkew;
    }

    /** Whether an entry may be sent (MGP1-MRG-008, MGP1-MRG-014). */
    public boolean isSendable(Entry entry, long wall) {
        return !isExpired(entry, wall) && !isFuture(entry, wall);
    }

    /** The wall clock at which the next tombstone expires, or {@link Long#MAX_VALUE}. */
    public long nextExpiry() {
        return nextExpiry;
    }

    /** Drops expired tombstones (MGP1-MRG-012). */
    public void dropExpired(long wall) {
        if (wall < nextExpiry) {
            return;
        }
        entries.values().removeIf(entry -> isExpired(entry, wall));
        nextExpiry = NEVER;
        for (Entry entry : entries.values()) {
            if (entry.deleted()) {
                nextExpiry = Math.min(nextExpiry, entry.timestamp() + tombstoneRetention + 1);
            }
        }
    }

    /** The entries that are dated too far ahead and that the filter wants. */
    public List<Entry> futureOnes(long wall, Predicate<Entry> filter) {
        if (newest <= wall + maxFutureSkew) {
            return List.of();
        }
        List<Entry> found = new ArrayList<>();
        for (Entry entry : entries.values()) {
            if (isFuture(entry, wall) && filter.test(entry)) {
                found.add(entry);
            }
        }
        return found;
    }
}
