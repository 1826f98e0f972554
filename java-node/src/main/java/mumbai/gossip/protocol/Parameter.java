package mumbai.gossip.protocol;

import java.util.Locale;
import mumbai.gossip.wire.Limits;

/** The parameters of chapter 11 with their defaults and ranges. Times are milliseconds. */
public enum Parameter {
    GOSSIP_INTERVAL("gossipInterval", true, 1_000, 10, Bounds.LONGEST),
    FANOUT("fanout", false, 3, 1, 32),
    SUSPECT_TIMEOUT("suspectTimeout", true, 3_000, 11, Bounds.LONGEST),
    FAILURE_TIMEOUT("failureTimeout", true, 5_000, 12, Bounds.LONGEST),
    MAX_PACKET_SIZE("maxPacketSize", false, Limits.DEFAULT_PACKET, Limits.DEFAULT_PACKET, Limits.MAX_DATAGRAM),
    COMPRESSION_THRESHOLD("compressionThreshold", false, Limits.DEFAULT_THRESHOLD, 0, Limits.MAX_TEXT),
    MAX_MESSAGE_HISTORY("maxMessageHistory", false, 1_000, 1, Integer.MAX_VALUE),
    EAGER_INTERVAL("eagerInterval", true, 10, 1, Bounds.LONGEST),
    EAGER_COPIES("eagerCopies", false, 9, 1, Integer.MAX_VALUE),
    MAX_NEWS("maxNews", false, 1_024, 1, Integer.MAX_VALUE),
    RECONNECT_INTERVAL("reconnectInterval", true, 10_000, 10, Bounds.LONGEST),
    DEAD_RETENTION("deadRetention", true, 60_000, 0, Bounds.LONGEST),
    REMEMBERED_RETENTION("rememberedRetention", true, 86_400_000, 0, Bounds.LONGEST),
    MAX_REMEMBERED("maxRemembered", false, 4_096, 1, Integer.MAX_VALUE),
    MAX_MEMBERS("maxMembers", false, 1_024, 1, Integer.MAX_VALUE),
    MAX_ENTRIES("maxEntries", false, 65_536, 1, Integer.MAX_VALUE),
    MAX_FUTURE_SKEW("maxFutureSkew", true, 86_400_000, 0, Bounds.LONGEST),
    TOMBSTONE_RETENTION("tombstoneRetention", true, 86_400_000, 0, Bounds.LONGEST),
    SYNC_INTERVAL("syncInterval", true, 10_000, 10, Bounds.LONGEST);

    private static final class Bounds {
        /** The longest time, 2^53 - 1 ms: sums of a few of them stay far from overflow. */
        static final long LONGEST = Limits.MAX_INTEGER;
    }

    private final String code;
    private final boolean time;
    private final long defaultValue;
    private final long least;
    private final long most;

    Parameter(String code, boolean time, long defaultValue, long least, long most) {
        this.code = code;
        this.time = time;
        this.defaultValue = defaultValue;
        this.least = least;
        this.most = most;
    }

    /** The name of chapter 11, such as {@code gossipInterval}. */
    public String code() {
        return code;
    }

    /** The name in a configuration file, such as {@code gossip_interval_ms}. */
    public String snake() {
        return name().toLowerCase(Locale.ROOT) + (time ? "_ms" : "");
    }

    /** The name on the command line, such as {@code gossip-interval-ms}. */
    public String kebab() {
        return snake().replace('_', '-');
    }

    public long defaultValue() {
        return defaultValue;
    }

    long least() {
        return least;
    }

    long most() {
        return most;
    }
}
