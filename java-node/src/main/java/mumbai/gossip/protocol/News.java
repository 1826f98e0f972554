package mumbai.gossip.protocol;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import mumbai.gossip.state.Member;
import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.Message;
import mumbai.gossip.wire.MessageType;
import mumbai.gossip.wire.NodeRecord;

/** Changes that are told at once, each a limited number of times (MGP1-DIS-004 to MGP1-DIS-007). */
final class News {
    private final Core core;
    private final Map<Item, Long> copiesLeft = new LinkedHashMap<>();
    private long lastFlush = Member.NEVER;

    private record Item(boolean entry, String name) {
    }

    News(Core core) {
        this.core = core;
    }

    /** An entry changed. */
    void entry(String key) {
        put(new Item(true, key));
    }

    /** A member changed. */
    void member(String id) {
        put(new Item(false, id));
    }

    /** When the next news should go out, or {@link Long#MAX_VALUE} when there are none or nobody to tell. */
    long due(long mono) {
        boolean waiting = hasNews(mono) && !core.gossipTargets().isEmpty();
        return waiting ? lastFlush + core.config.eagerInterval() : Long.MAX_VALUE;
    }

    /** Sends one message of news where it is time for one. */
    void flush(Now now) {
        if (copiesLeft.isEmpty() || now.mono() - lastFlush < core.config.eagerInterval()) {
            return;
        }
        dropStale(now);
        if (!hasNews(now.mono())) {
            return;
        }
        long wanted = Math.min(core.config.fanout(), copiesOfOldest(now.mono()));
        List<Member> peers = core.random.pick(core.gossipTargets(), wanted);
        if (peers.isEmpty()) {
            return;
        }
        Fitting.Fitted fitted = compose(peers.size(), now);
        for (Member peer : peers) {
            core.send(peer.address(), fitted.datagram());
        }
        copied(fitted.draft().message(), peers.size());
        lastFlush = now.mono();
    }

    private boolean hasNews(long mono) {
        return copiesOfOldest(mono) > 0;
    }

    /** How often the oldest news that may be told is still to be told, or 0 where there are none. */
    private long copiesOfOldest(long mono) {
        for (Map.Entry<Item, Long> item : copiesLeft.entrySet()) {
            if (mayTell(item.getKey(), mono)) {
                return item.getValue();
            }
        }
        return 0;
    }

    private boolean mayTell(Item item, long mono) {
        return !item.entry() || !core.isolation.isIsolated(mono);
    }

    private Fitting.Fitted compose(int peers, Now now) {
        Message plain = core.message(MessageType.GOSSIP, now.mono());
        return Fitting.fit(core.config, budget -> {
            Draft draft = new Draft(copyOf(plain), budget);
            for (Map.Entry<Item, Long> item : copiesLeft.entrySet()) {
                if (item.getValue() >= peers && mayTell(item.getKey(), now.mono()) && !add(draft, item.getKey())) {
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

    private void copied(Message message, int copies) {
        List<Item> told = new ArrayList<>();
        message.localData().keySet().forEach(key -> told.add(new Item(true, key)));
        message.membership().keySet().forEach(id -> told.add(new Item(false, id)));
        for (Item item : told) {
            copiesLeft.computeIfPresent(item, (key, left) -> left > copies ? left - copies : null);
        }
    }

    private void dropStale(Now now) {
        copiesLeft.keySet().removeIf(item -> {
            if (!item.entry()) {
                return core.members.get(item.name()) == null;
            }
            Entry entry = core.entries.get(item.name());
            return entry == null || !core.entries.isSendable(entry, now.wall());
        });
    }

    private void put(Item item) {
        copiesLeft.remove(item);
        copiesLeft.put(item, core.config.get(Parameter.EAGER_COPIES));
        if (copiesLeft.size() > core.config.get(Parameter.MAX_NEWS)) {
            Iterator<Item> oldest = copiesLeft.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }
}
