package mumbai.gossip;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import mumbai.gossip.protocol.Config;
import mumbai.gossip.protocol.Event;
import mumbai.gossip.protocol.Machine;
import mumbai.gossip.protocol.Now;
import mumbai.gossip.protocol.Parameter;
import mumbai.gossip.runtime.Hosts;
import mumbai.gossip.runtime.Snapshot;
import mumbai.gossip.runtime.Traffic;
import mumbai.gossip.runtime.UdpNode;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.CanonicalJson;
import mumbai.gossip.wire.Encoder;
import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.JsonText;
import mumbai.gossip.wire.Limits;
import mumbai.gossip.wire.MessageWriter;
import mumbai.gossip.wire.RefusedException;
import mumbai.gossip.wire.RejectedException;

/**
 * A node of the Mumbai Gossip Protocol: it finds the other nodes through seed addresses, knows who is alive, and shares
 * keys and values with them. All methods may be called from any thread.
 *
 * <pre>{@code
 * try (MumbaiGossipProtocol node = new MumbaiGossipProtocol("mumbai_bkc", "127.0.0.1", 9100)) {
 *     node.addNode("mumbai_worli", "127.0.0.1", 9104);
 *     node.start();
 *     node.setLocalData("service_status", "operational");
 * }
 * }</pre>
 */
public class MumbaiGossipProtocol implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(MumbaiGossipProtocol.class.getName());
    private static final ObjectMapper MAPPER = JsonMapper.builder().build();
    private static final TypeReference<Map<String, Object>> JSON_OBJECT = new TypeReference<>() { };

    private final String nodeId;
    private final String host;
    private final int port;
    private final GossipConfig config;
    private final Traffic traffic = new Traffic();
    private final List<Consumer<Event>> subscribers = new CopyOnWriteArrayList<>();
    private final Object lock = new Object();
    private final Set<Address> addedSeeds = new LinkedHashSet<>();
    private final Map<String, JsonNode> waitingWrites = new LinkedHashMap<>();
    private volatile UdpNode running;
    private volatile Snapshot last;

    /** A node with the default configuration. Nothing is opened before {@link #start()}. */
    public MumbaiGossipProtocol(String nodeId, String host, int port) {
        this(nodeId, host, port, new GossipConfig());
    }

    /**
     * A node.
     *
     * @param nodeId 1 to 64 characters of {@code A-Z a-z 0-9 . _ : -}, its own in the cluster
     * @param host where to listen: an IP address or a name of this host
     * @param port 1 to 65535, or 0 for any free port
     * @throws IllegalArgumentException when one of these is not as described
     */
    public MumbaiGossipProtocol(String nodeId, String host, int port, GossipConfig config) {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port must be 0 to 65535, not " + port);
        }
        this.nodeId = nodeId;
        this.host = host;
        this.port = port;
        this.config = config;
        Config.builder(nodeId, host, port).cluster(config.cluster).legacy(config.legacyCluster).build();
    }

    /**
     * Starts the node: listens, and asks its seeds for the cluster. Does nothing where it runs already. A node that was
     * stopped starts again with what it knew.
     *
     * @throws IOException when the port is taken or a host name is unknown
     * @throws IllegalArgumentException when others could not reach or would not believe this node
     */
    public void start() throws IOException {
        synchronized (lock) {
            if (running != null) {
                LOGGER.log(System.Logger.Level.WARNING, nodeId + " is running already");
                return;
            }
            Address bind = Hosts.resolve(host, port);
            Config.Builder common = commonConfig(bind);
            running = new UdpNode(bind, free -> machineConfig(common, bind, free), traffic, this::publish, this::prepare);
            waitingWrites.clear();
            LOGGER.log(System.Logger.Level.INFO, nodeId + " listens on " + running.localAddress());
        }
    }

    /** Leaves the cluster and stops (MGP1-LIV-015); the port is free afterwards. Does nothing where it is stopped. */
    public void stop() {
        end(true);
    }

    /** Stops without a word, as a crash would: the others find out by themselves. */
    public void kill() {
        end(false);
    }

    /** The same as {@link #stop()}. */
    @Override
    public void close() {
        stop();
    }

    /** Whether the node is started. */
    public boolean isRunning() {
        return running != null;
    }

    /** The address that the node listens on. */
    public InetSocketAddress getLocalAddress() {
        UdpNode node = running;
        Address address = node == null ? new Address(host, port) : node.localAddress();
        return new InetSocketAddress(address.host(), address.port());
    }

    /**
     * Adds an address to find the cluster through. The node becomes a member when it answers, under the id that it
     * announces itself (MGP1-LIV-028); {@code expectedId} is only logged.
     *
     * @throws IllegalArgumentException when the host is unknown or the port is not 1 to 65535
     */
    public void addNode(String expectedId, String seedHost, int seedPort) {
        if (seedPort < 1 || seedPort > 65_535) {
            throw new IllegalArgumentException("port must be 1 to 65535, not " + seedPort);
        }
        Address seed;
        try {
            seed = Hosts.resolve(seedHost, seedPort);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("unknown host " + seedHost, e);
        }
        LOGGER.log(System.Logger.Level.DEBUG, () -> nodeId + " looks for " + expectedId + " at " + seed);
        synchronized (lock) {
            addedSeeds.add(seed);
            if (running != null) {
                running.call((machine, now) -> {
                    machine.addSeed(now, seed);
                    return null;
                });
            }
        }
    }

    /**
     * Writes a key for the whole cluster. A node that is not started writes it when it starts.
     *
     * @param key 1 to 256 bytes of UTF-8
     * @param value anything that Jackson makes JSON of; key and value together at most about 600 bytes
     * @throws IllegalArgumentException when others would not take the entry; nothing has changed then
     */
    public void setLocalData(String key, Object value) {
        JsonNode json = MAPPER.valueToTree(value);
        synchronized (lock) {
            if (running != null) {
                running.call((machine, now) -> {
                    write(() -> machine.set(now, key, json), key);
                    return null;
                });
            } else {
                write(() -> Machine.checkWrite(nodeId, key, json), key);
                waitingWrites.put(key, json);
            }
        }
    }

    /**
     * Deletes a key for the whole cluster.
     *
     * @return whether there was such a key
     */
    public boolean deleteLocalData(String key) {
        synchronized (lock) {
            if (running == null) {
                return waitingWrites.remove(key) != null;
            }
            return running.call((machine, now) -> {
                try {
                    machine.delete(now, key);
                    return true;
                } catch (RefusedException e) {
                    return false;
                }
            });
        }
    }

    /** The value of a key as plain Java (maps, lists, strings, numbers, booleans), or null where there is none. */
    public Object getClusterData(String key) {
        DataEntry entry = getClusterEntry(key);
        return entry == null ? null : entry.value;
    }

    /** The entry of a key, or null where there is none. */
    public DataEntry getClusterEntry(String key) {
        UdpNode node = running;
        if (node != null) {
            try {
                Entry entry = node.call((machine, now) -> machine.get(key));
                return entry == null ? null : new DataEntry(entry);
            } catch (IllegalStateException e) {
                LOGGER.log(System.Logger.Level.DEBUG, "read while stopping");
            }
        }
        synchronized (lock) {
            JsonNode waiting = waitingWrites.get(key);
            if (waiting != null) {
                return new DataEntry(plain(waiting), nodeId);
            }
        }
        Entry held = last == null ? null : last.entries().get(key);
        return held == null || held.deleted() ? null : new DataEntry(held);
    }

    /** The other members that the node knows, by id. */
    public Map<String, MumbaiNode> getMembers() {
        Map<String, MumbaiNode> members = new TreeMap<>();
        Snapshot snapshot = snapshot();
        if (snapshot != null) {
            snapshot.members().forEach((id, seen) -> members.put(id, new MumbaiNode(id, seen)));
        }
        return members;
    }

    /**
     * Calls a subscriber for every event, on one thread that is not the caller's; it may be slow, but then it may miss
     * events.
     *
     * @return what ends the subscription when closed
     */
    public Subscription subscribe(Consumer<Event> subscriber) {
        subscribers.add(subscriber);
        return () -> subscribers.remove(subscriber);
    }

    /** Ends a subscription. */
    @FunctionalInterface
    public interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /** What the node holds now, or held when it stopped; null where it never ran. */
    public Snapshot snapshot() {
        UdpNode node = running;
        if (node != null) {
            try {
                return node.call(Snapshot::of);
            } catch (IllegalStateException e) {
                LOGGER.log(System.Logger.Level.DEBUG, "asked while stopping");
            }
        }
        return last;
    }

    /**
     * The state of the node for people and dashboards: {@code localNode}, {@code clusterNodes} with address, state,
     * lastSeen and lastSeenAgo, {@code localData} as {@link DataEntry}, and {@code statistics}.
     */
    public Map<String, Object> getClusterStatus() {
        Snapshot snapshot = snapshot();
        Map<String, Object> local = new LinkedHashMap<>();
        InetSocketAddress address = getLocalAddress();
        local.put("nodeId", nodeId);
        local.put("address", address.getHostString() + ":" + address.getPort());
        local.put("state", isRunning() ? "ALIVE" : "DEAD");
        Map<String, Object> nodes = new TreeMap<>();
        Map<String, DataEntry> data = new TreeMap<>();
        if (snapshot != null) {
            snapshot.members().forEach((id, seen) -> nodes.put(id, describe(seen)));
            snapshot.entries().forEach((key, entry) -> {
                if (!entry.deleted()) {
                    data.put(key, new DataEntry(entry));
                }
            });
        }
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("localNode", local);
        status.put("clusterNodes", nodes);
        status.put("localData", data);
        status.put("statistics", statistics(snapshot));
        return status;
    }

    private static Map<String, Object> describe(Snapshot.Seen seen) {
        Map<String, Object> node = new LinkedHashMap<>();
        node.put("address", seen.record().content().address().toString());
        node.put("state", seen.record().state().name());
        node.put("lastSeen", seen.record().lastSeen());
        node.put("lastSeenAgo", seen.age());
        return node;
    }

    private Map<String, Object> statistics(Snapshot snapshot) {
        Map<String, Object> statistics = new LinkedHashMap<>();
        statistics.put("messagesSent", traffic.sent());
        statistics.put("messagesReceived", traffic.received());
        statistics.put("bytesTransferred", traffic.bytes());
        statistics.put("sendErrors", traffic.sendErrors());
        statistics.put("receiveErrors", traffic.receiveErrors());
        statistics.put("rejected", snapshot == null ? Map.of() : snapshot.counters());
        return statistics;
    }

    private Config.Builder commonConfig(Address bind) throws UnknownHostException {
        Address advertised = config.advertiseHost == null
                ? bind : Hosts.resolve(config.advertiseHost, config.advertisePort);
        Config.Builder builder = Config.builder(nodeId, advertised.host(), advertised.port()).cluster(config.cluster);
        for (InetSocketAddress seed : config.seeds) {
            builder.seed(Hosts.resolve(seed.getHostString(), seed.getPort()));
        }
        addedSeeds.forEach(builder::seed);
        return builder;
    }

    private Config machineConfig(Config.Builder common, Address bind, int boundPort) {
        Config.Builder builder = common;
        if (config.advertiseHost == null && bind.port() == 0) {
            builder = Config.builder(nodeId, bind.host(), boundPort).cluster(config.cluster);
            common.seeds().forEach(builder::seed);
        }
        config.parameters.forEach(builder::set);
        return builder.legacy(config.legacyCluster).metadata(config.metadata).randomSeed(new SecureRandom().nextLong()).build();
    }

    private void prepare(Machine machine, Now now) {
        if (last != null) {
            Collection<Entry> held = last.entries().values();
            machine.restore(now, held);
        }
        waitingWrites.forEach((key, value) -> write(() -> machine.set(now, key, value), key));
    }

    private void end(boolean leave) {
        synchronized (lock) {
            if (running == null) {
                return;
            }
            last = running.stop(leave);
            running = null;
            LOGGER.log(System.Logger.Level.INFO, nodeId + " stopped");
        }
    }

    private void publish(Event event) {
        subscribers.forEach(subscriber -> subscriber.accept(event));
    }

    @FunctionalInterface
    private interface Write {
        void run() throws RefusedException;
    }

    private static void write(Write write, String key) {
        try {
            write.run();
        } catch (RefusedException e) {
            throw new RefusedWriteException(e.reason(), key);
        }
    }

    /** Read back from the canonical text, so that a value looks alike on every node, its writer included. */
    private static Object plain(JsonNode value) {
        try {
            return MAPPER.readValue(CanonicalJson.bytes(value), Object.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A write that others would not take. */
    public static final class RefusedWriteException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        private final String reason;

        RefusedWriteException(String reason, String key) {
            super("the entry " + key + " was refused: " + reason);
            this.reason = reason;
        }

        /** The reason code of chapter 12, such as {@code entry.size}. */
        public String reason() {
            return reason;
        }
    }

    /** How a node behaves: the parameters of chapter 11, its cluster, and what it says of itself. Immutable. */
    public static class GossipConfig {
        public final long gossipIntervalMs;
        public final long failureTimeoutMs;
        public final long suspectTimeoutMs;
        public final int fanout;
        public final int maxMessageHistory;
        public final int maxPacketSize;
        private final Map<Parameter, Long> parameters;
        private final String cluster;
        private final String legacyCluster;
        private final ObjectNode metadata;
        private final Set<InetSocketAddress> seeds;
        private final String advertiseHost;
        private final int advertisePort;

        /** The defaults of chapter 11. */
        public GossipConfig() {
            this(new Builder());
        }

        private GossipConfig(Builder builder) {
            parameters = Collections.unmodifiableMap(new EnumMap<>(builder.parameters));
            gossipIntervalMs = get(Parameter.GOSSIP_INTERVAL);
            failureTimeoutMs = get(Parameter.FAILURE_TIMEOUT);
            suspectTimeoutMs = get(Parameter.SUSPECT_TIMEOUT);
            fanout = (int) get(Parameter.FANOUT);
            maxMessageHistory = (int) get(Parameter.MAX_MESSAGE_HISTORY);
            maxPacketSize = (int) get(Parameter.MAX_PACKET_SIZE);
            cluster = builder.cluster;
            legacyCluster = builder.legacyCluster;
            metadata = builder.metadata.deepCopy();
            seeds = new LinkedHashSet<>(builder.seeds);
            advertiseHost = builder.advertiseHost;
            advertisePort = builder.advertisePort;
        }

        /** Collects a configuration. */
        public static Builder builder() {
            return new Builder();
        }

        /** The value of a parameter; times in milliseconds. */
        public final long get(Parameter parameter) {
            return parameters.get(parameter);
        }

        /** Collects a configuration. Not thread-safe. */
        public static final class Builder {
            private final Map<Parameter, Long> parameters = new EnumMap<>(Parameter.class);
            private final Set<InetSocketAddress> seeds = new LinkedHashSet<>();
            private String cluster = "";
            private String legacyCluster;
            private ObjectNode metadata = MAPPER.createObjectNode();
            private String advertiseHost;
            private int advertisePort;

            private Builder() {
                for (Parameter parameter : Parameter.values()) {
                    parameters.put(parameter, parameter.defaultValue());
                }
            }

            /** Sets a parameter of chapter 11; times in milliseconds. */
            public Builder set(Parameter parameter, long value) {
                parameters.put(parameter, value);
                return this;
            }

            /** Sets the cluster: 0 to 32 characters of the id alphabet. */
            public Builder cluster(String name) {
                cluster = name;
                return this;
            }

            /**
             * Receives the two published dialects of version 0 too (chapter 10), which is not so by default.
             *
             * @param name the cluster that their messages count as: the empty name as a rule; null rejects them
             */
            public Builder legacy(String name) {
                legacyCluster = name;
                return this;
            }

            /** Sets what the node says of itself; the whole record is at most 360 bytes. */
            public Builder metadata(Map<String, ?> members) {
                metadata = MAPPER.valueToTree(members);
                return this;
            }

            /** Adds an address to find the cluster through. */
            public Builder seed(String host, int port) {
                seeds.add(InetSocketAddress.createUnresolved(host, port));
                return this;
            }

            /** Sets the address that others are told, where it differs from the one listened on. */
            public Builder advertise(String host, int port) {
                advertiseHost = host;
                advertisePort = port;
                return this;
            }

            /**
             * The configuration.
             *
             * @throws IllegalArgumentException when a value is out of its range
             */
            public GossipConfig build() {
                Config.checkParameters(parameters);
                return new GossipConfig(this);
            }
        }
    }

    /** A member as the node saw it at one moment. */
    public static class MumbaiNode {
        public final String nodeId;
        public final String host;
        public final int port;
        /** The member's own membership clock in its newest message known; no clock of this host. */
        public final long lastSeen;
        public final NodeState state;
        public final Map<String, Object> metadata;

        /** What may be believed of a member. */
        public enum NodeState {
            ALIVE, SUSPECT, DEAD
        }

        MumbaiNode(String nodeId, Snapshot.Seen seen) {
            this.nodeId = nodeId;
            this.host = seen.record().content().host();
            this.port = seen.record().content().port();
            this.lastSeen = seen.record().lastSeen();
            this.state = NodeState.valueOf(seen.record().state().name());
            this.metadata = MAPPER.convertValue(seen.record().content().metadata(), JSON_OBJECT);
        }

        /** Where the member listens. */
        public InetSocketAddress getAddress() {
            return new InetSocketAddress(host, port);
        }

        /** Whether the member is held ALIVE. */
        public boolean isAlive() {
            return state == NodeState.ALIVE;
        }
    }

    /** One entry of the shared store as the node held it at one moment. */
    public static class DataEntry {
        public final Object value;
        /** The writer's wall clock at the write, milliseconds. */
        public final long timestamp;
        public final String version;
        public final String sourceNode;

        DataEntry(Entry entry) {
            this.value = plain(entry.value());
            this.timestamp = entry.timestamp();
            this.version = entry.version();
            this.sourceNode = entry.sourceNode();
        }

        /** An entry that waits for the node to start: it has no stamp yet. */
        DataEntry(Object value, String sourceNode) {
            this.value = value;
            this.timestamp = 0;
            this.version = "";
            this.sourceNode = sourceNode;
        }
    }

    /** A message of the protocol, for tools that look at datagrams. */
    public static class GossipMessage {
        public final MessageType type;
        public final String senderId;
        public final Map<String, Object> data;
        /** The sender's membership clock, milliseconds. */
        public final long timestamp;
        public final String messageId;
        private final JsonNode meaning;

        /** The types of message. */
        public enum MessageType {
            GOSSIP, PING, PONG, SYNC, MEMBERSHIP
        }

        private GossipMessage(JsonNode meaning) {
            this.meaning = meaning;
            this.type = MessageType.valueOf(meaning.get("type").textValue());
            this.senderId = meaning.get("senderId").textValue();
            this.data = MAPPER.convertValue(meaning.get("data"), JSON_OBJECT);
            this.timestamp = meaning.get("timestamp").longValue();
            this.messageId = meaning.get("messageId").textValue();
        }

        /**
         * The meaning of a datagram (chapter 12).
         *
         * @throws IOException when the datagram is no message; the text is the reason code
         */
        public static GossipMessage fromDatagram(byte[] datagram) throws IOException {
            try {
                JsonNode answer = JsonText.value(MessageWriter.answer(datagram), Limits.MAX_DEPTH + 1);
                if (answer.has("reason")) {
                    throw new IOException(answer.get("reason").textValue());
                }
                return new GossipMessage(answer.get("message"));
            } catch (RejectedException e) {
                throw new IOException(e.reason().code(), e);
            }
        }

        /**
         * The message as one datagram of at most 1,400 bytes.
         *
         * @throws IOException when it does not fit
         */
        public byte[] toDatagram() throws IOException {
            try {
                return Encoder.encode(meaning);
            } catch (RefusedException e) {
                throw new IOException(e.reason(), e);
            }
        }
    }

    /** Five offices on loopback: they find each other, share their data, and notice when one fails. */
    public static void mumbaiEnterpriseDemo() throws IOException, InterruptedException {
        new MumbaiEnterpriseDemo(System.out).run();
    }

    /** Runs the demonstration. */
    public static void main(String[] args) throws IOException, InterruptedException {
        mumbaiEnterpriseDemo();
    }
}
