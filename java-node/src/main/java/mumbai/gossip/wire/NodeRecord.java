package mumbai.gossip.wire;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What is known of one member: content, and liveness (chapter 5).
 *
 * @param content what the member says of itself
 * @param updated the member's membership clock when it last set its content, milliseconds
 * @param state what is believed of it
 * @param lastSeen the member's membership clock in its newest message known, milliseconds
 */
public record NodeRecord(Content content, long updated, MemberState state, long lastSeen) {
    /** What a record has around its canonical content: the state as SUSPECT and both clocks with 16 digits, whatever they are. */
    private static final int AROUND_CONTENT =
            "\"\":,\"lastSeen\":4503599627370495,\"state\":\"SUSPECT\",\"updated\":4503599627370495".length();

    /**
     * A record by the rules MGP1-MSG-009 to MGP1-MSG-013; {@code lastSeen} and {@code updated} are integers of the wire.
     *
     * @throws RejectedException with the first of these rules that the record breaks
     */
    public static NodeRecord of(String id, String host, int port, MemberState state, long lastSeen, long updated,
            ObjectNode metadata, Content.Versions versions) throws RejectedException {
        if (!Names.isNodeId(id)) {
            throw new RejectedException(Reason.RECORD_ID);
        }
        if (port < 1 || port > 65_535) {
            throw new RejectedException(Reason.RECORD_SHAPE);
        }
        byte[] literal = IpLiteral.parse(host);
        if (literal == null || !IpLiteral.isUsable(literal)) {
            throw new RejectedException(Reason.RECORD_HOST);
        }
        if (lastSeen >= Limits.CLOCK_END || updated > lastSeen) {
            throw new RejectedException(Reason.RECORD_CLOCK);
        }
        Content content = new Content(host, new Address(IpLiteral.format(literal), port), metadata, versions);
        NodeRecord record = new NodeRecord(content, updated, state, lastSeen);
        if (record.size(id) > Limits.MAX_RECORD) {
            throw new RejectedException(Reason.RECORD_SIZE);
        }
        return record;
    }

    /** This record with another liveness. */
    public NodeRecord with(MemberState newState, long newLastSeen) {
        return new NodeRecord(content, updated, newState, newLastSeen);
    }

    /** The size of the record in bytes, as chapter 5 counts it. */
    public int size(String id) {
        return id.length() + content.canonicalLength() + AROUND_CONTENT;
    }

    /** Appends {@code "id":{…}}: as sent, or with the metadata even where it is empty, as in a meaning. */
    void write(String id, Bytes out, boolean meaning) {
        out.put('"').ascii(id).ascii("\":{\"host\":").put(content.canonicalHost()).ascii(",\"lastSeen\":").number(lastSeen);
        if (meaning || !content.metadata().isEmpty()) {
            out.ascii(",\"metadata\":").put(content.canonicalMetadata());
        }
        out.ascii(",\"port\":").number(content.port()).ascii(",\"state\":\"").ascii(state.name());
        out.ascii("\",\"updated\":").number(updated);
        if (content.versions() != null) {
            out.ascii(",\"versions\":{\"max\":").number(content.versions().max());
            out.ascii(",\"min\":").number(content.versions().min()).put('}');
        }
        out.put('}');
    }
}
