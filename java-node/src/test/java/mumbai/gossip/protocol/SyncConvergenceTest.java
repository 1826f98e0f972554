package mumbai.gossip.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Decoder;
import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.Gate;
import mumbai.gossip.wire.Message;
import mumbai.gossip.wire.MessageType;
import mumbai.gossip.wire.RejectedException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Machines that begin with different stores and never hear a GOSSIP: only exchanges, with losses, can make them equal. */
class SyncConvergenceTest {
    private static final long WALL = 1_760_000_000_000L;
    private static final int FIRST_PORT = 9_001;
    private static final long SYNC_INTERVAL = 10_000;

    private final Map<Address, Machine> machines = new TreeMap<>();
    private final List<Message> syncs = new ArrayList<>();
    private Random random;
    private int lossPercent;
    private long mono;

    private Now now() {
        return new Now(WALL + mono, mono);
    }

    private void start(int count, int keys) {
        Address seed = new Address("127.0.0.1", FIRST_PORT);
        for (int i = 0; i < count; i++) {
            Address address = new Address("127.0.0.1", FIRST_PORT + i);
            Config config = Config.builder("p" + i, "127.0.0.1", address.port()).seed(seed).randomSeed(random.nextInt(1_000))
                    .set(Parameter.SYNC_INTERVAL, SYNC_INTERVAL).build();
            Machine machine = new Machine(config, now());
            machine.restore(now(), store(i, keys));
            machines.put(address, machine);
        }
    }

    /** Half of all keys, some of them in several versions, some deleted. */
    private List<Entry> store(int node, int keys) {
        List<Entry> entries = new ArrayList<>();
        for (int key = 0; key < keys; key++) {
            if (random.nextBoolean()) {
                boolean deleted = random.nextInt(10) == 0;
                try {
                    entries.add(Entry.of("key-" + key, deleted ? NullNode.instance : IntNode.valueOf(node),
                            WALL - random.nextInt(4), "v", "p" + node, deleted));
                } catch (RejectedException e) {
                    throw new AssertionError(e);
                }
            }
        }
        return entries;
    }

    private void run(long millis) {
        for (long end = mono + millis; mono < end; ) {
            mono++;
            machines.values().forEach(machine -> {
                if (machine.wake(now()) <= mono + 1) {
                    machine.tick(now());
                }
            });
            deliver();
        }
    }

    private void deliver() {
        Deque<Map.Entry<Address, Outbound>> underway = new ArrayDeque<>();
        collect(underway);
        while (!underway.isEmpty()) {
            Map.Entry<Address, Outbound> next = underway.poll();
            if (random.nextInt(100) >= lossPercent) {
                machines.get(next.getValue().to()).onDatagram(now(), next.getKey(), next.getValue().datagram());
                collect(underway);
            }
        }
    }

    private void collect(Deque<Map.Entry<Address, Outbound>> underway) {
        machines.forEach((address, machine) -> {
            for (Outbound sent : machine.drain().sent()) {
                assertTrue(sent.datagram().length <= 1_400);
                try {
                    Message message = Decoder.decode(sent.datagram(), Gate.OPEN).message();
                    if (message.type() == MessageType.SYNC) {
                        syncs.add(message);
                    }
                    if (message.type() != MessageType.GOSSIP) {
                        underway.add(Map.entry(address, sent));
                    }
                } catch (RejectedException e) {
                    throw new AssertionError(e);
                }
            }
        });
    }

    private boolean storesAreEqual() {
        Set<String> digests = new HashSet<>();
        machines.values().forEach(machine -> digests.add(String.valueOf(machine.digest(now(), ""))));
        return digests.size() == 1;
    }

    @ParameterizedTest
    @CsvSource({"2, 0, 0, 1", "2, 1, 0, 2", "2, 500, 0, 3", "2, 500, 20, 4", "2, 3000, 5, 5", "5, 30, 10, 6", "5, 400, 0, 7", "5, 400, 25, 8"})
    void differentStoresBecomeEqualAndThenThereIsSilence(int count, int keys, int loss, int seed) {
        random = new Random(seed);
        lossPercent = loss;
        start(count, keys);
        while (!storesAreEqual()) {
            run(1_000);
            assertTrue(mono < 600_000, "not equal after ten minutes");
        }
        Map<String, Entry> first = machines.values().iterator().next().entries();
        for (Machine machine : machines.values()) {
            assertEquals(first.keySet(), machine.entries().keySet());
            machine.entries().forEach((key, entry) -> assertEquals(first.get(key).value().asText(), entry.value().asText()));
        }
        // an exchange that found differences may still be followed by one
        run(SYNC_INTERVAL);
        lossPercent = 0;
        syncs.clear();
        run(4 * SYNC_INTERVAL);
        assertTrue(syncs.size() >= 4 * count && syncs.size() <= 5 * count, syncs.size() + " exchanges in four intervals");
        syncs.forEach(sync -> assertTrue(!sync.sync().isEntries() && sync.sync().prefix().isEmpty()));
    }
}
