package mumbai.gossip;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import mumbai.gossip.MumbaiGossipProtocol.MumbaiNode.NodeState;

/** Five offices on loopback: they find each other, share their data, and notice when one fails. */
final class MumbaiEnterpriseDemo {
    private static final String[] OFFICES = {"mumbai_bkc", "mumbai_nariman", "mumbai_andheri", "mumbai_powai", "mumbai_worli"};
    private static final int FAILING = 3;
    private static final long PATIENCE = 30_000;
    private static final long LOOK_AGAIN = 20;

    private final PrintStream out;
    private final List<MumbaiGossipProtocol> nodes = new ArrayList<>();

    MumbaiEnterpriseDemo(PrintStream out) {
        this.out = out;
    }

    void run() throws IOException, InterruptedException {
        try {
            start();
            await("every office knows the other four", () -> allSee(OFFICES.length - 1, NodeState.ALIVE));
            await("every office has the data of all", this::allShare);
            report();
            out.println();
            out.println("The network of " + OFFICES[FAILING] + " fails: it goes silent without a good-bye.");
            nodes.get(FAILING).kill();
            await("the other four hold it SUSPECT or DEAD", () -> allHoldFailed(false));
            await("the other four hold it DEAD", () -> allHoldFailed(true));
            report();
        } finally {
            out.println();
            out.println("Shutting down.");
            nodes.forEach(MumbaiGossipProtocol::stop);
        }
    }

    private void start() throws IOException {
        out.println("Mumbai Enterprise Gossip Protocol Demo");
        for (int i = 0; i < OFFICES.length; i++) {
            MumbaiGossipProtocol node = new MumbaiGossipProtocol(OFFICES[i], "127.0.0.1", 0);
            if (i > 0) {
                node.addNode(OFFICES[0], "127.0.0.1", nodes.get(0).getLocalAddress().getPort());
            }
            node.setLocalData("office_location/" + OFFICES[i], OFFICES[i].substring("mumbai_".length()));
            node.setLocalData("employee_count/" + OFFICES[i], 50 + i * 25);
            node.start();
            nodes.add(node);
            out.println("  " + OFFICES[i] + " listens on " + node.getLocalAddress());
        }
    }

    private boolean allSee(int count, NodeState state) {
        return nodes.stream().filter(MumbaiGossipProtocol::isRunning)
                .allMatch(node -> node.getMembers().values().stream().filter(member -> member.state == state).count() == count);
    }

    private boolean allShare() {
        for (MumbaiGossipProtocol node : nodes) {
            for (String office : OFFICES) {
                if (node.getClusterData("employee_count/" + office) == null) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean allHoldFailed(boolean dead) {
        return nodes.stream().filter(MumbaiGossipProtocol::isRunning).allMatch(node -> {
            NodeState state = node.getMembers().get(OFFICES[FAILING]).state;
            return state == NodeState.DEAD || !dead && state == NodeState.SUSPECT;
        });
    }

    private void await(String what, BooleanSupplier condition) throws IOException, InterruptedException {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > PATIENCE * 1_000_000) {
                throw new IOException("after " + PATIENCE + " ms it is still not so that " + what);
            }
            Thread.sleep(LOOK_AGAIN);
        }
        out.println("  after " + (System.nanoTime() - start) / 1_000_000 + " ms " + what);
    }

    private void report() {
        for (MumbaiGossipProtocol node : nodes) {
            if (node.isRunning()) {
                out.println("  " + node.getClusterStatus().get("localNode") + " " + count(node, NodeState.ALIVE) + " alive, "
                        + count(node, NodeState.SUSPECT) + " suspect, " + count(node, NodeState.DEAD) + " dead, "
                        + node.getClusterStatus().get("statistics"));
            }
        }
    }

    private static long count(MumbaiGossipProtocol node, NodeState state) {
        return node.getMembers().values().stream().filter(member -> member.state == state).count();
    }
}
