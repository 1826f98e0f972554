package mumbai.gossip.protocol;

import mumbai.gossip.wire.Limits;

/** The logical clock that stamps a node's messages (MGP1-LIV-001). */
final class MembershipClock {
    private long base;
    private final long monoAtStart;
    private long last;

    MembershipClock(Now start) {
        this.base = Math.max(0, start.wall());
        this.monoAtStart = start.mono();
        this.last = base - 1;
    }

    /** The clock now, without issuing anything. */
    long read(long mono) {
        return checked(Math.max(base + (mono - monoAtStart), last + 1));
    }

    /** A timestamp greater than every one before (MGP1-ENV-011). */
    long issue(long mono) {
        last = read(mono);
        return last;
    }

    /** The greatest timestamp issued or moved past, or one less than the first where there was none. */
    long last() {
        return last;
    }

    /** Moves the clock past a timestamp of somebody else's making (MGP1-LIV-011). */
    void jumpPast(long timestamp, long mono) {
        long elapsed = mono - monoAtStart;
        base = Math.max(base, checked(timestamp + 1) - elapsed);
        last = Math.max(last, timestamp);
    }

    private static long checked(long time) {
        if (time >= Limits.CLOCK_END) {
            throw new ClockExhaustedException();
        }
        return time;
    }
}
