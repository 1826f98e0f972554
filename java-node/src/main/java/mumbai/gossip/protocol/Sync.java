package mumbai.gossip.protocol;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import mumbai.gossip.state.Member;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Encoder;
import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.Frame;
import mumbai.gossip.wire.Limits;
import mumbai.gossip.wire.Message;
import mumbai.gossip.wire.Message.SyncBody;
import mumbai.gossip.wire.MessageType;
import mumbai.gossip.wire.MessageWriter;

/**
 * Exchanges with one member at a time, down the digest tree to the entries that the two do not share (chapter 9). An
 * answer depends on the message and the store alone.
 */
final class Sync {
    /** Answers to one SYNC (MGP1-SYN-011). */
    private static final int MOST_ANSWERS = 4;
    private static final String ROOT = "";
    private static final String DIGITS = "0123456789abcdef";

    private final Core core;
    private final Stalemates stalemates;
    private long next;
    private long lastStart = Member.NEVER;
    private String lastPeer;

    Sync(Core core, long mono) {
        this.core = core;
        this.stalemates = new Stalemates(interval());
        this.next = mono + core.random.below(interval());
    }

    /** When the next exchange is to start. */
    long due() {
        return next;
    }

    /** Somebody can be asked for the first time: what a node that joins lacks is a single exchange away. */
    void beginFirst(long mono) {
        if (lastPeer == null) {
            next = Math.min(next, mono + 1);
        }
    }

    /** Starts an exchange where it is time for one, however many were missed (MGP1-SYN-003). */
    void run(Now now) {
        if (now.mono() < next) {
            return;
        }
        List<Member> alive = core.gossipTargets().stream().filter(Member::isAlive).toList();
        List<Member> peers = core.random.pick(alive, 1);
        if (peers.isEmpty()) {
            next = now.mono() + Math.min(interval(), core.config.gossipInterval());
            return;
        }
        // some are early, so that the exchanges of many nodes do not fall together; none is late
        next = now.mono() + interval() - core.random.below(interval() / 10 + 1);
        lastStart = now.mono();
        lastPeer = peers.get(0).id();
        core.send(peers.get(0).address(), digest(message(now), ROOT, now));
    }

    /**
     * Takes a SYNC whose entries are merged already.
     *
     * @param kept whether an entry of it was kept
     */
    void take(Message sync, Address from, boolean kept, Now now) {
        SyncBody body = sync.sync();
        if (isAnswerable(sync, from)) {
            core.isolation.sync(now.mono());
        }
        boolean different = body.isEntries() ? answerEntries(sync, from, now) || kept : answerDigest(sync, from, now);
        if (different && sync.senderId().equals(lastPeer)) {
            next = Math.min(next, Math.max(now.mono() + 1, lastStart + core.config.gossipInterval()));
        }
    }

    /** Asks for the children that differ, and answers whether there were any that are not left out. */
    private boolean answerDigest(Message sync, Address from, Now now) {
        String prefix = sync.sync().prefix();
        SortedMap<String, String> theirs = sync.sync().children();
        SortedMap<String, String> ours = core.entries.digests(prefix, now.wall());
        if (theirs.equals(ours)) {
            if (prefix.isEmpty() && isAnswerable(sync, from)) {
                core.isolation.end();
            }
            return false;
        }
        List<String> different = new ArrayList<>();
        for (String digit : DIGITS.split("")) {
            String own = ours.get(digit);
            boolean same = own == null ? !theirs.containsKey(digit) : own.equals(theirs.get(digit));
            if (!same && !stalemates.leavesOut(sync.senderId(), prefix + digit, own, now.mono())) {
                different.add(digit);
            }
        }
        if (isAnswerable(sync, from)) {
            for (String digit : core.random.choose(different, MOST_ANSWERS)) {
                ask(sync.senderId(), from, prefix + digit, ours.get(digit), now);
            }
        }
        return !different.isEmpty();
    }

    /** All we have below a prefix and the wish for the rest, or its digests where that is too much (MGP1-SYN-005, 016). */
    private void ask(String peerId, Address to, String prefix, String own, Now now) {
        Message plain = message(now);
        boolean few = core.entries.countBelow(prefix, now.wall()) <= Limits.MAX_TEXT / Limits.MIN_ENTRY;
        byte[] entries = few ? entries(plain, prefix, core.entries.below(prefix, now.wall()), true) : null;
        if (entries == null) {
            core.send(to, digest(plain, prefix, now));
            return;
        }
        core.send(to, entries);
        stalemates.found(peerId, prefix, own, now.mono());
    }

    /** Sends what an ENTRIES lacks where it asks for that, and answers whether it lacked anything (MGP1-SYN-009, 010). */
    private boolean answerEntries(Message sync, Address from, Now now) {
        String prefix = sync.sync().prefix();
        if (!sync.sync().reply()) {
            return false;
        }
        List<Entry> lacking = core.entries.below(prefix, now.wall());
        lacking.removeIf(entry -> {
            Entry theirs = sync.localData().get(entry.key());
            return theirs != null && !entry.beats(theirs);
        });
        if (lacking.isEmpty()) {
            return false;
        }
        if (isAnswerable(sync, from)) {
            Message plain = message(now);
            byte[] entries = entries(plain, prefix, lacking, false);
            core.send(from, entries != null ? entries : digest(plain, prefix, now));
        }
        return true;
    }

    /** Only where the answer reaches who asked, and nobody else (MGP1-SYN-012). */
    private boolean isAnswerable(Message sync, Address from) {
        Member sender = core.members.get(sync.senderId());
        return sender != null && sender.address().equals(from) && core.peers.isValidated(from);
    }

    private Message message(Now now) {
        return core.message(MessageType.SYNC, now.mono());
    }

    private byte[] digest(Message plain, String prefix, Now now) {
        Message message = News.copyOf(plain).sync(new SyncBody(prefix, core.entries.digests(prefix, now.wall()), false));
        return Encoder.datagram(message, core.config.compressionThreshold());
    }

    /** The datagram of an ENTRIES, or null where it does not fit. */
    private byte[] entries(Message plain, String prefix, Collection<Entry> entries, boolean reply) {
        long bytes = 0;
        for (Entry entry : entries) {
            bytes += entry.size();
        }
        if (bytes > Limits.MAX_TEXT) {
            return null;
        }
        Message message = News.copyOf(plain).sync(new SyncBody(prefix, null, reply));
        entries.forEach(message::entry);
        byte[] text = MessageWriter.text(message);
        byte[] datagram = text.length > Limits.MAX_TEXT ? text : Frame.of(text, core.config.compressionThreshold());
        return datagram.length > core.config.maxPacketSize() ? null : datagram;
    }

    private long interval() {
        return core.config.get(Parameter.SYNC_INTERVAL);
    }
}
