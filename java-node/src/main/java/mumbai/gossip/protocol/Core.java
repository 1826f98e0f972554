package mumbai.gossip.protocol;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import mumbai.gossip.state.Counters;
import mumbai.gossip.state.EntryStore;
import mumbai.gossip.state.Member;
import mumbai.gossip.state.MemberTable;
import mumbai.gossip.state.MessageHistory;
import mumbai.gossip.state.Remembered;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Content;
import mumbai.gossip.wire.Encoder;
import mumbai.gossip.wire.MemberState;
import mumbai.gossip.wire.Message;
import mumbai.gossip.wire.MessageType;
import mumbai.gossip.wire.NodeRecord;

/** What the parts of one machine share: its state, its clock, its chance, and where its effects are collected. */
final class Core {
    final Config config;
    final String selfId;
    final MembershipClock clock;
    final RandomSource random;
    final EntryStore entries;
    final MemberTable members = new MemberTable();
    final Remembered remembered;
    final MessageHistory history;
    final Counters counters = new Counters();
    final Seeds seeds = new Seeds();
    final Peers peers;
    final News news;
    final Fitting fitting = new Fitting();
    final Isolation isolation;

    private List<Member> targets = List.of();
    private List<Member> strangers = List.of();
    /** Both revisions only grow, so their sum tells whether either did. */
    private long sortedAt = -1;
    private final Content content;
    private long updated;
    private MemberState selfState = MemberState.ALIVE;
    private List<Outbound> sent = new ArrayList<>();
    private List<Event> events = new ArrayList<>();

    Core(Config config, Now now, NodeRecord self) {
        this.config = config;
        this.selfId = config.nodeId();
        this.clock = new MembershipClock(now);
        this.random = new RandomSource(config.randomSeed());
        this.entries = new EntryStore(config.get(Parameter.TOMBSTONE_RETENTION), config.get(Parameter.MAX_FUTURE_SKEW));
        this.remembered = new Remembered(config.get(Parameter.REMEMBERED_RETENTION), config.get(Parameter.MAX_REMEMBERED));
        this.history = new MessageHistory(config.get(Parameter.MAX_MESSAGE_HISTORY));
        this.content = self.content();
        this.updated = clock.read(now.mono());
        this.peers = new Peers(this);
        this.news = new News(this);
        this.isolation = new Isolation(config, now.mono());
    }

    Address selfAddress() {
        return content.address();
    }

    /** The own record as of the newest timestamp issued. */
    NodeRecord self() {
        return new NodeRecord(content, updated, selfState, Math.max(clock.last(), updated));
    }

    /** Sets {@code updated} to the clock (MGP1-LIV-003). */
    void touch(long mono) {
        updated = clock.read(mono);
    }

    /** Says from now on that this node is DEAD, because it leaves. */
    void markLeft() {
        selfState = MemberState.DEAD;
    }

    /** A new message of this node with its own record in it. */
    Message message(MessageType type, long mono) {
        long timestamp = clock.issue(mono);
        Message message = new Message(type, config.cluster(), selfId, random.id(), timestamp);
        return message.record(selfId, new NodeRecord(content, updated, selfState, timestamp));
    }

    /** Sends a message that is known to fit. */
    void send(Address to, Message message) {
        send(to, Encoder.datagram(message, config.compressionThreshold()));
    }

    void send(Address to, byte[] datagram) {
        sent.add(new Outbound(to, datagram));
    }

    void report(Event event) {
        events.add(event);
    }

    Effects drain() {
        Effects effects = new Effects(sent, events);
        sent = new ArrayList<>();
        events = new ArrayList<>();
        return effects;
    }

    /** Those of some members that have a validated address other than our own. */
    List<Member> validated(Collection<Member> some) {
        List<Member> found = new ArrayList<>();
        for (Member member : some) {
            if (peers.isValidated(member.address()) && !member.address().equals(selfAddress())) {
                found.add(member);
            }
        }
        return found;
    }

    /** The members that gossip goes to, by id: not DEAD, with a validated address other than our own. */
    List<Member> gossipTargets() {
        sort();
        return targets;
    }

    /** Whether gossip goes to anybody. */
    boolean hasGossipTarget() {
        for (Member member : members.all()) {
            if (isGossipTarget(member)) {
                return true;
            }
        }
        return false;
    }

    private boolean isGossipTarget(Member member) {
        return !member.isDead() && peers.isValidated(member.address()) && !member.address().equals(selfAddress());
    }

    /** The members, by id, that are not DEAD and whose address is not validated. */
    List<Member> strangers() {
        sort();
        return strangers;
    }

    /** Those of the next {@code eagerCopies} members on the ring of ids that have not answered yet. */
    List<Member> strangersOnRing() {
        Iterator<Member> ring = Stream.concat(members.after(selfId).stream(), members.earlier(selfId).stream()).iterator();
        long left = config.get(Parameter.EAGER_COPIES);
        List<Member> found = new ArrayList<>();
        while (left > 0 && ring.hasNext()) {
            Member member = ring.next();
            if (!member.isDead() && !member.address().equals(selfAddress())) {
                left--;
                if (!peers.isValidated(member.address())) {
                    found.add(member);
                }
            }
        }
        return found;
    }

    /** Sorts the members into targets and strangers anew where anything has changed that matters for it. */
    private void sort() {
        long revision = members.revision() + peers.revision();
        if (revision == sortedAt) {
            return;
        }
        sortedAt = revision;
        List<Member> validated = new ArrayList<>();
        List<Member> others = new ArrayList<>();
        for (Member member : members.all()) {
            if (isGossipTarget(member)) {
                validated.add(member);
            } else if (!member.isDead() && !peers.isValidated(member.address())) {
                others.add(member);
            }
        }
        targets = Collections.unmodifiableList(validated);
        strangers = Collections.unmodifiableList(others);
    }
}
