package mumbai.gossip;

/** What this program calls itself. */
public final class Version {
    /** The name of the program. */
    public static final String NAME = "mumbai-gossip";
    /** The version of the program, not of the protocol. */
    public static final String NUMBER = "0.1.0";

    private Version() {
    }
}
