package mumbai.gossip.wire;

import java.util.List;

/**
 * A datagram that was accepted.
 *
 * @param message its meaning
 * @param skipped what was left out of it, ordered as chapter 12 says
 */
public record Decoded(Message message, List<Skip> skipped) implements Received {
}
