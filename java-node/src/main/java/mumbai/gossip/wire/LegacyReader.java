package mumbai.gossip.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Version 0 messages from their JSON: the steps {@code cluster}, {@code legacy}, {@code sender}, {@code duplicate} and {@code type} (chapter 10). */
final class LegacyReader {
    private final Dialect dialect;
    private final ObjectNode root;
    private final List<Skip> skipped = new ArrayList<>();

    private LegacyReader(Dialect dialect, ObjectNode root) {
        this.dialect = dialect;
        this.root = root;
    }

    /** Reads a message without {@code protocolVersion}. */
    static LegacyMessage read(ObjectNode root, Gate gate, LegacyMessage.Origin origin) throws RejectedException {
        gate.admitCluster(origin.cluster());
        Dialect dialect = Dialect.of(root);
        if (dialect == null) {
            throw bad();
        }
        return new LegacyReader(dialect, root).message(gate, origin);
    }

    private static RejectedException bad() {
        return new RejectedException(Reason.LEGACY_BAD);
    }

    private LegacyMessage message(Gate gate, LegacyMessage.Origin origin) throws RejectedException {
        String typeText = Members.text(root.get(dialect.typeName));
        String senderId = Members.text(root.get(dialect.senderId));
        String messageId = Members.text(root.get(dialect.messageId));
        long timestamp = dialect.time(root.get("timestamp"));
        JsonNode data = root.get("data");
        boolean whole = typeText != null && senderId != null && Names.isNodeId(senderId)
                && messageId != null && Names.isToken(messageId)
                && timestamp >= 0 && timestamp < Limits.CLOCK_END && data != null && data.isObject();
        if (!whole) {
            throw bad();
        }
        String kind = dialect.kind(typeText);
        MessageType type = MessageType.named(kind);
        String pingId = type == MessageType.PING || type == MessageType.PONG ? Members.text(data.get(dialect.pingId)) : null;
        pingId = pingId != null && Names.isToken(pingId) ? pingId : null;
        if (type == MessageType.PING && pingId == null) {
            throw bad();
        }
        boolean gossip = type == MessageType.GOSSIP;
        JsonNode entries = gossip ? section(data, dialect.localData) : null;
        JsonNode members = gossip ? section(data, "membership") : null;
        gate.admitSender(new Envelope(origin.cluster(), kind, senderId, messageId, timestamp, self(senderId, origin, timestamp)));
        if (type == null) {
            throw new RejectedException(Reason.TYPE_UNKNOWN);
        }
        return new LegacyMessage(dialect, type, senderId, messageId, timestamp, pingId, entries(entries),
                addresses(members, senderId), skipped);
    }

    /** The sender's record, or null where its source address is none that a record may name. */
    private static NodeRecord self(String senderId, LegacyMessage.Origin origin, long timestamp) {
        try {
            return LegacyMessage.sender(senderId, origin.from(), timestamp);
        } catch (RejectedException e) {
            return null;
        }
    }

    /** The section, or null where there is none. */
    private static JsonNode section(JsonNode data, String name) throws RejectedException {
        JsonNode section = Members.of(data, name);
        if (section != null && !section.isObject()) {
            throw bad();
        }
        return section;
    }

    private SortedMap<String, Entry> entries(JsonNode section) {
        SortedMap<String, Entry> entries = new TreeMap<>();
        if (section == null) {
            return entries;
        }
        for (Map.Entry<String, JsonNode> item : section.properties()) {
            try {
                entries.put(item.getKey(), mapped(item.getKey(), item.getValue()));
            } catch (RejectedException e) {
                skipped.add(new Skip(Section.LOCAL_DATA, item.getKey(), e.reason()));
            }
        }
        Collections.sort(skipped);
        return entries;
    }

    /** The mapped form of an entry: a pure function of that entry (MGP1-LEG-004). */
    private Entry mapped(String key, JsonNode item) throws RejectedException {
        Entry.checkKey(key);
        long timestamp = dialect.time(item.get("timestamp"));
        String version = dialect.version(item.get("version"));
        if (!item.isObject() || timestamp < 0 || version == null) {
            throw new RejectedException(Reason.ENTRY_SHAPE);
        }
        JsonNode value = item.get("value");
        return Entry.of(key, value == null ? NullNode.instance : value, timestamp, version, LegacyMessage.SOURCE, false);
    }

    private static SortedMap<String, LegacyMessage.NamedAddress> addresses(JsonNode members, String senderId) {
        SortedMap<String, LegacyMessage.NamedAddress> addresses = new TreeMap<>();
        if (members == null) {
            return addresses;
        }
        for (Map.Entry<String, JsonNode> member : members.properties()) {
            LegacyMessage.NamedAddress named = address(member.getValue());
            if (named != null && !member.getKey().equals(senderId)) {
                addresses.put(member.getKey(), named);
            }
        }
        return addresses;
    }

    private static LegacyMessage.NamedAddress address(JsonNode member) {
        String host = member.isObject() ? Members.text(member.get("host")) : null;
        long port = member.isObject() ? Members.integer(member.get("port")) : -1;
        byte[] literal = host == null ? null : IpLiteral.parse(host);
        boolean usable = literal != null && IpLiteral.isUsable(literal) && port >= 1 && port <= 65_535;
        return usable ? new LegacyMessage.NamedAddress(host, new Address(IpLiteral.format(literal), (int) port)) : null;
    }
}
