package mumbai.gossip.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import mumbai.gossip.wire.MessageWriter;

/** {@code decode}: datagrams as lines of hexadecimal digits in, the answers of chapter 12 out (MGP1-ERR-009). */
final class DecodeCommand {
    private static final int BUFFER = 1 << 16;

    private DecodeCommand() {
    }

    static int run(InputStream lines, OutputStream answers, boolean legacy) throws IOException {
        LineReader in = new LineReader(lines, BUFFER);
        OutputStream out = new BufferedOutputStream(answers, BUFFER);
        long number = 0;
        for (String line = in.next(); line != null; line = in.next()) {
            out.write(answer(line, ++number, legacy));
            out.write('\n');
            if (!in.ready()) {
                out.flush();
            }
        }
        out.flush();
        return CommandLine.SUCCESS;
    }

    private static byte[] answer(String line, long number, boolean legacy) {
        try {
            byte[] datagram = HexFormat.of().parseHex(line);
            return legacy ? MessageWriter.answerAny(datagram) : MessageWriter.answer(datagram);
        } catch (IllegalArgumentException e) {
            return ("{\"error\":\"line " + number + " is not hexadecimal\"}").getBytes(StandardCharsets.US_ASCII);
        }
    }
}
