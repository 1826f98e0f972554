package mumbai.gossip.adapter;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import mumbai.gossip.MumbaiGossipProtocol;
import mumbai.gossip.MumbaiGossipProtocol.GossipConfig;
import mumbai.gossip.MumbaiGossipProtocol.RefusedWriteException;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.IpLiteral;

/** The capability {@code live}: real nodes on loopback, through the same class that programs use. */
final class LiveOps {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final TypeReference<Map<String, Object>> JSON_OBJECT = new TypeReference<>() { };
    /** What a delete of an unknown key is refused with. */
    private static final String UNKNOWN = "entry.unknown";

    private final Map<String, MumbaiGossipProtocol> nodes = new ConcurrentHashMap<>();

    /** The answer, or null when this is no operation of {@code live}. */
    ObjectNode handle(String op, Request request) throws AdapterException {
        return switch (op) {
            case "live.start" -> start(request);
            case "live.set" -> set(request);
            case "live.delete" -> delete(request);
            case "live.get" -> get(request);
            case "live.status" -> StateJson.of(node(request).snapshot());
            case "live.stop" -> end(request, true);
            case "live.kill" -> end(request, false);
            default -> null;
        };
    }

    private ObjectNode start(Request request) throws AdapterException {
        String handle = request.text("node");
        if (nodes.containsKey(handle)) {
            throw AdapterException.badRequest("node " + handle + " exists already");
        }
        ConfigJson json = new ConfigJson(request.object("config"));
        GossipConfig.Builder config = GossipConfig.builder().cluster(json.cluster()).legacy(json.legacy());
        config.metadata(MAPPER.convertValue(json.metadata(), JSON_OBJECT));
        json.parameters().forEach(config::set);
        json.seeds().forEach(seed -> config.seed(seed.host(), seed.port()));
        if (request.has("advertise")) {
            Address advertised = request.address("advertise");
            config.advertise(advertised.host(), advertised.port());
        }
        MumbaiGossipProtocol node;
        try {
            node = new MumbaiGossipProtocol(json.nodeId(), json.host(), json.port(), config.build());
            node.start();
        } catch (IOException | IllegalArgumentException e) {
            throw new AdapterException("start-failed", String.valueOf(e.getMessage()));
        }
        if (nodes.putIfAbsent(handle, node) != null) {
            node.kill();
            throw AdapterException.badRequest("node " + handle + " exists already");
        }
        InetSocketAddress local = node.getLocalAddress();
        Address address = new Address(IpLiteral.format(local.getAddress().getAddress()), local.getPort());
        return Answer.object().put("address", address.toString());
    }

    private ObjectNode set(Request request) throws AdapterException {
        MumbaiGossipProtocol node = node(request);
        try {
            node.setLocalData(request.text("key"), request.any("value"));
        } catch (RefusedWriteException e) {
            return Answer.object().put("refused", e.reason());
        }
        return Answer.object();
    }

    private ObjectNode delete(Request request) throws AdapterException {
        boolean deleted = node(request).deleteLocalData(request.text("key"));
        return deleted ? Answer.object() : Answer.object().put("refused", UNKNOWN);
    }

    private ObjectNode get(Request request) throws AdapterException {
        MumbaiGossipProtocol.DataEntry entry = node(request).getClusterEntry(request.text("key"));
        ObjectNode answer = Answer.object().put("found", entry != null);
        if (entry != null) {
            answer.set("value", MAPPER.valueToTree(entry.value));
        }
        return answer;
    }

    private ObjectNode end(Request request, boolean leave) throws AdapterException {
        MumbaiGossipProtocol node = node(request);
        if (leave) {
            node.stop();
        } else {
            node.kill();
        }
        nodes.remove(request.text("node"), node);
        return Answer.object();
    }

    private MumbaiGossipProtocol node(Request request) throws AdapterException {
        String handle = request.text("node");
        MumbaiGossipProtocol node = nodes.get(handle);
        if (node == null) {
            throw new AdapterException("unknown-node", "no node " + handle);
        }
        return node;
    }

    /** Ends what the other side left running. */
    void endAll() {
        nodes.values().forEach(MumbaiGossipProtocol::kill);
        nodes.clear();
    }
}
