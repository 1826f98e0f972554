package mumbai.gossip.wire;

/**
 * One item that was left out of an accepted message (MGP1-MSG-002).
 *
 * @param section where it stood
 * @param name its key or id
 * @param reason why it was left out
 */
public record Skip(Section section, String name, Reason reason) implements Comparable<Skip> {
    @Override
    public int compareTo(Skip other) {
        int bySection = section.compareTo(other.section);
        return bySection != 0 ? bySection : name.compareTo(other.name);
    }
}
