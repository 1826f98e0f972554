package mumbai.gossip.wire;

/** The parts of {@code data} that hold items, in the order in which skips are listed. */
public enum Section {
    LOCAL_DATA("localData"), MEMBERSHIP("membership"), HEARTBEATS("heartbeats");

    private final String code;

    Section(String code) {
        this.code = code;
    }

    /** The member name on the wire. */
    public String code() {
        return code;
    }
}
