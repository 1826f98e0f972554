package mumbai.gossip.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import mumbai.gossip.state.Member;
import mumbai.gossip.wire.Address;
import mumbai.gossip.wire.LegacyMessage;
import mumbai.gossip.wire.LegacyWriter;
import mumbai.gossip.wire.Limits;
import mumbai.gossip.wire.NodeRecord;
import mumbai.gossip.wire.RejectedException;
import mumbai.gossip.wire.Section;
import mumbai.gossip.wire.Skip;

/** Messages of version 0 (chapter 10): what is learnt from them, the one answer to them, and the addresses that they name. */
final class Legacy {
    /** Named addresses kept for a PING; more are passed over, because those that matter are named again. */
    private static final int MOST_HEARSAY = 64;

    private final Core core;
    private final Merger merger;
    private final TreeSet<Address> hearsay = new TreeSet<>();

    Legacy(Core core, Merger merger) {
        this.core = core;
        this.merger = merger;
    }

    /** Applies a message that passed the steps of receipt. */
    void apply(LegacyMessage message, Address from, int length, Now now, List<Skip> skipped) {
        core.history.add(message.senderId(), message.messageId());
        mergeSender(message, from, now.mono(), skipped);
        if (core.members.get(message.senderId()) != null) {
            core.isolation.contact(now.mono());
        }
        merger.mergeEntries(message.localData().values(), now, skipped);
        message.addresses().forEach((id, named) -> note(id, named.address()));
        switch (message.type()) {
            case PING -> answer(message, from, length, now.mono());
            case GOSSIP, PONG, MEMBERSHIP, SYNC -> { }
        }
    }

    /**
     * Sends a PING to one named address, chosen at random, where a round has left room for it. It comes last in a round,
     * so that invented addresses take nothing from members and seeds.
     */
    void pingHearsay(long mono) {
        hearsay.removeIf(core.members::hasAddress);
        if (hearsay.isEmpty()) {
            return;
        }
        List<Address> addresses = new ArrayList<>(hearsay);
        Address chosen = addresses.get((int) core.random.below(addresses.size()));
        hearsay.remove(chosen);
        core.peers.ping(chosen, null, false, mono);
    }

    /** Merges the sender: as a heartbeat while nothing but its clock is new, otherwise as a record (MGP1-LEG-006). */
    private void mergeSender(LegacyMessage message, Address from, long mono, List<Skip> skipped) {
        String id = message.senderId();
        Member held = core.members.get(id);
        boolean unchanged = held != null && held.address().equals(from)
                && held.content().metadata().isEmpty() && held.content().versions() == null;
        if (unchanged) {
            merger.mergeHeartbeat(id, message.timestamp(), from, mono);
            return;
        }
        NodeRecord record;
        try {
            record = LegacyMessage.sender(id, from, message.timestamp());
        } catch (RejectedException e) {
            skipped.add(new Skip(Section.MEMBERSHIP, id, e.reason()));
            return;
        }
        merger.mergeRecord(id, record, mono, skipped);
    }

    /** Answers in the same dialect, where three times the bytes of the PING are enough for it (MGP1-LEG-008). */
    private void answer(LegacyMessage ping, Address to, int length, long mono) {
        long timestamp = core.clock.issue(mono);
        byte[] pong = LegacyWriter.pong(ping.dialect(), core.selfId, core.random.id(), timestamp, ping.pingId());
        long most = core.peers.isValidated(to) ? Limits.MAX_PONG : (long) Limits.AMPLIFICATION * length;
        if (pong.length <= Math.min(most, Limits.MAX_PONG)) {
            core.send(to, pong);
        }
    }

    private void note(String id, Address address) {
        boolean own = id.equals(core.selfId) || address.equals(core.selfAddress());
        if (hearsay.size() < MOST_HEARSAY && !own && !core.members.hasAddress(address)) {
            hearsay.add(address);
        }
    }
}
