package mumbai.gossip.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** JSON values in canonical form (RFC 8785). Numbers are written as the doubles they round to. */
public final class CanonicalJson {
    private CanonicalJson() {
    }

    /** The canonical bytes of a value. */
    public static byte[] bytes(JsonNode value) {
        Bytes out = new Bytes(64);
        write(value, out);
        return out.toArray();
    }

    /** The canonical text of a value. */
    public static String text(JsonNode value) {
        Bytes out = new Bytes(256);
        write(value, out);
        return out.toString();
    }

    static void write(JsonNode value, Bytes out) {
        switch (value.getNodeType()) {
            case OBJECT -> writeObject(value, out);
            case ARRAY -> writeArray(value, out);
            case STRING -> out.string(value.textValue());
            case NUMBER -> writeNumber(value, out);
            case BOOLEAN -> out.ascii(value.booleanValue() ? "true" : "false");
            case NULL -> out.ascii("null");
            default -> throw new IllegalArgumentException("no JSON value: " + value.getNodeType());
        }
    }

    private static void writeObject(JsonNode object, Bytes out) {
        List<Map.Entry<String, JsonNode>> members = new ArrayList<>(object.properties());
        members.sort(Map.Entry.comparingByKey());
        out.put('{');
        boolean first = true;
        for (Map.Entry<String, JsonNode> member : members) {
            if (!first) {
                out.put(',');
            }
            first = false;
            out.string(member.getKey()).put(':');
            write(member.getValue(), out);
        }
        out.put('}');
    }

    private static void writeArray(JsonNode array, Bytes out) {
        out.put('[');
        for (int i = 0; i < array.size(); i++) {
            if (i > 0) {
                out.put(',');
            }
            write(array.get(i), out);
        }
        out.put(']');
    }

    private static void writeNumber(JsonNode number, Bytes out) {
        if (number.isIntegralNumber() && number.canConvertToLong()) {
            long exact = number.longValue();
            if (Math.abs(exact) <= Limits.MAX_INTEGER) {
                out.number(exact);
                return;
            }
        }
        double value = number.doubleValue();
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            throw new IllegalArgumentException("a number that is not finite has no JSON text");
        }
        out.ascii(EcmaNumber.text(value));
    }
}
