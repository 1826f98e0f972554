package mumbai.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;

class DecoderTest {
    private static final long TIME = 1_760_000_000_000L;

    static Message gossip(int entries) throws RejectedException {
        Message message = new Message(MessageType.GOSSIP, "", "p1", "m1", TIME);
        message.record("p1", NodeRecord.of("p1", "127.0.0.1", 9001, MemberState.ALIVE, TIME, TIME,
                JsonNodeFactory.instance.objectNode(), null));
        for (int i = 0; i < entries; i++) {
            message.entry(Entry.of("key" + i, TextNode.valueOf("value " + i), TIME, "v", "p1", false));
        }
        return message;
    }

    private static Reason reasonOf(byte[] datagram) {
        return assertThrows(RejectedException.class, () -> Decoder.decode(datagram, Gate.OPEN)).reason();
    }

    private static byte[] zlib(byte[] text) {
        Deflater deflater = new Deflater();
        deflater.setInput(text);
        deflater.finish();
        byte[] out = new byte[text.length + 64];
        int length = deflater.deflate(out);
        deflater.end();
        return Arrays.copyOf(out, length);
    }

    @Test
    void shortTextsTravelRawAndLongOnesCompressedAndBothMeanTheSame() throws RejectedException {
        assertEquals('{', Encoder.datagram(gossip(1), 512)[0]);
        byte[] compressed = Encoder.datagram(gossip(30), 512);
        assertEquals(0x78, compressed[0]);
        byte[] raw = MessageWriter.text(gossip(30));
        assertArrayEquals(MessageWriter.answer(raw), MessageWriter.answer(compressed));
    }

    @Test
    void emptyMetadataIsNotSentAndBelongsToTheMeaningAllTheSame() throws RejectedException {
        byte[] sent = MessageWriter.text(gossip(0));
        assertFalse(new String(sent, StandardCharsets.US_ASCII).contains("metadata"));
        assertTrue(new String(MessageWriter.answer(sent), StandardCharsets.US_ASCII).contains("\"metadata\":{},"));
    }

    @Test
    void everyTruncationOfAStreamIsRejectedAsTruncated() throws RejectedException {
        byte[] whole = Encoder.datagram(gossip(30), 512);
        for (int length = 2; length < whole.length; length++) {
            assertEquals(Reason.INFLATE_TRUNCATED, reasonOf(Arrays.copyOf(whole, length)));
        }
    }

    @Test
    void aStreamWithAByteTooManyOrAWrongChecksumIsRejected() throws RejectedException {
        byte[] whole = Encoder.datagram(gossip(30), 512);
        assertEquals(Reason.INFLATE_TRAILING, reasonOf(Arrays.copyOf(whole, whole.length + 1)));
        whole[whole.length - 1] ^= 1;
        assertEquals(Reason.INFLATE_CORRUPT, reasonOf(whole));
    }

    @Test
    void aTextMayInflateTo65536BytesAndNotToOneMore() {
        byte[] most = "{".concat(" ".repeat(Limits.MAX_TEXT - 1)).getBytes(StandardCharsets.US_ASCII);
        assertEquals(Reason.JSON_SYNTAX, reasonOf(zlib(most)));
        byte[] more = "{".concat(" ".repeat(Limits.MAX_TEXT)).getBytes(StandardCharsets.US_ASCII);
        assertEquals(Reason.INFLATE_TOO_BIG, reasonOf(zlib(more)));
    }

    @Test
    void anAcceptedNameDoesNotMakeItsBrokenSpellingAcceptable() {
        byte[] good = "{\"name\":1}".getBytes(StandardCharsets.US_ASCII);
        assertEquals(Reason.VERSION_UNSUPPORTED, reasonOf(good));
        byte[] broken = {'{', '"', (byte) 0xFF, 'n', 'a', 'm', 'e', '"', ':', '1', '}'};
        assertEquals(Reason.JSON_ENCODING, reasonOf(broken));
    }

    @Test
    void rubbishOfEveryKindIsRejectedWithoutAnyOtherException() throws RejectedException {
        SplittableRandom random = new SplittableRandom(42);
        byte[] seed = MessageWriter.text(gossip(3));
        byte[] stream = Encoder.datagram(gossip(30), 512);
        int rejected = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] mutant = (i % 2 == 0 ? seed : stream).clone();
            for (int n = 0; n <= random.nextInt(3); n++) {
                mutant[random.nextInt(mutant.length)] = (byte) random.nextInt(256);
            }
            byte[] answer = MessageWriter.answer(mutant);
            assertEquals('{', answer[0]);
            rejected += new String(answer, StandardCharsets.UTF_8).contains("\"rejected\"") ? 1 : 0;
        }
        assertTrue(rejected > 1_000);
    }

    @Test
    void whatOneNodeRelaysIsWhatItReceived() throws Exception {
        String value = "[12345678901234567890,0.1,1e300,\"\\u00e9\\ud83d\\ude00\",null,{\"\":[]},9007199254740993]";
        Message message = gossip(0).entry(Entry.of("k", JsonText.value(value, 28), TIME, "v", "p1", false));
        byte[] first = Encoder.datagram(message, 512);
        Decoded decoded = Decoder.decode(first, Gate.OPEN);
        assertArrayEquals(first, Encoder.datagram(decoded.message(), 512));
    }

    @Test
    void anEntryOf640BytesIsTakenAndOneOf641Skipped() throws RejectedException {
        int around = Entry.of("k", TextNode.valueOf(""), TIME, "v", "p1", false).size();
        assertEquals(640, Entry.of("k", TextNode.valueOf("x".repeat(640 - around)), TIME, "v", "p1", false).size());
        RejectedException tooLarge = assertThrows(RejectedException.class,
                () -> Entry.of("k", TextNode.valueOf("x".repeat(641 - around)), TIME, "v", "p1", false));
        assertEquals(Reason.ENTRY_SIZE, tooLarge.reason());
    }
}
