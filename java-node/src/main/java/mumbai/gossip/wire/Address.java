package mumbai.gossip.wire;

/**
 * Where datagrams go: an IP literal in its usual spelling and a port. Two addresses are equal when their bytes are.
 *
 * @param host dotted decimal, or IPv6 as RFC 5952 writes it
 * @param port 0 to 65535
 */
public record Address(String host, int port) implements Comparable<Address> {
    /** The address of an IP literal in any lawful spelling; null when the host is none. */
    public static Address of(String host, int port) {
        byte[] bytes = IpLiteral.parse(host);
        return bytes == null ? null : new Address(IpLiteral.format(bytes), port);
    }

    /** The address written as {@code 127.0.0.1:9100} or {@code [::1]:9100}; null when the text is none. */
    public static Address parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1 || text.length() - colon > 6) {
            return null;
        }
        String host = text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (bracketed != (host.indexOf(':') >= 0)) {
            return null;
        }
        int port = 0;
        for (int i = colon + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return null;
            }
            port = port * 10 + c - '0';
        }
        boolean valid = colon + 1 < text.length() && port <= 65_535;
        return valid ? of(bracketed ? host.substring(1, host.length() - 1) : host, port) : null;
    }

    @Override
    public int compareTo(Address other) {
        int byHost = host.compareTo(other.host);
        return byHost != 0 ? byHost : Integer.compare(port, other.port);
    }

    @Override
    public String toString() {
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }
}
