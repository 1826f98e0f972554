package mumbai.gossip.protocol;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import mumbai.gossip.state.Member;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.Message;
import mumbai.gossip.wire.MessageType;
import mumbai.gossip.wire.NodeRecord;

/**
 * Changes that are told at once, each a limited number of times (MGP1-DIS-004 to MGP1-DIS-007, MGP1-DIS-017).
 *
 * <p>The first copies of an item go to random members and spread it exponentially; the later ones to the members that come next
 * on the ring of ids, so that each member is somebody's duty. After Voulgaris and van Steen, "Hybrid Dissemination: Adding
 * Determinism to Probabilistic Multicasting in Large-Scale P2P Systems", Middleware 2007.
 */
final class News {
    /** Rounds that repeat an entry which was news, for those that every copy of it missed. */
    private static final int REPEATS = 3;

    private final Core core;
    private final Map<Item, Pending> queue = new LinkedHashMap<>();
    private final Deque<Repeat> recent = new ArrayDeque<>();
    private long lastFlush = Member.NEVER;
    private long round;
    private Address source;

    private record Item(boolean entry, String name) {
    }

    /** An entry that was news lately, and the number of the round that repeats it last. */
    private record Repeat(String key, long lastRound) {
    }

    /** What is still to be told of an item. */
    private static final class Pending {
        private long copiesLeft;
        /** Whether the random copies are out, and the ring is next. */
        private boolean spread;
        /** Whether a copy went to the next on the ring. */
        private boolean round;
        /** Who knows it already: those it went to, those it came from, the one it is about. */
        private final Set<Address> told = new HashSet<>();

        boolean mayGoTo(List<Member> peers) {
            return copiesLeft >= peers.size() && peers.stream().noneMatch(peer -> told.contains(peer.address()));
        }
    }

    News(Core core) {
        this.core = core;
    }

    /** From here on news comes from that member; null for this node itself. */
    void heardFrom(Address sender) {
        source = sender;
    }

    /** An entry changed. */
    void entry(String key) {
        put(new Item(true, key));
        recent.addLast(new Repeat(key, round + REPEATS));
        if (recent.size() > core.config.get(Parameter.MAX_NEWS)) {
            recent.removeFirst();
        }
    }

    /** A member changed. */
    void member(String id) {
        Pending pending = put(new Item(false, id));
        Member member = core.members.get(id);
        if (pending != null && member != null) {
            pending.told.add(member.address());
        }
    }

    /** The sender knows this entry as we do. */
    void entryHeardAgain(String key) {
        heardAgain(new Item(true, key));
    }

    /** The sender knows this member as we do. */
    void memberHeardAgain(String id) {
        heardAgain(new Item(false, id));
    }

    /** Members that are news, oldest first. */
    List<Member> members() {
        List<Member> members = new ArrayList<>();
        for (Item item : queue.keySet()) {
            Member member = item.entry() ? null : core.members.get(item.name());
            if (member != null) {
                members.add(member);
            }
        }
        return members;
    }

    /** A round begins: the entries that were news in the last ones and may be sent, newest first. */
    List<Entry> repeat(long wall) {
        round++;
        recent.removeIf(repeat -> repeat.lastRound() < round);
        Set<String> keys = new LinkedHashSet<>();
        recent.descendingIterator().forEachRemaining(repeat -> keys.add(repeat.key()));
        List<Entry> entries = new ArrayList<>();
        for (String key : keys) {
            Entry entry = core.entries.get(key);
            if (entry != null && core.entries.isSendable(entry, wall)) {
                entries.add(entry);
            }
        }
        return entries;
    }

    /** When the next news should go out, or {@link Long#MAX_VALUE} when there are none or nobody to tell. */
    long due(long mono) {
        boolean waiting = hasNews(mono) && core.hasGossipTarget();
        return waiting ? lastFlush + core.config.eagerInterval() : Long.MAX_VALUE;
    }

    /** Sends one message of news where it is time for one. */
    void flush(Now now) {
        if (queue.isEmpty() || now.mono() - lastFlush < core.config.eagerInterval()) {
            return;
        }
        dropStale(now);
        List<Member> peers = core.gossipTargets().isEmpty() ? List.of() : peersOfOldest(now.mono());
        if (peers.isEmpty()) {
            return;
        }
        Fitting.Fitted fitted = compose(peers, now);
        for (Member peer : peers) {
            core.send(peer.address(), fitted.datagram());
        }
        copied(fitted.draft().message(), peers);
        lastFlush = now.mono();
    }

    private boolean hasNews(long mono) {
        for (Item item : queue.keySet()) {
            if (mayTell(item, mono)) {
                return true;
            }
        }
        return false;
    }

    private boolean mayTell(Item item, long mono) {
        return !item.entry() || !core.isolation.isIsolated(mono);
    }

    /** Whom the oldest item goes to next. Items that everybody has been told of are dropped on the way. */
    private List<Member> peersOfOldest(long mono) {
        Iterator<Map.Entry<Item, Pending>> items = queue.entrySet().iterator();
        while (items.hasNext()) {
            Map.Entry<Item, Pending> item = items.next();
            if (!mayTell(item.getKey(), mono)) {
                continue;
            }
            Pending pending = item.getValue();
            List<Member> untold = new ArrayList<>(core.gossipTargets());
            untold.removeIf(member -> pending.told.contains(member.address()));
            long wanted = Math.min(core.config.fanout(), pending.copiesLeft);
            List<Member> peers = pending.spread ? nextOnRing(untold, wanted) : core.random.pick(untold, wanted);
            if (!peers.isEmpty()) {
                return peers;
            }
            items.remove();
        }
        return List.of();
    }

    /** The first of some members, sorted by id, that come after this node on the ring of ids; no two of one address. */
    private List<Member> nextOnRing(List<Member> sorted, long most) {
        List<Member> next = new ArrayList<>();
        Set<Address> addresses = new HashSet<>();
        int after = 0;
        while (after < sorted.size() && sorted.get(after).id().compareTo(core.selfId) < 0) {
            after++;
        }
        for (int i = 0; i < sorted.size() && next.size() < most; i++) {
            Member member = sorted.get((after + i) % sorted.size());
            if (addresses.add(member.address())) {
                next.add(member);
            }
        }
        return next;
    }

    private Fitting.Fitted compose(List<Member> peers, Now now) {
        Message plain = core.message(MessageType.GOSSIP, now.mono());
        return core.fitting.fit(core.config, budget -> {
            Draft draft = new Draft(copyOf(plain), budget);
            for (Map.Entry<Item, Pending> item : queue.entrySet()) {
                boolean fitting = item.getValue().mayGoTo(peers) && mayTell(item.getKey(), now.mono());
                if (fitting && !add(draft, item.getKey())) {
                    break;
                }
            }
            return draft;
        });
    }

    /** The same message again, to be filled anew. */
    static Message copyOf(Message plain) {
        Message copy = new Message(plain.type(), plain.cluster(), plain.senderId(), plain.messageId(), plain.timestamp());
        plain.membership().forEach(copy::record);
        return copy;
    }

    private boolean add(Draft draft, Item item) {
        if (item.entry()) {
            return draft.add(core.entries.get(item.name()));
        }
        NodeRecord record = core.members.get(item.name()).record();
        return draft.add(item.name(), record);
    }

    private void copied(Message message, List<Member> peers) {
        List<Item> sent = new ArrayList<>();
        message.localData().keySet().forEach(key -> sent.add(new Item(true, key)));
        message.membership().keySet().forEach(id -> sent.add(new Item(false, id)));
        for (Item item : sent) {
            queue.computeIfPresent(item, (key, pending) -> {
                peers.forEach(peer -> pending.told.add(peer.address()));
                pending.round = pending.spread;
                pending.spread = true;
                pending.copiesLeft -= peers.size();
                return pending.copiesLeft > 0 ? pending : null;
            });
        }
    }

    /** One copy less to send, but the last one, which goes round the ring (MGP1-DIS-007). */
    private void heardAgain(Item item) {
        Pending pending = source == null ? null : queue.get(item);
        if (pending == null || !pending.told.add(source) || pending.copiesLeft <= 1 && !pending.round) {
            return;
        }
        pending.copiesLeft--;
        pending.spread |= pending.copiesLeft == 1;
        if (pending.copiesLeft <= 0) {
            queue.remove(item);
        }
    }

    private void dropStale(Now now) {
        queue.keySet().removeIf(item -> {
            if (!item.entry()) {
                return core.members.get(item.name()) == null;
            }
            Entry entry = core.entries.get(item.name());
            return entry == null || !core.entries.isSendable(entry, now.wall());
        });
    }

    private Pending put(Item item) {
        Pending pending = new Pending();
        pending.copiesLeft = core.config.get(Parameter.EAGER_COPIES);
        if (source != null) {
            pending.told.add(source);
        }
        queue.remove(item);
        queue.put(item, pending);
        if (queue.size() > core.config.get(Parameter.MAX_NEWS)) {
            Iterator<Item> oldest = queue.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
        return pending;
    }
}
