package mumbai.gossip.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Measures {@link Adapter#core} on one thread: one machine that knows many members, whose heartbeats it hears in GOSSIPs
 * and whose PINGs are answered, so that all of them are ALIVE. Counts processor time of the calling thread. Asserts
 * nothing. Arguments: members, virtual seconds.
 */
final class CoreBench {
    private static final long WALL = 1_760_000_000_000L;
    private static final int PER_GOSSIP = 100;
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

    private final SplittableRandom random = new SplittableRandom(1);
    private final int members;
    private long number;
    private long mono;
    private long wake;
    private int messages;
    private long ticks;
    private long datagrams;
    private long sent;
    private long tickNanos;
    private long datagramNanos;

    private CoreBench(int members) {
        this.members = members;
    }

    /** Runs the measurement and prints it. */
    public static void main(String[] args) throws IOException {
        int members = args.length > 0 ? Integer.parseInt(args[0]) : 1_000;
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 60;
        CoreBench bench = new CoreBench(members);
        bench.create();
        bench.run(Math.max(20, seconds / 3));
        bench.report("warming up");
        bench.run(seconds);
        bench.report("measured");
        bench.spin();
    }

    private void create() throws IOException {
        String request = "{\"op\":\"create\",\"node\":\"bench\",\"now\":{\"wall\":" + WALL + ",\"mono\":0},\"config\":{\"nodeId\":\"n\","
                + "\"host\":\"10.0.0.1\",\"port\":9000,\"fanout\":32,\"suspectTimeout\":5000,\"failureTimeout\":10000}}";
        JsonNode answer = MAPPER.readTree(new String(Adapter.handle(request.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8));
        number = answer.at("/ok/number").longValue();
        wake = answer.at("/ok/wake").longValue();
    }

    private void run(int seconds) {
        ticks = 0;
        datagrams = 0;
        sent = 0;
        tickNanos = 0;
        datagramNanos = 0;
        for (long end = mono + seconds * 1_000L; mono < end; mono++) {
            if (mono >= wake) {
                tick();
            }
            if (mono % 100 == 0) {
                int teller = random.nextInt(members);
                datagram(teller, gossip(teller));
            }
        }
    }

    private void tick() {
        byte[] request = ByteBuffer.allocate(21).put((byte) 2).putInt((int) number).putLong(WALL + mono).putLong(mono).array();
        long start = CPU.getCurrentThreadCpuTime();
        byte[] answer = Adapter.core(request);
        tickNanos += CPU.getCurrentThreadCpuTime() - start;
        ticks++;
        take(answer);
    }

    private void datagram(int from, byte[] bytes) {
        byte[] address = address(from).getBytes(StandardCharsets.US_ASCII);
        byte[] request = ByteBuffer.allocate(23 + address.length + bytes.length).put((byte) 1).putInt((int) number)
                .putLong(WALL + mono).putLong(mono).putShort((short) address.length).put(address).put(bytes).array();
        long start = CPU.getCurrentThreadCpuTime();
        byte[] answer = Adapter.core(request);
        datagramNanos += CPU.getCurrentThreadCpuTime() - start;
        datagrams++;
        take(answer);
    }

    private void take(byte[] answer) {
        ByteBuffer in = ByteBuffer.wrap(answer);
        if (answer[0] < 0) {
            throw new IllegalStateException(new String(answer, StandardCharsets.UTF_8));
        }
        wake = in.getLong();
        int count = in.getShort() & 0xFFFF;
        sent += count;
        for (int i = 0; i < count; i++) {
            byte[] to = new byte[in.getShort() & 0xFFFF];
            in.get(to);
            byte[] bytes = new byte[in.getInt()];
            in.get(bytes);
            String text = bytes[0] == '{' ? new String(bytes, StandardCharsets.UTF_8) : "";
            int ping = text.indexOf("\"pingId\":\"");
            if (ping >= 0 && text.endsWith("\"type\":\"PING\"}")) {
                answerPing(new String(to, StandardCharsets.US_ASCII), text.substring(ping + 10, text.indexOf('"', ping + 10)));
            }
        }
    }

    private void answerPing(String to, String pingId) {
        int member = Integer.parseInt(to.substring(to.lastIndexOf(':') + 1)) - 10_000;
        datagram(member, message(member, "PONG", "", "\"pingId\":\"" + pingId + "\""));
    }

    /** A GOSSIP with the records of some members at first, later with their heartbeats. */
    private byte[] gossip(int teller) {
        StringBuilder heartbeats = new StringBuilder();
        StringBuilder records = new StringBuilder();
        int first = random.nextInt(members);
        for (int i = 0; i < Math.min(PER_GOSSIP, members - 1); i++) {
            int member = (first + i) % members;
            if (member == teller) {
                continue;
            }
            if (mono < 8_000) {
                records.append(',').append(record(member));
            }
            heartbeats.append(heartbeats.isEmpty() ? "" : ",").append("\"m").append(member).append("\":").append(WALL + mono);
        }
        return message(teller, "GOSSIP", records.toString(), "\"heartbeats\":{" + heartbeats + "}");
    }

    private String record(int member) {
        return "\"m" + member + "\":{\"host\":\"10.0.0.2\",\"lastSeen\":" + (WALL + mono) + ",\"port\":" + (10_000 + member)
                + ",\"state\":\"ALIVE\",\"updated\":" + WALL + "}";
    }

    private byte[] message(int sender, String type, String records, String data) {
        return ("{\"data\":{" + data + ",\"membership\":{" + record(sender) + records + "}},\"messageId\":\"b" + ++messages
                + "\",\"protocolVersion\":1,\"senderId\":\"m" + sender + "\",\"timestamp\":" + (WALL + mono) + ",\"type\":\"" + type + "\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String address(int member) {
        return "10.0.0.2:" + (10_000 + member);
    }

    /** Ticks at which nothing is due, one after another. */
    private void spin() {
        int count = 200_000;
        byte[] request = ByteBuffer.allocate(21).put((byte) 2).putInt((int) number).putLong(WALL + mono - 1).putLong(mono - 1).array();
        for (int pass = 0; pass < 2; pass++) {
            long start = CPU.getCurrentThreadCpuTime();
            for (int i = 0; i < count; i++) {
                Adapter.core(request);
            }
            long nanos = CPU.getCurrentThreadCpuTime() - start;
            System.out.printf("idle ticks: %d per second%n", count * 1_000_000_000L / nanos);
        }
    }

    private void report(String what) throws IOException {
        String request = "{\"op\":\"state\",\"node\":\"bench\",\"now\":{\"wall\":" + (WALL + mono) + ",\"mono\":" + mono + "}}";
        JsonNode known = MAPPER.readTree(new String(Adapter.handle(request.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8))
                .at("/ok/members");
        int validated = 0;
        int alive = 0;
        for (JsonNode member : known) {
            validated += member.get("validated").booleanValue() ? 1 : 0;
            alive += member.get("state").textValue().equals("ALIVE") ? 1 : 0;
        }
        System.out.printf("%s: %d members, %d ALIVE, %d validated; %d ticks, %d per second; %d datagrams in, %d per second; %d out%n",
                what, known.size(), alive, validated, ticks, perSecond(ticks, tickNanos), datagrams, perSecond(datagrams, datagramNanos), sent);
    }

    private static long perSecond(long count, long nanos) {
        return count == 0 ? 0 : count * 1_000_000_000L / Math.max(1, nanos);
    }
}
