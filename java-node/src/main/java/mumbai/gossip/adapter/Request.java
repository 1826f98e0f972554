package mumbai.gossip.adapter;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import mumbai.gossip.protocol.Now;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Limits;

/** One request of the adapter protocol, with its members read strictly. */
final class Request {
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(64_000_000).maxNumberLength(100_000).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final ObjectNode json;

    private Request(ObjectNode json) {
        this.json = json;
    }

    static Request parse(byte[] utf8) throws AdapterException {
        JsonNode node;
        try {
            node = MAPPER.readTree(new String(utf8, StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw AdapterException.badRequest("the request is no JSON: " + e.getOriginalMessage());
        }
        if (!(node instanceof ObjectNode object)) {
            throw AdapterException.badRequest("the request is no JSON object");
        }
        return new Request(object);
    }

    /** The id to answer with; null where the request has none. */
    JsonNode id() {
        JsonNode id = json.get("id");
        return id == null ? NullNode.instance : id;
    }

    boolean has(String name) {
        return json.hasNonNull(name);
    }

    JsonNode any(String name) throws AdapterException {
        JsonNode member = json.get(name);
        if (member == null) {
            throw AdapterException.badRequest(name + " is missing");
        }
        return member;
    }

    ObjectNode object(String name) throws AdapterException {
        if (any(name) instanceof ObjectNode object) {
            return object;
        }
        throw AdapterException.badRequest(name + " is no object");
    }

    String text(String name) throws AdapterException {
        JsonNode member = any(name);
        if (!member.isTextual()) {
            throw AdapterException.badRequest(name + " is no string");
        }
        return member.textValue();
    }

    /** The boolean of that name, false where it is absent or null. */
    boolean flag(String name) throws AdapterException {
        JsonNode member = json.get(name);
        if (member != null && !member.isNull() && !member.isBoolean()) {
            throw AdapterException.badRequest(name + " is no boolean");
        }
        return member != null && member.booleanValue();
    }

    byte[] hex(String name) throws AdapterException {
        try {
            return HexFormat.of().parseHex(text(name));
        } catch (IllegalArgumentException e) {
            throw AdapterException.badRequest(name + " is not hexadecimal");
        }
    }

    Address address(String name) throws AdapterException {
        Address address = Address.parse(text(name));
        if (address == null) {
            throw AdapterException.badRequest(name + " is no address such as 127.0.0.1:9100");
        }
        return address;
    }

    Now now() throws AdapterException {
        ObjectNode now = object("now");
        return new Now(time(now, "wall"), time(now, "mono"));
    }

    private static long time(ObjectNode now, String name) throws AdapterException {
        JsonNode member = now.get(name);
        if (member == null || !member.isIntegralNumber() || Math.abs(member.asDouble()) > Limits.MAX_INTEGER) {
            throw AdapterException.badRequest("now." + name + " is no time in milliseconds");
        }
        return member.longValue();
    }
}
