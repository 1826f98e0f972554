package mumbai.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import mumbai.gossip.MumbaiGossipProtocol.GossipConfig;
import mumbai.gossip.MumbaiGossipProtocol.MumbaiNode.NodeState;
import mumbai.gossip.protocol.Event;
import mumbai.gossip.protocol.Parameter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Real nodes on loopback; every wait is for an event, with a deadline. */
class MumbaiGossipProtocolTest {
    private static final long DEADLINE_SECONDS = 30;

    private final List<MumbaiGossipProtocol> nodes = new ArrayList<>();

    @AfterEach
    void stopAll() {
        nodes.forEach(MumbaiGossipProtocol::kill);
    }

    private MumbaiGossipProtocol node(String id, int port) {
        GossipConfig config = GossipConfig.builder().set(Parameter.GOSSIP_INTERVAL, 100).set(Parameter.SUSPECT_TIMEOUT, 500)
                .set(Parameter.FAILURE_TIMEOUT, 1_000).build();
        MumbaiGossipProtocol node = new MumbaiGossipProtocol(id, "localhost", port, config);
        nodes.add(node);
        return node;
    }

    private MumbaiGossipProtocol started(String id) throws IOException {
        MumbaiGossipProtocol node = node(id, 0);
        if (nodes.size() > 1) {
            node.addNode("whoever", "localhost", nodes.get(0).getLocalAddress().getPort());
        }
        node.start();
        return node;
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "it did not happen in time");
            Thread.sleep(5);
        }
    }

    private static NodeState stateAt(MumbaiGossipProtocol node, String id) {
        MumbaiGossipProtocol.MumbaiNode member = node.getMembers().get(id);
        return member == null ? null : member.state;
    }

    @Test
    void nodesFindEachOtherShareDataAndNoticeACrash() throws Exception {
        for (String id : List.of("a", "b", "c")) {
            started(id);
        }
        await(() -> nodes.stream().allMatch(node -> node.getMembers().size() == 2));
        nodes.get(1).setLocalData("k", Map.of("n", 1, "big", 1e300));
        await(() -> nodes.get(2).getClusterData("k") != null);
        assertEquals(Map.of("n", 1, "big", 1e300).toString().length(), nodes.get(2).getClusterData("k").toString().length());
        assertEquals("b", nodes.get(2).getClusterEntry("k").sourceNode);
        assertTrue(nodes.get(0).deleteLocalData("k"));
        await(() -> nodes.get(2).getClusterData("k") == null);
        nodes.get(1).kill();
        await(() -> stateAt(nodes.get(0), "b") == NodeState.DEAD && stateAt(nodes.get(2), "b") == NodeState.DEAD);
        assertTrue((long) statistics(nodes.get(0)).get("messagesReceived") > 0);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> statistics(MumbaiGossipProtocol node) {
        return (Map<String, Object>) node.getClusterStatus().get("statistics");
    }

    @Test
    void aNodeThatStopsLeavesAndComesBackWithItsData() throws Exception {
        MumbaiGossipProtocol a = started("a");
        MumbaiGossipProtocol b = started("b");
        b.setLocalData("k", 1);
        await(() -> a.getClusterData("k") != null && stateAt(a, "b") == NodeState.ALIVE);
        CountDownLatch left = new CountDownLatch(1);
        a.subscribe(event -> {
            if (event instanceof Event.MemberChanged changed && changed.id().equals("b") && "DEAD".equals(String.valueOf(changed.to()))) {
                left.countDown();
            }
        });
        b.stop();
        assertTrue(left.await(DEADLINE_SECONDS, TimeUnit.SECONDS));
        assertEquals(1, b.getClusterData("k"));
        b.start();
        await(() -> stateAt(a, "b") == NodeState.ALIVE && b.getClusterData("k") != null);
    }

    @Test
    void aTakenPortIsAnErrorAndNotASilentNode() throws IOException {
        MumbaiGossipProtocol a = started("a");
        MumbaiGossipProtocol b = node("b", a.getLocalAddress().getPort());
        assertThrows(IOException.class, b::start);
        assertFalse(b.isRunning());
    }

    @Test
    void rubbishIsCountedAndTheNodeGoesOn() throws Exception {
        MumbaiGossipProtocol a = started("a");
        InetSocketAddress to = a.getLocalAddress();
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.send(new DatagramPacket(new byte[0], 0, to));
            socket.send(new DatagramPacket(new byte[65_507], 65_507, to));
            byte[] text = "{\"a\":1,\"a\":2}".getBytes(StandardCharsets.US_ASCII);
            socket.send(new DatagramPacket(text, text.length, to));
        }
        await(() -> a.snapshot().counters().equals(Map.of("size.empty", 1L, "frame.unknown", 1L, "json.duplicate", 1L)));
        started("b");
        await(() -> a.getMembers().containsKey("b"));
    }

    @Test
    void writesBeforeTheStartAreMadeAtTheStartAndBadOnesAreRefusedAtOnce() throws IOException {
        MumbaiGossipProtocol a = node("a", 0);
        assertThrows(IllegalArgumentException.class, () -> a.setLocalData("k", "x".repeat(1_000)));
        a.setLocalData("k", "early");
        assertEquals("early", a.getClusterData("k"));
        a.start();
        assertEquals("early", a.getClusterEntry("k").value);
        assertNull(a.getClusterData("other"));
        assertThrows(IllegalArgumentException.class, () -> a.setLocalData("k", "x".repeat(1_000)));
        assertEquals("early", a.getClusterData("k"));
    }

    @Test
    void anAddressThatOthersCannotReachIsRefused() {
        MumbaiGossipProtocol node = new MumbaiGossipProtocol("a", "0.0.0.0", 0);
        assertThrows(IllegalArgumentException.class, node::start);
        assertThrows(IllegalArgumentException.class, () -> new MumbaiGossipProtocol("no id!", "127.0.0.1", 0));
    }

    @Test
    void manyThreadsMayUseOneNode() throws Exception {
        MumbaiGossipProtocol a = started("a");
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int mine = t;
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 200; i++) {
                    a.setLocalData("k" + mine + "-" + i, i);
                    a.getClusterStatus();
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(800, a.snapshot().entries().size());
    }
}
