package mumbai.gossip.adapter;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import mumbai.gossip.protocol.ConfigException;
import mumbai.gossip.protocol.Effects;
import mumbai.gossip.protocol.Machine;
import mumbai.gossip.protocol.Now;
import mumbai.gossip.protocol.Outbound;
import mumbai.gossip.protocol.Outcome;
import mumbai.gossip.runtime.Snapshot;
import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.KeyPath;
import mumbai.gossip.wire.RefusedException;
import mumbai.gossip.wire.Skip;

/** The capability {@code core}: machines under handles, driven call by call. Each machine is locked while it works. */
final class CoreOps {
    private final Map<String, Numbered> machines = new ConcurrentHashMap<>();
    private final Map<Integer, Machine> byNumber = new ConcurrentHashMap<>();
    private final AtomicInteger lastNumber = new AtomicInteger();

    /** A machine and the number that stands for its handle in {@link CoreCalls}. */
    private record Numbered(Machine machine, int number) {
    }

    /** The answer, or null when this is no operation of {@code core}. */
    ObjectNode handle(String op, Request request) throws AdapterException {
        return switch (op) {
            case "create" -> create(request);
            case "datagram" -> locked(request, this::datagram);
            case "tick" -> locked(request, this::tick);
            case "set" -> locked(request, this::set);
            case "delete" -> locked(request, this::delete);
            case "get" -> locked(request, this::get);
            case "leave" -> locked(request, this::leave);
            case "digest" -> locked(request, this::digest);
            case "state" -> locked(request, (machine, asked) -> StateJson.of(Snapshot.of(machine, asked.now())));
            case "destroy" -> destroy(request);
            default -> null;
        };
    }

    /** The machine of a number that a {@code create} answered. */
    Machine numbered(int number) throws AdapterException {
        Machine machine = byNumber.get(number);
        if (machine == null) {
            throw unknown("with the number " + Integer.toUnsignedLong(number));
        }
        return machine;
    }

    @FunctionalInterface
    private interface Operation {
        ObjectNode run(Machine machine, Request request) throws AdapterException;
    }

    private ObjectNode create(Request request) throws AdapterException {
        String handle = request.text("node");
        Now now = request.now();
        if (machines.containsKey(handle)) {
            throw AdapterException.badRequest("node " + handle + " exists already");
        }
        Machine machine;
        try {
            machine = new Machine(new ConfigJson(request.object("config")).machine(), now);
        } catch (ConfigException e) {
            throw AdapterException.badRequest(e.getMessage());
        }
        ObjectNode effects = effects(machine, now);
        Numbered numbered = new Numbered(machine, lastNumber.incrementAndGet());
        if (machines.putIfAbsent(handle, numbered) != null) {
            throw AdapterException.badRequest("node " + handle + " exists already");
        }
        byNumber.put(numbered.number(), machine);
        return effects.put("number", Integer.toUnsignedLong(numbered.number()));
    }

    private ObjectNode locked(Request request, Operation operation) throws AdapterException {
        String handle = request.text("node");
        Numbered numbered = machines.get(handle);
        if (numbered == null) {
            throw unknown(handle);
        }
        Machine machine = numbered.machine();
        synchronized (machine) {
            return operation.run(machine, request);
        }
    }

    private ObjectNode datagram(Machine machine, Request request) throws AdapterException {
        Now now = request.now();
        Outcome outcome = machine.onDatagram(now, request.address("from"), request.hex("datagram"));
        ObjectNode answer = effects(machine, now);
        answer.set("outcome", outcome(outcome));
        return answer;
    }

    private ObjectNode tick(Machine machine, Request request) throws AdapterException {
        Now now = request.now();
        machine.tick(now);
        return effects(machine, now);
    }

    private ObjectNode set(Machine machine, Request request) throws AdapterException {
        Now now = request.now();
        try {
            machine.set(now, request.text("key"), request.any("value"));
        } catch (RefusedException e) {
            return Answer.refused(e);
        }
        return effects(machine, now);
    }

    private ObjectNode delete(Machine machine, Request request) throws AdapterException {
        Now now = request.now();
        try {
            machine.delete(now, request.text("key"));
        } catch (RefusedException e) {
            return Answer.refused(e);
        }
        return effects(machine, now);
    }

    private ObjectNode get(Machine machine, Request request) throws AdapterException {
        Entry entry = machine.get(request.text("key"));
        ObjectNode answer = Answer.object();
        answer.set("entry", entry == null ? null : StateJson.entry(entry));
        return answer;
    }

    private ObjectNode digest(Machine machine, Request request) throws AdapterException {
        String prefix = request.text("prefix");
        if (!KeyPath.isPrefix(prefix)) {
            throw AdapterException.badRequest("prefix is not 0 to 64 lower-case hexadecimal digits");
        }
        return Answer.object().put("digest", machine.digest(request.now(), prefix));
    }

    private ObjectNode leave(Machine machine, Request request) throws AdapterException {
        Now now = request.now();
        machine.leave(now);
        return effects(machine, now);
    }

    private ObjectNode destroy(Request request) throws AdapterException {
        String handle = request.text("node");
        Numbered numbered = machines.remove(handle);
        if (numbered == null) {
            throw unknown(handle);
        }
        byNumber.remove(numbered.number());
        return Answer.object();
    }

    private static AdapterException unknown(String handle) {
        return new AdapterException("unknown-node", "no node " + handle);
    }

    private static ObjectNode effects(Machine machine, Now now) {
        Effects effects = machine.drain();
        ObjectNode answer = Answer.object();
        ArrayNode sent = answer.putArray("sent");
        for (Outbound outbound : effects.sent()) {
            sent.addObject().put("to", outbound.to().toString()).put("datagram", HexFormat.of().formatHex(outbound.datagram()));
        }
        ArrayNode events = answer.putArray("events");
        effects.events().forEach(event -> events.add(EventJson.of(event)));
        return answer.put("wake", machine.wake(now));
    }

    static ObjectNode outcome(Outcome outcome) {
        ObjectNode json = Answer.object();
        if (outcome.rejected() != null) {
            json.put("verdict", "rejected").put("step", outcome.rejected().step().code());
            return json.put("reason", outcome.rejected().code());
        }
        json.put("verdict", "accepted");
        ArrayNode skipped = json.putArray("skipped");
        for (Skip skip : outcome.skipped()) {
            skipped.addObject().put("section", skip.section().code()).put("name", skip.name()).put("reason", skip.reason().code());
        }
        return json;
    }
}
