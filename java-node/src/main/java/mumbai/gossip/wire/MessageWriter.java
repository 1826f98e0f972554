package mumbai.gossip.wire;

import java.util.List;
import java.util.Map;

/** Messages as canonical JSON: as sent, or as the meaning of chapter 12. */
public final class MessageWriter {
    /** A decoder on its own is in no cluster and knows no sender. */
    private static final LegacyMessage.Origin NOWHERE = new LegacyMessage.Origin("", new Address("127.0.0.1", 1));

    private final Bytes out;
    private final boolean meaning;
    private boolean first;

    private MessageWriter(Bytes out, boolean meaning) {
        this.out = out;
        this.meaning = meaning;
    }

    /** The text of a message as it is sent: canonical, and without what may be left out. */
    public static byte[] text(Message message) {
        Bytes out = new Bytes(Limits.DEFAULT_PACKET);
        new MessageWriter(out, false).write(message);
        return out.toArray();
    }

    /** The answer of chapter 12 to a datagram, as canonical JSON. */
    public static byte[] answer(byte[] datagram) {
        try {
            return accepted(Decoder.decode(datagram, Gate.OPEN));
        } catch (RejectedException e) {
            return rejected(e.reason());
        }
    }

    /** The answer of a decoder that was asked for version 0 too (chapter 10), as canonical JSON. */
    public static byte[] answerAny(byte[] datagram) {
        try {
            Received received = Decoder.decodeAny(datagram, Gate.OPEN, NOWHERE);
            return received instanceof LegacyMessage legacy ? accepted(legacy) : accepted((Decoded) received);
        } catch (RejectedException e) {
            return rejected(e.reason());
        }
    }

    private static byte[] accepted(LegacyMessage message) {
        Bytes out = new Bytes(1_024).ascii("{\"message\":");
        LegacyWriter.write(message, out);
        writeSkips(message.skipped(), out.ascii(",\"skipped\":"));
        return out.ascii(",\"verdict\":\"accepted\"}").toArray();
    }

    /** The answer of chapter 12 to an accepted datagram, as canonical JSON. */
    public static byte[] accepted(Decoded decoded) {
        Bytes out = new Bytes(1_024);
        out.ascii("{\"message\":");
        new MessageWriter(out, true).write(decoded.message());
        out.ascii(",\"skipped\":");
        writeSkips(decoded.skipped(), out);
        return out.ascii(",\"verdict\":\"accepted\"}").toArray();
    }

    /** The answer of chapter 12 to a rejected datagram, as canonical JSON. */
    public static byte[] rejected(Reason reason) {
        Bytes out = new Bytes(80).ascii("{\"reason\":\"").ascii(reason.code());
        return out.ascii("\",\"step\":\"").ascii(reason.step().code()).ascii("\",\"verdict\":\"rejected\"}").toArray();
    }

    private static void writeSkips(List<Skip> skipped, Bytes out) {
        out.put('[');
        for (int i = 0; i < skipped.size(); i++) {
            Skip skip = skipped.get(i);
            out.ascii(i == 0 ? "{\"name\":" : ",{\"name\":").string(skip.name()).ascii(",\"reason\":\"").ascii(skip.reason().code());
            out.ascii("\",\"section\":\"").ascii(skip.section().code()).ascii("\"}");
        }
        out.put(']');
    }

    private void write(Message message) {
        out.put('{');
        if (meaning || !message.cluster().isEmpty()) {
            out.ascii("\"cluster\":\"").ascii(message.cluster()).ascii("\",");
        }
        out.ascii("\"data\":{");
        first = true;
        writeData(message);
        out.ascii("},\"messageId\":\"").ascii(message.messageId()).ascii("\",\"protocolVersion\":1,\"senderId\":\"");
        out.ascii(message.senderId()).ascii("\",\"timestamp\":").number(message.timestamp());
        out.ascii(",\"type\":\"").ascii(message.type().name()).ascii("\"}");
    }

    private void writeData(Message message) {
        Message.SyncBody sync = message.sync();
        if (sync != null && !sync.isEntries()) {
            writeChildren(sync);
        }
        if (message.type() == MessageType.PING && (meaning || message.full())) {
            name("full").ascii(Boolean.toString(message.full()));
        }
        if (message.hasHeartbeats() && (meaning || !message.heartbeats().isEmpty())) {
            writeHeartbeats(message);
        }
        if (message.hasLocalData() && (meaning || !message.localData().isEmpty())) {
            writeEntries(message);
        }
        writeRecords(message);
        if (!meaning && message.pad() > 0) {
            name("pad").ascii("\"").ascii("x".repeat(message.pad())).ascii("\"");
        }
        if (message.paging() != null) {
            name("page").number(message.paging().page());
            name("pages").number(message.paging().pages());
        }
        if (sync != null) {
            name("phase").ascii(sync.isEntries() ? "\"ENTRIES\"" : "\"DIGEST\"");
        }
        if (message.pingId() != null) {
            name("pingId").put('"').ascii(message.pingId()).put('"');
        }
        if (sync != null) {
            name("prefix").put('"').ascii(sync.prefix()).put('"');
            if (sync.isEntries() && (meaning || sync.reply())) {
                name("reply").ascii(Boolean.toString(sync.reply()));
            }
        }
        if (message.targetId() != null) {
            name("targetId").put('"').ascii(message.targetId()).put('"');
        }
    }

    private void writeChildren(Message.SyncBody sync) {
        name("children").put('{');
        boolean head = true;
        for (Map.Entry<String, String> child : sync.children().entrySet()) {
            out.ascii(head ? "\"" : ",\"").ascii(child.getKey()).ascii("\":\"").ascii(child.getValue()).put('"');
            head = false;
        }
        out.put('}');
    }

    private void writeHeartbeats(Message message) {
        name("heartbeats").put('{');
        boolean head = true;
        for (Map.Entry<String, Long> heartbeat : message.heartbeats().entrySet()) {
            out.ascii(head ? "\"" : ",\"").ascii(heartbeat.getKey()).ascii("\":").number(heartbeat.getValue());
            head = false;
        }
        out.put('}');
    }

    private void writeEntries(Message message) {
        name("localData").put('{');
        boolean head = true;
        for (Entry entry : message.localData().values()) {
            if (!head) {
                out.put(',');
            }
            head = false;
            out.put(meaning ? entry.meaning() : entry.wire());
        }
        out.put('}');
    }

    private void writeRecords(Message message) {
        name("membership").put('{');
        boolean head = true;
        for (Map.Entry<String, NodeRecord> member : message.membership().entrySet()) {
            if (!head) {
                out.put(',');
            }
            head = false;
            member.getValue().write(member.getKey(), out, meaning);
        }
        out.put('}');
    }

    private Bytes name(String name) {
        if (!first) {
            out.put(',');
        }
        first = false;
        return out.put('"').ascii(name).ascii("\":");
    }
}
