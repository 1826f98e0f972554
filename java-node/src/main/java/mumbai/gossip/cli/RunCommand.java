package mumbai.gossip.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.ListIterator;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.Logger;
import mumbai.gossip.MumbaiGossipProtocol;
import mumbai.gossip.MumbaiGossipProtocol.GossipConfig;
import mumbai.gossip.protocol.Event;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.IpLiteral;

/** {@code run}: one node until it is told to leave. */
final class RunCommand {
    private RunCommand() {
    }

    static int run(List<String> arguments, PrintStream out) throws UsageException, InterruptedException {
        RunSettings settings = parse(arguments);
        log(settings);
        MumbaiGossipProtocol node;
        try {
            node = new MumbaiGossipProtocol(settings.id, settings.host, settings.port, config(settings));
            settings.entries.forEach(node::setLocalData);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage());
        }
        CountDownLatch end = new CountDownLatch(1);
        boolean[] failed = new boolean[1];
        node.subscribe(event -> {
            if (event instanceof Event.Fatal) {
                failed[0] = true;
                end.countDown();
            }
        });
        try {
            node.start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                node.stop();
                // the JVM would report the signal; a node that has left reports success (MGP1-LIV-017)
                Runtime.getRuntime().halt(failed[0] ? CommandLine.FAILURE : CommandLine.SUCCESS);
            }, "leave"));
            InetSocketAddress local = node.getLocalAddress();
            out.println("mumbai-gossip " + settings.id + " listening on " + display(local));
            out.flush();
            end.await();
        } catch (IOException | IllegalArgumentException e) {
            String where = settings.host + ":" + settings.port;
            System.err.println("mumbai-gossip: cannot start on " + where + ": " + e.getMessage());
            return CommandLine.FAILURE;
        }
        return CommandLine.FAILURE;
    }

    private static String display(InetSocketAddress address) {
        return new Address(
                IpLiteral.format(address.getAddress().getAddress()), address.getPort()).toString();
    }

    private static RunSettings parse(List<String> arguments) throws UsageException {
        RunSettings settings = new RunSettings();
        // the file first, so that flags win over it wherever they stand
        for (int i = 0; i + 1 < arguments.size(); i++) {
            if (arguments.get(i).equals("--config")) {
                ConfigFile.read(Path.of(arguments.get(i + 1)), settings);
            }
        }
        boolean seedsFromFlags = false;
        ListIterator<String> rest = arguments.listIterator();
        while (rest.hasNext()) {
            int position = rest.nextIndex();
            String argument = rest.next();
            int equals = argument.indexOf('=');
            boolean joined = argument.startsWith("--") && equals > 0;
            String flag = joined ? argument.substring(0, equals) : argument;
            if (!flag.startsWith("--")) {
                throw new UsageException("unexpected argument " + argument + "; see --help");
            }
            if (flag.equals("--legacy") && !joined && !hasValue(arguments, position)) {
                settings.legacy = true;
                continue;
            }
            if (!joined && !rest.hasNext()) {
                throw new UsageException(isFlag(flag) ? flag + " needs a value" : "unknown flag " + flag + "; see --help");
            }
            String value = joined ? argument.substring(equals + 1) : rest.next();
            if (flag.equals("--seed") && !seedsFromFlags) {
                seedsFromFlags = true;
                settings.seeds.clear();
            }
            if (!flag.equals("--config") && !settings.set(flag.substring(2), value)) {
                throw new UsageException("unknown flag " + flag + "; see --help");
            }
        }
        if (settings.legacyCluster != null && !settings.legacy) {
            throw new UsageException("--legacy-cluster needs --legacy");
        }
        if (settings.id == null) {
            throw new UsageException("--id is missing; see --help");
        }
        return settings;
    }

    /** Whether the flag at a position has a word of its own behind it. */
    private static boolean hasValue(List<String> arguments, int position) {
        return position + 1 < arguments.size() && !arguments.get(position + 1).startsWith("--");
    }

    private static boolean isFlag(String flag) {
        return CommandLine.HELP.contains(flag + " ");
    }

    private static GossipConfig config(RunSettings settings) {
        GossipConfig.Builder config = GossipConfig.builder().cluster(settings.cluster).metadata(settings.metadata);
        if (settings.legacy) {
            config.legacy(settings.legacyCluster == null ? "" : settings.legacyCluster);
        }
        settings.parameters.forEach(config::set);
        settings.seeds.forEach(seed -> config.seed(seed.host(), seed.port()));
        if (settings.advertise != null) {
            config.advertise(settings.advertise.host(), settings.advertise.port());
        }
        return config.build();
    }

    private static void log(RunSettings settings) {
        Logger root = Logger.getLogger("");
        root.setLevel(settings.logLevel);
        for (Handler handler : root.getHandlers()) {
            handler.setLevel(settings.logLevel);
        }
    }
}
