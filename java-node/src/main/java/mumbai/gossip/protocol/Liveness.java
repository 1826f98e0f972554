package mumbai.gossip.protocol;

import mumbai.gossip.state.Member;
import mumbai.gossip.wire.MemberState;

/** Suspicion and death by age, reaping (MGP1-LIV-005 to 010, MGP1-LIV-018). */
final class Liveness {
    private final Core core;
    private final Agenda agenda = new Agenda(this::dueOf);
    private long lastCheck;

    Liveness(Core core, long mono) {
        this.core = core;
        this.lastCheck = mono;
    }

    /** Checks all ages and sends the PINGs of suspicion that are due. */
    void check(long mono) {
        boolean paused = 2 * (mono - lastCheck) > core.config.suspectTimeout();
        lastCheck = mono;
        if (paused) {
            for (Member member : core.members.all()) {
                member.restartAge(mono);
                agenda.plan(member);
            }
        }
        for (Member member : agenda.take(mono)) {
            if (!member.isDead()) {
                age(member, mono);
            }
            if (member.isDead() && mono - member.deadSince() >= core.config.get(Parameter.DEAD_RETENTION)) {
                reap(member, mono);
            } else {
                agenda.plan(member);
            }
        }
    }

    /** The next time at which an age matters. */
    long due() {
        // often enough that MGP1-LIV-010 takes only a real pause for one
        return Math.min(lastCheck + Math.max(1, core.config.suspectTimeout() / 4), agenda.next());
    }

    /** A member is new, or a message changed its liveness. */
    void changed(Member member) {
        agenda.plan(member);
    }

    private long dueOf(Member member) {
        if (member.isDead()) {
            return member.deadSince() + core.config.get(Parameter.DEAD_RETENTION);
        }
        long grown = member.lastGrown();
        long due = Math.max(grown + probeAge(), member.nextProbe());
        if (member.state() == MemberState.ALIVE) {
            due = Math.min(due, grown + core.config.suspectTimeout() + 1);
        }
        if (member.secondProbe() != Member.NEVER) {
            long failed = grown + core.config.failureTimeout() + 1;
            due = Math.min(due, Math.max(failed, member.secondProbe() + core.config.halfInterval()));
        }
        return Math.min(due, grown + 2 * core.config.failureTimeout() + 1);
    }

    private void age(Member member, long mono) {
        long age = mono - member.lastGrown();
        if (age > core.config.suspectTimeout() && member.state() == MemberState.ALIVE) {
            become(member, MemberState.SUSPECT, mono);
        }
        if (hasFailed(member, age, mono)) {
            become(member, MemberState.DEAD, mono);
        } else if (age >= probeAge() && mono >= member.nextProbe()) {
            String pingId = core.peers.pingId(member.address(), member.id(), false, mono);
            if (pingId != null) {
                member.probed(pingId, mono);
            }
            member.probeNext(mono + Math.max(1, core.config.gossipInterval() / 2));
        }
    }

    private boolean hasFailed(Member member, long age, long mono) {
        if (age > 2 * core.config.failureTimeout()) {
            return true;
        }
        return age > core.config.failureTimeout() && member.secondProbe() != Member.NEVER
                && mono - member.secondProbe() >= core.config.halfInterval();
    }

    private long probeAge() {
        return core.config.suspectTimeout() - core.config.gossipInterval();
    }

    private void become(Member member, MemberState state, long mono) {
        MemberState before = member.state();
        core.members.become(member, state, mono);
        core.report(new Event.MemberChanged(member.id(), before, state));
    }

    private void reap(Member member, long mono) {
        core.members.remove(member);
        core.remembered.put(member.id(), member.lastSeen(), member.content().host(), member.address(), mono);
        core.peers.lapse(member.address());
        core.report(new Event.MemberChanged(member.id(), member.state(), null));
    }
}
