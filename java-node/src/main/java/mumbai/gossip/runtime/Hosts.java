package mumbai.gossip.runtime;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.IpLiteral;

/** Host names of the configuration to addresses: once, at start, IPv4 first. The wire knows literals only. */
public final class Hosts {
    private Hosts() {
    }

    /**
     * The address of a configured host, which may be a name.
     *
     * @throws UnknownHostException when there is no such host
     */
    public static Address resolve(String host, int port) throws UnknownHostException {
        byte[] literal = IpLiteral.parse(host);
        if (literal != null) {
            return new Address(IpLiteral.format(literal), port);
        }
        InetAddress[] found = InetAddress.getAllByName(host);
        InetAddress chosen = found[0];
        for (InetAddress candidate : found) {
            if (candidate instanceof Inet4Address) {
                chosen = candidate;
                break;
            }
        }
        return new Address(IpLiteral.format(chosen.getAddress()), port);
    }

    /** The address as the JDK has it, without any name service. */
    static InetAddress toInet(Address address) throws UnknownHostException {
        return InetAddress.getByAddress(IpLiteral.parse(address.host()));
    }
}
