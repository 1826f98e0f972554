package mumbai.gossip.cli;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import mumbai.gossip.wire.MessageWriter;

/** {@code decode}: datagrams as lines of hexadecimal digits in, the answers of chapter 12 out (MGP1-ERR-009). */
final class DecodeCommand {
    private static final int BUFFER = 1 << 16;

    private DecodeCommand() {
    }

    static int run(InputStream lines, OutputStream answers) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(lines, StandardCharsets.ISO_8859_1), BUFFER);
        OutputStream out = new BufferedOutputStream(answers, BUFFER);
        long number = 0;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.write(answer(line.strip(), ++number));
            out.write('\n');
            if (!in.ready()) {
                out.flush();
            }
        }
        out.flush();
        return CommandLine.SUCCESS;
    }

    private static byte[] answer(String line, long number) {
        try {
            return MessageWriter.answer(HexFormat.of().parseHex(line));
        } catch (IllegalArgumentException e) {
            return ("{\"error\":\"line " + number + " is not hexadecimal\"}").getBytes(StandardCharsets.US_ASCII);
        }
    }
}
