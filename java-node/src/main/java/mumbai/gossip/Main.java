package mumbai.gossip;

import java.io.FileOutputStream;
import java.io.FileDescriptor;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import mumbai.gossip.cli.CommandLine;

/** The entry of the runnable jar. */
public final class Main {
    private Main() {
    }

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] arguments) {
        // answers are UTF-8 whatever the locale, and flushed where a command says so
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        int code = CommandLine.run(List.of(arguments), System.in, out, System.err);
        out.flush();
        System.exit(code);
    }
}
