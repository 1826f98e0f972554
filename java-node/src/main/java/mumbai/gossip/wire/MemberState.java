package mumbai.gossip.wire;

/** What is believed of a member, in the order of severity (MGP1-MRG-015). */
public enum MemberState {
    ALIVE, SUSPECT, DEAD;

    /** The state of that exact name, or null when there is none. */
    static MemberState named(String name) {
        return switch (name) {
            case "ALIVE" -> ALIVE;
            case "SUSPECT" -> SUSPECT;
            case "DEAD" -> DEAD;
            default -> null;
        };
    }
}
