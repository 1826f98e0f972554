package mumbai.gossip.runtime;

import java.util.concurrent.atomic.AtomicLong;

/** How much went through the socket since the node was made. Any thread may read it. */
public final class Traffic {
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong sendErrors = new AtomicLong();
    private final AtomicLong receiveErrors = new AtomicLong();

    void sent(int length) {
        sent.incrementAndGet();
        bytes.addAndGet(length);
    }

    void received(int length) {
        received.incrementAndGet();
        bytes.addAndGet(length);
    }

    void sendFailed() {
        sendErrors.incrementAndGet();
    }

    void receiveFailed() {
        receiveErrors.incrementAndGet();
    }

    /** Datagrams sent. */
    public long sent() {
        return sent.get();
    }

    /** Datagrams received, rejected ones included. */
    public long received() {
        return received.get();
    }

    /** Bytes of all of these. */
    public long bytes() {
        return bytes.get();
    }

    /** Datagrams that the system would not send. */
    public long sendErrors() {
        return sendErrors.get();
    }

    /** Errors of the socket while receiving. */
    public long receiveErrors() {
        return receiveErrors.get();
    }
}
