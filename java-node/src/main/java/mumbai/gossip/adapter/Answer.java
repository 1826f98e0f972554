package mumbai.gossip.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import mumbai.gossip.wire.CanonicalJson;
import mumbai.gossip.wire.RefusedException;

/** Answers of the adapter protocol. */
final class Answer {
    private Answer() {
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ObjectNode refused(RefusedException refusal) {
        return object().put("refused", refusal.reason());
    }

    /** {@code {"id":…,"ok":…}} around an answer that is JSON text already. */
    static byte[] ok(JsonNode id, byte[] ok) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(ok.length + 32);
        out.writeBytes("{\"id\":".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(CanonicalJson.bytes(id));
        out.writeBytes(",\"ok\":".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(ok);
        out.write('}');
        return out.toByteArray();
    }

    static byte[] error(JsonNode id, String code, String message) {
        ObjectNode answer = object();
        answer.set("id", id);
        answer.putObject("error").put("code", code).put("message", message == null ? code : message);
        return CanonicalJson.bytes(answer);
    }
}
