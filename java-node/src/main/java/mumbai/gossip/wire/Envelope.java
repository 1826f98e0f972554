package mumbai.gossip.wire;

/**
 * What every message has (chapter 4).
 *
 * @param self the sender's own record
 */
public record Envelope(String cluster, String type, String senderId, String messageId, long timestamp, NodeRecord self) {
}
