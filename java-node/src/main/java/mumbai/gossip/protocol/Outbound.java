package mumbai.gossip.protocol;

import mumbai.gossip.wire.Address;

/** A datagram to send. Nobody may change its bytes: copies of one message share them. */
public record Outbound(Address to, byte[] datagram) {
}
