package mumbai.gossip.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Decoder;
import mumbai.gossip.wire.Gate;
import mumbai.gossip.wire.MemberState;
import mumbai.gossip.wire.Message;
import mumbai.gossip.wire.MessageType;
import mumbai.gossip.wire.RefusedException;
import mumbai.gossip.wire.RejectedException;
import org.junit.jupiter.api.Test;

/** Several machines on a network of no sockets, in virtual time. */
class MachineTest {
    private static final long WALL = 1_760_000_000_000L;
    private static final int FIRST_PORT = 9_001;

    /** Machines by address; datagrams arrive in the millisecond in which they are sent. */
    private static final class Network {
        private final Map<Address, Machine> machines = new TreeMap<>();
        private final Set<Address> down = new HashSet<>();
        private final List<Event> events = new ArrayList<>();
        private final List<Outbound> log = new ArrayList<>();
        private long mono;

        Address add(String id, Config.Builder config) {
            Address address = new Address("127.0.0.1", FIRST_PORT + machines.size());
            assertNull(machines.put(address, new Machine(config.build(), now())), id);
            deliver();
            return address;
        }

        Machine start(String id, Address... seeds) {
            Config.Builder config = Config.builder(id, "127.0.0.1", FIRST_PORT + machines.size()).randomSeed(id.hashCode() & 0xFFFF);
            for (Address seed : seeds) {
                config.seed(seed);
            }
            return machines.get(add(id, config));
        }

        Now now() {
            return new Now(WALL + mono, mono);
        }

        void run(long millis) {
            for (long end = mono + millis; mono < end; ) {
                mono++;
                machines.forEach((address, machine) -> {
                    if (!down.contains(address) && machine.wake(now()) <= mono + 1) {
                        machine.tick(now());
                    }
                });
                deliver();
            }
        }

        void deliver() {
            Deque<Map.Entry<Address, Outbound>> underway = new ArrayDeque<>();
            collect(underway);
            while (!underway.isEmpty()) {
                Map.Entry<Address, Outbound> next = underway.poll();
                Machine to = machines.get(next.getValue().to());
                if (to != null && !down.contains(next.getValue().to()) && !down.contains(next.getKey())) {
                    to.onDatagram(now(), next.getKey(), next.getValue().datagram());
                    collect(underway);
                }
            }
        }

        private void collect(Deque<Map.Entry<Address, Outbound>> underway) {
            machines.forEach((address, machine) -> {
                Effects effects = machine.drain();
                events.addAll(effects.events());
                effects.sent().forEach(sent -> {
                    log.add(sent);
                    underway.add(Map.entry(address, sent));
                });
            });
        }
    }

    private final Network network = new Network();
    private final Address first = new Address("127.0.0.1", FIRST_PORT);

    private List<Machine> cluster(int size) {
        List<Machine> machines = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            machines.add(network.start("p" + i, first));
        }
        network.run(2_500);
        return machines;
    }

    private static MemberState stateOf(Machine at, String id) {
        return at.members().containsKey(id) ? at.members().get(id).state() : null;
    }

    @Test
    void nodesFindEachOtherThroughOneSeed() {
        for (Machine machine : cluster(8)) {
            assertEquals(7, machine.members().size());
            machine.members().values().forEach(member -> assertEquals(MemberState.ALIVE, member.state()));
        }
    }

    @Test
    void aRecordStandsForTheHeartbeatOfItsMember() throws RejectedException {
        cluster(4);
        network.log.clear();
        network.run(20_000);
        int records = 0;
        for (Outbound sent : network.log) {
            Message message = Decoder.decode(sent.datagram(), Gate.OPEN).message();
            if (message.type() == MessageType.GOSSIP) {
                Set<String> told = new HashSet<>(message.membership().keySet());
                records += told.size() - 1;
                told.retainAll(message.heartbeats().keySet());
                assertEquals(Set.of(), told);
                Set<String> all = new HashSet<>(message.membership().keySet());
                all.addAll(message.heartbeats().keySet());
                assertEquals(Set.of("p0", "p1", "p2", "p3"), all);
            }
        }
        assertTrue(records > 0);
    }

    @Test
    void aWriteIsEverywhereWithinAFewMilliseconds() throws RefusedException {
        List<Machine> machines = cluster(8);
        machines.get(3).set(network.now(), "k", TextNode.valueOf("v"));
        network.deliver();
        network.run(150);
        machines.forEach(machine -> assertEquals("v", machine.get("k").value().textValue()));
        machines.get(5).delete(network.now(), "k");
        network.run(150);
        machines.forEach(machine -> assertNull(machine.get("k")));
    }

    @Test
    void aSilentNodeIsSuspectedThenDeadThenReapedAndRemembered() {
        List<Machine> machines = cluster(3);
        network.down.add(new Address("127.0.0.1", FIRST_PORT + 2));
        network.run(4_300);
        assertEquals(MemberState.SUSPECT, stateOf(machines.get(0), "p2"));
        network.run(2_500);
        assertEquals(MemberState.DEAD, stateOf(machines.get(0), "p2"));
        network.run(62_000);
        assertNull(stateOf(machines.get(0), "p2"));
        assertNotNull(machines.get(0).remembered().get("p2"));
        network.down.clear();
        network.run(25_000);
        assertEquals(MemberState.ALIVE, stateOf(machines.get(0), "p2"));
        assertEquals(MemberState.ALIVE, stateOf(machines.get(2), "p0"));
    }

    @Test
    void aNodeThatLeavesIsDeadAtOnceAndSendsNothingMore() {
        List<Machine> machines = cluster(4);
        machines.get(3).leave(network.now());
        network.deliver();
        assertEquals(MemberState.DEAD, stateOf(machines.get(0), "p3"));
        assertTrue(machines.get(3).hasStopped());
        network.log.clear();
        machines.get(3).tick(network.now());
        assertTrue(machines.get(3).drain().sent().isEmpty());
    }

    @Test
    void aHealedPartitionConvergesWithoutAnyHelp() throws RefusedException {
        List<Machine> machines = cluster(4);
        Address cut = new Address("127.0.0.1", FIRST_PORT + 3);
        network.down.add(cut);
        network.run(20_000);
        assertEquals(MemberState.DEAD, stateOf(machines.get(0), "p3"));
        machines.get(0).set(network.now(), "while-apart", TextNode.valueOf("x"));
        network.down.remove(cut);
        network.run(15_000);
        machines.forEach(machine -> machine.members().values().forEach(member -> assertEquals(MemberState.ALIVE, member.state())));
        assertNotNull(machines.get(3).get("while-apart"));
    }

    @Test
    void thousandsOfKeysAllArriveThoughNoDatagramHoldsThem() throws RefusedException {
        List<Machine> machines = cluster(2);
        for (int i = 0; i < 300; i++) {
            machines.get(0).set(network.now(), "key-" + i, TextNode.valueOf("x".repeat(300)));
        }
        network.run(60_000);
        assertEquals(300, machines.get(1).entries().size());
        network.log.forEach(sent -> assertTrue(sent.datagram().length <= 1_400));
    }

    @Test
    void strangersGetNothingButFewPaddedPings() {
        Config.Builder config = Config.builder("lonely", "127.0.0.1", FIRST_PORT);
        for (int i = 0; i < 20; i++) {
            config.seed(new Address("127.0.0.1", 20_000 + i));
        }
        network.add("lonely", config);
        network.run(3_000);
        assertTrue(network.log.size() <= 12, () -> network.log.size() + " PINGs");
        assertTrue(network.log.size() >= 9);
        network.log.forEach(sent -> assertTrue(sent.datagram().length >= 480 && sent.datagram()[0] == '{'));
    }

    @Test
    void theSameCallsGiveTheSameBytes() {
        cluster(5);
        Network again = new Network();
        for (int i = 0; i < 5; i++) {
            again.start("p" + i, first);
        }
        again.run(2_500);
        assertEquals(network.log.size(), again.log.size());
        for (int i = 0; i < again.log.size(); i++) {
            assertArrayEquals(network.log.get(i).datagram(), again.log.get(i).datagram());
        }
    }

    @Test
    void anUnsendableWriteIsRefusedAndChangesNothing() {
        Machine machine = network.start("p0");
        RefusedException refusal = assertThrows(RefusedException.class,
                () -> machine.set(network.now(), "k", TextNode.valueOf("x".repeat(700))));
        assertEquals("entry.size", refusal.reason());
        assertThrows(RefusedException.class, () -> machine.set(network.now(), "", TextNode.valueOf("")));
        assertThrows(RefusedException.class, () -> machine.set(network.now(), "k", TextNode.valueOf("\ud800")));
        assertThrows(RefusedException.class, () -> machine.set(network.now(), "k", JsonNodeFactory.instance.numberNode(Double.NaN)));
        assertThrows(RefusedException.class, () -> machine.delete(network.now(), "k"));
        assertTrue(machine.entries().isEmpty());
    }

    @Test
    void anOwnRecordThatOthersWouldSkipIsAConfigurationFault() {
        assertThrows(ConfigException.class, () -> new Machine(Config.builder("n", "0.0.0.0", 1).build(), network.now()));
        assertThrows(ConfigException.class, () -> Config.builder("n", "127.0.0.1", 1).set(Parameter.FANOUT, 33).build());
        assertThrows(ConfigException.class, () -> Config.builder("n", "127.0.0.1", 1).set(Parameter.SUSPECT_TIMEOUT, 1_000).build());
    }
}
