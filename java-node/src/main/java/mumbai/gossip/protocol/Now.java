package mumbai.gossip.protocol;

/**
 * The time of a call: the machine has no clock of its own.
 *
 * @param wall Unix time in milliseconds, right or wrong; may fall
 * @param mono milliseconds that only grow
 */
public record Now(long wall, long mono) {
}
