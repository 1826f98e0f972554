package mumbai.gossip.protocol;

import java.util.List;
import mumbai.gossip.wire.Reason;
import mumbai.gossip.wire.Skip;

/**
 * What became of a received datagram.
 *
 * @param rejected why it was rejected, or null where it was accepted
 * @param skipped what was left out of an accepted one
 */
public record Outcome(Reason rejected, List<Skip> skipped) {
}
