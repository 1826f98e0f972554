package mumbai.gossip.protocol;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import mumbai.gossip.state.Member;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Message;
import mumbai.gossip.wire.MessageType;
import mumbai.gossip.wire.NodeRecord;

/** The member list in pages, for nodes that join, and asking for it (MGP1-MSG-027 to 029, MGP1-LIV-029). */
final class Pages {
    private static final int MOST_ASKERS = 1_024;
    /** Bytes kept free in a page: its text is composed anew when it is sent, and may then deflate a little worse. */
    private static final int SLACK = 64;

    private final Core core;
    private final Map<Address, Session> sessions = new LinkedHashMap<>();
    private final Map<Address, Long> askers = new LinkedHashMap<>();
    private final Set<Address> toAsk = new LinkedHashSet<>();
    private final Map<Address, Long> asked = new LinkedHashMap<>();
    /** From when a member may be asked in the place of one that has not proved itself. */
    private long nextOther;
    /** The last cut of the member list, of what revision of it, and until when others may be sent it too. */
    private List<Map<String, NodeRecord>> cut = List.of();
    private long cutRevision = -1;
    private long cutUntil;

    /** Pages on their way to one peer. */
    private static final class Session {
        private List<Map<String, NodeRecord>> pages = List.of();
        private int next;
        private long nextAt;

        boolean isOver() {
            return next >= pages.size();
        }
    }

    Pages(Core core) {
        this.core = core;
    }

    /** Begins to send all pages to a peer with a validated address. */
    void begin(Address to, long mono) {
        askers.remove(to);
        Session session = sessions.computeIfAbsent(to, address -> new Session());
        session.nextAt = Math.max(session.nextAt, mono);
        session.pages = cut(mono);
        session.next = 0;
        run(mono);
    }

    /** Remembers that a stranger asked for the pages, for when it has answered a PING. */
    void askedBy(Address stranger, long mono) {
        askers.remove(stranger);
        askers.put(stranger, mono);
        if (askers.size() > MOST_ASKERS) {
            Iterator<Address> oldest = askers.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** An address was validated: if it asked for the pages, they follow. */
    void validated(Address address, long mono) {
        Long since = askers.remove(address);
        if (since != null && mono - since <= 2 * core.config.suspectTimeout() && core.members.hasAddress(address)) {
            begin(address, mono);
        }
    }

    /**
     * Plans a PING for the member list to a peer that knows members we do not (MGP1-LIV-029). Where it has not proved itself,
     * another member is asked in its place, one in each interval: who is missing here is hardly missing there.
     */
    void askSoon(Address peer, long mono) {
        if (core.peers.isValidated(peer)) {
            if (!asked.containsKey(peer)) {
                toAsk.add(peer);
            }
        } else if (mono >= nextOther) {
            List<Member> alive = core.gossipTargets().stream().filter(Member::isAlive).toList();
            for (Member other : core.random.pick(alive, 1)) {
                nextOther = mono + core.config.gossipInterval();
                askSoon(other.address(), mono);
            }
        }
    }

    /** Sends the pages and the PINGs that are due. */
    void run(long mono) {
        sessions.entrySet().removeIf(session -> !advance(session.getKey(), session.getValue(), mono));
        asked.values().removeIf(when -> mono - when >= core.config.suspectTimeout());
        for (Address peer : toAsk) {
            if (!asked.containsKey(peer) && core.peers.ping(peer, null, true, mono)) {
                asked.put(peer, mono);
            }
        }
        toAsk.clear();
    }

    /** When the next page is due. */
    long due() {
        long due = Long.MAX_VALUE;
        for (Session session : sessions.values()) {
            due = session.isOver() ? due : Math.min(due, session.nextAt);
        }
        return due;
    }

    /** Whether the session must be kept: it has pages left, or its last one was a moment ago. */
    private boolean advance(Address to, Session session, long mono) {
        if (mono < session.nextAt) {
            return true;
        }
        if (session.isOver() || !core.peers.isValidated(to)) {
            return false;
        }
        Map<String, NodeRecord> records = session.pages.get(session.next++);
        Message page = core.message(MessageType.MEMBERSHIP, mono).paging(session.next, session.pages.size());
        records.forEach(page::record);
        core.send(to, page);
        session.nextAt = mono + core.config.eagerInterval();
        return true;
    }

    /** The records of all members not DEAD in pages: those of the last cut, where nothing but clocks has moved since, or cut anew. */
    private List<Map<String, NodeRecord>> cut(long mono) {
        if (core.members.revision() != cutRevision || mono >= cutUntil) {
            cut = split(mono);
            cutRevision = core.members.revision();
            cutUntil = mono + core.config.gossipInterval();
        }
        return cut;
    }

    private List<Map<String, NodeRecord>> split(long mono) {
        List<Member> left = new ArrayList<>();
        for (Member member : core.members.all()) {
            if (!member.isDead()) {
                left.add(member);
            }
        }
        Message plain = core.message(MessageType.MEMBERSHIP, mono);
        List<Map<String, NodeRecord>> pages = new ArrayList<>();
        do {
            List<Member> rest = left;
            Fitting.Fitted fitted = core.fitting.fit(core.config, core.config.maxPacketSize() - SLACK, budget -> {
                Draft draft = new Draft(News.copyOf(plain), budget);
                for (Member member : rest) {
                    if (!draft.add(member.id(), member.record())) {
                        break;
                    }
                }
                return draft;
            });
            Map<String, NodeRecord> page = new TreeMap<>(fitted.draft().message().membership());
            page.remove(core.selfId);
            pages.add(page);
            left = left.subList(page.size(), left.size());
        } while (!left.isEmpty());
        return pages;
    }
}
