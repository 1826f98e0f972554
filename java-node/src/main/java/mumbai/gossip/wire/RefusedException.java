package mumbai.gossip.wire;

/** Something that this node will not send or store, because others would have to reject or skip it. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    /** A refusal for a reason code. */
    public RefusedException(String reason) {
        super(reason, null, false, false);
        this.reason = reason;
    }

    /** The reason code. */
    public String reason() {
        return reason;
    }
}
