package mumbai.gossip.wire;

/**
 * A datagram that is not a message of this protocol, with the reason. It carries no stack trace: rejecting is an
 * everyday event, and whoever sends rubbish must not make it expensive.
 */
public final class RejectedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /** A rejection for {@code reason}. */
    public RejectedException(Reason reason) {
        super(reason.code(), null, false, false);
        this.reason = reason;
    }

    /** Why the datagram was rejected. */
    public Reason reason() {
        return reason;
    }
}
