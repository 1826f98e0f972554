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
    /** In about so many rounds everything is told once more (MGP1-DIS-009). News and SYNC are there for what is in a hurry. */
    private static final int ROTATION = 240;
    /** No heartbeat takes fewer bytes of a draft: only so many are worth looking at. */
    private static final int MIN_HEARTBEAT = 6;

    private final Core core;
    private final Legacy legacy;
    private long next;
    private String entryCursor = "";
    private String recordCursor = "";
    /** Whether the last item of the rotation that went out was an entry. */
    private boolean entriesNext;

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
        greetStrangers(now.mono(), core.config.fanout());
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

    /**
     * Asks the next strangers where others have answered (MGP1-DIS-013): those to whom later copies of news are owed
     * (MGP1-DIS-017), then any.
     */
    void greetAfterAnswers(long mono) {
        int answers = core.peers.takeAnswers();
        if (answers == 0) {
            return;
        }
        int left = Peers.EARNED * answers;
        for (Member stranger : core.strangersOnRing()) {
            if (left > 0 && core.peers.ping(stranger.address(), stranger.id(), false, mono)) {
                left--;
            }
        }
        greetStrangers(mono, Math.min(left, core.peers.strangersLacking()));
    }

    private void greetStrangers(long mono, int most) {
        if (most == 0 || !core.peers.hasRoom(mono)) {
            return;
        }
        List<Member> strangers = new ArrayList<>();
        for (Member member : core.strangers()) {
            if (core.peers.againAt(member.address()) <= mono) {
                strangers.add(member);
            }
        }
        for (Member stranger : core.random.pick(strangers, most)) {
            core.peers.ping(stranger.address(), stranger.id(), false, mono);
        }
    }

    private byte[] compose(Now now) {
        Message plain = core.message(MessageType.GOSSIP, now.mono());
        boolean silent = core.isolation.isIsolated(now.mono());
        List<Member> records = new ArrayList<>();
        List<Entry> entries = new ArrayList<>();
        boolean entriesFirst = takeTurn(records, entries, silent, now.wall());
        List<Entry> repeated = silent ? List.of() : core.news.repeat(now.wall());
        List<Member> heartbeats = heartbeats();
        Fitting.Fitted fitted = core.fitting.fit(core.config, budget -> {
            Draft draft = new Draft(News.copyOf(plain), budget);
            // the head of the turn always fits: nothing can displace it (MGP1-DIS-009)
            addTurn(draft, records, entries, entriesFirst, 1);
            addRecords(draft, core.news.members(), Integer.MAX_VALUE);
            addEntries(draft, repeated, Integer.MAX_VALUE);
            addHeartbeats(draft, heartbeats, budget);
            addTurn(draft, records, entries, entriesFirst, Integer.MAX_VALUE);
            return draft;
        });
        advance(fitted.draft().message(), records, entries, entriesFirst);
        return fitted.datagram();
    }

    /** Takes what comes next in the rotation through all records and then all entries, and answers whether entries come first. */
    private boolean takeTurn(List<Member> records, List<Entry> entries, boolean silent, long wall) {
        int all = core.members.size() + core.entries.size();
        int most = (all + ROTATION - 1) / ROTATION;
        if (entriesNext && !silent) {
            entries.addAll(core.entries.later(entryCursor, wall, most));
        }
        boolean entriesFirst = !entries.isEmpty();
        records.addAll(core.members.later(entriesNext ? "" : recordCursor, most - entries.size()));
        if (!entriesFirst && !silent) {
            entries.addAll(core.entries.later("", wall, most - records.size()));
        }
        if (records.isEmpty() && entries.isEmpty()) {
            records.addAll(core.members.later("", most));
        }
        return entriesFirst;
    }

    private static void addTurn(Draft draft, List<Member> records, List<Entry> entries, boolean entriesFirst, int most) {
        int first = Math.min(most, entriesFirst ? entries.size() : records.size());
        if (entriesFirst) {
            addEntries(draft, entries, first);
            addRecords(draft, records, most - first);
        } else {
            addRecords(draft, records, first);
            addEntries(draft, entries, most - first);
        }
    }

    private static void addHeartbeats(Draft draft, List<Member> heartbeats, int budget) {
        int end = draft.size() + budget * HEARTBEAT_SHARE / 100;
        for (Member member : heartbeats) {
            if (!draft.heartbeat(member.id(), member.lastSeen(), end)) {
                return;
            }
        }
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

    private void advance(Message sent, List<Member> records, List<Entry> entries, boolean entriesFirst) {
        boolean whole = true;
        if (entriesFirst) {
            whole = advanceEntries(sent, entries);
        }
        if (whole && !records.isEmpty()) {
            whole = advanceRecords(sent, records);
        }
        if (whole && !entriesFirst && !entries.isEmpty()) {
            advanceEntries(sent, entries);
        }
    }

    private boolean advanceEntries(Message sent, List<Entry> entries) {
        for (Entry entry : entries) {
            if (!sent.localData().containsKey(entry.key())) {
                return false;
            }
            entryCursor = entry.key();
            entriesNext = true;
        }
        return true;
    }

    private boolean advanceRecords(Message sent, List<Member> records) {
        for (Member member : records) {
            if (!sent.membership().containsKey(member.id())) {
                return false;
            }
            recordCursor = member.id();
            entriesNext = false;
        }
        return true;
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
        int most = core.fitting.budget(core.config) * HEARTBEAT_SHARE / 100 / MIN_HEARTBEAT;
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
