package mumbai.gossip.wire;

import java.util.List;

/** A datagram of either version that was accepted. */
public sealed interface Received permits Decoded, LegacyMessage {
    /** What was left out of it, ordered as chapter 12 says. */
    List<Skip> skipped();
}
