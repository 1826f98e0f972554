package mumbai.gossip.state;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Content;
import mumbai.gossip.wire.MemberState;
import mumbai.gossip.wire.NodeRecord;

/** A member as this node knows it: record, age and the PINGs of its suspicion. All times are monotonic milliseconds. */
public final class Member {
    /** A time that never was. */
    public static final long NEVER = Long.MIN_VALUE / 4;
    /** The time of a member that nobody plans to look at. */
    public static final long UNPLANNED = Long.MAX_VALUE;

    private final String id;
    private Content content;
    private long updated;
    private MemberState state;
    private long lastSeen;
    private long lastGrown;
    private long deadSince = NEVER;
    private final Map<String, Long> probes = new LinkedHashMap<>();
    private long nextProbe = NEVER;
    private long lastReconnect = NEVER;
    private long planned = UNPLANNED;

    /** A member first heard of now. */
    public Member(String id, NodeRecord record, long mono) {
        this.id = id;
        this.content = record.content();
        this.updated = record.updated();
        this.state = record.state();
        this.lastSeen = record.lastSeen();
        this.lastGrown = mono;
    }

    public String id() {
        return id;
    }

    public Content content() {
        return content;
    }

    public Address address() {
        return content.address();
    }

    public long updated() {
        return updated;
    }

    public MemberState state() {
        return state;
    }

    public boolean isAlive() {
        return state == MemberState.ALIVE;
    }

    public boolean isDead() {
        return state == MemberState.DEAD;
    }

    /** The member's own membership clock in its newest message known. */
    public long lastSeen() {
        return lastSeen;
    }

    /** When {@code lastSeen} last grew here. */
    public long lastGrown() {
        return lastGrown;
    }

    /** When the member became DEAD here. */
    public long deadSince() {
        return deadSince;
    }

    /** When its ages are looked at next, or {@link #UNPLANNED}. */
    public long planned() {
        return planned;
    }

    /** Sets when its ages are looked at next. */
    public void plan(long mono) {
        planned = mono;
    }

    /** When it was last sent a PING because it is DEAD. */
    public long lastReconnect() {
        return lastReconnect;
    }

    /** When the second PING of its suspicion that is still unanswered was sent, or {@link #NEVER}. */
    public long secondProbe() {
        if (probes.size() < 2) {
            return NEVER;
        }
        Iterator<Long> sent = probes.values().iterator();
        sent.next();
        return sent.next();
    }

    /** When the next PING of its suspicion is due. */
    public long nextProbe() {
        return nextProbe;
    }

    /** The record as it is told to others. */
    public NodeRecord record() {
        return new NodeRecord(content, updated, state, lastSeen);
    }

    /** Takes over a content. */
    void replaceContent(NodeRecord record) {
        content = record.content();
        updated = record.updated();
    }

    /** Raises {@code lastSeen}: the age starts again and its suspicion with it. */
    void grow(long newLastSeen, long mono) {
        lastSeen = newLastSeen;
        restartAge(mono);
    }

    /** Counts the age from now (MGP1-LIV-010). */
    public void restartAge(long mono) {
        lastGrown = mono;
        probes.clear();
        nextProbe = NEVER;
    }

    /** Sets the state, {@code lastSeen} untouched (MGP1-LIV-009). */
    void become(MemberState newState, long mono) {
        if (newState == MemberState.DEAD && state != MemberState.DEAD) {
            deadSince = mono;
            lastReconnect = mono;
        }
        state = newState;
    }

    /** Notes that a PING of its suspicion was sent. Two unanswered ones decide; later ones add nothing. */
    public void probed(String pingId, long mono) {
        if (probes.size() < 2) {
            probes.put(pingId, mono);
        }
    }

    /** Notes that a PING was answered. */
    public void answered(String pingId) {
        probes.remove(pingId);
    }

    /** Sets when the next PING of its suspicion is due. */
    public void probeNext(long mono) {
        nextProbe = mono;
    }

    /** Notes that it was sent a PING because it is DEAD. */
    public void reconnected(long mono) {
        lastReconnect = mono;
    }
}
