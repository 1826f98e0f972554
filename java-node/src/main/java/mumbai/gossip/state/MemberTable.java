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
    private final Map<Address, Integer> addresses = new HashMap<>();

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

    /** The members in rotation: those after an id first, then the others. */
    public List<Member> after(String cursor) {
        List<Member> rotation = new ArrayList<>(members.size());
        rotation.addAll(members.tailMap(cursor, false).values());
        rotation.addAll(members.headMap(cursor, true).values());
        return rotation;
    }

    /** Whether some member has this address. */
    public boolean hasAddress(Address address) {
        return addresses.containsKey(address);
    }

    /** Whether a member with this address is held ALIVE. */
    public boolean hasAliveAt(Address address) {
        if (!hasAddress(address)) {
            return false;
        }
        for (Member member : members.values()) {
            if (member.state() == MemberState.ALIVE && member.address().equals(address)) {
                return true;
            }
        }
        return false;
    }

    /** Adds a new member. */
    public void add(String id, NodeRecord record, long mono) {
        Member member = new Member(id, record, mono);
        if (record.state() == MemberState.DEAD) {
            throw new IllegalArgumentException("a DEAD record adds no member");
        }
        members.put(id, member);
        addresses.merge(member.address(), 1, Integer::sum);
    }

    /** Removes a member. */
    public void remove(Member member) {
        members.remove(member.id());
        release(member.address());
    }

    /** Merges a record of a known member: content and liveness apart (MGP1-MRG-015, MGP1-MRG-016). */
    public Change merge(Member member, NodeRecord record, long mono) {
        boolean grew = record.updated() > member.updated();
        boolean replaces = grew || record.updated() == member.updated() && record.content().compareTo(member.content()) > 0;
        if (replaces) {
            release(member.address());
            member.replaceContent(record);
            addresses.merge(member.address(), 1, Integer::sum);
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

    private static void mergeLiveness(Member member, long lastSeen, MemberState state, long mono) {
        if (lastSeen > member.lastSeen()) {
            member.grow(lastSeen, mono);
            member.become(state, mono);
        } else if (lastSeen == member.lastSeen() && state.compareTo(member.state()) > 0) {
            member.become(state, mono);
        }
    }

    private void release(Address address) {
        addresses.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
    }
}
