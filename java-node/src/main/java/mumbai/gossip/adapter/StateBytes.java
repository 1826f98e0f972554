package mumbai.gossip.adapter;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import mumbai.gossip.protocol.Machine;
import mumbai.gossip.state.Member;
import mumbai.gossip.wire.CanonicalJson;
import mumbai.gossip.wire.Entry;

/** The state of a machine as bytes: the part of {@link StateJson} that a simulation looks at all the time. The layout is that of {@link Adapter}. */
final class StateBytes {
    private static final int PER_MEMBER = 40;

    private StateBytes() {
    }

    static byte[] of(Machine machine) {
        Map<String, Member> members = machine.members();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 + PER_MEMBER * members.size());
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(0);
            out.writeInt(machine.history());
            out.writeInt(machine.remembered().size());
            out.writeInt(members.size());
            for (Map.Entry<String, Member> member : members.entrySet()) {
                shortText(out, member.getKey());
                out.writeByte(member.getValue().state().ordinal());
                out.writeLong(member.getValue().lastSeen());
                out.writeLong(member.getValue().updated());
            }
            Map<String, Entry> entries = machine.entries();
            out.writeInt(entries.size());
            for (Entry entry : entries.values()) {
                shortText(out, entry.key());
                out.writeBoolean(entry.deleted());
                out.writeLong(entry.timestamp());
                shortText(out, entry.version());
                shortText(out, entry.sourceNode());
                byte[] value = CanonicalJson.bytes(entry.value());
                out.writeInt(value.length);
                out.write(value);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void shortText(DataOutputStream out, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeShort(utf8.length);
        out.write(utf8);
    }
}
