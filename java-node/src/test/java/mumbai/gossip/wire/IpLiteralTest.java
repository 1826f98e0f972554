package mumbai.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpLiteralTest {
    @ParameterizedTest
    @CsvSource({"127.0.0.1,127.0.0.1", "::1,::1", "0:0:0:0:0:0:0:1,::1", "::ffff:10.1.2.3,10.1.2.3", "2001:DB8::1,2001:db8::1",
        "1:0:0:2:0:0:0:3,1:0:0:2::3", "1::,1::", "::,::", "1:2:3:4:5:6:7::,1:2:3:4:5:6:7:0", "::1.2.3.4,::102:304"})
    void literalsHaveOneUsualSpelling(String written, String usual) {
        assertEquals(usual, IpLiteral.format(IpLiteral.parse(written)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "localhost", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.4 ", "0x7f.0.0.1", "1", ":", ":::",
        "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::12345", "fe80::1%lo", "[::1]", "1:2:3:4:5:6:7:8::", "::1.2.3", "1.2.3.4::",
        "1:2:3:4:5:6:7:1.2.3.4", "::1:", ":1::", "\u0661.2.3.4", "1:2:3:4:5:6:7:8:"})
    void everythingElseIsNoLiteral(String text) {
        assertNull(IpLiteral.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::1", "::ffff:224.0.0.1"})
    void unspecifiedMulticastAndBroadcastAreNotUsable(String text) {
        byte[] address = IpLiteral.parse(text);
        assertNotNull(address);
        assertFalse(IpLiteral.isUsable(address));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "0.0.0.1", "223.255.255.255", "::1", "fe80::1", "::ffff:10.0.0.1"})
    void othersAreUsable(String text) {
        assertTrue(IpLiteral.isUsable(IpLiteral.parse(text)));
    }
}
