package mumbai.gossip.cli;

/** A command line or configuration file that cannot be understood; the message is one line for its author. */
final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
