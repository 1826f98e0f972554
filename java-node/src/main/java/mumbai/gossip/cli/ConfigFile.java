package mumbai.gossip.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The settings of a TOML file: the names of the flags with {@code _} for {@code -}. */
final class ConfigFile {
    private ConfigFile() {
    }

    static void read(Path path, RunSettings into) throws UsageException {
        JsonNode root;
        try {
            root = new TomlMapper().readTree(Files.readString(path));
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new UsageException(path + " line " + line + ": " + e.getOriginalMessage().lines().findFirst().orElse("no TOML"));
        } catch (IOException e) {
            throw new UsageException("cannot read " + path + ": " + e.getMessage());
        }
        for (Map.Entry<String, JsonNode> setting : root.properties()) {
            take(path, setting.getKey(), setting.getValue(), into);
        }
    }

    private static void take(Path path, String name, JsonNode value, RunSettings into) throws UsageException {
        if (name.equals("metadata") || name.equals("set")) {
            if (!(value instanceof ObjectNode table)) {
                throw new UsageException(path + ": " + name + " must be a table");
            }
            table.properties().forEach(member ->
                    (name.equals("set") ? into.entries : into.metadata).put(member.getKey(), member.getValue()));
            return;
        }
        boolean isSeed = name.equals("seed");
        if (isSeed != value.isArray() || name.indexOf('-') >= 0 || name.equals("config")) {
            throw new UsageException(path + ": " + (isSeed ? "seed must be an array of HOST:PORT" : "unknown parameter " + name));
        }
        for (JsonNode one : isSeed ? value : List.of(value)) {
            boolean known;
            try {
                known = into.set(name.replace('_', '-'), one.asText());
            } catch (UsageException e) {
                throw new UsageException(path + ": " + name + e.getMessage().substring(2 + name.length()));
            }
            if (!known) {
                throw new UsageException(path + ": unknown parameter " + name);
            }
        }
    }
}
