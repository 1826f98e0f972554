package mumbai.gossip.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import mumbai.gossip.Version;
import mumbai.gossip.wire.CanonicalJson;
import mumbai.gossip.wire.Encoder;
import mumbai.gossip.wire.JsonText;
import mumbai.gossip.wire.Limits;
import mumbai.gossip.wire.MessageWriter;
import mumbai.gossip.wire.RefusedException;
import mumbai.gossip.wire.RejectedException;

/**
 * The adapter protocol as functions, callable from any thread and through JNI. None of them throws.
 *
 * <p>Beside the JSON of {@link #handle} there is {@link #core}, the operations that simulations call all the time, as
 * bytes. Numbers are big-endian; {@code u} is unsigned, {@code i} signed, both with their bits. Times are milliseconds,
 * addresses UTF-8 text such as {@code 127.0.0.1:9100}.
 *
 * <pre>
 * request   u8 op: 1 datagram, 2 tick, 3 state
 *           u32 number of the machine: what {@code create} answered as {@code "number"}
 *           i64 wall, i64 mono (not negative)
 *           for a datagram: u16 length of the address it came from, the address, then its bytes up to the end
 *
 * answer    i64 wake: its first byte is less than 0x80, because mono is not negative
 *           u16 number of datagrams to send, and for each, in order:
 *               u16 length of the address, the address, u32 length of the datagram, its bytes
 *           u32 length of the report, the report: UTF-8 JSON {@code {"events":[…],"outcome":{…}}} as in the JSON answer
 *               (no outcome for a tick), or nothing where there are no events and a datagram was accepted with nothing skipped
 *
 * answer    to state: u8 0, u32 pairs of history, u32 remembered members
 *           u32 number of members, and for each, by id: u16 length of the id, the id, u8 0 ALIVE, 1 SUSPECT or 2 DEAD,
 *               i64 lastSeen, i64 updated
 *           u32 number of entries, and for each, by key: u16 length of the key, the key, u8 1 for a tombstone or 0,
 *               i64 timestamp, u16 length of the version, the version, u16 length of the source, the source,
 *               u32 length of the value, the value: UTF-8 JSON
 *
 * error     u8 0xFF, then up to the end UTF-8 JSON {@code {"code":…,"message":…}}; nothing has changed but by {@code internal}
 * </pre>
 */
public final class Adapter {
    private static final byte[] NOTHING = {};
    private static final CoreOps CORE = new CoreOps();
    private static final CoreCalls CALLS = new CoreCalls(CORE);
    private static final LiveOps LIVE = new LiveOps();

    private Adapter() {
    }

    /**
     * Answers one request.
     *
     * @param requestUtf8 a request as UTF-8 JSON
     * @return the answer as UTF-8 JSON, without a line feed; errors are answers too
     */
    public static byte[] handle(byte[] requestUtf8) {
        JsonNode id = NullNode.instance;
        try {
            Request request = Request.parse(requestUtf8);
            id = request.id();
            return Answer.ok(id, answer(request));
        } catch (AdapterException e) {
            return Answer.error(id, e.code(), e.getMessage());
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            return Answer.error(id, "internal", e.toString());
        }
    }

    /**
     * Carries out one {@code datagram} or {@code tick}, or shows the {@code state}.
     *
     * @param request in the layout above
     * @return the answer in the layout above; errors are answers too
     */
    public static byte[] core(byte[] request) {
        try {
            return CALLS.answer(request);
        } catch (AdapterException e) {
            return CoreCalls.error(e.code(), e.getMessage());
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            return CoreCalls.error("internal", e.toString());
        }
    }

    /**
     * Decodes one datagram.
     *
     * @return the answer of chapter 12 as UTF-8 canonical JSON
     */
    public static byte[] decode(byte[] datagram) {
        return MessageWriter.answer(datagram);
    }

    /**
     * Encodes one meaning, given as UTF-8 JSON.
     *
     * @return the datagram, or no bytes where the meaning cannot be sent
     */
    public static byte[] encode(byte[] meaningUtf8) {
        try {
            return Encoder.encode(JsonText.value(meaningUtf8, Limits.MAX_DEPTH));
        } catch (RejectedException | RefusedException e) {
            return NOTHING;
        }
    }

    /** Ends the live nodes that were not stopped. */
    static void endAll() {
        LIVE.endAll();
    }

    private static byte[] answer(Request request) throws AdapterException {
        String op = request.text("op");
        if (op.equals("decode")) {
            return CodecOps.decode(request);
        }
        ObjectNode ok = switch (op) {
            case "hello" -> hello();
            case "encode" -> CodecOps.encode(request);
            default -> op.startsWith("live.") ? LIVE.handle(op, request) : CORE.handle(op, request);
        };
        if (ok == null) {
            throw new AdapterException("unknown-op", "no operation " + op);
        }
        return CanonicalJson.bytes(ok);
    }

    private static ObjectNode hello() {
        ObjectNode hello = Answer.object().put("adapter", 1).put("name", Version.NAME).put("language", "Java");
        hello.put("version", Version.NUMBER);
        hello.putArray("profiles").add("core").add("membership").add("anti-entropy").add("legacy");
        hello.putArray("capabilities").add("codec").add("core").add("live");
        return hello;
    }
}
