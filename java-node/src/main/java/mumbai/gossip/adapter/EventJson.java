package mumbai.gossip.adapter;

import com.fasterxml.jackson.databind.node.ObjectNode;
import mumbai.gossip.protocol.Event;
import mumbai.gossip.wire.MemberState;

/** Events as the adapter protocol shows them. */
final class EventJson {
    private EventJson() {
    }

    static ObjectNode of(Event event) {
        ObjectNode json = Answer.object();
        if (event instanceof Event.MemberChanged changed) {
            json.put("event", "member").put("id", changed.id()).put("from", name(changed.from())).put("to", name(changed.to()));
        } else if (event instanceof Event.Restarted restarted) {
            json.put("event", "restarted").put("id", restarted.id());
        } else if (event instanceof Event.EntryChanged changed) {
            json.put("event", "entry").put("key", changed.key()).put("deleted", changed.deleted());
        } else if (event instanceof Event.IdConflict conflict) {
            json.put("event", "idConflict").put("host", conflict.host()).put("port", conflict.port());
        } else if (event instanceof Event.ClockSkew skew) {
            json.put("event", "clockSkew").put("timestamp", skew.timestamp());
        } else if (event instanceof Event.Fatal fatal) {
            json.put("event", "fatal").put("reason", fatal.reason());
        }
        return json;
    }

    private static String name(MemberState state) {
        return state == null ? null : state.name();
    }
}
