package mumbai.gossip.protocol;

/** A configuration that no node can run with; the message says what is wrong and what would do. */
public final class ConfigException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** A configuration fault. */
    public ConfigException(String message) {
        super(message);
    }
}
