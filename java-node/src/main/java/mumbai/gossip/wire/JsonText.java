package mumbai.gossip.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * JSON texts by the rules of chapter 3: bytes to characters strictly, then one pass over the whole text that checks
 * every rule and builds the tree. Integers of up to 18 digits are kept exactly, all other numbers as doubles, minus zero
 * among them. Which rule was broken is found out by {@link JsonFault}, only for texts that failed.
 *
 * <p>The parser sees characters only, never bytes, so that it cannot guess another encoding; and it keeps no table of
 * names, so that what one datagram held never changes how the next one is read.
 */
public final class JsonText {
    private static final int LONG_DIGITS = 18;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(1_000)
                    .maxNumberLength(16_000_000)
                    .maxStringLength(16_000_000)
                    .maxNameLength(16_000_000)
                    .build())
            .build();
    private static final ThreadLocal<CharsetDecoder> UTF_8 = ThreadLocal.withInitial(() -> StandardCharsets.UTF_8.newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT));

    private final JsonParser parser;
    private final int maxDepth;
    private int depth;

    private JsonText(JsonParser parser, int maxDepth) {
        this.parser = parser;
        this.maxDepth = maxDepth;
    }

    /** The object that a message's text holds. */
    static ObjectNode object(byte[] text, int length) throws RejectedException {
        char[] characters = new char[length];
        int count = decode(text, length, characters);
        if (length == 0 || text[0] != '{') {
            throw new RejectedException(Reason.JSON_NOT_OBJECT);
        }
        return (ObjectNode) parse(characters, count, Limits.MAX_DEPTH);
    }

    /**
     * Any JSON value by the rules of chapter 3, at most {@code maxDepth} deep.
     *
     * @throws RejectedException when the text breaks one of the rules
     */
    public static JsonNode value(String text, int maxDepth) throws RejectedException {
        char[] characters = text.toCharArray();
        return parse(characters, characters.length, maxDepth);
    }

    /**
     * Any JSON value by the rules of chapter 3 from UTF-8 bytes, at most {@code maxDepth} deep.
     *
     * @throws RejectedException when the text breaks one of the rules
     */
    public static JsonNode value(byte[] text, int maxDepth) throws RejectedException {
        char[] characters = new char[text.length];
        return parse(characters, decode(text, text.length, characters), maxDepth);
    }

    /** Whether every surrogate in the text is half of a pair. */
    public static boolean isWellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    private static int decode(byte[] text, int length, char[] into) throws RejectedException {
        boolean ascii = true;
        for (int i = 0; i < length; i++) {
            byte b = text[i];
            into[i] = (char) b;
            ascii &= b >= 0;
        }
        if (ascii) {
            return length;
        }
        CharsetDecoder decoder = UTF_8.get().reset();
        CharBuffer out = CharBuffer.wrap(into);
        try {
            var result = decoder.decode(ByteBuffer.wrap(text, 0, length), out, true);
            if (result.isError()) {
                result.throwException();
            }
            decoder.flush(out);
        } catch (CharacterCodingException e) {
            throw new RejectedException(Reason.JSON_ENCODING);
        }
        return out.position();
    }

    private static JsonNode parse(char[] text, int length, int maxDepth) throws RejectedException {
        try (JsonParser parser = FACTORY.createParser(text, 0, length)) {
            JsonNode value = new JsonText(parser, maxDepth).value(parser.nextToken());
            if (parser.nextToken() == null) {
                return value;
            }
        } catch (JsonProcessingException | BrokenException e) {
            // the strict reader says below what is wrong
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Reason reason = JsonFault.first(text, length, maxDepth);
        throw new RejectedException(reason == null ? Reason.JSON_SYNTAX : reason);
    }

    private JsonNode value(JsonToken token) throws IOException, BrokenException {
        if (token == null) {
            throw BrokenException.INSTANCE;
        }
        return switch (token) {
            case START_OBJECT -> objectValue();
            case START_ARRAY -> arrayValue();
            case VALUE_STRING -> TextNode.valueOf(checked(parser.getText()));
            case VALUE_NUMBER_INT -> integer();
            case VALUE_NUMBER_FLOAT -> real();
            case VALUE_TRUE -> BooleanNode.TRUE;
            case VALUE_FALSE -> BooleanNode.FALSE;
            case VALUE_NULL -> NullNode.instance;
            default -> throw BrokenException.INSTANCE;
        };
    }

    private ObjectNode objectValue() throws IOException, BrokenException {
        enter();
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = checked(parser.currentName());
            JsonNode value = value(parser.nextToken());
            if (object.replace(name, value) != null) {
                throw BrokenException.INSTANCE;
            }
        }
        if (!parser.hasToken(JsonToken.END_OBJECT)) {
            throw BrokenException.INSTANCE;
        }
        depth--;
        return object;
    }

    private ArrayNode arrayValue() throws IOException, BrokenException {
        enter();
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        JsonToken token = parser.nextToken();
        while (token != JsonToken.END_ARRAY) {
            array.add(value(token));
            token = parser.nextToken();
        }
        depth--;
        return array;
    }

    private void enter() throws BrokenException {
        if (++depth > maxDepth) {
            throw BrokenException.INSTANCE;
        }
    }

    private JsonNode integer() throws IOException, BrokenException {
        int digits = numberLength();
        if (digits > LONG_DIGITS) {
            return real();
        }
        long value = parser.getLongValue();
        // no integer of the wire is spelled with a sign (MGP1-JSN-014, MGP1-JSN-015), and minus zero is a double
        return value == 0 && digits > 1 ? real() : LongNode.valueOf(value);
    }

    private JsonNode real() throws IOException, BrokenException {
        numberLength();
        double value = Double.parseDouble(parser.getText());
        if (Double.isInfinite(value)) {
            throw BrokenException.INSTANCE;
        }
        return DoubleNode.valueOf(value);
    }

    private int numberLength() throws IOException, BrokenException {
        int length = parser.getTextLength();
        if (length > Limits.MAX_NUMBER_TOKEN) {
            throw BrokenException.INSTANCE;
        }
        return length;
    }

    private static String checked(String text) throws BrokenException {
        if (!isWellFormed(text)) {
            throw BrokenException.INSTANCE;
        }
        return text;
    }

    /** Some rule is broken. It carries nothing, because whoever sends rubbish must not make it expensive. */
    private static final class BrokenException extends Exception {
        private static final long serialVersionUID = 1L;
        private static final BrokenException INSTANCE = new BrokenException();

        private BrokenException() {
            super("the text breaks a rule", null, false, false);
        }
    }
}
