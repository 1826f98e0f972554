package mumbai.gossip.adapter;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** The adapter protocol over two streams: one request and one answer per line, until the input ends. */
public final class Stdio {
    private Stdio() {
    }

    /** Answers all requests, then ends the nodes that are still running. */
    public static void serve(InputStream requests, OutputStream answers) throws IOException {
        InputStream in = new BufferedInputStream(requests);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try {
            for (int b = in.read(); b >= 0; b = in.read()) {
                if (b != '\n') {
                    line.write(b);
                } else {
                    answer(line, answers);
                }
            }
            answer(line, answers);
        } finally {
            Adapter.endAll();
        }
    }

    private static void answer(ByteArrayOutputStream line, OutputStream answers) throws IOException {
        byte[] request = line.toByteArray();
        line.reset();
        if (new String(request, StandardCharsets.ISO_8859_1).isBlank()) {
            return;
        }
        answers.write(Adapter.handle(request));
        answers.write('\n');
        answers.flush();
    }
}
