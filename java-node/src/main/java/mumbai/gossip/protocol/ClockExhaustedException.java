package mumbai.gossip.protocol;

/** The membership clock would reach 2^52 (MGP1-LIV-004). */
final class ClockExhaustedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ClockExhaustedException() {
        super("the membership clock would reach 2^52");
    }
}
