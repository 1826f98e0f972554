package mumbai.gossip.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import mumbai.gossip.state.Member;
import mumbai.gossip.state.Remembered;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Decoded;
import mumbai.gossip.wire.Decoder;
import mumbai.gossip.wire.Encoder;
import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.Envelope;
import mumbai.gossip.wire.Gate;
import mumbai.gossip.wire.LegacyMessage;
import mumbai.gossip.wire.Limits;
import mumbai.gossip.wire.MemberState;
import mumbai.gossip.wire.Message;
import mumbai.gossip.wire.MessageType;
import mumbai.gossip.wire.NodeRecord;
import mumbai.gossip.wire.Reason;
import mumbai.gossip.wire.Received;
import mumbai.gossip.wire.RefusedException;
import mumbai.gossip.wire.RejectedException;
import mumbai.gossip.wire.Skip;

/**
 * One node as a machine: calls in, datagrams and events out, nothing of its own in between. Time is an argument, chance
 * comes from the seed in the configuration, and the same calls give the same answers. Not thread-safe.
 */
public final class Machine {
    private final Core core;
    private final Config config;
    private final Refutation refutation;
    private final Pages pages;
    private final Merger merger;
    private final LocalWrites writes;
    private final Liveness liveness;
    private final Healing healing;
    private final Rounds rounds;
    private final Sync sync;
    private final Legacy legacy;
    private final StatefulGate gate = new StatefulGate();
    private boolean stopped;

    /**
     * Creates a node; its first PINGs to its seeds are among the effects.
     *
     * @throws ConfigException when its own record would be skipped by others (MGP1-MSG-014)
     */
    public Machine(Config config, Now now) {
        this.config = config;
        this.core = new Core(config, now, ownRecord(config));
        this.refutation = new Refutation(core);
        this.pages = new Pages(core);
        this.liveness = new Liveness(core, now.mono());
        this.merger = new Merger(core, refutation, pages, liveness);
        this.writes = new LocalWrites(core);
        this.healing = new Healing(core, now.mono());
        this.legacy = new Legacy(core, merger);
        this.rounds = new Rounds(core, legacy, now.mono());
        this.sync = new Sync(core, now.mono());
        config.seeds().forEach(core.seeds::add);
        guarded(() -> healing.run(now.mono()));
    }

    private static NodeRecord ownRecord(Config config) {
        try {
            return NodeRecord.of(config.nodeId(), config.host(), config.port(), MemberState.ALIVE, 0, 0, config.metadata(), null);
        } catch (RejectedException e) {
            throw new ConfigException(switch (e.reason()) {
                case RECORD_SHAPE -> "port must be 1 to 65535, not " + config.port();
                case RECORD_HOST -> "others cannot reach " + config.host()
                        + ": advertise an IP address that is not unspecified, multicast or broadcast";
                case RECORD_SIZE -> "the own record is larger than " + Limits.MAX_RECORD + " bytes: shorten the metadata";
                default -> "the own record is not valid: " + e.reason().code();
            });
        }
    }

    /** Takes a received datagram. Whatever it is, the machine goes on. */
    public Outcome onDatagram(Now now, Address from, byte[] datagram) {
        gate.envelope = null;
        Received received;
        try {
            received = config.receivesLegacy()
                    ? Decoder.decodeAny(datagram, gate, new LegacyMessage.Origin(config.legacyCluster(), from))
                    : Decoder.decode(datagram, gate);
        } catch (RejectedException e) {
            return reject(e.reason(), now);
        }
        List<Skip> skipped = new ArrayList<>(received.skipped());
        if (!stopped) {
            guarded(() -> apply(received, from, datagram.length, now, skipped));
            Collections.sort(skipped);
            skipped.forEach(skip -> core.counters.count(skip.reason()));
        }
        return new Outcome(null, skipped);
    }

    /** Does all that is due at this time, each thing once, however late it is. */
    public void tick(Now now) {
        if (stopped) {
            return;
        }
        guarded(() -> {
            long mono = now.mono();
            core.peers.expire(mono);
            core.remembered.expire(mono);
            core.entries.dropExpired(now.wall());
            liveness.check(mono);
            refutation.run(mono);
            healing.run(mono);
            writes.restamp(now, mono >= rounds.due());
            rounds.run(now);
            sync.run(now);
            pages.run(mono);
            core.news.flush(now);
        });
    }

    /** The monotonic time at which the next tick is wanted at the latest. */
    public long wake(Now now) {
        long mono = now.mono();
        if (stopped) {
            return mono + config.gossipInterval();
        }
        long due = Math.min(liveness.due(), rounds.due());
        due = Math.min(due, Math.min(refutation.due(), healing.due(mono)));
        due = Math.min(due, Math.min(sync.due(), Math.min(pages.due(mono), core.news.due(mono))));
        if (core.entries.nextExpiry() != Long.MAX_VALUE) {
            due = Math.min(due, mono + Math.max(0, core.entries.nextExpiry() - now.wall()));
        }
        return Math.max(due, mono + 1);
    }

    /**
     * Writes a key.
     *
     * @throws RefusedException when others would skip the entry; nothing has changed then
     */
    public void set(Now now, String key, JsonNode value) throws RefusedException {
        writes.set(key, value, now);
        tellNews(now);
    }

    /**
     * Deletes a key.
     *
     * @throws RefusedException when the key is not there; nothing has changed then
     */
    public void delete(Now now, String key) throws RefusedException {
        writes.delete(key, now);
        tellNews(now);
    }

    /**
     * Checks a write without making it.
     *
     * @throws RefusedException when others would skip the entry
     */
    public static void checkWrite(String nodeId, String key, JsonNode value) throws RefusedException {
        LocalWrites.check(nodeId, key, value);
    }

    /** Takes over entries that this node held in an earlier life, with the stamps they had. Reports nothing. */
    public void restore(Now now, Collection<Entry> entries) {
        for (Entry entry : entries) {
            Entry held = core.entries.get(entry.key());
            boolean room = held != null || core.entries.size() < config.get(Parameter.MAX_ENTRIES);
            if (room && !core.entries.isExpired(entry, now.wall()) && (held == null || entry.beats(held))) {
                core.entries.put(entry);
            }
        }
    }

    /** The entry of a key, or null where there is none or a tombstone (MGP1-MRG-007). */
    public Entry get(String key) {
        Entry entry = core.entries.get(key);
        return entry == null || entry.deleted() ? null : entry;
    }

    /** Adds a seed address and asks it for the cluster as soon as the pace of PINGs allows. */
    public void addSeed(Now now, Address seed) {
        if (stopped || !core.seeds.add(seed)) {
            return;
        }
        if (core.members.size() == 0) {
            core.seeds.startOver();
            healing.startOver(now.mono());
        }
        guarded(() -> healing.run(now.mono()));
    }

    /** Says good-bye (MGP1-LIV-015); afterwards the machine sends nothing and takes nothing. */
    public void leave(Now now) {
        if (stopped) {
            return;
        }
        guarded(() -> {
            core.markLeft();
            long copies = Math.max(config.fanout(), config.get(Parameter.EAGER_COPIES));
            List<Member> targets = core.random.pick(core.gossipTargets(), copies);
            if (!targets.isEmpty()) {
                byte[] farewell = Encoder.datagram(core.message(MessageType.MEMBERSHIP, now.mono()), config.compressionThreshold());
                targets.forEach(target -> core.send(target.address(), farewell));
            }
        });
        stopped = true;
    }

    /** Takes what is to be sent and reported since the last call. */
    public Effects drain() {
        return core.drain();
    }

    /** Whether the node has left or had to stop. */
    public boolean hasStopped() {
        return stopped;
    }

    /** The own record; its {@code lastSeen} is the greatest timestamp issued. */
    public NodeRecord self() {
        return core.self();
    }

    /** The members by id. */
    public SortedMap<String, Member> members() {
        SortedMap<String, Member> members = new TreeMap<>();
        core.members.all().forEach(member -> members.put(member.id(), member));
        return members;
    }

    /** Whether an address is validated. */
    public boolean isValidated(Address address) {
        return core.peers.isValidated(address);
    }

    /** All entries by key, tombstones included. */
    public SortedMap<String, Entry> entries() {
        SortedMap<String, Entry> entries = new TreeMap<>();
        core.entries.all().forEach(entry -> entries.put(entry.key(), entry));
        return entries;
    }

    /**
     * The digest of a prefix at this time (MGP1-SYN-002).
     *
     * @param prefix 0 to 64 lower-case hex digits
     * @return 32 hex digits, or null where nothing lies below the prefix
     */
    public String digest(Now now, String prefix) {
        return core.entries.digest(prefix, now.wall());
    }

    /** The remembered members by id. */
    public Map<String, Remembered.Ghost> remembered() {
        return core.remembered.all();
    }

    /** Rejected datagrams and skipped items by reason code, those that are not zero. */
    public SortedMap<String, Long> counters() {
        return core.counters.byCode();
    }

    /** The number of messages held against duplicates. */
    public int history() {
        return core.history.size();
    }

    private Outcome reject(Reason reason, Now now) {
        if (!stopped) {
            core.counters.count(reason);
            // a version 0 message from an impossible address says nothing of where its sender listens
            if (reason == Reason.SENDER_SELF && gate.envelope.self() != null) {
                guarded(() -> {
                    refutation.hear(gate.envelope.self(), now.mono());
                    refutation.run(now.mono());
                });
            }
        }
        return new Outcome(reason, List.of());
    }

    private void apply(Received received, Address from, int length, Now now, List<Skip> skipped) {
        if (received instanceof LegacyMessage old) {
            legacy.apply(old, from, length, now, skipped);
        } else {
            apply(((Decoded) received).message(), from, length, now, skipped);
        }
        core.news.heardFrom(null);
        rounds.greetAfterAnswers(now.mono());
        refutation.run(now.mono());
        pages.run(now.mono());
        core.news.flush(now);
    }

    private void apply(Message message, Address from, int length, Now now, List<Skip> skipped) {
        long mono = now.mono();
        core.history.add(message.senderId(), message.messageId());
        core.news.heardFrom(message.membership().get(message.senderId()).content().address());
        merger.merge(message, now, skipped);
        if (core.members.get(message.senderId()) != null) {
            core.isolation.contact(mono);
        }
        switch (message.type()) {
            case GOSSIP -> merger.mergeEntries(message.localData().values(), now, skipped);
            case PING -> answerPing(message, from, length, mono);
            case PONG -> takePong(message, from, mono);
            case MEMBERSHIP -> {
                Message.Paging paging = message.paging();
                if (paging != null && paging.page() == paging.pages()) {
                    core.seeds.markJoined();
                }
            }
            case SYNC -> sync.take(message, from, merger.mergeEntries(message.localData().values(), now, skipped), now);
        }
    }

    private void answerPing(Message ping, Address from, int length, long mono) {
        if (ping.targetId() != null && !ping.targetId().equals(core.selfId)) {
            return;
        }
        pong(ping, from, length, mono);
        Member pinger = core.members.get(ping.senderId());
        boolean fromRecord = pinger != null && pinger.address().equals(from);
        if (!ping.full() || !fromRecord) {
            return;
        }
        if (core.peers.isValidated(from)) {
            pages.begin(from, mono);
        } else {
            core.peers.questionFrom(from, mono);
            pages.askedBy(from, pinger.id(), mono);
        }
    }

    private void pong(Message ping, Address from, int length, long mono) {
        String pingerId = ping.senderId();
        Member pinger = core.members.get(pingerId);
        Remembered.Ghost ghost = core.remembered.get(pingerId);
        Message pong = core.message(MessageType.PONG, mono).pingId(ping.pingId());
        if (pinger != null) {
            pong.heartbeat(pingerId, pinger.lastSeen());
        } else if (ghost != null) {
            pong.heartbeat(pingerId, ghost.lastSeen());
        }
        long most = core.peers.isValidated(from) ? Limits.MAX_PONG : (long) Limits.AMPLIFICATION * length;
        if (pinger != null) {
            Message generous = News.copyOf(pong).pingId(pong.pingId()).record(pingerId, pinger.record());
            pong.heartbeats().forEach(generous::heartbeat);
            if (sendUpTo(most, from, generous)) {
                return;
            }
        }
        sendUpTo(most, from, pong);
    }

    private boolean sendUpTo(long most, Address to, Message message) {
        byte[] datagram = Encoder.datagram(message, config.compressionThreshold());
        if (datagram.length > Math.min(most, Limits.MAX_PONG)) {
            return false;
        }
        core.send(to, datagram);
        return true;
    }

    private void takePong(Message pong, Address from, long mono) {
        if (!core.peers.answered(pong.pingId(), from, mono)) {
            return;
        }
        if (core.seeds.contains(from)) {
            core.seeds.markAnswered();
        }
        sync.beginFirst(mono);
        pages.validated(from, mono);
    }

    private void tellNews(Now now) {
        if (!stopped) {
            guarded(() -> core.news.flush(now));
        }
    }

    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (ClockExhaustedException e) {
            stopped = true;
            core.report(new Event.Fatal("clock.exhausted"));
        }
    }

    /** The steps of receipt that need this node's cluster, id and history. */
    private final class StatefulGate implements Gate {
        private Envelope envelope;

        @Override
        public void admitCluster(String cluster) throws RejectedException {
            if (!cluster.equals(config.cluster())) {
                throw new RejectedException(Reason.CLUSTER_MISMATCH);
            }
        }

        @Override
        public void admitSender(Envelope received) throws RejectedException {
            envelope = received;
            if (received.senderId().equals(core.selfId)) {
                throw new RejectedException(Reason.SENDER_SELF);
            }
            if (core.history.contains(received.senderId(), received.messageId())) {
                throw new RejectedException(Reason.DUPLICATE_MESSAGE);
            }
        }
    }
}
