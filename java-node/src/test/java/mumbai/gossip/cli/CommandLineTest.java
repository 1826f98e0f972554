package mumbai.gossip.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mumbai.gossip.protocol.Parameter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String input, String... arguments) {
        return CommandLine.run(List.of(arguments), new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "fly", "run", "run --id", "run --id a --port x", "run --id a --port 65536", "run --id a --colour red",
        "run --id a stray", "run --id b@d", "run --id a --fanout 0", "run --id a --seed nowhere", "run --id a --metadata x",
        "run --id a --config /nonexistent.toml", "decode me", "run --id a --suspect-timeout-ms 5", "run --id a --log loud",
        "run --id a --legacy maybe", "run --id a --legacy-cluster x", "decode --legacy me"})
    void misuseIsOneClearLineAndStatus2(String line) {
        assertEquals(2, run("", line.isEmpty() ? new String[0] : line.split(" ")));
        String text = err.toString(StandardCharsets.UTF_8);
        assertTrue(text.startsWith("mumbai-gossip: ") && text.lines().count() == 1, text);
    }

    @Test
    void aTakenPortIsStatus1() throws IOException {
        try (DatagramSocket taken = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            assertEquals(1, run("", "run", "--id", "a", "--log", "off", "--port", Integer.toString(taken.getLocalPort())));
        }
    }

    @Test
    void decodeAnswersEveryLineInOrder() {
        assertEquals(0, run("7b7d\nxyz\n\n1f8b\n", "decode"));
        assertEquals(List.of("{\"reason\":\"version.unsupported\",\"step\":\"version\",\"verdict\":\"rejected\"}",
                "{\"error\":\"line 2 is not hexadecimal\"}",
                "{\"reason\":\"size.empty\",\"step\":\"size\",\"verdict\":\"rejected\"}",
                "{\"reason\":\"frame.unknown\",\"step\":\"frame\",\"verdict\":\"rejected\"}"),
                out.toString(StandardCharsets.UTF_8).lines().toList());
    }

    @Test
    void decodeTakesVersion0WhereItIsAskedTo() {
        assertEquals(0, run("7b7d\n", "decode", "--legacy"));
        assertEquals("{\"reason\":\"legacy.bad\",\"step\":\"legacy\",\"verdict\":\"rejected\"}",
                out.toString(StandardCharsets.UTF_8).strip());
    }

    @Test
    void aLineOfHexadecimalDigitsEndsInALineFeedAndHoldsNothingElse() {
        String long70k = "20".repeat(35_000);
        assertEquals(0, run("7B\r\n 7b\n7b \n7b\r7b\n\r\n7b\r\r\n7\n" + long70k + "\n20", "decode"));
        List<String> answers = out.toString(StandardCharsets.UTF_8).lines()
                .map(line -> line.replaceAll(".*\"(reason\":\"|error\":\"line \\d is )([a-z. ]*)\".*", "$2")).toList();
        assertEquals(List.of("json.syntax", "not hexadecimal", "not hexadecimal", "not hexadecimal", "size.empty",
                "not hexadecimal", "not hexadecimal", "frame.unknown", "frame.unknown"), answers);
    }

    @Test
    void adapterAnswersLineByLineUntilTheInputEnds() {
        assertEquals(0, run("{\"id\":1,\"op\":\"hello\",\"adapter\":1}\n{\"id\":2,\"op\":\"frobnicate\"}\nno json", "adapter"));
        List<String> answers = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertTrue(answers.get(0).contains("\"language\":\"Java\""), answers.get(0));
        assertTrue(answers.get(1).contains("unknown-op"), answers.get(1));
        assertTrue(answers.get(2).contains("bad-request"), answers.get(2));
    }

    @Test
    void helpNamesEveryParameter() {
        assertEquals(0, run("", "--help"));
        for (Parameter parameter : Parameter.values()) {
            assertTrue(out.toString(StandardCharsets.UTF_8).contains("--" + parameter.kebab() + " N"), parameter.kebab());
        }
    }

    @Test
    void aFileMaySayWhatFlagsSayAndAnUnknownNameInItIsMisuse(@TempDir Path folder) throws Exception {
        Path good = folder.resolve("good.toml");
        Files.writeString(good, "id = \"a\"\nfanout = 5\nseed = [\"127.0.0.1:9100\"]\n[metadata]\nzone = \"bkc\"\n[set]\nk = 1\n");
        RunSettings settings = new RunSettings();
        ConfigFile.read(good, settings);
        assertEquals(5, settings.parameters.get(Parameter.FANOUT));
        assertEquals("bkc", settings.metadata.get("zone").textValue());
        assertEquals(9_100, settings.seeds.get(0).port());
        Path bad = folder.resolve("bad.toml");
        Files.writeString(bad, "colour = 1\n");
        assertEquals(2, run("", "run", "--id", "a", "--config", bad.toString()));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("unknown parameter colour"), err.toString(StandardCharsets.UTF_8));
    }
}
