package mumbai.gossip.adapter;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HexFormat;
import mumbai.gossip.wire.Encoder;
import mumbai.gossip.wire.MessageWriter;
import mumbai.gossip.wire.RefusedException;

/** The capability {@code codec}. */
final class CodecOps {
    private CodecOps() {
    }

    /** The answer of chapter 12, as canonical JSON. */
    static byte[] decode(Request request) throws AdapterException {
        byte[] datagram = request.hex("datagram");
        return request.flag("legacy") ? MessageWriter.answerAny(datagram) : MessageWriter.answer(datagram);
    }

    static ObjectNode encode(Request request) throws AdapterException {
        ObjectNode message = request.object("message");
        try {
            return Answer.object().put("datagram", HexFormat.of().formatHex(Encoder.encode(message)));
        } catch (RefusedException e) {
            return Answer.refused(e);
        }
    }
}
