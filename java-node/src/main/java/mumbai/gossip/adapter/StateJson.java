package mumbai.gossip.adapter;

import com.fasterxml.jackson.databind.node.ObjectNode;
import mumbai.gossip.runtime.Snapshot;
import mumbai.gossip.wire.Content;
import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.NodeRecord;

/** The state of a machine as the adapter protocol shows it. */
final class StateJson {
    private StateJson() {
    }

    static ObjectNode of(Snapshot snapshot) {
        ObjectNode state = Answer.object();
        state.set("self", record(snapshot.self()));
        ObjectNode members = state.putObject("members");
        snapshot.members().forEach((id, seen) -> members.set(id, record(seen.record()).put("validated", seen.validated())));
        ObjectNode entries = state.putObject("entries");
        snapshot.entries().forEach((key, entry) -> entries.set(key, entry(entry)));
        ObjectNode remembered = state.putObject("remembered");
        snapshot.remembered().forEach((id, ghost) -> remembered.putObject(id)
                .put("lastSeen", ghost.lastSeen()).put("host", ghost.host()).put("port", ghost.address().port()));
        ObjectNode counters = state.putObject("counters");
        snapshot.counters().forEach(counters::put);
        return state.put("history", snapshot.history());
    }

    static ObjectNode entry(Entry entry) {
        ObjectNode json = Answer.object().put("deleted", entry.deleted()).put("sourceNode", entry.sourceNode());
        json.put("timestamp", entry.timestamp()).put("version", entry.version()).set("value", entry.value());
        return json;
    }

    private static ObjectNode record(NodeRecord record) {
        Content content = record.content();
        ObjectNode json = Answer.object().put("host", content.host()).put("port", content.port());
        json.put("state", record.state().name()).put("lastSeen", record.lastSeen()).put("updated", record.updated());
        json.set("metadata", content.metadata());
        if (content.versions() != null) {
            json.putObject("versions").put("min", content.versions().min()).put("max", content.versions().max());
        }
        return json;
    }
}
