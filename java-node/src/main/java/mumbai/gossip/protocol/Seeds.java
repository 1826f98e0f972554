package mumbai.gossip.protocol;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import mumbai.gossip.state.Member;
import mumbai.gossip.wire.Address;

/** The configured seed addresses and when each was last sent a PING (MGP1-LIV-027, MGP1-LIV-030). */
final class Seeds {
    private final Map<Address, Long> lastPing = new LinkedHashMap<>();
    private boolean answered;
    private boolean joined;

    /** Adds a seed; one that is known already stays as it is. */
    boolean add(Address address) {
        return lastPing.putIfAbsent(address, Member.NEVER) == null;
    }

    /** Begins to join again, as at the start. */
    void startOver() {
        answered = false;
        joined = false;
    }

    Set<Address> addresses() {
        return lastPing.keySet();
    }

    boolean contains(Address address) {
        return lastPing.containsKey(address);
    }

    long lastPing(Address address) {
        return lastPing.get(address);
    }

    void pinged(Address address, long mono) {
        lastPing.put(address, mono);
    }

    /** Whether a seed has answered since the start. */
    boolean answered() {
        return answered;
    }

    void markAnswered() {
        answered = true;
    }

    /** Whether the last page of a member list has come. */
    boolean joined() {
        return joined;
    }

    void markJoined() {
        joined = true;
    }
}
