package mumbai.gossip.adapter;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import mumbai.gossip.protocol.Effects;
import mumbai.gossip.protocol.Machine;
import mumbai.gossip.protocol.Now;
import mumbai.gossip.protocol.Outbound;
import mumbai.gossip.protocol.Outcome;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.CanonicalJson;
import mumbai.gossip.wire.Limits;

/** The operations {@code datagram}, {@code tick} and {@code state} of {@code core} as bytes; the layout is that of {@link Adapter}. */
final class CoreCalls {
    private static final int DATAGRAM = 1;
    private static final int TICK = 2;
    private static final int STATE = 3;
    private static final byte ERROR = (byte) 0xFF;
    private static final int MOST_SENT = 65_535;
    private static final byte[] NOTHING = {};

    private final CoreOps machines;

    CoreCalls(CoreOps machines) {
        this.machines = machines;
    }

    /** Carries out one call. */
    byte[] answer(byte[] request) throws AdapterException {
        ByteBuffer in = ByteBuffer.wrap(request);
        try {
            int op = in.get();
            Machine machine = machines.numbered(in.getInt());
            Now now = new Now(time(in.getLong()), time(in.getLong()));
            if (now.mono() < 0) {
                throw AdapterException.badRequest("mono is negative");
            }
            return switch (op) {
                case DATAGRAM -> datagram(machine, now, in);
                case TICK -> tick(machine, now, in);
                case STATE -> state(machine, in);
                default -> throw new AdapterException("unknown-op", "no operation " + op);
            };
        } catch (BufferUnderflowException e) {
            throw AdapterException.badRequest("the request ends too early");
        }
    }

    /** An error as an answer: a byte that no other answer begins with, and the error as JSON. */
    static byte[] error(String code, String message) {
        byte[] json = CanonicalJson.bytes(Answer.object().put("code", code).put("message", message == null ? code : message));
        return ByteBuffer.allocate(1 + json.length).put(ERROR).put(json).array();
    }

    private static long time(long millis) throws AdapterException {
        if (Math.abs(millis) > Limits.MAX_INTEGER) {
            throw AdapterException.badRequest(millis + " is no time in milliseconds");
        }
        return millis;
    }

    private static byte[] datagram(Machine machine, Now now, ByteBuffer in) throws AdapterException {
        byte[] text = new byte[in.getShort() & 0xFFFF];
        in.get(text);
        Address from = Address.parse(new String(text, StandardCharsets.UTF_8));
        if (from == null) {
            throw AdapterException.badRequest("from is no address such as 127.0.0.1:9100");
        }
        byte[] payload = new byte[in.remaining()];
        in.get(payload);
        synchronized (machine) {
            Outcome outcome = machine.onDatagram(now, from, payload);
            return effects(machine, now, outcome);
        }
    }

    private static byte[] tick(Machine machine, Now now, ByteBuffer in) throws AdapterException {
        nothingMore(in);
        synchronized (machine) {
            machine.tick(now);
            return effects(machine, now, null);
        }
    }

    private static byte[] state(Machine machine, ByteBuffer in) throws AdapterException {
        nothingMore(in);
        synchronized (machine) {
            return StateBytes.of(machine);
        }
    }

    private static void nothingMore(ByteBuffer in) throws AdapterException {
        if (in.hasRemaining()) {
            throw AdapterException.badRequest("only a datagram has something after its times");
        }
    }

    private static byte[] effects(Machine machine, Now now, Outcome outcome) {
        Effects effects = machine.drain();
        if (effects.sent().size() > MOST_SENT) {
            throw new IllegalStateException("more datagrams than one answer counts");
        }
        byte[] report = report(effects, outcome);
        List<byte[]> addresses = new ArrayList<>(effects.sent().size());
        int length = Long.BYTES + Short.BYTES + Integer.BYTES + report.length;
        for (Outbound sent : effects.sent()) {
            byte[] address = sent.to().toString().getBytes(StandardCharsets.US_ASCII);
            addresses.add(address);
            length += Short.BYTES + address.length + Integer.BYTES + sent.datagram().length;
        }
        ByteBuffer out = ByteBuffer.allocate(length).putLong(machine.wake(now)).putShort((short) addresses.size());
        for (int i = 0; i < addresses.size(); i++) {
            byte[] bytes = effects.sent().get(i).datagram();
            out.putShort((short) addresses.get(i).length).put(addresses.get(i)).putInt(bytes.length).put(bytes);
        }
        return out.putInt(report.length).put(report).array();
    }

    /** Nothing where nothing happened: no events, and an accepted datagram with nothing skipped. */
    private static byte[] report(Effects effects, Outcome outcome) {
        boolean plain = outcome == null || outcome.rejected() == null && outcome.skipped().isEmpty();
        if (effects.events().isEmpty() && plain) {
            return NOTHING;
        }
        ObjectNode report = Answer.object();
        ArrayNode events = report.putArray("events");
        effects.events().forEach(event -> events.add(EventJson.of(event)));
        if (outcome != null) {
            report.set("outcome", CoreOps.outcome(outcome));
        }
        return CanonicalJson.bytes(report);
    }
}
