package mumbai.gossip.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import mumbai.gossip.wire.Entry;
import mumbai.gossip.wire.KeyPath;
import mumbai.gossip.wire.Sha256;

/**
 * The Merkle tree of chapter 9 over a set of entries: a trie by the digits of the keys' paths. Digests are computed when
 * they are asked for and kept until an entry below changes, so a write costs the hashes of one path and not of the store.
 */
final class DigestTree {
    private static final int WIDTH = 16;
    private static final byte BRANCH = 0x01;
    /** Bytes of a digest on the wire, twice as many hex digits. */
    private static final int WIRE_BYTES = 16;
    private static final String DIGITS = "0123456789abcdef";

    private Node root;

    /** A prefix below which one entry or more lie; below a prefix without a node lies nothing. */
    private abstract static sealed class Node permits One, Many {
        /** The digest, or null where it must be computed anew. */
        private byte[] digest;

        abstract int count();

        abstract byte[] compute();

        byte[] digest() {
            if (digest == null) {
                digest = compute();
            }
            return digest;
        }

        void changed() {
            digest = null;
        }

        String onWire() {
            return HexFormat.of().formatHex(digest(), 0, WIRE_BYTES);
        }
    }

    private static final class One extends Node {
        private final byte[] path;
        private final Entry entry;

        One(byte[] path, Entry entry) {
            this.path = path;
            this.entry = entry;
        }

        @Override
        int count() {
            return 1;
        }

        @Override
        byte[] compute() {
            return Leaf.of(entry);
        }
    }

    private static final class Many extends Node {
        private final Node[] children = new Node[WIDTH];
        private int count;

        @Override
        int count() {
            return count;
        }

        @Override
        byte[] compute() {
            byte[] bytes = new byte[1 + WIDTH * (1 + Sha256.LENGTH)];
            bytes[0] = BRANCH;
            int length = 1;
            for (int digit = 0; digit < WIDTH; digit++) {
                if (children[digit] != null) {
                    bytes[length] = (byte) digit;
                    System.arraycopy(children[digit].digest(), 0, bytes, length + 1, Sha256.LENGTH);
                    length += 1 + Sha256.LENGTH;
                }
            }
            return Sha256.of(bytes, length);
        }

        /** Sets the child of a digit, below which {@code before} entries lay. */
        Many with(int digit, Node child, int before) {
            count += countOf(child) - before;
            children[digit] = child;
            changed();
            return this;
        }

        /** The only entry where one is left, or this. */
        Node collapsed() {
            for (Node child : children) {
                if (count == 1 && child != null) {
                    return child;
                }
            }
            return this;
        }
    }

    /** Adds an entry in place of the one of its key. */
    void put(Entry entry) {
        root = insert(root, 0, new One(KeyPath.of(entry.key()), entry));
    }

    /** Removes the entry of a key, where there is one. */
    void remove(String key) {
        root = remove(root, 0, KeyPath.of(key));
    }

    /** The number of entries below a prefix. */
    int count(String prefix) {
        return countOf(find(prefix));
    }

    /** The digest of a prefix as on the wire, or null where nothing lies below it. */
    String digest(String prefix) {
        Node node = find(prefix);
        return node == null ? null : node.onWire();
    }

    /** The digests of the prefixes one digit longer, by digit; those below which nothing lies are absent. */
    SortedMap<String, String> children(String prefix) {
        SortedMap<String, String> children = new TreeMap<>();
        Node node = find(prefix);
        if (node instanceof Many many) {
            for (int digit = 0; digit < WIDTH; digit++) {
                if (many.children[digit] != null) {
                    children.put(DIGITS.substring(digit, digit + 1), many.children[digit].onWire());
                }
            }
        } else if (node instanceof One one && prefix.length() < KeyPath.DIGITS) {
            int digit = KeyPath.digit(one.path, prefix.length());
            children.put(DIGITS.substring(digit, digit + 1), one.onWire());
        }
        return Collections.unmodifiableSortedMap(children);
    }

    /** The entries below a prefix, in the order of their paths. */
    List<Entry> below(String prefix) {
        Node node = find(prefix);
        List<Entry> entries = new ArrayList<>(countOf(node));
        collect(node, entries);
        return entries;
    }

    private static void collect(Node node, List<Entry> into) {
        if (node instanceof One one) {
            into.add(one.entry);
        } else if (node instanceof Many many) {
            for (Node child : many.children) {
                collect(child, into);
            }
        }
    }

    private Node find(String prefix) {
        Node node = root;
        for (int place = 0; place < prefix.length() && node instanceof Many many; place++) {
            node = many.children[Character.digit(prefix.charAt(place), WIDTH)];
        }
        return node instanceof One one && !KeyPath.isBelow(one.path, prefix) ? null : node;
    }

    private static Node insert(Node node, int place, One added) {
        if (node == null || node instanceof One one && Arrays.equals(one.path, added.path)) {
            return added;
        }
        Many many = node instanceof One one ? new Many().with(KeyPath.digit(one.path, place), one, 0) : (Many) node;
        int digit = KeyPath.digit(added.path, place);
        // counted first: the child may be changed in place
        int before = countOf(many.children[digit]);
        return many.with(digit, insert(many.children[digit], place + 1, added), before);
    }

    private static Node remove(Node node, int place, byte[] path) {
        if (node instanceof One one) {
            return Arrays.equals(one.path, path) ? null : one;
        }
        if (!(node instanceof Many many)) {
            return null;
        }
        int digit = KeyPath.digit(path, place);
        Node before = many.children[digit];
        int held = countOf(before);
        Node after = remove(before, place + 1, path);
        if (after == before && countOf(after) == held) {
            return many;
        }
        return many.with(digit, after, held).collapsed();
    }

    private static int countOf(Node node) {
        return node == null ? 0 : node.count();
    }
}
