package mumbai.gossip.runtime;

import java.util.function.Supplier;
import mumbai.gossip.protocol.Now;

/** Logs troubles that anybody can cause at most once in a while, with the number that was passed over (MGP1-ERR-008). */
final class RejectionLog {
    private static final long PACE = 10_000;

    private final System.Logger logger;
    private long lastLogged = -PACE;
    private long passedOver;

    RejectionLog(System.Logger logger) {
        this.logger = logger;
    }

    void note(Now now, Supplier<String> what) {
        if (now.mono() - lastLogged < PACE) {
            passedOver++;
            return;
        }
        lastLogged = now.mono();
        String more = passedOver == 0 ? "" : " (and " + passedOver + " more since the last line)";
        passedOver = 0;
        logger.log(System.Logger.Level.WARNING, () -> what.get() + more);
    }
}
