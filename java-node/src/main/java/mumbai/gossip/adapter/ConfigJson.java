package mumbai.gossip.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import mumbai.gossip.protocol.Config;
import mumbai.gossip.protocol.ConfigException;
import mumbai.gossip.protocol.Parameter;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Limits;

/** The member {@code config} of a request. */
final class ConfigJson {
    private final ObjectNode json;

    ConfigJson(ObjectNode json) {
        this.json = json;
    }

    /** The configuration of a machine. */
    Config machine() throws AdapterException {
        Config.Builder builder = Config.builder(nodeId(), host(), port()).cluster(cluster()).legacy(legacy()).metadata(metadata());
        builder.randomSeed(json.hasNonNull("randomSeed") ? number("randomSeed") : 0);
        seeds().forEach(builder::seed);
        parameters().forEach(builder::set);
        try {
            return builder.build();
        } catch (ConfigException e) {
            throw AdapterException.badRequest(e.getMessage());
        }
    }

    String nodeId() throws AdapterException {
        return text("nodeId");
    }

    String host() throws AdapterException {
        return text("host");
    }

    int port() throws AdapterException {
        long port = number("port");
        if (port > 65_535) {
            throw AdapterException.badRequest("config.port is no port");
        }
        return (int) port;
    }

    String cluster() throws AdapterException {
        return json.hasNonNull("cluster") ? text("cluster") : "";
    }

    /** The cluster that version 0 messages count as, or null where they are rejected. */
    String legacy() throws AdapterException {
        JsonNode legacy = json.get("legacy");
        if (legacy != null && !legacy.isNull() && !legacy.isBoolean()) {
            throw AdapterException.badRequest("config.legacy is no boolean");
        }
        if (legacy == null || !legacy.booleanValue()) {
            return null;
        }
        return json.hasNonNull("legacyCluster") ? text("legacyCluster") : "";
    }

    ObjectNode metadata() throws AdapterException {
        JsonNode metadata = json.get("metadata");
        if (metadata == null || metadata.isNull()) {
            return Answer.object();
        }
        if (metadata instanceof ObjectNode object) {
            return object;
        }
        throw AdapterException.badRequest("config.metadata is no object");
    }

    List<Address> seeds() throws AdapterException {
        List<Address> seeds = new ArrayList<>();
        if (!json.hasNonNull("seeds")) {
            return seeds;
        }
        for (JsonNode seed : json.get("seeds")) {
            Address address = seed.isTextual() ? Address.parse(seed.textValue()) : null;
            if (address == null) {
                throw AdapterException.badRequest("config.seeds holds " + seed + ", which is no address");
            }
            seeds.add(address);
        }
        return seeds;
    }

    Map<Parameter, Long> parameters() throws AdapterException {
        Map<Parameter, Long> parameters = new EnumMap<>(Parameter.class);
        for (Parameter parameter : Parameter.values()) {
            if (json.hasNonNull(parameter.code())) {
                parameters.put(parameter, number(parameter.code()));
            }
        }
        return parameters;
    }

    private String text(String name) throws AdapterException {
        JsonNode member = json.get(name);
        if (member == null || !member.isTextual()) {
            throw AdapterException.badRequest("config." + name + " is no string");
        }
        return member.textValue();
    }

    private long number(String name) throws AdapterException {
        JsonNode member = json.get(name);
        boolean good = member != null && member.isIntegralNumber() && member.canConvertToLong()
                && member.longValue() >= 0 && member.longValue() <= Limits.MAX_INTEGER;
        if (!good) {
            throw AdapterException.badRequest("config." + name + " is no integer from 0 to 2^53-1");
        }
        return member.longValue();
    }
}
