package mumbai.gossip.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Level;
import mumbai.gossip.protocol.Parameter;
import mumbai.gossip.wire.JsonText;
import mumbai.gossip.wire.Limits;
import mumbai.gossip.wire.RejectedException;

/** What {@code run} was told, by flags and by file. */
final class RunSettings {
    String id;
    String host = "127.0.0.1";
    int port;
    HostPort advertise;
    final List<HostPort> seeds = new ArrayList<>();
    String cluster = "";
    boolean legacy;
    String legacyCluster;
    final Map<String, JsonNode> metadata = new LinkedHashMap<>();
    final Map<String, JsonNode> entries = new LinkedHashMap<>();
    final Map<Parameter, Long> parameters = new EnumMap<>(Parameter.class);
    Level logLevel = Level.INFO;

    /** A host, which may be a name, and a port. */
    record HostPort(String host, int port) {
        static HostPort parse(String name, String text) throws UsageException {
            int colon = text.lastIndexOf(':');
            String host = colon < 1 ? "" : text.substring(0, colon);
            boolean bracketed = host.length() > 2 && host.startsWith("[") && host.endsWith("]");
            if (host.isEmpty() || !bracketed && host.indexOf(':') >= 0) {
                throw new UsageException(name + " must be HOST:PORT such as 127.0.0.1:9100 or [::1]:9100, not " + text);
            }
            return new HostPort(bracketed ? host.substring(1, host.length() - 1) : host,
                    (int) number(name, text.substring(colon + 1), 1, 65_535));
        }
    }

    /** Takes one setting by its name on the command line. Answers false when there is none of that name. */
    boolean set(String flag, String value) throws UsageException {
        String name = "--" + flag;
        switch (flag) {
            case "id" -> id = value;
            case "host" -> host = value;
            case "port" -> port = (int) number(name, value, 0, 65_535);
            case "advertise" -> advertise = HostPort.parse(name, value);
            case "seed" -> seeds.add(HostPort.parse(name, value));
            case "cluster" -> cluster = value;
            case "legacy" -> legacy = flag(name, value);
            case "legacy-cluster" -> legacyCluster = value;
            case "metadata" -> put(metadata, name, value);
            case "set" -> put(entries, name, value);
            case "log" -> logLevel = level(value);
            default -> {
                return setParameter(flag, value);
            }
        }
        return true;
    }

    private boolean setParameter(String flag, String value) throws UsageException {
        for (Parameter parameter : Parameter.values()) {
            if (parameter.kebab().equals(flag)) {
                parameters.put(parameter, number("--" + flag, value, 0, Limits.MAX_INTEGER));
                return true;
            }
        }
        return false;
    }

    private static boolean flag(String name, String value) throws UsageException {
        if (!value.equals("true") && !value.equals("false")) {
            throw new UsageException(name + " must be true or false, not " + value);
        }
        return value.equals("true");
    }

    private static void put(Map<String, JsonNode> into, String name, String pair) throws UsageException {
        int equals = pair.indexOf('=');
        if (equals < 1) {
            throw new UsageException(name + " must be key=value, not " + pair);
        }
        into.put(pair.substring(0, equals), jsonOrText(pair.substring(equals + 1)));
    }

    /** JSON where the text is JSON, and otherwise the text itself. */
    private static JsonNode jsonOrText(String text) {
        try {
            return JsonText.value(text, Limits.MAX_DEPTH);
        } catch (RejectedException e) {
            return text.isEmpty() ? JsonNodeFactory.instance.textNode("") : TextNode.valueOf(text);
        }
    }

    static long number(String name, String text, long least, long most) throws UsageException {
        try {
            long number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new UsageException(name + " must be an integer from " + least + " to " + most + ", not " + text);
        }
        throw new UsageException(name + " must be an integer from " + least + " to " + most + ", not " + text);
    }

    private static Level level(String text) throws UsageException {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "off" -> Level.OFF;
            case "error" -> Level.SEVERE;
            case "warn" -> Level.WARNING;
            case "info" -> Level.INFO;
            case "debug" -> Level.FINE;
            case "trace" -> Level.FINEST;
            default -> throw new UsageException("--log must be off, error, warn, info, debug or trace, not " + text);
        };
    }
}
