package mumbai.gossip.wire;

/**
 * The steps of receipt that need state, put in where the order of MGP1-ERR-001 has them. A decoder on its own has no
 * state and uses {@link #OPEN}.
 */
public interface Gate {
    /** Lets everything through. */
    Gate OPEN = new Gate() {
        @Override
        public void admitCluster(String cluster) {
            // a decoder on its own is in no cluster
        }

        @Override
        public void admitSender(Envelope envelope) {
            // a decoder on its own has no id and no history
        }
    };

    /** The step {@code cluster}, after its form was found good. */
    void admitCluster(String cluster) throws RejectedException;

    /** The steps {@code sender} and {@code duplicate}. */
    void admitSender(Envelope envelope) throws RejectedException;
}
