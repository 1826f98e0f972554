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
 * every rule and builds the tree. Integers of up to 18 digits are kept exactly, all other numbers as doubles.
 *
 * <p>The parser sees characters only, never bytes, so that it cannot guess another encoding; and it keeps no table of
 * names, so that what one datagram held never changes how the next one is read.
 */
public final class JsonText {
    private static final int LONG_DIGITS = 18;
    /** Room for two escapes beyond where the parser noticed an error. */
    private static final int ESCAPE = 12;
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
            JsonText reader = new JsonText(parser, maxDepth);
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new RejectedException(Reason.JSON_SYNTAX);
            }
            JsonNode value = reader.value(first);
            if (parser.nextToken() != null) {
                throw new RejectedException(Reason.JSON_SYNTAX);
            }
            return value;
        } catch (JsonProcessingException e) {
            // in a name the parser itself refuses a lone surrogate, and says no more than that it is wrong
            long end = e.getLocation() == null ? 0 : e.getLocation().getCharOffset() + ESCAPE;
            boolean lone = SurrogateEscapes.hasLone(text, (int) Math.min(length, end));
            throw new RejectedException(lone ? Reason.JSON_SURROGATE : Reason.JSON_SYNTAX);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonNode value(JsonToken token) throws IOException, RejectedException {
        return switch (token) {
            case START_OBJECT -> objectValue();
            case START_ARRAY -> arrayValue();
            case VALUE_STRING -> TextNode.valueOf(checked(parser.getText()));
            case VALUE_NUMBER_INT -> integer();
            case VALUE_NUMBER_FLOAT -> real();
            case VALUE_TRUE -> BooleanNode.TRUE;
            case VALUE_FALSE -> BooleanNode.FALSE;
            case VALUE_NULL -> NullNode.instance;
            default -> throw new RejectedException(Reason.JSON_SYNTAX);
        };
    }

    private ObjectNode objectValue() throws IOException, RejectedException {
        enter();
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        while (next() != JsonToken.END_OBJECT) {
            String name = checked(parser.currentName());
            JsonNode value = value(next());
            if (object.replace(name, value) != null) {
                throw new RejectedException(Reason.JSON_DUPLICATE);
            }
        }
        depth--;
        return object;
    }

    private ArrayNode arrayValue() throws IOException, RejectedException {
        enter();
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        JsonToken token = next();
        while (token != JsonToken.END_ARRAY) {
            array.add(value(token));
            token = next();
        }
        depth--;
        return array;
    }

    private JsonToken next() throws IOException, RejectedException {
        JsonToken token = parser.nextToken();
        if (token == null) {
            throw new RejectedException(Reason.JSON_SYNTAX);
        }
        return token;
    }

    private void enter() throws RejectedException {
        if (++depth > maxDepth) {
            throw new RejectedException(Reason.JSON_DEPTH);
        }
    }

    private JsonNode integer() throws IOException, RejectedException {
        int digits = numberLength();
        return digits <= LONG_DIGITS ? LongNode.valueOf(parser.getLongValue()) : real();
    }

    private JsonNode real() throws IOException, RejectedException {
        numberLength();
        double value = Double.parseDouble(parser.getText());
        if (Double.isInfinite(value)) {
            throw new RejectedException(Reason.JSON_NUMBER);
        }
        return DoubleNode.valueOf(value);
    }

    private int numberLength() throws IOException, RejectedException {
        int length = parser.getTextLength();
        if (length > Limits.MAX_NUMBER_TOKEN) {
            throw new RejectedException(Reason.JSON_NUMBER);
        }
        return length;
    }

    private static String checked(String text) throws RejectedException {
        if (!isWellFormed(text)) {
            throw new RejectedException(Reason.JSON_SURROGATE);
        }
        return text;
    }
}
