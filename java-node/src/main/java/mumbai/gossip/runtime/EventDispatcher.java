package mumbai.gossip.runtime;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import mumbai.gossip.protocol.Event;

/** Hands events to subscribers on a thread of its own, so that a slow one never holds up the protocol. */
final class EventDispatcher {
    private static final int MOST_WAITING = 8_192;
    private static final System.Logger LOGGER = System.getLogger(EventDispatcher.class.getName());

    private final BlockingQueue<Runnable> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final AtomicLong dropped = new AtomicLong();
    private final Consumer<Event> subscribers;
    private final Thread thread;
    private volatile boolean closed;

    EventDispatcher(int port, Consumer<Event> subscribers) {
        this.subscribers = subscribers;
        this.thread = new Thread(this::run, "mumbai-gossip-events-" + port);
        thread.setDaemon(true);
        thread.start();
    }

    /** Queues an event; where nobody keeps up, the newest are lost and counted. */
    void publish(Event event) {
        if (!waiting.offer(() -> deliver(event)) && dropped.getAndIncrement() == 0) {
            LOGGER.log(System.Logger.Level.WARNING, "subscribers do not keep up: events are being dropped");
        }
    }

    /** Lets the thread end after what is queued. */
    void close() {
        closed = true;
        waiting.offer(() -> { });
    }

    private void run() {
        while (!closed || !waiting.isEmpty()) {
            try {
                waiting.take().run();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void deliver(Event event) {
        try {
            subscribers.accept(event);
        } catch (RuntimeException e) {
            LOGGER.log(System.Logger.Level.WARNING, "a subscriber failed on " + event, e);
        }
    }
}
