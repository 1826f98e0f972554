package mumbai.gossip.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import mumbai.gossip.state.Member;
import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.Limits;
import mumbai.gossip.wire.Message;
import mumbai.gossip.wire.MessageType;

/** The gossip of every interval (MGP1-DIS-001 to 003, MGP1-DIS-008 to 010, MGP1-LIV-022, MGP1-LIV-026). */
final class Rounds {
    /** Percent of a datagram that heartbeats may use (MGP1-DIS-010). */
    private static final int HEARTBEAT_SHARE = 60;
    /** Records in rotation that go before the entries. */
    private static final int RECORDS_FIRST = 5;
    /** No record and no heartbeat takes fewer bytes of a draft: only so many are worth looking at. */
    private static final int MIN_RECORD = 80;
    private static final int MIN_HEARTBEAT = 20;

    private final Core core;
    private final Legacy legacy;
    private long next;
    private String entryCursor = "";
    private String recordCursor = "";
    private boolean entryTurn;

    Rounds(Core core, Legacy legacy, long mono) {
        this.core = core;
        this.legacy = legacy;
        this.next = mono + core.random.below(core.config.gossipInterval());
    }

    long due() {
        return next;
    }

    /** Does one round where it is time for one, however many were missed. */
    boolean run(Now now) {
        if (now.mono() < next) {
            return false;
        }
        long interval = core.config.gossipInterval();
        long spread = interval / 10;
        next = now.mono() + interval - spread + core.random.below(2 * spread + 1);
        gossip(now);
        greetStrangers(now.mono());
        legacy.pingHearsay(now.mono());
        return true;
    }

    private void gossip(Now now) {
        List<Member> candidates = core.gossipTargets();
        if (candidates.isEmpty() && core.members.dead().size() == core.members.size()) {
            candidates = core.validated(core.members.dead());
        }
        List<Member> targets = core.random.pick(candidates, core.config.fanout());
        if (targets.isEmpty()) {
            return;
        }
        byte[] datagram = compose(now);
        for (Member target : targets) {
            core.send(target.address(), datagram);
        }
    }

    private void greetStrangers(long mono) {
        List<Member> strangers = new ArrayList<>();
        for (Member member : core.strangers()) {
            if (core.peers.allowedAt(member.address(), mono) <= mono) {
                strangers.add(member);
            }
        }
        for (Member stranger : core.random.pick(strangers, core.config.fanout())) {
            core.peers.ping(stranger.address(), stranger.id(), false, mono);
        }
    }

    private byte[] compose(Now now) {
        Message plain = core.message(MessageType.GOSSIP, now.mono());
        List<Entry> entries = core.isolation.isIsolated(now.mono()) ? List.of()
                : core.entries.after(entryCursor, now.wall(), core.config.textBudget() / Limits.MIN_ENTRY);
        List<Member> records = core.members.after(recordCursor, core.config.textBudget() / MIN_RECORD);
        List<Member> heartbeats = heartbeats();
        boolean entriesLead = entryTurn;
        Fitting.Fitted fitted = Fitting.fit(core.config, budget -> {
            Draft draft = new Draft(News.copyOf(plain), budget);
            fill(draft, budget, entries, records, heartbeats, entriesLead);
            return draft;
        });
        advance(fitted.draft().message(), entries, records);
        entryTurn = !entryTurn;
        return fitted.datagram();
    }

    /** The head of one rotation always fits; which one it is alternates, so that neither waits for ever (MGP1-DIS-009). */
    private static void fill(Draft draft, int budget, List<Entry> entries, List<Member> records, List<Member> heartbeats,
            boolean entriesLead) {
        if (entriesLead) {
            addEntries(draft, entries, 1);
            addRecords(draft, records, 1);
        } else {
            addRecords(draft, records, 1);
            addEntries(draft, entries, 1);
        }
        int heartbeatEnd = draft.size() + budget * HEARTBEAT_SHARE / 100;
        for (Member member : heartbeats) {
            if (!draft.heartbeat(member.id(), member.lastSeen(), heartbeatEnd)) {
                break;
            }
        }
        addRecords(draft, records, RECORDS_FIRST);
        addEntries(draft, entries, entries.size());
        addRecords(draft, records, records.size());
    }

    private static void addEntries(Draft draft, List<Entry> entries, int most) {
        for (int i = 0; i < Math.min(most, entries.size()); i++) {
            if (!draft.add(entries.get(i))) {
                return;
            }
        }
    }

    private static void addRecords(Draft draft, List<Member> records, int most) {
        for (int i = 0; i < Math.min(most, records.size()); i++) {
            if (!draft.add(records.get(i).id(), records.get(i).record())) {
                return;
            }
        }
    }

    private void advance(Message sent, List<Entry> entries, List<Member> records) {
        for (Entry entry : entries) {
            if (!sent.localData().containsKey(entry.key())) {
                break;
            }
            entryCursor = entry.key();
        }
        for (Member member : records) {
            if (!sent.membership().containsKey(member.id())) {
                break;
            }
            recordCursor = member.id();
        }
    }

    /** The members held ALIVE, freshest first and then by id, as many as can fit and those as fresh as the last of them. */
    private List<Member> heartbeats() {
        long[] times = new long[core.members.size()];
        int alive = 0;
        for (Member member : core.members.all()) {
            if (member.isAlive()) {
                times[alive++] = member.lastGrown();
            }
        }
        Arrays.sort(times, 0, alive);
        int most = core.config.textBudget() * HEARTBEAT_SHARE / 100 / MIN_HEARTBEAT;
        long oldest = alive > most ? times[alive - most] : Long.MIN_VALUE;
        List<Member> freshest = new ArrayList<>(Math.min(alive, most));
        for (Member member : core.members.all()) {
            if (member.isAlive() && member.lastGrown() >= oldest) {
                freshest.add(member);
            }
        }
        // a stable sort, so that equals stay in the order of their ids
        freshest.sort(Comparator.comparingLong(Member::lastGrown).reversed());
        return freshest;
    }
}
