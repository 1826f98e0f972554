package mumbai.gossip.protocol;

import java.util.ArrayList;
import java.util.List;
import mumbai.gossip.state.Member;
import mumbai.gossip.state.Remembered;
import mumbai.gossip.wire.Address;

/** Joining through seeds, and finding again who was lost (MGP1-LIV-023 to 025, MGP1-LIV-027, MGP1-MSG-030). */
final class Healing {
    /** For so many {@code suspectTimeout}s seeds are asked in every interval: a first PING or its answer may have been lost. */
    private static final int EAGER = 2;

    private final Core core;
    private long eagerUntil;
    private long nextRemembered;

    Healing(Core core, long mono) {
        this.core = core;
        this.nextRemembered = mono + core.config.get(Parameter.RECONNECT_INTERVAL);
        startOver(mono);
    }

    /** Asks the seeds as often as at the start. */
    void startOver(long mono) {
        eagerUntil = mono + EAGER * core.config.suspectTimeout();
    }

    /** Sends the PINGs that are due. */
    void run(long mono) {
        for (Address seed : core.seeds.addresses()) {
            if (wantsPing(seed) && mono >= seedDue(seed) && core.peers.ping(seed, null, !core.seeds.joined(), mono)) {
                core.seeds.pinged(seed, mono);
            }
        }
        for (Member member : core.members.dead()) {
            boolean due = mono >= deadDue(member) && core.peers.isValidated(member.address());
            if (due && core.peers.ping(member.address(), member.id(), false, mono)) {
                member.reconnected(mono);
            }
        }
        if (mono >= nextRemembered) {
            askRemembered(mono);
        }
    }

    /** The next time at which one of these PINGs is due. */
    long due(long mono) {
        long due = core.remembered.size() == 0 ? Long.MAX_VALUE : nextRemembered;
        for (Address seed : core.seeds.addresses()) {
            if (wantsPing(seed)) {
                due = Math.min(due, Math.max(seedDue(seed), core.peers.allowedAt(seed, mono)));
            }
        }
        for (Member member : core.members.dead()) {
            if (core.peers.isValidated(member.address()) && !member.address().equals(core.selfAddress())) {
                due = Math.min(due, deadDue(member));
            }
        }
        return due;
    }

    private boolean wantsPing(Address seed) {
        return !seed.equals(core.selfAddress()) && (isJoining() || !core.members.hasAliveAt(seed));
    }

    private boolean isJoining() {
        return !core.seeds.answered() || !core.seeds.joined();
    }

    private long seedDue(Address seed) {
        long last = core.seeds.lastPing(seed);
        if (isJoining() && last + core.config.gossipInterval() < eagerUntil) {
            return last + core.config.gossipInterval();
        }
        return last + (core.seeds.answered() ? core.config.reconnectPace() : core.config.suspectTimeout());
    }

    private long deadDue(Member member) {
        return member.lastReconnect() + core.config.reconnectPace();
    }

    private void askRemembered(long mono) {
        List<Remembered.Ghost> ghosts = new ArrayList<>(core.remembered.all().values());
        nextRemembered = mono + core.config.reconnectPace();
        if (ghosts.isEmpty()) {
            return;
        }
        Address address = ghosts.get((int) core.random.below(ghosts.size())).address();
        if (!core.peers.ping(address, null, false, mono) && !address.equals(core.selfAddress())) {
            nextRemembered = Math.max(mono + 1, Math.min(nextRemembered, core.peers.allowedAt(address, mono)));
        }
    }
}
