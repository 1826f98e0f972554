package mumbai.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalJsonTest {
    @ParameterizedTest
    @CsvSource({"0,0", "-0.0,0", "1e21,1e+21", "1e20,100000000000000000000", "123456789012345678901,123456789012345680000",
        "1e-6,0.000001", "1e-7,1e-7", "5e-324,5e-324", "9.9e-324,1e-323", "1.7976931348623157e308,1.7976931348623157e+308",
        "0.1,0.1", "-1.5,-1.5", "9007199254740993,9007199254740992", "4.35,4.35", "2e-323,2e-323", "1.0,1"})
    void numbersAreWrittenAsEcmaScriptPrintsThem(String written, String canonical) throws RejectedException {
        assertEquals(canonical, CanonicalJson.text(JsonText.value(written, 1)));
    }

    @Test
    void everyDoubleComesBackUnchanged() throws RejectedException {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 100_000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (Double.isFinite(value)) {
                double back = Double.parseDouble(EcmaNumber.text(value));
                assertEquals(value + 0.0, back + 0.0, () -> "for " + value);
            }
        }
    }

    @Test
    void membersAreSortedByUtf16CodeUnitsAndStringsEscapedAsLittleAsPossible() throws RejectedException {
        String text = "{\"\\uFFFD\":1,\"\\uD83D\\uDE00\":2,\"a\":\"\\u007f\\u2028\\/\\\"\\\\\\u001F\\t\"}";
        assertEquals("{\"a\":\"\u007f\u2028/\\\"\\\\\\u001f\\t\",\"\uD83D\uDE00\":2,\"\uFFFD\":1}",
                CanonicalJson.text(JsonText.value(text, 1)));
    }
}
