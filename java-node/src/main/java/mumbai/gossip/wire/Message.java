package mumbai.gossip.wire;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** A message (chapters 4, 5 and 9). Members that its type does not define are empty, null or false. */
public final class Message {
    private final MessageType type;
    private final String cluster;
    private final String senderId;
    private final String messageId;
    private final long timestamp;
    private final SortedMap<String, Entry> localData = new TreeMap<>();
    private final SortedMap<String, NodeRecord> membership = new TreeMap<>();
    private final SortedMap<String, Long> heartbeats = new TreeMap<>();
    private String pingId;
    private String targetId;
    private boolean full;
    private int pad;
    private Paging paging;
    private SyncBody sync;

    /** Which of how many pages of a member list this is, counted from 1. */
    public record Paging(long page, long pages) {
    }

    /**
     * What a SYNC is about (chapter 9).
     *
     * @param children digit to digest in a DIGEST, null in an ENTRIES
     * @param reply whether the sender of an ENTRIES wants what it lacks
     */
    public record SyncBody(String prefix, SortedMap<String, String> children, boolean reply) {
        /** Whether the phase is ENTRIES. */
        public boolean isEntries() {
            return children == null;
        }
    }

    /** A message with nothing in it yet. */
    public Message(MessageType type, String cluster, String senderId, String messageId, long timestamp) {
        this.type = type;
        this.cluster = cluster;
        this.senderId = senderId;
        this.messageId = messageId;
        this.timestamp = timestamp;
    }

    /** Adds an entry. */
    public Message entry(Entry entry) {
        localData.put(entry.key(), entry);
        return this;
    }

    /** Adds a record. */
    public Message record(String id, NodeRecord record) {
        membership.put(id, record);
        return this;
    }

    /** Adds a heartbeat. */
    public Message heartbeat(String id, long lastSeen) {
        heartbeats.put(id, lastSeen);
        return this;
    }

    /** Sets the id of a PING, or of the PING that a PONG answers. */
    public Message pingId(String id) {
        this.pingId = id;
        return this;
    }

    /** Sets whom a PING is for; null for whoever receives it. */
    public Message targetId(String id) {
        this.targetId = id;
        return this;
    }

    /** Sets whether a PING asks for the member list. */
    public Message full(boolean wanted) {
        this.full = wanted;
        return this;
    }

    /** Adds a {@code pad} of that many characters on the wire; 0 for none. */
    public Message pad(int characters) {
        this.pad = characters;
        return this;
    }

    /** Numbers a page of the member list. */
    public Message paging(long page, long pages) {
        this.paging = new Paging(page, pages);
        return this;
    }

    /** Sets the body of a SYNC. */
    public Message sync(SyncBody body) {
        this.sync = body;
        return this;
    }

    public MessageType type() {
        return type;
    }

    public String cluster() {
        return cluster;
    }

    public String senderId() {
        return senderId;
    }

    public String messageId() {
        return messageId;
    }

    /** The sender's membership clock, milliseconds. */
    public long timestamp() {
        return timestamp;
    }

    public SortedMap<String, Entry> localData() {
        return Collections.unmodifiableSortedMap(localData);
    }

    public SortedMap<String, NodeRecord> membership() {
        return Collections.unmodifiableSortedMap(membership);
    }

    public SortedMap<String, Long> heartbeats() {
        return Collections.unmodifiableSortedMap(heartbeats);
    }

    public String pingId() {
        return pingId;
    }

    /** Whom a PING is for, or null. */
    public String targetId() {
        return targetId;
    }

    public boolean full() {
        return full;
    }

    /** The number of the page, or null where the message is no page. */
    public Paging paging() {
        return paging;
    }

    /** The body of a SYNC, or null. */
    public SyncBody sync() {
        return sync;
    }

    int pad() {
        return pad;
    }

    /** Whether the type defines {@code localData}. */
    boolean hasLocalData() {
        return type == MessageType.GOSSIP || sync != null && sync.isEntries();
    }

    /** Whether the type defines {@code heartbeats}. */
    boolean hasHeartbeats() {
        return type == MessageType.GOSSIP || type == MessageType.PONG;
    }
}
