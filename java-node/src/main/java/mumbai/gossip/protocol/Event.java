package mumbai.gossip.protocol;

import mumbai.gossip.wire.MemberState;

/** What a machine reports to whoever runs it. */
public sealed interface Event {
    /**
     * A member is new, changed its state, or was reaped.
     *
     * @param from the state before; null for a new member
     * @param to the state now; null for one that was reaped
     */
    record MemberChanged(String id, MemberState from, MemberState to) implements Event {
    }

    /** A member set its content anew: its {@code updated} grew. */
    record Restarted(String id) implements Event {
    }

    /** A message changed an entry. */
    record EntryChanged(String key, boolean deleted) implements Event {
    }

    /** Somebody else uses the id of this node (MGP1-LIV-014). */
    record IdConflict(String host, int port) implements Event {
    }

    /** An entry of this node's writing was dated too far ahead and got a new stamp (MGP1-MRG-009). */
    record ClockSkew(long timestamp) implements Event {
    }

    /** The node stopped and will not go on. */
    record Fatal(String reason) implements Event {
    }
}
