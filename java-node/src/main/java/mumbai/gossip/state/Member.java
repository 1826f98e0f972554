package mumbai.gossip.state;

import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Content;
import mumbai.gossip.wire.MemberState;
import mumbai.gossip.wire.NodeRecord;

/** A member as this node knows it: record, age and the PINGs of its suspicion. All times are monotonic milliseconds. */
public final class Member {
    /** A time that never was. */
    public static final long NEVER = Long.MIN_VALUE / 4;

    private final String id;
    private Content content;
    private long updated;
    private MemberState state;
    private long lastSeen;
    private long lastGrown;
    private long deadSince = NEVER;
    private long firstProbe = NEVER;
    private long secondProbe = NEVER;
    private long nextProbe = NEVER;
    private long lastReconnect = NEVER;

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

    /** When it was last sent a PING because it is DEAD. */
    public long lastReconnect() {
        return lastReconnect;
    }

    /** When the second PING of its suspicion was sent, or {@link #NEVER}. */
    public long secondProbe() {
        return secondProbe;
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
        firstProbe = NEVER;
        secondProbe = NEVER;
        nextProbe = NEVER;
    }

    /** Sets the state, {@code lastSeen} untouched (MGP1-LIV-009). */
    public void become(MemberState newState, long mono) {
        if (newState == MemberState.DEAD && state != MemberState.DEAD) {
            deadSince = mono;
            lastReconnect = mono;
        }
        state = newState;
    }

    /** Notes that a PING of its suspicion was sent. */
    public void probed(long mono) {
        if (firstProbe == NEVER) {
            firstProbe = mono;
        } else if (secondProbe == NEVER) {
            secondProbe = mono;
        }
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
