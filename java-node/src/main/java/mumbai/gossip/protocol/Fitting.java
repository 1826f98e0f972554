package mumbai.gossip.protocol;

import java.util.function.IntFunction;
import mumbai.gossip.wire.Encoder;

/** Fits as much as possible into one datagram: more text than bytes, as long as compression makes up for it. */
final class Fitting {
    private Fitting() {
    }

    /**
     * A message and its datagram.
     *
     * @param draft what went into it
     */
    record Fitted(Draft draft, byte[] datagram) {
    }

    /** Drafts with ever smaller budgets until the datagram is small enough; a budget of the packet size always is. */
    static Fitted fit(Config config, IntFunction<Draft> drafting) {
        int most = config.maxPacketSize();
        int budget = config.textBudget();
        while (true) {
            Draft draft = drafting.apply(budget);
            byte[] datagram = Encoder.datagram(draft.message(), config.compressionThreshold());
            if (datagram.length <= most || budget <= most) {
                return new Fitted(draft, datagram);
            }
            // the expected ratio with a margin, and always less than before
            long scaled = (long) Math.min(budget, draft.size()) * most / datagram.length * 19 / 20;
            budget = (int) Math.max(most, Math.min(scaled, budget - 1L));
        }
    }
}
