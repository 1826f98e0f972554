package mumbai.gossip.protocol;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.ToLongFunction;
import mumbai.gossip.state.Member;

/**
 * When each member wants to be looked at next, soonest first. A member that is heard of wants it later than planned: that is
 * found out when its turn comes, so that a heartbeat costs nothing here.
 */
final class Agenda {
    /** Among equal times the order is open, and nothing depends on it. */
    private final PriorityQueue<Item> items = new PriorityQueue<>(Comparator.comparingLong(Item::at));
    private final ToLongFunction<Member> dueOf;

    /** A plan; it counts only while it is the member's newest. */
    private record Item(long at, Member member) {
        boolean counts() {
            return member.planned() == at;
        }
    }

    /** Nothing planned; {@code dueOf} answers when a member is really due, on the monotonic clock. */
    Agenda(ToLongFunction<Member> dueOf) {
        this.dueOf = dueOf;
    }

    /** Plans a member for when it is due now, unless it is planned for an earlier time already. */
    void plan(Member member) {
        long due = dueOf.applyAsLong(member);
        if (due < member.planned()) {
            member.plan(due);
            items.add(new Item(due, member));
        }
    }

    /** Takes a member off. */
    void drop(Member member) {
        member.plan(Member.UNPLANNED);
    }

    /**
     * Takes off the members whose planned time has come, by id: all that are due, and perhaps some that were put off since.
     * Who of them stays must be planned again.
     */
    List<Member> take(long mono) {
        List<Member> taken = new ArrayList<>();
        while (!items.isEmpty() && items.peek().at() <= mono) {
            Item item = items.poll();
            if (item.counts()) {
                drop(item.member());
                taken.add(item.member());
            }
        }
        taken.sort(Comparator.comparing(Member::id));
        return taken;
    }

    /** The first time at which a member is really due, or {@link Long#MAX_VALUE}. */
    long next() {
        while (!items.isEmpty()) {
            Item item = items.peek();
            if (item.counts() && dueOf.applyAsLong(item.member()) <= item.at()) {
                return item.at();
            }
            items.poll();
            if (item.counts()) {
                drop(item.member());
                plan(item.member());
            }
        }
        return Long.MAX_VALUE;
    }
}
