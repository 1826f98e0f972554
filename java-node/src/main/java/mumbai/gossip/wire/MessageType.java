package mumbai.gossip.wire;

/** The types of message (chapter 5). */
public enum MessageType {
    GOSSIP, PING, PONG, MEMBERSHIP, SYNC;

    /** The type of that exact name, or null when there is none. */
    static MessageType named(String name) {
        return switch (name) {
            case "GOSSIP" -> GOSSIP;
            case "PING" -> PING;
            case "PONG" -> PONG;
            case "MEMBERSHIP" -> MEMBERSHIP;
            case "SYNC" -> SYNC;
            default -> null;
        };
    }
}
