package mumbai.gossip.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import mumbai.gossip.wire.CanonicalJson;
import org.junit.jupiter.api.Test;

/** The binary layout of {@link Adapter#core} says the same as the JSON. */
class CoreCallsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final AtomicInteger HANDLES = new AtomicInteger();
    private static final long WALL = 1_760_000_000_000L;

    private static JsonNode parse(byte[] json) {
        try {
            return MAPPER.readTree(new String(json, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode call(String request) {
        JsonNode answer = parse(Adapter.handle(request.getBytes(StandardCharsets.UTF_8)));
        return answer.has("ok") ? answer.get("ok") : answer.get("error");
    }

    private static String now(long mono) {
        return "\"now\":{\"wall\":" + (WALL + mono) + ",\"mono\":" + mono + "}";
    }

    private static JsonNode create(String handle) {
        return call("{\"op\":\"create\",\"node\":\"" + handle + "\"," + now(0) + ",\"config\":{\"nodeId\":\"n\",\"host\":\"127.0.0.1\","
                + "\"port\":9000,\"randomSeed\":4,\"seeds\":[\"127.0.0.1:9001\"]}}");
    }

    private static byte[] request(int op, long number, long mono, String from, byte[] payload) {
        byte[] address = from.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(21 + (op == 1 ? 2 + address.length + payload.length : 0));
        out.put((byte) op).putInt((int) number).putLong(WALL + mono).putLong(mono);
        if (op == 1) {
            out.putShort((short) address.length).put(address).put(payload);
        }
        return out.array();
    }

    /** The answer in the shape of the JSON one. */
    private static JsonNode read(byte[] answer) {
        ByteBuffer in = ByteBuffer.wrap(answer);
        ObjectNode json = MAPPER.createObjectNode().put("wake", in.getLong());
        ArrayNode sent = MAPPER.createArrayNode();
        for (int left = in.getShort() & 0xFFFF; left > 0; left--) {
            byte[] to = new byte[in.getShort() & 0xFFFF];
            in.get(to);
            byte[] datagram = new byte[in.getInt()];
            in.get(datagram);
            sent.addObject().put("datagram", HexFormat.of().formatHex(datagram)).put("to", new String(to, StandardCharsets.US_ASCII));
        }
        byte[] report = new byte[in.getInt()];
        in.get(report);
        assertEquals(0, in.remaining());
        JsonNode reported = report.length == 0 ? MAPPER.createObjectNode() : parse(report);
        json.set("sent", sent);
        json.set("events", reported.has("events") ? reported.get("events") : MAPPER.createArrayNode());
        if (reported.has("outcome")) {
            json.set("outcome", reported.get("outcome"));
        }
        return json;
    }

    private static void assertSame(JsonNode expected, JsonNode answer) {
        assertEquals(CanonicalJson.text(expected), CanonicalJson.text(answer));
    }

    private static byte[] gossip(String id, int messageId, long time) {
        return ("{\"data\":{\"heartbeats\":{\"-\":-1},\"membership\":{\"" + id + "\":{\"host\":\"127.0.0.1\",\"lastSeen\":" + time
                + ",\"port\":9001,\"state\":\"ALIVE\",\"updated\":1}}},\"messageId\":\"m" + messageId + "\",\"protocolVersion\":1,"
                + "\"senderId\":\"" + id + "\",\"timestamp\":" + time + ",\"type\":\"GOSSIP\"}").getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void bothWaysGiveTheSameAnswers() {
        String plain = "plain-" + HANDLES.incrementAndGet();
        create(plain);
        long number = create("number-" + HANDLES.incrementAndGet()).get("number").longValue();
        List<byte[]> datagrams = List.of(gossip("p", 1, WALL), "no".getBytes(StandardCharsets.UTF_8), gossip("p", 1, WALL), gossip("q", 2, WALL));
        for (int i = 0; i < 40; i++) {
            long mono = 250L * i;
            JsonNode tick = call("{\"op\":\"tick\",\"node\":\"" + plain + "\"," + now(mono) + "}");
            assertSame(tick, read(Adapter.core(request(2, number, mono, "", null))));
            byte[] datagram = datagrams.get(i % datagrams.size());
            JsonNode taken = call("{\"op\":\"datagram\",\"node\":\"" + plain + "\"," + now(mono) + ",\"from\":\"127.0.0.1:9001\",\"datagram\":\""
                    + HexFormat.of().formatHex(datagram) + "\"}");
            assertSame(taken, read(Adapter.core(request(1, number, mono, "127.0.0.1:9001", datagram))));
        }
    }

    @Test
    void theStateSaysTheSameAsTheJson() {
        String handle = "state-" + HANDLES.incrementAndGet();
        long number = create(handle).get("number").longValue();
        call("{\"op\":\"set\",\"node\":\"" + handle + "\"," + now(1) + ",\"key\":\"k\",\"value\":{\"b\":1,\"a\":\"\u00e9\"}}");
        call("{\"op\":\"set\",\"node\":\"" + handle + "\"," + now(2) + ",\"key\":\"gone\",\"value\":1}");
        call("{\"op\":\"delete\",\"node\":\"" + handle + "\"," + now(3) + ",\"key\":\"gone\"}");
        Adapter.core(request(1, number, 4, "127.0.0.1:9001", gossip("p", 1, WALL)));
        Adapter.core(request(1, number, 4, "127.0.0.1:9001", gossip("q", 2, WALL)));
        JsonNode state = call("{\"op\":\"state\",\"node\":\"" + handle + "\"," + now(5) + "}");
        ByteBuffer in = ByteBuffer.wrap(Adapter.core(request(3, number, 5, "", null)));
        assertEquals(0, in.get());
        assertEquals(state.get("history").intValue(), in.getInt());
        assertEquals(0, in.getInt());
        assertEquals(state.get("members").size(), in.getInt());
        for (String id : List.of("p", "q")) {
            JsonNode member = state.get("members").get(id);
            assertEquals(id, text(in));
            assertEquals(0, in.get());
            assertEquals(member.get("lastSeen").longValue(), in.getLong());
            assertEquals(member.get("updated").longValue(), in.getLong());
        }
        assertEquals(2, in.getInt());
        for (String key : List.of("gone", "k")) {
            JsonNode entry = state.get("entries").get(key);
            assertEquals(key, text(in));
            assertEquals(entry.get("deleted").booleanValue(), in.get() == 1);
            assertEquals(entry.get("timestamp").longValue(), in.getLong());
            assertEquals(entry.get("version").textValue(), text(in));
            assertEquals("n", text(in));
            byte[] value = new byte[in.getInt()];
            in.get(value);
            assertEquals(CanonicalJson.text(entry.get("value")), new String(value, StandardCharsets.UTF_8));
        }
        assertEquals(0, in.remaining());
    }

    private static String text(ByteBuffer in) {
        byte[] utf8 = new byte[in.getShort()];
        in.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    @Test
    void nothingThatHappenedIsNothingInTheReport() {
        long number = create("quiet-" + HANDLES.incrementAndGet()).get("number").longValue();
        // no datagrams, no report
        assertArrayEquals(new byte[6], tail(Adapter.core(request(2, number, 1, "", null)), 6));
    }

    private static byte[] tail(byte[] answer, int length) {
        return Arrays.copyOfRange(answer, answer.length - length, answer.length);
    }

    private static String errorOf(byte[] request) {
        byte[] answer = Adapter.core(request);
        assertEquals((byte) 0xFF, answer[0]);
        return parse(tail(answer, answer.length - 1)).get("code").textValue();
    }

    @Test
    void errorsBeginWithAByteOfTheirOwn() {
        String handle = "faulty-" + HANDLES.incrementAndGet();
        long number = create(handle).get("number").longValue();
        assertEquals("bad-request", errorOf(new byte[0]));
        assertEquals("bad-request", errorOf(new byte[] {2, 0, 0}));
        assertEquals("unknown-node", errorOf(request(2, -1, 0, "", null)));
        assertEquals("unknown-op", errorOf(request(4, number, 0, "", null)));
        assertEquals("bad-request", errorOf(request(2, number, -1, "", null)));
        assertEquals("bad-request", errorOf(request(2, number, 1L << 54, "", null)));
        assertEquals("bad-request", errorOf(request(1, number, 0, "localhost:1", new byte[0])));
        assertTrue(call("{\"op\":\"destroy\",\"node\":\"" + handle + "\"}").isEmpty());
        assertEquals("unknown-node", errorOf(request(2, number, 0, "", null)));
    }

    @Test
    void theDigestIsAnOperationOfTheJsonWay() {
        String handle = "digest-" + HANDLES.incrementAndGet();
        create(handle);
        String digest = "{\"op\":\"digest\",\"node\":\"" + handle + "\"," + now(5) + ",\"prefix\":\"";
        assertTrue(call(digest + "\"}").get("digest").isNull());
        call("{\"op\":\"set\",\"node\":\"" + handle + "\"," + now(5) + ",\"key\":\"k26\",\"value\":1}");
        assertEquals(32, call(digest + "a\"}").get("digest").textValue().length());
        assertTrue(call(digest + "b\"}").get("digest").isNull());
        assertEquals("bad-request", call(digest + "A\"}").get("code").textValue());
    }
}
