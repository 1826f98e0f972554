package mumbai.gossip.protocol;

/**
 * Whether this node was cut off for so long that the tombstones of what it holds may be gone elsewhere: then it offers no
 * entries but in exchanges, until one has shown that there is no difference (MGP1-SYN-018).
 */
final class Isolation {
    private final long tombstoneRetention;
    private long lastContact;
    private boolean isolated;

    /** Not isolated yet; {@code tombstoneRetention} in milliseconds. */
    Isolation(long tombstoneRetention, long mono) {
        this.tombstoneRetention = tombstoneRetention;
        this.lastContact = mono;
    }

    /** A message of a member was applied. */
    void contact(long mono) {
        isolated = isIsolated(mono);
        lastContact = mono;
    }

    /** An exchange has shown that another store holds the same. */
    void end() {
        isolated = false;
    }

    /** Whether no entries may be sent but in an exchange. */
    boolean isIsolated(long mono) {
        return isolated || mono - lastContact > tombstoneRetention;
    }
}
