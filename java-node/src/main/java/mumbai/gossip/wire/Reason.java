package mumbai.gossip.wire;

/** Why a datagram was rejected or an item of it skipped (chapter 12). */
public enum Reason {
    SIZE_EMPTY(Step.SIZE, "size.empty"),
    FRAME_UNKNOWN(Step.FRAME, "frame.unknown"),
    INFLATE_TRUNCATED(Step.INFLATE, "inflate.truncated"),
    INFLATE_CORRUPT(Step.INFLATE, "inflate.corrupt"),
    INFLATE_TRAILING(Step.INFLATE, "inflate.trailing"),
    INFLATE_TOO_BIG(Step.INFLATE, "inflate.too-big"),
    JSON_ENCODING(Step.JSON, "json.encoding"),
    JSON_NOT_OBJECT(Step.JSON, "json.not-object"),
    JSON_SYNTAX(Step.JSON, "json.syntax"),
    JSON_DUPLICATE(Step.JSON, "json.duplicate"),
    JSON_DEPTH(Step.JSON, "json.depth"),
    JSON_SURROGATE(Step.JSON, "json.surrogate"),
    JSON_NUMBER(Step.JSON, "json.number"),
    VERSION_BAD(Step.VERSION, "version.bad"),
    VERSION_UNSUPPORTED(Step.VERSION, "version.unsupported"),
    CLUSTER_BAD(Step.CLUSTER, "cluster.bad"),
    CLUSTER_MISMATCH(Step.CLUSTER, "cluster.mismatch"),
    ENVELOPE_TYPE(Step.ENVELOPE, "envelope.type"),
    ENVELOPE_SENDER_ID(Step.ENVELOPE, "envelope.senderId"),
    ENVELOPE_MESSAGE_ID(Step.ENVELOPE, "envelope.messageId"),
    ENVELOPE_TIMESTAMP(Step.ENVELOPE, "envelope.timestamp"),
    ENVELOPE_DATA(Step.ENVELOPE, "envelope.data"),
    ENVELOPE_SELF(Step.ENVELOPE, "envelope.self"),
    SENDER_SELF(Step.SENDER, "sender.self"),
    DUPLICATE_MESSAGE(Step.DUPLICATE, "duplicate.message"),
    TYPE_UNKNOWN(Step.TYPE, "type.unknown"),
    BODY_LOCAL_DATA(Step.BODY, "body.localData"),
    BODY_MEMBERSHIP(Step.BODY, "body.membership"),
    BODY_HEARTBEATS(Step.BODY, "body.heartbeats"),
    BODY_PING_ID(Step.BODY, "body.pingId"),
    BODY_TARGET_ID(Step.BODY, "body.targetId"),
    BODY_FULL(Step.BODY, "body.full"),
    BODY_PAGE(Step.BODY, "body.page"),
    BODY_PHASE(Step.BODY, "body.phase"),
    BODY_PREFIX(Step.BODY, "body.prefix"),
    BODY_CHILDREN(Step.BODY, "body.children"),
    BODY_REPLY(Step.BODY, "body.reply"),
    LEGACY_BAD(Step.LEGACY, "legacy.bad"),
    ENTRY_KEY(Step.SKIP, "entry.key"),
    ENTRY_SHAPE(Step.SKIP, "entry.shape"),
    ENTRY_TOMBSTONE_VALUE(Step.SKIP, "entry.tombstone-value"),
    ENTRY_SIZE(Step.SKIP, "entry.size"),
    ENTRY_FUTURE(Step.SKIP, "entry.future"),
    ENTRY_EXPIRED(Step.SKIP, "entry.expired"),
    ENTRY_CAPACITY(Step.SKIP, "entry.capacity"),
    ENTRY_PREFIX(Step.SKIP, "entry.prefix"),
    RECORD_ID(Step.SKIP, "record.id"),
    RECORD_SHAPE(Step.SKIP, "record.shape"),
    RECORD_HOST(Step.SKIP, "record.host"),
    RECORD_CLOCK(Step.SKIP, "record.clock"),
    RECORD_SIZE(Step.SKIP, "record.size"),
    RECORD_CAPACITY(Step.SKIP, "record.capacity"),
    HEARTBEAT_ID(Step.SKIP, "heartbeat.id"),
    HEARTBEAT_VALUE(Step.SKIP, "heartbeat.value");

    private final Step step;
    private final String code;

    Reason(Step step, String code) {
        this.step = step;
        this.code = code;
    }

    /** The step that fails for this reason. */
    public Step step() {
        return step;
    }

    /** The code of chapter 12. */
    public String code() {
        return code;
    }
}
