package mumbai.gossip.protocol;

import mumbai.gossip.state.Member;

/**
 * Whether this node was cut off for so long that the tombstones of what it holds may be gone elsewhere: then it offers no
 * entries but in exchanges, until one has shown that there is no difference, or nobody speaks SYNC (MGP1-SYN-018).
 */
final class Isolation {
    /** How long SYNC is waited for, in {@code syncInterval}s. */
    private static final int PATIENCE = 10;

    private final long tombstoneRetention;
    private final long patience;
    private long lastContact;
    /** While entries are held back: when a member was heard of again, or the last SYNC of one since. */
    private long waitingSince = Member.NEVER;

    /** Not isolated yet. */
    Isolation(Config config, long mono) {
        this.tombstoneRetention = config.get(Parameter.TOMBSTONE_RETENTION);
        this.patience = PATIENCE * config.get(Parameter.SYNC_INTERVAL);
        this.lastContact = mono;
    }

    /** A message of a member was applied. */
    void contact(long mono) {
        if (isSilent(mono)) {
            waitingSince = mono;
        } else if (!isIsolated(mono)) {
            waitingSince = Member.NEVER;
        }
        lastContact = mono;
    }

    /** A member with a validated address speaks SYNC: it is worth waiting for the end of an exchange. */
    void sync(long mono) {
        if (isIsolated(mono)) {
            waitingSince = mono;
        }
    }

    /** An exchange has shown that another store holds the same. */
    void end() {
        waitingSince = Member.NEVER;
    }

    /** Whether no entries may be sent but in an exchange. */
    boolean isIsolated(long mono) {
        return isSilent(mono) || waitingSince != Member.NEVER && mono - waitingSince < patience;
    }

    private boolean isSilent(long mono) {
        return mono - lastContact > tombstoneRetention;
    }
}
