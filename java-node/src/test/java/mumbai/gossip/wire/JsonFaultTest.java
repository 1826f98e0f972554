package mumbai.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFaultTest {
    private static final String LONG = "1".repeat(65);

    private static Reason first(String text) {
        return JsonFault.first(text.toCharArray(), text.length(), 3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '\0', value = {
        "json.number    ~ {\"a\":LONG,\"a\":1e400,[[[",
        "json.duplicate ~ {\"a\":1,\"a\":LONG}",
        "json.number    ~ LONGx",
        "json.syntax    ~ LONG.x",
        "json.number    ~ [1e400,01]",
        "json.syntax    ~ [01,1e400]",
        "json.depth     ~ [[[[",
        "json.syntax    ~ [[[x[",
        "json.depth     ~ {\"a\":{\"a\":[{",
        "json.duplicate ~ {\"a\":[],\"a\":{\"a\":[{",
        "json.surrogate ~ {\"a\":\"\\ud800\",\"a\":1",
        "json.syntax    ~ {\"a\":\"\\x\\ud800",
        "json.surrogate ~ {\"a\":\"\\ud800\\x",
        "json.duplicate ~ {\"a\":1,\"\\u0061\"",
        "json.syntax    ~ {\"a\":1,\"\\u0061",
        "json.surrogate ~ {\"a\":1,\"a\\ud800\"",
        "json.syntax    ~ {\"\\n\":1,\"\\u000A",
        "json.duplicate ~ {\"\\n\":1,\"\\u000A\"x",
        "json.surrogate ~ \"\\ud83d\\ude0",
        "json.surrogate ~ \"\\ude00\\ud83d\"",
        "json.syntax    ~ \"\\u+123\"",
        "json.syntax    ~ \"\\",
    })
    void theFirstFaultInReadingOrderIsNamed(String code, String text) throws RejectedException {
        String whole = text.replace("LONG", LONG);
        assertEquals(code, first(whole).code());
        RejectedException refused = assertThrows(RejectedException.class, () -> JsonText.value(whole, 3));
        assertEquals(code, refused.reason().code());
    }

    @ParameterizedTest
    @ValueSource(strings = {" {\t\"a\" : [ 1 , -0.5e+7 , { } , [ ] ] ,\r\n\"b\":null} ", "-0", "0e999999999", "true",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u007f\"", "\"\\ud83d\\ude00\\uD83D\\uDE00\"", "{\"a\":{\"a\":1},\"b\":{\"a\":1}}"})
    void aSoundTextHasNoFault(String text) throws RejectedException {
        assertNull(first(text));
        JsonText.value(text, 3);
    }

    @Test
    void illFormedBytesComeBeforeEverythingElse() {
        byte[] text = {'[', '[', 'x', (byte) 0xFF};
        assertEquals(Reason.JSON_ENCODING, assertThrows(RejectedException.class, () -> JsonText.object(text, 4)).reason());
        assertEquals(Reason.JSON_NOT_OBJECT, assertThrows(RejectedException.class, () -> JsonText.object(text, 3)).reason());
    }

    @Test
    void minusZeroIsANumberAndNoInteger() throws RejectedException {
        assertTrue(JsonText.value("-0", 1).isDouble());
        assertEquals("0", CanonicalJson.text(JsonText.value("-0", 1)));
        String ping = "{\"protocolVersion\":-0}";
        assertFalse(new String(MessageWriter.answer(ping.getBytes(StandardCharsets.US_ASCII)), StandardCharsets.US_ASCII)
                .contains("version.unsupported"));
    }
}
