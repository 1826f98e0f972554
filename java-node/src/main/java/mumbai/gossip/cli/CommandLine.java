package mumbai.gossip.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import mumbai.gossip.MumbaiGossipProtocol;
import mumbai.gossip.Version;
import mumbai.gossip.adapter.Stdio;

/** The commands and their exit codes: 0 done, 1 could not be done, 2 not understood. */
public final class CommandLine {
    static final int SUCCESS = 0;
    static final int FAILURE = 1;
    static final int MISUSE = 2;
    static final String HELP = """
            mumbai-gossip: a node of the Mumbai Gossip Protocol

            usage: java -jar mumbai-gossip.jar COMMAND

              run        run a node until SIGINT or SIGTERM
              decode     answer each line of hexadecimal digits with the meaning of that datagram;
                         with --legacy, of version 0 too
              adapter    speak the adapter protocol on standard input and output
              demo       run five offices on loopback
              --version  print the version
              --help     print this

            run takes these flags, each but --legacy with a value; --seed, --metadata and --set may come again:

              --id ID                     node id: 1 to 64 of A-Z a-z 0-9 . _ : -
              --host HOST                 where to listen; default 127.0.0.1
              --port PORT                 0, the default, is any free port
              --advertise HOST:PORT       the address that others are told, where it differs
              --seed HOST:PORT            whom to ask for the cluster
              --cluster NAME              name of the cluster; default none
              --legacy                    receive the two published dialects of version 0 too
              --legacy-cluster NAME       the cluster that these count as; default the empty name
              --metadata KEY=VALUE        something this node says of itself; JSON or text
              --set KEY=VALUE             an entry to write at the start; JSON or text
              --config FILE               TOML with the names of these flags, _ for -; flags win
              --log LEVEL                 off, error, warn, info, debug or trace; default info
              --gossip-interval-ms N      --suspect-timeout-ms N        --failure-timeout-ms N
              --fanout N                  --max-packet-size N           --compression-threshold N
              --max-message-history N     --eager-interval-ms N         --eager-copies N
              --max-news N                --reconnect-interval-ms N     --dead-retention-ms N
              --max-remembered N          --remembered-retention-ms N   --max-members N
              --max-entries N             --max-future-skew-ms N        --tombstone-retention-ms N
              --sync-interval-ms N
            """;

    private CommandLine() {
    }

    /** Runs one command and answers its exit code. */
    public static int run(List<String> arguments, InputStream in, PrintStream out, PrintStream err) {
        try {
            return dispatch(arguments, in, out);
        } catch (UsageException e) {
            err.println("mumbai-gossip: " + e.getMessage());
            return MISUSE;
        } catch (IOException e) {
            err.println("mumbai-gossip: " + e.getMessage());
            return FAILURE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return FAILURE;
        }
    }

    private static int dispatch(List<String> arguments, InputStream in, PrintStream out)
            throws UsageException, IOException, InterruptedException {
        if (arguments.isEmpty()) {
            throw new UsageException("no command; see --help");
        }
        String command = arguments.get(0);
        List<String> rest = arguments.subList(1, arguments.size());
        if (rest.contains("--help")) {
            command = "--help";
        } else if (command.equals("decode") && rest.equals(List.of("--legacy"))) {
            return DecodeCommand.run(in, out, true);
        } else if (!command.equals("run") && !rest.isEmpty()) {
            throw new UsageException(command + " takes no argument " + rest.get(0) + "; see --help");
        }
        switch (command) {
            case "run" -> {
                return RunCommand.run(rest, out);
            }
            case "decode" -> {
                return DecodeCommand.run(in, out, false);
            }
            case "adapter" -> Stdio.serve(in, out);
            case "demo" -> MumbaiGossipProtocol.mumbaiEnterpriseDemo();
            case "--version" -> out.println(Version.NAME + " " + Version.NUMBER);
            case "--help" -> out.print(HELP);
            default -> throw new UsageException("unknown command " + command + "; see --help");
        }
        return SUCCESS;
    }
}
