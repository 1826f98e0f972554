package mumbai.gossip.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LiveTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static JsonNode call(String request) throws Exception {
        return MAPPER.readTree(new String(Adapter.handle(request.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8));
    }

    @Test
    void liveNodesMeetAndShare() throws Exception {
        String address = call("{\"id\":1,\"op\":\"live.start\",\"node\":\"x\",\"config\":{\"nodeId\":\"x\",\"host\":\"127.0.0.1\",\"port\":0}}")
                .at("/ok/address").textValue();
        call("{\"id\":2,\"op\":\"live.start\",\"node\":\"y\",\"config\":{\"nodeId\":\"y\",\"host\":\"127.0.0.1\",\"port\":0,\"seeds\":[\""
                + address + "\"]}}");
        try {
            call("{\"id\":3,\"op\":\"live.set\",\"node\":\"x\",\"key\":\"k\",\"value\":[1,null]}");
            long end = System.nanoTime() + 30_000_000_000L;
            JsonNode got = call("{\"id\":4,\"op\":\"live.get\",\"node\":\"y\",\"key\":\"k\"}");
            while (!got.at("/ok/found").booleanValue()) {
                assertTrue(System.nanoTime() < end, "the entry did not arrive");
                Thread.sleep(5);
                got = call("{\"id\":4,\"op\":\"live.get\",\"node\":\"y\",\"key\":\"k\"}");
            }
            assertEquals("[1,null]", got.at("/ok/value").toString());
            assertEquals("ALIVE", call("{\"id\":5,\"op\":\"live.status\",\"node\":\"y\"}").at("/ok/members/x/state").textValue());
            assertEquals("entry.unknown",
                    call("{\"id\":6,\"op\":\"live.delete\",\"node\":\"y\",\"key\":\"no\"}").at("/ok/refused").textValue());
            assertEquals("start-failed", call("{\"id\":7,\"op\":\"live.start\",\"node\":\"z\",\"config\":{\"nodeId\":\"z\",\"host\":"
                    + "\"127.0.0.1\",\"port\":" + address.substring(address.lastIndexOf(':') + 1) + "}}").at("/error/code").textValue());
        } finally {
            assertTrue(call("{\"id\":8,\"op\":\"live.stop\",\"node\":\"x\"}").has("ok"));
            assertTrue(call("{\"id\":9,\"op\":\"live.kill\",\"node\":\"y\"}").has("ok"));
        }
        assertEquals("unknown-node", call("{\"id\":10,\"op\":\"live.status\",\"node\":\"x\"}").at("/error/code").textValue());
    }
}
