package mumbai.gossip.runtime;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Inet4Address;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import mumbai.gossip.protocol.Config;
import mumbai.gossip.protocol.Effects;
import mumbai.gossip.protocol.Event;
import mumbai.gossip.protocol.Machine;
import mumbai.gossip.protocol.Now;
import mumbai.gossip.protocol.Outbound;
import mumbai.gossip.protocol.Outcome;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.IpLiteral;
import mumbai.gossip.wire.Limits;

/**
 * A machine on a UDP socket. One thread owns the machine, receives, ticks and sends; other threads hand it calls through
 * a bounded queue and wait for their answers. No error of the socket ends it (MGP1-ERR-005 to MGP1-ERR-007).
 */
public final class UdpNode {
    private static final System.Logger LOGGER = System.getLogger(UdpNode.class.getName());
    private static final int SOCKET_BUFFER = 1 << 20;
    private static final int MOST_CALLS = 1_024;
    /** Datagrams taken before calls and ticks get their turn again. */
    private static final int BATCH = 64;
    private static final long PAUSE_AFTER_ERROR = 20;

    private final InetSocketAddress bindAddress;
    private final Traffic traffic;
    private final EventDispatcher events;
    private final BlockingQueue<Call<?>> calls = new ArrayBlockingQueue<>(MOST_CALLS);
    private final RejectionLog rejections = new RejectionLog(LOGGER);
    private final RejectionLog troubles = new RejectionLog(LOGGER);
    private final Selector selector;
    private final long startNanos = System.nanoTime();
    private final ByteBuffer receiveBuffer = ByteBuffer.allocate(Limits.MAX_DATAGRAM + 1);
    private final Machine machine;
    private final Thread thread;
    private final CompletableFuture<Snapshot> ended = new CompletableFuture<>();
    private DatagramChannel channel;
    private long due = Long.MAX_VALUE;
    private volatile boolean running = true;

    /** Builds the configuration of the machine once the port is known. */
    @FunctionalInterface
    public interface ConfigOf {
        /** The configuration of a node that listens on this port. */
        Config listeningOn(int port);
    }

    /** What the machine is prepared with before it runs. */
    @FunctionalInterface
    public interface Preparation {
        /** Works on the machine before its thread starts. */
        void prepare(Machine machine, Now now);
    }

    /**
     * Binds and starts.
     *
     * @param bind where to listen; port 0 for any free one
     * @throws IOException when the port is taken or the address is not of this host
     */
    public UdpNode(Address bind, ConfigOf config, Traffic traffic, Consumer<Event> subscriber, Preparation preparation)
            throws IOException {
        this.traffic = traffic;
        this.selector = Selector.open();
        try {
            channel = open(new InetSocketAddress(Hosts.toInet(bind), bind.port()));
            bindAddress = (InetSocketAddress) channel.getLocalAddress();
            machine = new Machine(config.listeningOn(bindAddress.getPort()), now());
            preparation.prepare(machine, now());
        } catch (IOException | RuntimeException e) {
            closeAll();
            throw e;
        }
        events = new EventDispatcher(bindAddress.getPort(), subscriber);
        thread = new Thread(this::run, "mumbai-gossip-" + bindAddress.getPort());
        thread.setDaemon(false);
        thread.start();
    }

    /** Where the node listens. */
    public Address localAddress() {
        return new Address(IpLiteral.format(bindAddress.getAddress().getAddress()), bindAddress.getPort());
    }

    /**
     * Calls the machine on its thread and waits for the answer.
     *
     * @throws IllegalStateException when the node has stopped
     */
    public <T> T call(BiFunction<Machine, Now, T> function) {
        if (Thread.currentThread() == thread) {
            return function.apply(machine, now());
        }
        Call<T> call = new Call<>(function);
        enqueue(call);
        CompletableFuture<T> answer = call.answer;
        try {
            return answer.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Stops, with a good-bye or without, and answers what the node held; afterwards the port is free. */
    public Snapshot stop(boolean leave) {
        if (running) {
            try {
                call((node, now) -> {
                    if (leave) {
                        node.leave(now);
                        send(node.drain());
                    }
                    running = false;
                    return null;
                });
            } catch (IllegalStateException e) {
                LOGGER.log(System.Logger.Level.DEBUG, "stopped by another thread already");
            }
        }
        return ended.join();
    }

    /** Waits until the node has stopped. */
    public void join() throws InterruptedException {
        thread.join();
    }

    /** A call of another thread, and where its answer goes. */
    private final class Call<T> {
        private final BiFunction<Machine, Now, T> function;
        private final CompletableFuture<T> answer = new CompletableFuture<>();

        Call(BiFunction<Machine, Now, T> function) {
            this.function = function;
        }

        void run() {
            try {
                answer.complete(function.apply(machine, now()));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        }

        void refuse() {
            answer.completeExceptionally(new IllegalStateException("the node has stopped"));
        }
    }

    private void enqueue(Call<?> call) {
        boolean interrupted = false;
        boolean queued = false;
        while (!queued && !ended.isDone()) {
            try {
                queued = calls.offer(call, PAUSE_AFTER_ERROR, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (ended.isDone()) {
            // nobody takes calls any more, this one may have come too late for the last look
            call.refuse();
        }
        selector.wakeup();
    }

    private void run() {
        try {
            send(machine.drain());
            while (running) {
                guardedStep();
            }
        } finally {
            running = false;
            Snapshot last = Snapshot.of(machine, now());
            closeAll();
            events.close();
            ended.complete(last);
            for (Call<?> late = calls.poll(); late != null; late = calls.poll()) {
                late.refuse();
            }
        }
    }

    /** A fault of this program must not end a node that others rely on (MGP1-ERR-005). */
    private void guardedStep() {
        try {
            step();
        } catch (RuntimeException e) {
            LOGGER.log(System.Logger.Level.ERROR, "unexpected fault; the node goes on", e);
            pause();
        }
    }

    private void step() {
        Now before = now();
        // a due time that was not kept yet stays due, whatever the machine plans meanwhile
        due = Math.min(due, machine.wake(before));
        try {
            if (calls.isEmpty()) {
                selector.select(Math.max(1, due - before.mono()));
            } else {
                selector.selectNow();
            }
            selector.selectedKeys().clear();
        } catch (IOException e) {
            trouble("waiting for datagrams failed", e);
        }
        runCalls();
        if (running) {
            receiveBatch();
            Now after = now();
            if (after.mono() >= due) {
                due = Long.MAX_VALUE;
                machine.tick(after);
                send(machine.drain());
            }
        }
    }

    private void runCalls() {
        for (Call<?> call = calls.poll(); call != null; call = calls.poll()) {
            call.run();
            if (running) {
                send(machine.drain());
            }
        }
    }

    private void receiveBatch() {
        for (int i = 0; i < BATCH; i++) {
            try {
                receiveBuffer.clear();
                InetSocketAddress from = (InetSocketAddress) channel.receive(receiveBuffer);
                if (from == null) {
                    return;
                }
                receiveBuffer.flip();
                byte[] datagram = new byte[receiveBuffer.remaining()];
                receiveBuffer.get(datagram);
                take(from, datagram);
            } catch (ClosedChannelException e) {
                trouble("the socket was closed; opening it again", e);
                reopen();
                return;
            } catch (IOException e) {
                traffic.receiveFailed();
                trouble("receiving failed", e);
                return;
            }
        }
    }

    private void take(InetSocketAddress from, byte[] datagram) {
        traffic.received(datagram.length);
        Now now = now();
        Address source = new Address(IpLiteral.format(from.getAddress().getAddress()), from.getPort());
        Outcome outcome = machine.onDatagram(now, source, datagram);
        if (outcome.rejected() != null) {
            rejections.note(now, () -> "rejected " + datagram.length + " bytes from " + source + ": " + outcome.rejected().code());
        }
        send(machine.drain());
    }

    private void send(Effects effects) {
        for (Outbound outbound : effects.sent()) {
            try {
                InetAddress to = Hosts.toInet(outbound.to());
                if (channel.send(ByteBuffer.wrap(outbound.datagram()), new InetSocketAddress(to, outbound.to().port())) > 0) {
                    traffic.sent(outbound.datagram().length);
                } else {
                    traffic.sendFailed();
                }
            } catch (IOException | RuntimeException e) {
                // one address that cannot be sent to is no reason not to send to the others
                traffic.sendFailed();
                trouble("sending to " + outbound.to() + " failed", e);
            }
        }
        for (Event event : effects.events()) {
            if (event instanceof Event.Fatal fatal) {
                LOGGER.log(System.Logger.Level.ERROR, "the node had to stop: " + fatal.reason());
            }
            events.publish(event);
        }
    }

    private DatagramChannel open(InetSocketAddress address) throws IOException {
        boolean v4 = address.getAddress() instanceof Inet4Address;
        DatagramChannel opened = DatagramChannel.open(v4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
        try {
            opened.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER);
            opened.bind(address);
            opened.configureBlocking(false);
            opened.register(selector, SelectionKey.OP_READ);
            return opened;
        } catch (IOException e) {
            opened.close();
            throw e;
        }
    }

    private void reopen() {
        try {
            channel = open(bindAddress);
        } catch (IOException e) {
            traffic.receiveFailed();
            trouble("opening the socket again failed", e);
        }
    }

    private void trouble(String what, Exception e) {
        troubles.note(now(), () -> what + ": " + e);
        if (e instanceof ClosedChannelException) {
            pause();
        }
    }

    /** A socket that fails again and again must not take the whole processor. */
    private static void pause() {
        try {
            Thread.sleep(PAUSE_AFTER_ERROR);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeAll() {
        try {
            if (channel != null) {
                channel.close();
            }
            selector.close();
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "closing failed", e);
        }
    }

    private Now now() {
        return new Now(System.currentTimeMillis(), (System.nanoTime() - startNanos) / 1_000_000);
    }
}
