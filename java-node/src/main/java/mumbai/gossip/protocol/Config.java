package mumbai.gossip.protocol;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Names;

/** What a node is told at its creation: who it is, whom it asks first, and the parameters of chapter 11. Immutable. */
public final class Config {
    private final String nodeId;
    private final String host;
    private final int port;
    private final String cluster;
    private final ObjectNode metadata;
    private final List<Address> seeds;
    private final String legacyCluster;
    private final long randomSeed;
    private final Map<Parameter, Long> parameters;

    private Config(Builder builder) {
        this.nodeId = builder.nodeId;
        this.host = builder.host;
        this.port = builder.port;
        this.cluster = builder.cluster;
        this.metadata = builder.metadata.deepCopy();
        this.seeds = new ArrayList<>(builder.seeds);
        this.legacyCluster = builder.legacyCluster;
        this.randomSeed = builder.randomSeed;
        this.parameters = new EnumMap<>(builder.parameters);
    }

    /** A configuration of a node at an address that others can reach, with all defaults. */
    public static Builder builder(String nodeId, String host, int port) {
        return new Builder(nodeId, host, port);
    }

    /** Collects a configuration. Not thread-safe. */
    public static final class Builder {
        private final String nodeId;
        private final String host;
        private final int port;
        private String cluster = "";
        private ObjectNode metadata = JsonNodeFactory.instance.objectNode();
        private final Set<Address> seeds = new LinkedHashSet<>();
        private String legacyCluster;
        private long randomSeed;
        private final Map<Parameter, Long> parameters = new EnumMap<>(Parameter.class);

        private Builder(String nodeId, String host, int port) {
            this.nodeId = nodeId;
            this.host = host;
            this.port = port;
            for (Parameter parameter : Parameter.values()) {
                parameters.put(parameter, parameter.defaultValue());
            }
        }

        /** Sets the name of the cluster: 0 to 32 characters of the id alphabet. */
        public Builder cluster(String name) {
            this.cluster = name;
            return this;
        }

        /**
         * Receives the two published dialects of version 0 (chapter 10), which is not so by default.
         *
         * @param name the cluster that their messages count as (MGP1-LEG-003): the empty name as a rule; null rejects them
         */
        public Builder legacy(String name) {
            this.legacyCluster = name;
            return this;
        }

        /** Sets what the node says of itself. */
        public Builder metadata(ObjectNode object) {
            this.metadata = object;
            return this;
        }

        /** Adds an address to ask for the cluster. */
        public Builder seed(Address address) {
            seeds.add(address);
            return this;
        }

        /** The addresses added so far. */
        public List<Address> seeds() {
            return List.copyOf(seeds);
        }

        /** Sets the seed of the machine's random generator. */
        public Builder randomSeed(long seed) {
            this.randomSeed = seed;
            return this;
        }

        /** Sets a parameter of chapter 11. */
        public Builder set(Parameter parameter, long value) {
            parameters.put(parameter, value);
            return this;
        }

        /**
         * The configuration.
         *
         * @throws ConfigException when a value is out of its range
         */
        public Config build() {
            if (!Names.isNodeId(nodeId)) {
                throw new ConfigException("node id must be 1 to 64 characters of A-Z a-z 0-9 . _ : -");
            }
            if (!Names.isCluster(cluster)) {
                throw new ConfigException("cluster must be 0 to 32 characters of A-Z a-z 0-9 . _ : -");
            }
            if (legacyCluster != null && !Names.isCluster(legacyCluster)) {
                throw new ConfigException("legacy cluster must be 0 to 32 characters of A-Z a-z 0-9 . _ : -");
            }
            checkParameters(parameters);
            return new Config(this);
        }
    }

    /**
     * Checks the ranges of chapter 11.
     *
     * @throws ConfigException when a value is out of its range
     */
    public static void checkParameters(Map<Parameter, Long> parameters) {
        parameters.forEach((parameter, value) -> {
            if (value < parameter.least() || value > parameter.most()) {
                String most = parameter.most() >= Integer.MAX_VALUE ? "" : " and at most " + parameter.most();
                throw new ConfigException(parameter.code() + " must be at least " + parameter.least() + most + ", not " + value);
            }
        });
        requireGreater(parameters, Parameter.SUSPECT_TIMEOUT, Parameter.GOSSIP_INTERVAL);
        requireGreater(parameters, Parameter.FAILURE_TIMEOUT, Parameter.SUSPECT_TIMEOUT);
    }

    private static void requireGreater(Map<Parameter, Long> parameters, Parameter greater, Parameter less) {
        if (parameters.get(greater) <= parameters.get(less)) {
            throw new ConfigException(greater.code() + " (" + parameters.get(greater) + ") must be greater than "
                    + less.code() + " (" + parameters.get(less) + ")");
        }
    }

    public String nodeId() {
        return nodeId;
    }

    public String host() {
        return host;
    }

    public int port() {
        return port;
    }

    public String cluster() {
        return cluster;
    }

    /** Whether messages of version 0 are received (chapter 10). */
    public boolean receivesLegacy() {
        return legacyCluster != null;
    }

    /** The cluster that messages of version 0 count as, or null where they are rejected. */
    public String legacyCluster() {
        return legacyCluster;
    }

    public ObjectNode metadata() {
        return metadata;
    }

    public List<Address> seeds() {
        return List.copyOf(seeds);
    }

    public long randomSeed() {
        return randomSeed;
    }

    /** The value of a parameter. */
    public long get(Parameter parameter) {
        return parameters.get(parameter);
    }

    long gossipInterval() {
        return get(Parameter.GOSSIP_INTERVAL);
    }

    /** Half a gossip interval, the pace of suspicion, rounded so that it is never 0. */
    long halfInterval() {
        return (gossipInterval() + 1) / 2;
    }

    long suspectTimeout() {
        return get(Parameter.SUSPECT_TIMEOUT);
    }

    long failureTimeout() {
        return get(Parameter.FAILURE_TIMEOUT);
    }

    int fanout() {
        return (int) get(Parameter.FANOUT);
    }

    int maxPacketSize() {
        return (int) get(Parameter.MAX_PACKET_SIZE);
    }

    int compressionThreshold() {
        return (int) get(Parameter.COMPRESSION_THRESHOLD);
    }

    long eagerInterval() {
        return get(Parameter.EAGER_INTERVAL);
    }

    /** How long after a healing PING the next one is due: a little early, so that it is never late. */
    long reconnectPace() {
        return get(Parameter.RECONNECT_INTERVAL) * 9 / 10;
    }
}
