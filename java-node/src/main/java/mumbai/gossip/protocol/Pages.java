package mumbai.gossip.protocol;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import mumbai.gossip.state.Member;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Frame;
import mumbai.gossip.wire.Limits;
import mumbai.gossip.wire.Message;
import mumbai.gossip.wire.MessageType;
import mumbai.gossip.wire.MessageWriter;
import mumbai.gossip.wire.NodeRecord;

/** The member list in pages, for nodes that join, and asking for it (MGP1-MSG-027 to 029, MGP1-LIV-029). */
final class Pages {
    private static final int MOST_ASKERS = 1_024;
    private static final long MOST_PAGES = 1L << 32;
    /** Bytes kept free in a page: it is sent under another id and clock than it was cut with, and may then deflate a little worse. */
    private static final int SLACK = 48;

    private final Core core;
    private final Map<Address, Session> sessions = new LinkedHashMap<>();
    private final Map<Address, Asker> askers = new LinkedHashMap<>();
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

    /** A stranger that asked for the pages, and is to answer a PING first. */
    private static final class Asker {
        private final String id;
        private long since;
        private boolean pinged;

        Asker(String id, long since) {
            this.id = id;
            this.since = since;
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

    /** Remembers that a stranger asked for the pages, for when it has answered a PING: one that is out, or one as soon as it is allowed. */
    void askedBy(Address stranger, String id, long mono) {
        if (stranger.equals(core.selfAddress())) {
            return;
        }
        askers.remove(stranger);
        askers.put(stranger, new Asker(id, mono));
        if (askers.size() > MOST_ASKERS) {
            Iterator<Address> oldest = askers.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** An address was validated: if it asked for the pages, they follow. */
    void validated(Address address, long mono) {
        Asker asker = askers.remove(address);
        if (asker != null && !isForgotten(asker, mono) && core.members.hasAddress(address)) {
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
        askers.values().removeIf(asker -> isForgotten(asker, mono));
        askers.forEach((stranger, asker) -> {
            if (!asker.pinged && core.peers.hasRoom(mono) && core.peers.ping(stranger, asker.id, false, mono)) {
                asker.pinged = true;
                asker.since = mono;
            }
        });
        asked.values().removeIf(when -> mono - when >= core.config.suspectTimeout());
        for (Address peer : toAsk) {
            if (!asked.containsKey(peer) && core.peers.ping(peer, null, true, mono)) {
                asked.put(peer, mono);
            }
        }
        toAsk.clear();
    }

    /** When the next page or the next PING to who asked is due. */
    long due(long mono) {
        long due = Long.MAX_VALUE;
        for (Session session : sessions.values()) {
            due = session.isOver() ? due : Math.min(due, session.nextAt);
        }
        if (!askers.isEmpty()) {
            long room = core.peers.roomAt(mono);
            for (Map.Entry<Address, Asker> asker : askers.entrySet()) {
                if (!asker.getValue().pinged) {
                    due = Math.min(due, Math.max(room, core.peers.againAt(asker.getKey())));
                }
            }
        }
        return due;
    }

    /** A question is remembered as long as the PING that it waits for (MGP1-MSG-028). */
    private boolean isForgotten(Asker asker, long mono) {
        return mono - asker.since > 2 * core.config.suspectTimeout();
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

    /** The records of all members that are not DEAD, as many to a page as fit a datagram. */
    private List<Map<String, NodeRecord>> split(long mono) {
        List<Member> left = new ArrayList<>(core.members.all());
        left.removeIf(Member::isDead);
        Message plain = core.message(MessageType.MEMBERSHIP, mono);
        List<Map<String, NodeRecord>> pages = new ArrayList<>();
        int guess = left.size();
        do {
            // the pages of one answer hold about as many records each
            Map<String, NodeRecord> page = cut(plain, left.subList(0, Math.min(left.size(), guess + guess / 4 + 1)));
            guess = page.size();
            left = left.subList(guess, left.size());
            pages.add(page);
        } while (!left.isEmpty());
        return pages;
    }

    /** The first of these, as many as fit one page: a single one always does. */
    private Map<String, NodeRecord> cut(Message plain, List<Member> members) {
        int most = core.config.maxPacketSize() - SLACK;
        int size = members.size();
        while (true) {
            Message page = News.copyOf(plain).paging(MOST_PAGES, MOST_PAGES);
            Map<String, NodeRecord> records = new LinkedHashMap<>();
            for (Member member : members.subList(0, size)) {
                page.record(member.id(), member.record());
                records.put(member.id(), member.record());
            }
            byte[] text = MessageWriter.text(page);
            if (size <= 1 || text.length <= Limits.MAX_TEXT && Frame.of(text, core.config.compressionThreshold()).length <= most) {
                return records;
            }
            size = Math.max(1, size * 4 / 5);
        }
    }
}
