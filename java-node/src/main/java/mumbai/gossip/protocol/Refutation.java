package mumbai.gossip.protocol;

import java.util.ArrayList;
import java.util.List;
import mumbai.gossip.state.Member;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Limits;
import mumbai.gossip.wire.MemberState;
import mumbai.gossip.wire.Message;
import mumbai.gossip.wire.MessageType;
import mumbai.gossip.wire.NodeRecord;

/** What a node does about rumours of itself (MGP1-LIV-011 to 014). */
final class Refutation {
    private static final long CONFLICT_PACE = 60_000;

    private final Core core;
    private boolean hasRefuted;
    private boolean pending;
    private long lastSent = Member.NEVER;
    private long lastConflict = Member.NEVER;

    Refutation(Core core) {
        this.core = core;
    }

    /** A record of the own id came in. */
    void hear(NodeRecord rumour, long mono) {
        if (!wins(rumour.lastSeen(), rumour.state())) {
            return;
        }
        Address claimed = rumour.content().address();
        if (hasRefuted && !claimed.equals(core.selfAddress()) && mono - lastConflict >= CONFLICT_PACE) {
            lastConflict = mono;
            core.report(new Event.IdConflict(rumour.content().host(), claimed.port()));
        }
        jump(rumour.lastSeen(), mono);
    }

    /** A heartbeat of the own id came in. */
    void hearHeartbeat(long lastSeen, long mono) {
        if (wins(lastSeen, MemberState.ALIVE)) {
            jump(lastSeen, mono);
        }
    }

    /** Sends the refuting GOSSIP where one is owed and its pace allows it. */
    void run(long mono) {
        if (!pending || mono < due()) {
            return;
        }
        pending = false;
        List<Member> targets = new ArrayList<>(core.random.pick(core.gossipTargets(), core.config.fanout()));
        List<Member> dead = core.validated(core.members.dead());
        dead.removeIf(member -> targets.stream().anyMatch(target -> target.address().equals(member.address())));
        targets.addAll(core.random.pick(dead, core.config.fanout() - targets.size()));
        if (targets.isEmpty()) {
            return;
        }
        lastSent = mono;
        Message gossip = core.message(MessageType.GOSSIP, mono);
        Fitting.Fitted fitted = core.fitting.fit(core.config, budget -> new Draft(News.copyOf(gossip), budget));
        for (Member target : targets) {
            core.send(target.address(), fitted.datagram());
        }
    }

    /** When the refuting GOSSIP that is owed may go, or {@link Long#MAX_VALUE}. */
    long due() {
        return pending ? lastSent + core.config.halfInterval() : Long.MAX_VALUE;
    }

    private boolean wins(long lastSeen, MemberState state) {
        if (lastSeen >= Limits.RUMOUR_END) {
            return false;
        }
        long issued = core.clock.last();
        return lastSeen > issued || lastSeen == issued && state != MemberState.ALIVE;
    }

    private void jump(long lastSeen, long mono) {
        core.clock.jumpPast(lastSeen, mono);
        core.touch(mono);
        hasRefuted = true;
        pending = true;
    }
}
