package mumbai.gossip.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.Decoder;
import mumbai.gossip.wire.Encoder;
import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.Gate;
import mumbai.gossip.wire.MemberState;
import mumbai.gossip.wire.Message;
import mumbai.gossip.wire.Message.SyncBody;
import mumbai.gossip.wire.MessageType;
import mumbai.gossip.wire.NodeRecord;
import mumbai.gossip.wire.Reason;
import mumbai.gossip.wire.RefusedException;
import mumbai.gossip.wire.RejectedException;
import org.junit.jupiter.api.Test;

/** Chapter 9, one machine and one peer that is moved by hand. */
class SyncTest {
    private static final long WALL = 1_760_000_000_000L;
    private static final Address IUT = new Address("127.0.0.1", 9_000);
    private static final Address PEER = new Address("127.0.0.1", 9_001);
    private static final Address ELSEWHERE = new Address("127.0.0.1", 9_002);
    private static final String FAKE = "0123456789abcdef0123456789abcdef";

    private final List<Outbound> log = new ArrayList<>();
    private Machine machine;
    private boolean peerAnswers = true;
    private long mono;
    private long wallStep;
    private int messages;

    private Now now() {
        return new Now(WALL + mono + wallStep, mono);
    }

    private void start(Parameter parameter, long value) {
        machine = new Machine(Config.builder("iut", IUT.host(), IUT.port()).seed(PEER).randomSeed(5).set(parameter, value).build(), now());
        drain();
    }

    private void start() {
        start(Parameter.FANOUT, 3);
    }

    /** Takes what was sent; PINGs to the peer are answered at once. */
    private List<Message> drain() {
        List<Message> sent = new ArrayList<>();
        for (List<Outbound> fresh = machine.drain().sent(); !fresh.isEmpty(); fresh = machine.drain().sent()) {
            for (Outbound outbound : fresh) {
                log.add(outbound);
                Message message = decoded(outbound.datagram());
                sent.add(message);
                if (message.type() == MessageType.PING && outbound.to().equals(PEER) && peerAnswers) {
                    machine.onDatagram(now(), PEER, bytes(message(MessageType.PONG).pingId(message.pingId())));
                }
            }
        }
        return sent;
    }

    private static Message decoded(byte[] datagram) {
        try {
            return Decoder.decode(datagram, Gate.OPEN).message();
        } catch (RejectedException e) {
            throw new AssertionError("the node sent what others reject: " + e.reason().code(), e);
        }
    }

    private static byte[] bytes(Message message) {
        return Encoder.datagram(message, 65_536);
    }

    private Message message(MessageType type) {
        long time = WALL + mono + ++messages;
        try {
            NodeRecord record = NodeRecord.of("peer", PEER.host(), PEER.port(), MemberState.ALIVE, time, WALL,
                    JsonNodeFactory.instance.objectNode(), null);
            return new Message(type, "", "peer", "m" + messages, time).record("peer", record);
        } catch (RejectedException e) {
            throw new AssertionError(e);
        }
    }

    private static SortedMap<String, String> children(String... digitsAndDigests) {
        SortedMap<String, String> children = new TreeMap<>();
        for (int i = 0; i < digitsAndDigests.length; i += 2) {
            children.put(digitsAndDigests[i], digitsAndDigests[i + 1]);
        }
        return children;
    }

    private Message digest(String prefix, SortedMap<String, String> children) {
        return message(MessageType.SYNC).sync(new SyncBody(prefix, children, false));
    }

    private Message entries(String prefix, boolean reply, Entry... entries) {
        Message message = message(MessageType.SYNC).sync(new SyncBody(prefix, null, reply));
        for (Entry entry : entries) {
            message.entry(entry);
        }
        return message;
    }

    private SortedMap<String, String> ownChildren(String prefix) {
        SortedMap<String, String> children = new TreeMap<>();
        for (String digit : "0123456789abcdef".split("")) {
            String digest = machine.digest(now(), prefix + digit);
            if (digest != null) {
                children.put(digit, digest);
            }
        }
        return children;
    }

    private List<Message> receive(Message message) {
        return receive(message, PEER);
    }

    /** The SYNCs that the machine sends in answer. */
    private List<Message> receive(Message message, Address from) {
        drain();
        machine.onDatagram(now(), from, bytes(message));
        return syncs(drain());
    }

    private static List<Message> syncs(List<Message> sent) {
        return sent.stream().filter(message -> message.type() == MessageType.SYNC).toList();
    }

    /** The SYNCs that the machine starts by itself meanwhile. */
    private List<Message> run(long millis) {
        List<Message> sent = new ArrayList<>();
        for (long end = mono + millis; mono < end; ) {
            mono++;
            if (machine.wake(now()) <= mono + 1) {
                machine.tick(now());
                sent.addAll(drain());
            }
        }
        return syncs(sent);
    }

    private static Entry entry(String key, long timestamp, JsonNode value) {
        try {
            return Entry.of(key, value, timestamp, "v", "w", value.isNull());
        } catch (RejectedException e) {
            throw new AssertionError(e);
        }
    }

    private static Entry entry(String key, long timestamp) {
        return entry(key, timestamp, IntNode.valueOf(1));
    }

    private void hold(Entry... entries) {
        machine.restore(now(), List.of(entries));
    }

    /** 300 characters that hardly compress. */
    private static JsonNode noise(int seed) {
        byte[] bytes = new byte[150];
        new Random(seed).nextBytes(bytes);
        return TextNode.valueOf(HexFormat.of().formatHex(bytes));
    }

    private static Entry[] keys(int count) {
        Entry[] entries = new Entry[count];
        for (int i = 0; i < count; i++) {
            entries[i] = entry("k" + i, WALL - i);
        }
        return entries;
    }

    @Test
    void aSyncOutOfFormIsRejectedForTheFirstReasonThatApplies() {
        start();
        String[][] cases = {
            {"\"phase\":\"digest\",\"prefix\":5", "body.phase"}, {"\"prefix\":\"\",\"children\":{}", "body.phase"},
            {"\"phase\":\"DIGEST\",\"prefix\":\"A\",\"children\":7", "body.prefix"},
            {"\"phase\":\"ENTRIES\",\"prefix\":\"" + "0".repeat(65) + "\"", "body.prefix"},
            {"\"phase\":\"DIGEST\",\"prefix\":\"\"", "body.children"},
            {"\"phase\":\"DIGEST\",\"prefix\":\"\",\"children\":{\"10\":\"" + FAKE + "\"}", "body.children"},
            {"\"phase\":\"DIGEST\",\"prefix\":\"\",\"children\":{\"1\":\"" + FAKE + "0\"}", "body.children"},
            {"\"phase\":\"DIGEST\",\"prefix\":\"" + "0".repeat(64) + "\",\"children\":{\"1\":\"" + FAKE + "\"}", "body.children"},
            {"\"phase\":\"ENTRIES\",\"prefix\":\"\",\"reply\":1", "body.reply"}};
        for (String[] one : cases) {
            String own = new String(bytes(message(MessageType.SYNC).sync(new SyncBody("", null, false))), StandardCharsets.UTF_8);
            String text = own.replace("\"phase\":\"ENTRIES\",\"prefix\":\"\"", one[0]);
            Reason reason = machine.onDatagram(now(), PEER, text.getBytes(StandardCharsets.UTF_8)).rejected();
            assertEquals(one[1], reason == null ? null : reason.code(), one[0]);
        }
    }

    @Test
    void anExchangeStartsEachSyncIntervalWithADigestOfTheWholeStore() {
        start(Parameter.SYNC_INTERVAL, 2_000);
        hold(keys(40));
        int all = 0;
        for (int i = 0; i < 9; i++) {
            List<Message> started = run(2_000);
            assertTrue(!started.isEmpty(), "one in each interval");
            for (Message exchange : started) {
                assertEquals("", exchange.sync().prefix());
                assertEquals(ownChildren(""), exchange.sync().children());
            }
            all += started.size();
            receive(message(MessageType.GOSSIP));
        }
        assertTrue(all <= 11, all + " in nine intervals: more than a tenth early");
    }

    @Test
    void noExchangeStartsWithAMemberThatIsNotAliveOrNotValidated() {
        start(Parameter.SYNC_INTERVAL, 100);
        run(200);
        peerAnswers = false;
        run(3_100);
        assertEquals(MemberState.SUSPECT, machine.members().get("peer").state());
        assertEquals(List.of(), run(1_000));
        peerAnswers = true;
        Machine stranger = new Machine(Config.builder("iut", IUT.host(), IUT.port()).set(Parameter.SYNC_INTERVAL, 100).build(), now());
        machine = stranger;
        peerAnswers = false;
        receive(message(MessageType.GOSSIP));
        assertEquals(MemberState.ALIVE, machine.members().get("peer").state());
        assertEquals(List.of(), run(1_000));
    }

    @Test
    void whileThereAreDifferencesTheNextExchangeFollowsAfterOneGossipInterval() {
        start(Parameter.GOSSIP_INTERVAL, 1_000);
        while (run(1).isEmpty()) {
            assertTrue(mono < 10_000);
        }
        receive(entries("", true, entry("new", WALL)));
        assertEquals(List.of(), run(999));
        assertEquals(1, run(1).size());
        assertEquals(List.of(), run(1_900));
        receive(message(MessageType.GOSSIP));
        receive(digest("", ownChildren("")));
        assertEquals(List.of(), run(1_900));
    }

    @Test
    void aDifferentChildIsAnsweredWithAllEntriesBelowIt() {
        start();
        hold(keys(60));
        SortedMap<String, String> children = ownChildren("");
        children.put("a", FAKE);
        List<Message> answers = receive(digest("", children));
        assertEquals(1, answers.size());
        assertEquals("a", answers.get(0).sync().prefix());
        assertTrue(answers.get(0).sync().isEntries() && answers.get(0).sync().reply());
        assertEquals(Set.of("k26", "k52"), answers.get(0).localData().keySet());
    }

    @Test
    void aChildThatIsAbsentThereIsDifferent() {
        start();
        hold(keys(60));
        SortedMap<String, String> children = ownChildren("");
        children.remove("a");
        assertEquals(Set.of("k26", "k52"), receive(digest("", children)).get(0).localData().keySet());
    }

    @Test
    void aChildThatDoesNotFitOneMessageIsAnsweredWithItsDigest() {
        start();
        for (int i = 0; i < 400; i++) {
            hold(entry("k" + i, WALL, noise(i)));
        }
        SortedMap<String, String> children = ownChildren("");
        children.put("a", FAKE);
        List<Message> answers = receive(digest("", children));
        assertEquals(1, answers.size());
        assertFalse(answers.get(0).sync().isEntries());
        assertEquals("a", answers.get(0).sync().prefix());
        assertEquals(ownChildren("a"), answers.get(0).sync().children());
        log.forEach(sent -> assertTrue(sent.datagram().length <= 1_400));
    }

    @Test
    void aChildOfWhichNothingIsHeldIsAnsweredWithNoEntries() {
        start();
        List<Message> answers = receive(digest("3f", children("0", FAKE)));
        assertEquals(1, answers.size());
        assertEquals(new SyncBody("3f0", null, true), answers.get(0).sync());
        assertTrue(answers.get(0).localData().isEmpty());
    }

    @Test
    void aDigestWithoutDifferenceIsNotAnswered() {
        start();
        assertEquals(List.of(), receive(digest("", children())));
        hold(keys(300));
        for (String prefix : List.of("", "a", "a0", "f".repeat(64))) {
            assertEquals(List.of(), receive(digest(prefix, ownChildren(prefix))), prefix);
        }
    }

    @Test
    void everyAnswerToADigestIsAboutALongerPrefix() {
        start();
        hold(keys(2_000));
        for (String prefix : List.of("", "a", "a0", "a02")) {
            for (Message answer : receive(digest(prefix, children("0", FAKE, "7", FAKE)))) {
                assertTrue(answer.sync().prefix().startsWith(prefix) && answer.sync().prefix().length() == prefix.length() + 1);
            }
        }
    }

    @Test
    void entriesAreMergedAsThoseOfAGossip() {
        start();
        hold(entry("k26", WALL), entry("k52", WALL));
        Entry future = entry("k75", WALL + 86_400_000L + 1_000);
        receive(entries("a", false, entry("k26", WALL + 1, IntNode.valueOf(7)), entry("k52", WALL - 1), entry("k102", WALL), future));
        assertEquals(7, machine.get("k26").value().intValue());
        assertEquals(WALL, machine.get("k52").timestamp());
        assertNotNull(machine.get("k102"));
        assertNull(machine.get("k75"));
        assertEquals(1, machine.counters().get("entry.future"));
    }

    @Test
    void entriesOfADigestAreIgnored() {
        start();
        String text = new String(bytes(digest("", children())), StandardCharsets.UTF_8);
        String withEntries = text.replace("\"phase\"", "\"localData\":{\"k\":{\"sourceNode\":\"a\",\"timestamp\":1,\"version\":\"v\"}},\"phase\"");
        assertNull(machine.onDatagram(now(), PEER, withEntries.getBytes(StandardCharsets.UTF_8)).rejected());
        assertTrue(machine.entries().isEmpty());
    }

    @Test
    void theReplyHoldsWhatTheMessageLacksAndWhatIsGreater() {
        start();
        hold(keys(60));
        hold(entry("k102", WALL));
        List<Message> answers = receive(entries("a", true, entry("k26", WALL + 5), entry("k52", WALL - 1_000)));
        assertEquals(1, answers.size());
        assertEquals(new SyncBody("a", null, false), answers.get(0).sync());
        assertEquals(Set.of("k52", "k102"), answers.get(0).localData().keySet());
    }

    @Test
    void aReplyThatDoesNotFitOneMessageIsTheDigestOfThatPrefix() {
        start();
        for (int i = 0; i < 400; i++) {
            hold(entry("k" + i, WALL, noise(i)));
        }
        List<Message> answers = receive(entries("a", true));
        assertEquals(1, answers.size());
        assertEquals(new SyncBody("a", ownChildren("a"), false), answers.get(0).sync());
    }

    @Test
    void noAnswerWhereNoneIsWantedOrNothingIsLacking() {
        start();
        hold(entry("k26", WALL));
        assertEquals(List.of(), receive(entries("a", false)));
        assertEquals(List.of(), receive(entries("a", true, entry("k26", WALL))));
        assertEquals(List.of(), receive(entries("a", true, entry("k26", WALL + 1))));
        assertEquals(List.of(), receive(entries("b", true)));
    }

    @Test
    void atMostFourAnswersChosenAtRandom() {
        start();
        Set<String> asked = new HashSet<>();
        for (int i = 0; i < 60; i++) {
            hold(entry("n" + i, WALL));
            List<Message> answers = receive(digest("", children()));
            assertTrue(answers.size() <= 4);
            answers.forEach(answer -> asked.add(answer.sync().prefix()));
        }
        assertEquals(16, asked.size());
    }

    @Test
    void answersGoOnlyToTheValidatedAddressOfTheSender() {
        start();
        hold(entry("k26", WALL));
        assertEquals(List.of(), receive(digest("", children()), ELSEWHERE));
        assertEquals(List.of(), receive(entries("", true), ELSEWHERE));
        assertEquals(1, receive(entries("", true)).size());
        assertEquals(PEER, log.get(log.size() - 1).to());
        peerAnswers = false;
        machine = new Machine(Config.builder("iut", IUT.host(), IUT.port()).build(), now());
        hold(entry("k26", WALL));
        assertEquals(List.of(), receive(digest("", children())));
        assertEquals(List.of(), receive(entries("", true)));
        receive(entries("", false, entry("k9", WALL)));
        assertNotNull(machine.get("k9"));
    }

    @Test
    void theSameMessageGetsTheSameAnswerWhateverCameBefore() {
        start();
        hold(entry("k26", WALL), entry("k52", WALL));
        SyncBody alone = receive(entries("a", true)).get(0).sync();
        receive(digest("a", children()));
        receive(entries("b", true));
        List<Message> again = receive(entries("a", true));
        assertEquals(alone, again.get(0).sync());
        assertEquals(Set.of("k26", "k52"), again.get(0).localData().keySet());
    }

    @Test
    void aSubtreeThatStaysDifferentIsLeftOutForTenSyncIntervals() {
        start(Parameter.SYNC_INTERVAL, 1_000);
        hold(entry("k26", WALL), entry("k1", WALL));
        SortedMap<String, String> children = ownChildren("");
        children.put("a", FAKE);
        for (int i = 0; i < 3; i++) {
            assertEquals(1, receive(digest("", children)).size());
        }
        assertEquals(List.of(), receive(digest("", children)));
        SortedMap<String, String> another = new TreeMap<>(children);
        another.put("0", FAKE);
        assertEquals("0", receive(digest("", another)).get(0).sync().prefix());
        for (int i = 0; i < 9; i++) {
            run(1_000);
            assertEquals(List.of(), receive(digest("", children)));
        }
        run(1_000);
        assertEquals(1, receive(digest("", children)).size());
    }

    @Test
    void aSubtreeIsNoLongerLeftOutWhenSomethingInItChanges() {
        start();
        hold(entry("k26", WALL));
        for (int i = 0; i < 4; i++) {
            receive(digest("", children("a", FAKE)));
        }
        assertEquals(List.of(), receive(digest("", children("a", FAKE))));
        receive(entries("a", false, entry("k52", WALL)));
        assertEquals(1, receive(digest("", children("a", FAKE))).size());
    }

    @Test
    void entriesThatDoNotLieBelowThePrefixAreIgnoredAndCounted() {
        start();
        receive(entries("a", false, entry("k26", WALL), entry("k1", WALL)));
        assertNotNull(machine.get("k26"));
        assertNull(machine.get("k1"));
        assertEquals(1, machine.counters().get("entry.prefix"));
    }

    @Test
    void expiryChangesTheDigestAsTimePasses() {
        start(Parameter.TOMBSTONE_RETENTION, 5_000);
        hold(entry("k26", WALL), entry("k52", WALL, NullNode.instance));
        SortedMap<String, String> before = ownChildren("");
        assertEquals(List.of(), receive(digest("", before)));
        mono += 5_001;
        SortedMap<String, String> after = ownChildren("");
        assertNotEquals(before, after);
        receive(message(MessageType.GOSSIP));
        assertEquals(List.of(), receive(digest("", after)));
        assertEquals(Set.of("k26"), receive(entries("a", true)).get(0).localData().keySet());
    }

    @Test
    void entriesThatTheClockLeftBehindAreNotSent() {
        start();
        hold(entry("k26", WALL), entry("k52", WALL - 100_000));
        wallStep = -86_400_000L - 50_000;
        assertEquals(Set.of("k52"), receive(entries("a", true)).get(0).localData().keySet());
        wallStep = 0;
        assertEquals(Set.of("k26", "k52"), receive(entries("a", true)).get(0).localData().keySet());
    }

    private boolean offersEntries(long millis) {
        int from = log.size();
        run(millis);
        return log.subList(from, log.size()).stream().map(sent -> decoded(sent.datagram()))
                .anyMatch(message -> message.type() == MessageType.GOSSIP && !message.localData().isEmpty());
    }

    @Test
    void aNodeThatWasCutOffForLongOffersEntriesAgainWhenAnExchangeShowsNoDifference() throws RefusedException {
        start(Parameter.TOMBSTONE_RETENTION, 20_000);
        hold(entry("k26", WALL));
        assertTrue(offersEntries(3_000));
        peerAnswers = false;
        run(30_000);
        assertTrue(machine.members().get("peer") == null || machine.members().get("peer").isDead());
        peerAnswers = true;
        receive(message(MessageType.GOSSIP));
        assertEquals(MemberState.ALIVE, machine.members().get("peer").state());
        machine.set(now(), "written-meanwhile", IntNode.valueOf(1));
        assertFalse(offersEntries(3_000));
        receive(digest("", children("a", FAKE)));
        assertFalse(offersEntries(3_000));
        assertEquals(Set.of("k26"), receive(entries("a", true)).get(0).localData().keySet());
        receive(digest("", ownChildren("")));
        assertTrue(offersEntries(3_000));
    }

    @Test
    void aNodeInContactIsNeverHeldBack() {
        start(Parameter.TOMBSTONE_RETENTION, 20_000);
        hold(entry("k26", WALL));
        for (int i = 0; i < 12; i++) {
            assertTrue(offersEntries(4_000));
        }
    }
}
