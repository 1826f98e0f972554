package mumbai.gossip.protocol;

import java.util.function.IntFunction;
import mumbai.gossip.wire.Encoder;
import mumbai.gossip.wire.Limits;

/**
 * Fits as much as possible into one datagram: more text than bytes, as long as compression makes up for it. How much more is
 * learned from the messages that were full, so that a text of about the right length fits at the first try.
 */
final class Fitting {
    /** Hardly any gossip deflates to less than a quarter. */
    private static final int MOST_TEXT = 400;
    /** Before anything was learned: gossip deflates to about a third. */
    private static final int FIRST_TEXT = 300;
    /** Percent of an estimate that is used. */
    private static final int MARGIN = 95;

    /** Length of a text in percent of its datagram. */
    private int percent = FIRST_TEXT;

    /**
     * A message and its datagram.
     *
     * @param draft what went into it
     */
    record Fitted(Draft draft, byte[] datagram) {
    }

    /** The longest text worth trying. */
    int budget(Config config) {
        int most = config.maxPacketSize();
        return (int) Math.max(most, Math.min((long) most * percent / 100 * MARGIN / 100, Limits.MAX_TEXT));
    }

    /** Drafts until the datagram is small enough: at the first or second try as a rule; a budget of the packet size always is. */
    Fitted fit(Config config, IntFunction<Draft> drafting) {
        int most = config.maxPacketSize();
        int budget = budget(config);
        while (true) {
            Draft draft = drafting.apply(budget);
            byte[] datagram = Encoder.datagram(draft.message(), config.compressionThreshold());
            boolean fits = datagram.length <= most;
            if (!fits || draft.isFull()) {
                percent = (int) Math.max(100, Math.min(100L * draft.size() / datagram.length, MOST_TEXT));
            }
            if (fits || budget <= most) {
                return new Fitted(draft, datagram);
            }
            // shrink from what was filled, and by a step at least
            budget = Math.max(most, Math.min(budget(config), Math.min(budget, draft.size()) * MARGIN / 100));
        }
    }
}
