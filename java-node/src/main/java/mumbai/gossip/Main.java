package mumbai.gossip;

/** The entry of the runnable jar. */
public final class Main {
    private Main() {
    }

    /** Runs the command line. */
    public static void main(String[] arguments) {
        System.out.println(Version.NAME);
    }
}
