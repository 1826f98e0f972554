package mumbai.gossip.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import mumbai.gossip.wire.Entry;

/** The shared store: key to entry, tombstones included. Sorted, so that its order never depends on its history. */
public final class EntryStore {
    private static final long NEVER = Long.MAX_VALUE;
    private static final Comparator<Entry> BY_TIME = Comparator.comparingLong(Entry::timestamp).thenComparing(Entry::key);

    private final NavigableMap<String, Entry> entries = new TreeMap<>();
    private final NavigableSet<Entry> tombstones = new TreeSet<>(BY_TIME);
    /** The entries of MGP1-MRG-008 as of the last look: they are not in the tree. */
    private final NavigableSet<Entry> future = new TreeSet<>(BY_TIME);
    private final DigestTree tree = new DigestTree();
    private final long tombstoneRetention;
    private final long maxFutureSkew;
    /** At least the timestamp of every entry in the tree. */
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
        Entry before = entries.put(entry.key(), entry);
        if (before != null) {
            tombstones.remove(before);
            future.remove(before);
        }
        tree.put(entry);
        newest = Math.max(newest, entry.timestamp());
        if (entry.deleted()) {
            tombstones.add(entry);
        }
    }

    public int size() {
        return entries.size();
    }

    /** All entries by key. */
    public Collection<Entry> all() {
        return Collections.unmodifiableCollection(entries.values());
    }

    /** The first entries after a key that may be sent, at most {@code most} of them. */
    public List<Entry> later(String key, long wall, int most) {
        List<Entry> later = new ArrayList<>();
        collect(entries.tailMap(key, false).values(), wall, most, later);
        return later;
    }

    private void collect(Collection<Entry> from, long wall, int most, List<Entry> into) {
        for (Entry entry : from) {
            if (into.size() >= most) {
                return;
            }
            if (isSendable(entry, wall)) {
                into.add(entry);
            }
        }
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
        return tombstones.isEmpty() ? NEVER : tombstones.first().timestamp() + tombstoneRetention + 1;
    }

    /** Drops expired tombstones (MGP1-MRG-012). */
    public void dropExpired(long wall) {
        while (!tombstones.isEmpty() && isExpired(tombstones.first(), wall)) {
            String key = tombstones.pollFirst().key();
            entries.remove(key);
            tree.remove(key);
        }
    }

    /** The entries that are dated too far ahead and that the filter wants, by key. */
    public List<Entry> futureOnes(long wall, Predicate<Entry> filter) {
        settle(wall);
        List<Entry> found = new ArrayList<>();
        for (Entry entry : future) {
            if (filter.test(entry)) {
                found.add(entry);
            }
        }
        found.sort(Comparator.comparing(Entry::key));
        return found;
    }

    /** The digest of a prefix as on the wire, or null where nothing lies below it now (MGP1-SYN-002). */
    public String digest(String prefix, long wall) {
        settle(wall);
        return tree.digest(prefix);
    }

    /** The digests one digit below a prefix, by digit (MGP1-SYN-002). */
    public SortedMap<String, String> digests(String prefix, long wall) {
        settle(wall);
        return tree.children(prefix);
    }

    /** The number of entries that lie below a prefix now. */
    public int countBelow(String prefix, long wall) {
        settle(wall);
        return tree.count(prefix);
    }

    /** The entries that lie below a prefix now. */
    public List<Entry> below(String prefix, long wall) {
        settle(wall);
        return tree.below(prefix);
    }

    /** Brings the tree to the time: expired tombstones and entries dated too far ahead lie below nothing. */
    private void settle(long wall) {
        dropExpired(wall);
        while (!future.isEmpty() && !isFuture(future.first(), wall)) {
            Entry entry = future.pollFirst();
            tree.put(entry);
            newest = Math.max(newest, entry.timestamp());
        }
        if (newest == Long.MIN_VALUE || newest <= wall + maxFutureSkew) {
            return;
        }
        // the wall clock fell, or somebody wrote ahead of it: rare enough to look at every entry
        newest = Long.MIN_VALUE;
        for (Entry entry : entries.values()) {
            if (!isFuture(entry, wall)) {
                newest = Math.max(newest, entry.timestamp());
            } else if (future.add(entry)) {
                tree.remove(entry.key());
            }
        }
    }
}
