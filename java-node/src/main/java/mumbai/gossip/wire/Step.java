package mumbai.gossip.wire;

/** The steps of receipt, in their order (MGP1-ERR-001). */
public enum Step {
    SIZE("size"), FRAME("frame"), INFLATE("inflate"), JSON("json"), VERSION("version"), CLUSTER("cluster"),
    ENVELOPE("envelope"), SENDER("sender"), DUPLICATE("duplicate"), TYPE("type"), BODY("body"),
    /** In the place of {@link #ENVELOPE}, for messages of version 0 (chapter 10). */
    LEGACY("legacy"),
    /** Not a step: the reasons why one item of an accepted message is left out. */
    SKIP("skip");

    private final String code;

    Step(String code) {
        this.code = code;
    }

    /** The name that chapter 12 gives this step. */
    public String code() {
        return code;
    }
}
