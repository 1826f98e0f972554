package mumbai.gossip.wire;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;

/** What a member says of itself: address, metadata, protocol versions (chapter 5). Immutable. */
public final class Content {
    private final String host;
    private final Address address;
    private final ObjectNode metadata;
    private final Versions versions;
    private final byte[] canonicalHost;
    private final byte[] canonicalMetadata;
    private final byte[] canonical;

    /** The protocol versions that a node speaks, from {@code min} to {@code max}. */
    public record Versions(long min, long max) {
    }

    /**
     * A content.
     *
     * @param host an IP literal, kept as it was written
     * @param address the address that host and port denote
     * @param versions null where the member names none
     */
    Content(String host, Address address, ObjectNode metadata, Versions versions) {
        this.host = host;
        this.address = address;
        this.metadata = metadata;
        this.versions = versions;
        this.canonicalHost = new Bytes(48).string(host).toArray();
        this.canonicalMetadata = CanonicalJson.bytes(metadata);
        this.canonical = canonicalForm();
    }

    /** The IP literal as the member wrote it. */
    public String host() {
        return host;
    }

    public int port() {
        return address.port();
    }

    public Address address() {
        return address;
    }

    public ObjectNode metadata() {
        return metadata;
    }

    /** The versions named, or null. */
    public Versions versions() {
        return versions;
    }

    /** The order of canonical contents, as unsigned bytes (MGP1-MRG-016). */
    public int compareTo(Content other) {
        return Arrays.compareUnsigned(canonical, other.canonical);
    }

    int canonicalLength() {
        return canonical.length;
    }

    byte[] canonicalHost() {
        return canonicalHost;
    }

    byte[] canonicalMetadata() {
        return canonicalMetadata;
    }

    private byte[] canonicalForm() {
        Bytes out = new Bytes(96 + canonicalMetadata.length);
        out.ascii("{\"host\":").put(canonicalHost).ascii(",\"metadata\":").put(canonicalMetadata);
        out.ascii(",\"port\":").number(address.port());
        if (versions != null) {
            out.ascii(",\"versions\":{\"max\":").number(versions.max()).ascii(",\"min\":").number(versions.min()).put('}');
        }
        return out.put('}').toArray();
    }
}
