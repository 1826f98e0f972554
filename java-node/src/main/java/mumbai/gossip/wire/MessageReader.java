package mumbai.gossip.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** JSON objects to messages: the steps {@code version} to {@code body} (chapters 4, 5, 9 and 12). */
final class MessageReader {
    private static final int DIGEST_DIGITS = 32;

    private final List<Skip> skipped = new ArrayList<>();
    private final Envelope envelope;
    private final JsonNode data;

    private MessageReader(Envelope envelope, JsonNode data) {
        this.envelope = envelope;
        this.data = data;
    }

    static Decoded read(ObjectNode root, Gate gate) throws RejectedException {
        checkVersion(root);
        String cluster = cluster(root);
        gate.admitCluster(cluster);
        JsonNode data = root.get("data");
        Envelope envelope = envelope(root, cluster, data);
        gate.admitSender(envelope);
        MessageReader reader = new MessageReader(envelope, data);
        Message message = reader.body();
        Collections.sort(reader.skipped);
        return new Decoded(message, reader.skipped);
    }

    private static void checkVersion(ObjectNode root) throws RejectedException {
        JsonNode version = root.get("protocolVersion");
        if (version == null) {
            throw new RejectedException(Reason.VERSION_UNSUPPORTED);
        }
        long number = Members.integer(version);
        if (number != 1) {
            throw new RejectedException(number < 0 ? Reason.VERSION_BAD : Reason.VERSION_UNSUPPORTED);
        }
    }

    private static String cluster(ObjectNode root) throws RejectedException {
        JsonNode cluster = Members.of(root, "cluster");
        if (cluster == null) {
            return "";
        }
        if (!cluster.isTextual() || !Names.isCluster(cluster.textValue())) {
            throw new RejectedException(Reason.CLUSTER_BAD);
        }
        return cluster.textValue();
    }

    private static Envelope envelope(ObjectNode root, String cluster, JsonNode data) throws RejectedException {
        String type = Members.text(root.get("type"));
        if (type == null) {
            throw new RejectedException(Reason.ENVELOPE_TYPE);
        }
        String senderId = Members.text(root.get("senderId"));
        if (senderId == null || !Names.isNodeId(senderId)) {
            throw new RejectedException(Reason.ENVELOPE_SENDER_ID);
        }
        String messageId = Members.text(root.get("messageId"));
        if (messageId == null || !Names.isToken(messageId)) {
            throw new RejectedException(Reason.ENVELOPE_MESSAGE_ID);
        }
        long timestamp = Members.integer(root.get("timestamp"));
        if (timestamp < 0 || timestamp >= Limits.CLOCK_END) {
            throw new RejectedException(Reason.ENVELOPE_TIMESTAMP);
        }
        if (data == null || !data.isObject()) {
            throw new RejectedException(Reason.ENVELOPE_DATA);
        }
        return new Envelope(cluster, type, senderId, messageId, timestamp, self(data, senderId, timestamp));
    }

    private static NodeRecord self(JsonNode data, String senderId, long timestamp) throws RejectedException {
        JsonNode membership = data.get("membership");
        JsonNode own = membership != null && membership.isObject() ? membership.get(senderId) : null;
        if (own == null) {
            throw new RejectedException(Reason.ENVELOPE_SELF);
        }
        NodeRecord self;
        try {
            self = ItemReader.record(senderId, own);
        } catch (RejectedException e) {
            throw new RejectedException(Reason.ENVELOPE_SELF);
        }
        if (self.state() == MemberState.SUSPECT || self.lastSeen() != timestamp) {
            throw new RejectedException(Reason.ENVELOPE_SELF);
        }
        return self;
    }

    private Message body() throws RejectedException {
        MessageType type = MessageType.named(envelope.type());
        if (type == null) {
            throw new RejectedException(Reason.TYPE_UNKNOWN);
        }
        Message message = new Message(type, envelope.cluster(), envelope.senderId(), envelope.messageId(), envelope.timestamp());
        boolean entries = type == MessageType.SYNC && "ENTRIES".equals(Members.text(data.get("phase")));
        if (type == MessageType.GOSSIP) {
            readEntries(message, "");
        } else if (entries) {
            // its form comes first in the order of reasons, its entries only when the prefix is known
            section("localData", Reason.BODY_LOCAL_DATA);
        }
        readRecords(message);
        if (type == MessageType.GOSSIP || type == MessageType.PONG) {
            readHeartbeats(message);
        }
        switch (type) {
            case PING -> readPing(message);
            case PONG -> message.pingId(pingId());
            case MEMBERSHIP -> readPaging(message);
            case SYNC -> {
                message.sync(sync(entries));
                if (entries) {
                    readEntries(message, message.sync().prefix());
                }
            }
            default -> { }
        }
        return message;
    }

    private void readEntries(Message message, String prefix) throws RejectedException {
        for (Map.Entry<String, JsonNode> item : section("localData", Reason.BODY_LOCAL_DATA)) {
            try {
                Entry entry = ItemReader.entry(item.getKey(), item.getValue());
                if (!KeyPath.isBelow(item.getKey(), prefix)) {
                    throw new RejectedException(Reason.ENTRY_PREFIX);
                }
                message.entry(entry);
            } catch (RejectedException e) {
                skipped.add(new Skip(Section.LOCAL_DATA, item.getKey(), e.reason()));
            }
        }
    }

    private void readRecords(Message message) throws RejectedException {
        for (Map.Entry<String, JsonNode> item : section("membership", Reason.BODY_MEMBERSHIP)) {
            try {
                boolean own = item.getKey().equals(envelope.senderId());
                message.record(item.getKey(), own ? envelope.self() : ItemReader.record(item.getKey(), item.getValue()));
            } catch (RejectedException e) {
                skipped.add(new Skip(Section.MEMBERSHIP, item.getKey(), e.reason()));
            }
        }
    }

    private void readHeartbeats(Message message) throws RejectedException {
        for (Map.Entry<String, JsonNode> item : section("heartbeats", Reason.BODY_HEARTBEATS)) {
            long lastSeen = Members.integer(item.getValue());
            if (!Names.isNodeId(item.getKey())) {
                skipped.add(new Skip(Section.HEARTBEATS, item.getKey(), Reason.HEARTBEAT_ID));
            } else if (lastSeen < 0 || lastSeen >= Limits.CLOCK_END) {
                skipped.add(new Skip(Section.HEARTBEATS, item.getKey(), Reason.HEARTBEAT_VALUE));
            } else {
                message.heartbeat(item.getKey(), lastSeen);
            }
        }
    }

    private Iterable<Map.Entry<String, JsonNode>> section(String name, Reason reason) throws RejectedException {
        JsonNode section = Members.of(data, name);
        if (section == null) {
            return List.of();
        }
        if (!section.isObject()) {
            throw new RejectedException(reason);
        }
        return section.properties();
    }

    private String pingId() throws RejectedException {
        String pingId = Members.text(data.get("pingId"));
        if (pingId == null || !Names.isToken(pingId)) {
            throw new RejectedException(Reason.BODY_PING_ID);
        }
        return pingId;
    }

    private void readPing(Message message) throws RejectedException {
        message.pingId(pingId());
        JsonNode target = Members.of(data, "targetId");
        if (target != null) {
            if (!target.isTextual() || !Names.isNodeId(target.textValue())) {
                throw new RejectedException(Reason.BODY_TARGET_ID);
            }
            message.targetId(target.textValue());
        }
        message.full(flag("full", Reason.BODY_FULL));
    }

    private boolean flag(String name, Reason reason) throws RejectedException {
        JsonNode flag = Members.of(data, name);
        if (flag != null && !flag.isBoolean()) {
            throw new RejectedException(reason);
        }
        return flag != null && flag.booleanValue();
    }

    private void readPaging(Message message) throws RejectedException {
        JsonNode page = Members.of(data, "page");
        JsonNode pages = Members.of(data, "pages");
        if (page == null && pages == null) {
            return;
        }
        long number = Members.integer(page);
        long count = Members.integer(pages);
        if (number < 1 || number > count) {
            throw new RejectedException(Reason.BODY_PAGE);
        }
        message.paging(number, count);
    }

    private Message.SyncBody sync(boolean entries) throws RejectedException {
        if (!entries && !"DIGEST".equals(Members.text(data.get("phase")))) {
            throw new RejectedException(Reason.BODY_PHASE);
        }
        String prefix = Members.text(data.get("prefix"));
        if (prefix == null || !KeyPath.isPrefix(prefix)) {
            throw new RejectedException(Reason.BODY_PREFIX);
        }
        return entries
                ? new Message.SyncBody(prefix, null, flag("reply", Reason.BODY_REPLY))
                : new Message.SyncBody(prefix, children(prefix), false);
    }

    private SortedMap<String, String> children(String prefix) throws RejectedException {
        JsonNode node = data.get("children");
        boolean lawful = node != null && node.isObject() && (node.isEmpty() || prefix.length() < KeyPath.DIGITS);
        if (!lawful) {
            throw new RejectedException(Reason.BODY_CHILDREN);
        }
        SortedMap<String, String> children = new TreeMap<>();
        for (Map.Entry<String, JsonNode> child : node.properties()) {
            String digit = child.getKey();
            String digest = Members.text(child.getValue());
            boolean good = digit.length() == 1 && Names.isLowerHex(digit, 1)
                    && digest != null && digest.length() == DIGEST_DIGITS && Names.isLowerHex(digest, DIGEST_DIGITS);
            if (!good) {
                throw new RejectedException(Reason.BODY_CHILDREN);
            }
            children.put(digit, digest);
        }
        return children;
    }
}
