package mumbai.gossip.protocol;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import mumbai.gossip.state.Member;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Limits;
import mumbai.gossip.wire.Message;
import mumbai.gossip.wire.MessageType;
import mumbai.gossip.wire.MessageWriter;

/** Which addresses are validated, which PINGs are out, and how many more may go to strangers (chapter 8). */
final class Peers {
    /** Further PINGs to strangers that each of them earns by its answer (MGP1-DIS-013). */
    static final int EARNED = 2;
    /**
     * With so many validated addresses a node has enough to choose from, and meets the other strangers at the pace of its rounds:
     * where all met all at once, a cold start would cost a PING for each pair of nodes.
     */
    private static final int ENOUGH = 64;
    /** PINGs remembered at most; many more than a node has out within twice its suspectTimeout. */
    private static final int MOST_PINGS = 8_192;
    /** {@code ,"pad":""} */
    private static final int PAD_MEMBER = 9;

    private final Core core;
    private final Set<Address> validated = new HashSet<>();
    private final Map<String, Sent> outstanding = new LinkedHashMap<>();
    private final Deque<Long> recentToStrangers = new ArrayDeque<>();
    private final Deque<Long> recentAnswers = new ArrayDeque<>();
    private int answersToFollow;
    private final Map<Address, Long> lastToStranger = new LinkedHashMap<>();
    /** When strangers asked for the member list since the last PING to them. */
    private final Map<Address, Long> questions = new LinkedHashMap<>();
    private long revision;

    private record Sent(Address to, String targetId, long mono) {
    }

    Peers(Core core) {
        this.core = core;
    }

    /** Whether an address is validated and somebody we know still has it (MGP1-DIS-011). */
    boolean isValidated(Address address) {
        return validated.contains(address) && isKnown(address);
    }

    /** Lets the validation of an address lapse that no member and no seed has any more. */
    void lapse(Address address) {
        if (!isKnown(address)) {
            revision++;
            validated.remove(address);
        }
    }

    /** Takes a PONG; answers whether it is the first answer to a PING that was sent there and is not forgotten. */
    boolean answered(String pingId, Address from, long mono) {
        Sent ping = outstanding.get(pingId);
        if (ping == null || !ping.to().equals(from) || isForgotten(ping, mono)) {
            return false;
        }
        outstanding.remove(pingId);
        Member target = ping.targetId() == null ? null : core.members.get(ping.targetId());
        if (target != null) {
            target.answered(pingId);
        }
        if (!isKnown(from)) {
            return false;
        }
        if (validated.add(from)) {
            revision++;
            recentAnswers.addLast(mono);
            answersToFollow++;
        }
        return true;
    }

    /** How many strangers have answered since the last call. */
    int takeAnswers() {
        int answers = answersToFollow;
        answersToFollow = 0;
        return answers;
    }

    /** A number that is another one whenever an address was validated or lapsed. */
    long revision() {
        return revision;
    }

    /** How many more strangers to ask before there are validated addresses enough, if those asked lately answer. */
    int strangersLacking() {
        int open = Math.max(0, recentToStrangers.size() - recentAnswers.size());
        return Math.max(0, ENOUGH - validated.size() - open);
    }

    /** A stranger asked for the member list: a PING to it is an answer now, and no amplification (MGP1-DIS-013). */
    void questionFrom(Address stranger, long mono) {
        Long last = lastToStranger.get(stranger);
        if (last != null && mono > last) {
            questions.put(stranger, mono);
        }
    }

    /** Forgets the PINGs that were not answered in time (MGP1-DIS-015) and budgets that are over. */
    void expire(long mono) {
        dropWhileOld(outstanding.values().iterator(), mono);
        Iterator<Long> oldest = lastToStranger.values().iterator();
        while (oldest.hasNext() && mono - oldest.next() >= core.config.suspectTimeout()) {
            oldest.remove();
        }
        questions.keySet().retainAll(lastToStranger.keySet());
    }

    /** The first time at which a PING to this address is allowed, at the earliest now (MGP1-DIS-013). */
    long allowedAt(Address address, long mono) {
        if (isValidated(address)) {
            return mono;
        }
        return Math.max(roomAt(mono), againAt(address));
    }

    /** The first time at which a PING to some stranger is allowed by what the others were sent, at the earliest now. */
    long roomAt(long mono) {
        return hasRoom(mono) ? mono : firstRoom();
    }

    /** The first time at which this stranger may be asked again by what it was sent itself; {@link Long#MIN_VALUE} for any time. */
    long againAt(Address stranger) {
        Long last = lastToStranger.get(stranger);
        if (last == null) {
            return Long.MIN_VALUE;
        }
        boolean soon = core.seeds.contains(stranger) || questions.containsKey(stranger);
        return last + (soon ? core.config.gossipInterval() : core.config.suspectTimeout());
    }

    /** Sends a PING where that is allowed now, and answers whether it did. */
    boolean ping(Address to, String targetId, boolean full, long mono) {
        return pingId(to, targetId, full, mono) != null;
    }

    /** Sends a PING where that is allowed now, and answers its id, or null. */
    String pingId(Address to, String targetId, boolean full, long mono) {
        if (to.equals(core.selfAddress()) || allowedAt(to, mono) > mono) {
            return null;
        }
        Message ping = core.message(MessageType.PING, mono).pingId(core.random.id()).targetId(targetId).full(full);
        if (isValidated(to)) {
            core.send(to, ping);
        } else {
            core.send(to, padded(ping));
            recentToStrangers.addLast(mono);
            lastToStranger.remove(to);
            lastToStranger.put(to, mono);
            questions.remove(to);
        }
        outstanding.put(ping.pingId(), new Sent(to, targetId, mono));
        if (outstanding.size() > MOST_PINGS) {
            Iterator<Sent> oldest = outstanding.values().iterator();
            oldest.next();
            oldest.remove();
        }
        return ping.pingId();
    }

    /** Raw, and long enough that no lawful answer is three times as long (MGP1-MSG-025). */
    private static byte[] padded(Message ping) {
        byte[] text = MessageWriter.text(ping);
        if (text.length >= Limits.PADDED_PING) {
            return text;
        }
        return MessageWriter.text(ping.pad(Math.max(1, Limits.PADDED_PING - text.length - PAD_MEMBER)));
    }

    /** Whether a PING to some stranger is allowed now by what the others were sent (MGP1-DIS-013). */
    boolean hasRoom(long mono) {
        dropOldBudget(mono);
        return hasRoom(recentToStrangers.size(), recentAnswers.size());
    }

    private boolean hasRoom(int sent, int answers) {
        return sent < core.config.fanout() + EARNED * answers;
    }

    /** When as many PINGs are old enough that they leave room beside what was earned and is not too old by then. */
    private long firstRoom() {
        long interval = core.config.gossipInterval();
        int sent = recentToStrangers.size();
        int answers = recentAnswers.size();
        Iterator<Long> earned = recentAnswers.iterator();
        long next = earned.hasNext() ? earned.next() : Long.MAX_VALUE;
        for (long time : recentToStrangers) {
            sent--;
            while (next <= time) {
                answers--;
                next = earned.hasNext() ? earned.next() : Long.MAX_VALUE;
            }
            if (hasRoom(sent, answers)) {
                return time + interval;
            }
        }
        throw new IllegalStateException("there is room where nothing was sent");
    }

    private boolean isKnown(Address address) {
        return core.members.hasAddress(address) || core.seeds.contains(address);
    }

    private boolean isForgotten(Sent ping, long mono) {
        return mono - ping.mono() > 2 * core.config.suspectTimeout();
    }

    private void dropWhileOld(Iterator<Sent> oldest, long mono) {
        while (oldest.hasNext() && isForgotten(oldest.next(), mono)) {
            oldest.remove();
        }
    }

    private void dropOldBudget(long mono) {
        dropOld(recentToStrangers, mono);
        dropOld(recentAnswers, mono);
    }

    private void dropOld(Deque<Long> times, long mono) {
        while (!times.isEmpty() && mono - times.peekFirst() >= core.config.gossipInterval()) {
            times.removeFirst();
        }
    }
}
