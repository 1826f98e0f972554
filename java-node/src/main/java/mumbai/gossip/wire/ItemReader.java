package mumbai.gossip.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Entries and records from their JSON (chapter 5), each with the first rule that it breaks as the reason. */
final class ItemReader {
    private static final ObjectNode NO_METADATA = JsonNodeFactory.instance.objectNode();

    private ItemReader() {
    }

    static Entry entry(String key, JsonNode node) throws RejectedException {
        Entry.checkKey(key);
        long timestamp = Members.integer(node.get("timestamp"));
        String version = Members.text(node.get("version"));
        String sourceNode = Members.text(node.get("sourceNode"));
        JsonNode deleted = Members.of(node, "deleted");
        boolean shaped = node.isObject() && timestamp >= 0 && version != null && sourceNode != null
                && (deleted == null || deleted.isBoolean());
        if (!shaped) {
            throw new RejectedException(Reason.ENTRY_SHAPE);
        }
        JsonNode value = node.get("value");
        return Entry.of(key, value == null ? NullNode.instance : value, timestamp, version, sourceNode,
                deleted != null && deleted.booleanValue());
    }

    static NodeRecord record(String id, JsonNode node) throws RejectedException {
        if (!Names.isNodeId(id)) {
            throw new RejectedException(Reason.RECORD_ID);
        }
        String host = Members.text(node.get("host"));
        long port = Members.integer(node.get("port"));
        String stateName = Members.text(node.get("state"));
        MemberState state = stateName == null ? null : MemberState.named(stateName);
        long lastSeen = Members.integer(node.get("lastSeen"));
        long updated = Members.integer(node.get("updated"));
        JsonNode metadata = Members.of(node, "metadata");
        JsonNode versions = Members.of(node, "versions");
        boolean shaped = node.isObject() && host != null && port >= 1 && port <= 65_535 && state != null
                && lastSeen >= 0 && updated >= 0 && (metadata == null || metadata.isObject())
                && (versions == null || isVersions(versions));
        if (!shaped) {
            throw new RejectedException(Reason.RECORD_SHAPE);
        }
        Content.Versions spoken = versions == null ? null
                : new Content.Versions(versions.get("min").longValue(), versions.get("max").longValue());
        return NodeRecord.of(id, host, (int) port, state, lastSeen, updated,
                metadata == null ? NO_METADATA : (ObjectNode) metadata, spoken);
    }

    private static boolean isVersions(JsonNode node) {
        long min = Members.integer(node.get("min"));
        long max = Members.integer(node.get("max"));
        return node.isObject() && min >= 1 && min <= max;
    }
}
