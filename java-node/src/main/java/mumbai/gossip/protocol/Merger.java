package mumbai.gossip.protocol;

import java.util.Collection;
import java.util.List;
import mumbai.gossip.state.Member;
import mumbai.gossip.state.MemberTable;
import mumbai.gossip.state.Remembered;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.MemberState;
import mumbai.gossip.wire.Message;
import mumbai.gossip.wire.NodeRecord;
import mumbai.gossip.wire.Reason;
import mumbai.gossip.wire.Section;
import mumbai.gossip.wire.Skip;

/** Merges what messages say into what the node holds (chapter 6). */
final class Merger {
    private final Core core;
    private final Refutation refutation;
    private final Pages pages;
    private final Liveness liveness;
    private long kept;

    Merger(Core core, Refutation refutation, Pages pages, Liveness liveness) {
        this.core = core;
        this.refutation = refutation;
        this.pages = pages;
        this.liveness = liveness;
    }

    /** Merges all sections; what is skipped for reasons of state is added to {@code skipped}. */
    void merge(Message message, Now now, List<Skip> skipped) {
        // the sender first: what it says of others may need its record
        mergeRecord(message.senderId(), message.membership().get(message.senderId()), now.mono(), skipped);
        // whoever sent a page has told of its members long ago; if each that joins told of all, a cold start would be a flood
        boolean news = message.paging() == null;
        message.membership().forEach((id, record) -> {
            if (!id.equals(message.senderId())) {
                mergeRecord(id, record, now.mono(), skipped, news);
            }
        });
        Address sender = message.membership().get(message.senderId()).content().address();
        message.heartbeats().forEach((id, lastSeen) -> mergeHeartbeat(id, lastSeen, sender, now.mono()));
    }

    /** Merges entries, and answers whether one of them was kept. */
    boolean mergeEntries(Collection<Entry> entries, Now now, List<Skip> skipped) {
        long before = kept;
        for (Entry entry : entries) {
            Reason refusal = mergeEntry(entry, now.wall());
            if (refusal != null) {
                skipped.add(new Skip(Section.LOCAL_DATA, entry.key(), refusal));
            }
        }
        return kept != before;
    }

    private Reason mergeEntry(Entry entry, long wall) {
        if (core.entries.isFuture(entry, wall)) {
            return Reason.ENTRY_FUTURE;
        }
        Entry held = core.entries.get(entry.key());
        if (held == null && core.entries.isExpired(entry, wall)) {
            return Reason.ENTRY_EXPIRED;
        }
        if (held == null && core.entries.size() >= core.config.get(Parameter.MAX_ENTRIES)) {
            return Reason.ENTRY_CAPACITY;
        }
        if (held == null || core.entries.isFuture(held, wall) || entry.beats(held)) {
            core.entries.put(entry);
            kept++;
            core.news.entry(entry.key());
            core.report(new Event.EntryChanged(entry.key(), entry.deleted()));
            core.entries.dropExpired(wall);
        } else if (!held.beats(entry)) {
            core.news.entryHeardAgain(entry.key());
        }
        return null;
    }

    void mergeRecord(String id, NodeRecord record, long mono, List<Skip> skipped) {
        mergeRecord(id, record, mono, skipped, true);
    }

    private void mergeRecord(String id, NodeRecord record, long mono, List<Skip> skipped, boolean news) {
        if (id.equals(core.selfId)) {
            refutation.hear(record, mono);
            return;
        }
        Member member = core.members.get(id);
        if (member == null) {
            meet(id, record, mono, skipped, news);
            return;
        }
        Address before = member.address();
        MemberTable.Change change = core.members.merge(member, record, mono);
        liveness.changed(member);
        if (!before.equals(member.address())) {
            core.peers.lapse(before);
        }
        if (change.updatedGrew()) {
            core.report(new Event.Restarted(id));
        }
        noteState(id, change);
        if (change.content() || change.stateChanged()) {
            core.news.member(id);
        } else if (record.updated() == member.updated() && record.state() == member.state()) {
            core.news.memberHeardAgain(id);
        }
    }

    private void meet(String id, NodeRecord record, long mono, List<Skip> skipped, boolean news) {
        if (record.state() == MemberState.DEAD) {
            core.remembered.put(id, record.lastSeen(), record.content().host(), record.content().address(), mono);
            return;
        }
        Remembered.Ghost ghost = core.remembered.get(id);
        if (ghost != null && record.lastSeen() <= ghost.lastSeen()) {
            return;
        }
        if (core.members.size() >= core.config.get(Parameter.MAX_MEMBERS)) {
            skipped.add(new Skip(Section.MEMBERSHIP, id, Reason.RECORD_CAPACITY));
            return;
        }
        core.remembered.remove(id);
        liveness.changed(core.members.add(id, record, mono));
        if (news) {
            core.news.member(id);
        }
        core.report(new Event.MemberChanged(id, null, record.state()));
    }

    void mergeHeartbeat(String id, long lastSeen, Address sender, long mono) {
        if (id.equals(core.selfId)) {
            refutation.hearHeartbeat(lastSeen, mono);
            return;
        }
        Member member = core.members.get(id);
        if (member != null) {
            MemberTable.Change change = core.members.mergeHeartbeat(member, lastSeen, mono);
            liveness.changed(member);
            noteState(id, change);
            if (change.stateChanged()) {
                core.news.member(id);
            }
            return;
        }
        Remembered.Ghost ghost = core.remembered.get(id);
        if (ghost == null || lastSeen > ghost.lastSeen()) {
            pages.askSoon(sender, mono);
        }
    }

    private void noteState(String id, MemberTable.Change change) {
        if (change.stateChanged()) {
            core.report(new Event.MemberChanged(id, change.from(), change.to()));
        }
    }
}
