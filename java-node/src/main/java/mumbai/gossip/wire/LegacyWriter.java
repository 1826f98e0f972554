package mumbai.gossip.wire;

import java.util.Map;

/** The meaning of a version 0 message as text, and the one version 0 message that a node sends (chapter 10). */
public final class LegacyWriter {
    private static final double MILLIS = 1_000;

    private LegacyWriter() {
    }

    /**
     * The PONG of MGP1-LEG-008 as a datagram: all five members of the dialect and nothing that its receivers do not know.
     *
     * @param timestamp milliseconds
     */
    public static byte[] pong(Dialect dialect, String senderId, String messageId, long timestamp, String pingId) {
        Bytes out = new Bytes(224);
        out.ascii("{\"data\":{\"").ascii(dialect.pingId).ascii("\":\"").ascii(pingId).ascii("\"},\"");
        out.ascii(dialect.messageId).ascii("\":\"").ascii(messageId).ascii("\",\"");
        if (dialect == Dialect.JAVA) {
            out.ascii("senderId\":\"").ascii(senderId).ascii("\",\"timestamp\":").number(timestamp);
            return out.ascii(",\"type\":\"PONG\"}").toArray();
        }
        out.ascii("message_type\":\"pong\",\"sender_id\":\"").ascii(senderId).ascii("\",\"timestamp\":");
        out.ascii(EcmaNumber.text(timestamp / MILLIS)).put('}');
        return Zlib.ofThread().stream(out.toArray());
    }

    /** Appends the canonical meaning. */
    static void write(LegacyMessage message, Bytes out) {
        out.ascii("{\"cluster\":\"\",\"data\":{");
        if (message.type() == MessageType.GOSSIP) {
            writeSections(message, out);
        } else if (message.pingId() != null) {
            out.ascii("\"pingId\":\"").ascii(message.pingId()).put('"');
        }
        out.ascii("},\"dialect\":\"").ascii(message.dialect().code()).ascii("\",\"messageId\":\"").ascii(message.messageId());
        out.ascii("\",\"protocolVersion\":0,\"senderId\":\"").ascii(message.senderId()).ascii("\",\"timestamp\":");
        out.number(message.timestamp()).ascii(",\"type\":\"").ascii(message.type().name()).ascii("\"}");
    }

    private static void writeSections(LegacyMessage message, Bytes out) {
        out.ascii("\"localData\":{");
        boolean head = true;
        for (Entry entry : message.localData().values()) {
            if (!head) {
                out.put(',');
            }
            head = false;
            out.put(entry.meaning());
        }
        out.ascii("},\"membership\":{");
        head = true;
        for (Map.Entry<String, LegacyMessage.NamedAddress> member : message.addresses().entrySet()) {
            if (!head) {
                out.put(',');
            }
            head = false;
            out.string(member.getKey()).ascii(":{\"host\":").string(member.getValue().host());
            out.ascii(",\"port\":").number(member.getValue().address().port()).put('}');
        }
        out.put('}');
    }
}
