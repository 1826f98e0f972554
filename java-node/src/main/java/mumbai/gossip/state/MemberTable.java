package mumbai.gossip.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.MemberState;
import mumbai.gossip.wire.NodeRecord;

/** The members by id, and which addresses they have. The own node is not among them. */
public final class MemberTable {
    private final NavigableMap<String, Member> members = new TreeMap<>();
    private final NavigableMap<String, Member> dead = new TreeMap<>();
    private final Map<Address, Integer> addresses = new HashMap<>();
    private final Map<Address, Integer> aliveAddresses = new HashMap<>();
    private long revision;

    /** What merging a liveness or a content into a member changed. */
    public record Change(boolean content, boolean updatedGrew, MemberState from, MemberState to) {
        /** Whether the state is another one. */
        public boolean stateChanged() {
            return from != to;
        }
    }

    /** The member, or null. */
    public Member get(String id) {
        return members.get(id);
    }

    public int size() {
        return members.size();
    }

    /** All members by id. */
    public Collection<Member> all() {
        return Collections.unmodifiableCollection(members.values());
    }

    /** The DEAD members by id. */
    public Collection<Member> dead() {
        return Collections.unmodifiableCollection(dead.values());
    }

    /** A number that is another one whenever a member came, went, died, revived or moved. */
    public long revision() {
        return revision;
    }

    /** The first members after an id, at most {@code most} of them. */
    public List<Member> later(String id, int most) {
        List<Member> later = new ArrayList<>();
        collect(members.tailMap(id, false).values(), most, later);
        return later;
    }

    /** All members after an id. */
    public Collection<Member> after(String id) {
        return Collections.unmodifiableCollection(members.tailMap(id, false).values());
    }

    /** The members before an id. */
    public Collection<Member> earlier(String id) {
        return Collections.unmodifiableCollection(members.headMap(id, false).values());
    }

    private static void collect(Collection<Member> from, int most, List<Member> into) {
        for (Member member : from) {
            if (into.size() >= most) {
                return;
            }
            into.add(member);
        }
    }

    /** Whether some member has this address. */
    public boolean hasAddress(Address address) {
        return addresses.containsKey(address);
    }

    /** Whether a member with this address is held ALIVE. */
    public boolean hasAliveAt(Address address) {
        return aliveAddresses.containsKey(address);
    }

    /** Sets the state of a member, its {@code lastSeen} untouched (MGP1-LIV-009). */
    public void become(Member member, MemberState state, long mono) {
        if (state == member.state()) {
            return;
        }
        leaveIndexes(member);
        member.become(state, mono);
        enterIndexes(member);
    }

    /** Adds a new member. */
    public Member add(String id, NodeRecord record, long mono) {
        Member member = new Member(id, record, mono);
        if (record.state() == MemberState.DEAD) {
            throw new IllegalArgumentException("a DEAD record adds no member");
        }
        members.put(id, member);
        enterIndexes(member);
        return member;
    }

    /** Removes a member. */
    public void remove(Member member) {
        members.remove(member.id());
        leaveIndexes(member);
    }

    /** Merges a record of a known member: content and liveness apart (MGP1-MRG-015, MGP1-MRG-016). */
    public Change merge(Member member, NodeRecord record, long mono) {
        boolean grew = record.updated() > member.updated();
        boolean replaces = grew || record.updated() == member.updated() && record.content().compareTo(member.content()) > 0;
        if (replaces) {
            leaveIndexes(member);
            member.replaceContent(record);
            enterIndexes(member);
        }
        MemberState from = member.state();
        mergeLiveness(member, record.lastSeen(), record.state(), mono);
        return new Change(replaces, grew, from, member.state());
    }

    /** Merges a heartbeat of a known member (MGP1-MRG-017). */
    public Change mergeHeartbeat(Member member, long lastSeen, long mono) {
        MemberState from = member.state();
        mergeLiveness(member, lastSeen, MemberState.ALIVE, mono);
        return new Change(false, false, from, member.state());
    }

    private void mergeLiveness(Member member, long lastSeen, MemberState state, long mono) {
        if (lastSeen > member.lastSeen()) {
            member.grow(lastSeen, mono);
            become(member, state, mono);
        } else if (lastSeen == member.lastSeen() && state.compareTo(member.state()) > 0) {
            become(member, state, mono);
        }
    }

    private void enterIndexes(Member member) {
        revision++;
        addresses.merge(member.address(), 1, Integer::sum);
        if (member.isAlive()) {
            aliveAddresses.merge(member.address(), 1, Integer::sum);
        } else if (member.isDead()) {
            dead.put(member.id(), member);
        }
    }

    private void leaveIndexes(Member member) {
        revision++;
        release(addresses, member.address());
        if (member.isAlive()) {
            release(aliveAddresses, member.address());
        } else if (member.isDead()) {
            dead.remove(member.id());
        }
    }

    private static void release(Map<Address, Integer> counts, Address address) {
        counts.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
    }
}
