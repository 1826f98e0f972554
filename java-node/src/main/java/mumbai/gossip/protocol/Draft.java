package mumbai.gossip.protocol;

import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.Message;
import mumbai.gossip.wire.MessageWriter;
import mumbai.gossip.wire.NodeRecord;

/** A message being filled up to a number of bytes of text. Sizes are counted as upper bounds, so it never ends up longer. */
final class Draft {
    /** {@code "heartbeats":{},"localData":{},"page":…,"pages":…,} around what is added. */
    private static final int SECTIONS = 72;

    private final Message message;
    private final int budget;
    private int size;
    private boolean full;

    Draft(Message message, int budget) {
        this.message = message;
        this.budget = budget;
        this.size = MessageWriter.text(message).length + SECTIONS;
    }

    Message message() {
        return message;
    }

    /** Adds an entry where it fits, and answers whether it did. */
    boolean add(Entry entry) {
        if (message.localData().containsKey(entry.key())) {
            return true;
        }
        boolean fits = take(entry.size() + 1, budget);
        if (fits) {
            message.entry(entry);
        }
        return fits;
    }

    /** Adds a record where it fits, and answers whether it did. */
    boolean add(String id, NodeRecord record) {
        if (message.membership().containsKey(id)) {
            return true;
        }
        boolean fits = take(record.size(id) + 1, budget);
        if (fits) {
            message.record(id, record);
        }
        return fits;
    }

    /** Adds a heartbeat where the text stays within {@code most} bytes, and answers whether it did. A record that is there says as much. */
    boolean heartbeat(String id, long lastSeen, int most) {
        if (message.membership().containsKey(id)) {
            return true;
        }
        boolean fits = take(id.length() + Long.toString(lastSeen).length() + 4, Math.min(most, budget));
        if (fits) {
            message.heartbeat(id, lastSeen);
        }
        return fits;
    }

    /** Whether something did not fit. */
    boolean isFull() {
        return full;
    }

    int size() {
        return size;
    }

    private boolean take(int bytes, int most) {
        if (size + bytes > most) {
            full = true;
            return false;
        }
        size += bytes;
        return true;
    }
}
