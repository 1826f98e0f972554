package mumbai.gossip.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import mumbai.gossip.state.Member;
import mumbai.gossip.wire.MemberState;
import mumbai.gossip.wire.NodeRecord;
import mumbai.gossip.wire.RejectedException;
import org.junit.jupiter.api.Test;

/** Nobody is forgotten, whoever is put off without a word. */
class AgendaTest {
    private final Map<Member, Long> due = new HashMap<>();
    private final Agenda agenda = new Agenda(due::get);

    private static Member member(int number) throws RejectedException {
        return new Member("m" + number, NodeRecord.of("m" + number, "127.0.0.1", 1 + number, MemberState.ALIVE, 1, 1,
                JsonNodeFactory.instance.objectNode(), null), 0);
    }

    @Test
    void theNextTimeIsTheFirstThatAnybodyIsDueAndWhoIsDueIsTaken() throws RejectedException {
        Random random = new Random(3);
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            members.add(member(i));
            due.put(members.get(i), (long) random.nextInt(1_000));
            agenda.plan(members.get(i));
        }
        for (int now = 0; now < 5_000; now += random.nextInt(30)) {
            Member changed = members.get(random.nextInt(members.size()));
            boolean sooner = random.nextBoolean();
            due.merge(changed, sooner ? (long) now + random.nextInt(200) : random.nextInt(200), sooner ? Math::min : Long::sum);
            if (sooner) {
                agenda.plan(changed);
            }
            assertEquals(Collections.min(due.values()), agenda.next());
            List<Member> taken = agenda.take(now);
            for (Member member : members) {
                assertTrue(due.get(member) > now || taken.contains(member), member.id());
            }
            List<String> ids = taken.stream().map(Member::id).toList();
            assertEquals(List.copyOf(new TreeSet<>(ids)), ids);
            for (Member member : taken) {
                due.put(member, now + 1L + random.nextInt(1_000));
                agenda.plan(member);
            }
        }
    }
}
