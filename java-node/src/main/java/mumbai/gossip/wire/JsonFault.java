package mumbai.gossip.wire;

import java.util.HashSet;
import java.util.Set;

/**
 * Which rule of chapter 3 a text breaks, for texts that were refused: the first fault in reading order.
 *
 * <p>A text that breaks several rules may be refused for any of them, but every node of this project names the same one.
 * The parser that reads accepted texts stops wherever it notices something, so this strict reader goes from left to right
 * once more. It stops at the bracket that opens one level too many, at the end of a number that is too long or infinite,
 * at the escape of a lone surrogate, at the end of a name that its object has already, and at the first character that
 * the grammar does not allow.
 */
final class JsonFault {
    /** What stands where the text has ended: no character of the grammar. */
    private static final char END = '\uFFFF';
    /** Length of an escape {@code \\uXXXX}. */
    private static final int ESCAPE = 6;

    private final char[] text;
    private final int length;
    private final StringBuilder string = new StringBuilder();
    private int at;
    private int depthLeft;

    private JsonFault(char[] text, int length, int maxDepth) {
        this.text = text;
        this.length = length;
        this.depthLeft = maxDepth;
    }

    /** The first fault of a text that is to be one value at most {@code maxDepth} deep, or null where there is none. */
    static Reason first(char[] text, int length, int maxDepth) {
        JsonFault reader = new JsonFault(text, length, maxDepth);
        try {
            reader.value();
            return reader.at < length ? Reason.JSON_SYNTAX : null;
        } catch (RejectedException e) {
            return e.reason();
        }
    }

    private char peek() {
        return at < length ? text[at] : END;
    }

    /** Goes past that character, if it is the next one. */
    private boolean accept(char c) {
        boolean found = at < length && text[at] == c;
        at += found ? 1 : 0;
        return found;
    }

    private void expect(char c) throws RejectedException {
        if (!accept(c)) {
            throw new RejectedException(Reason.JSON_SYNTAX);
        }
    }

    private void space() {
        while (accept(' ') || accept('\t') || accept('\n') || accept('\r')) {
            // accept() has gone past it
        }
    }

    /** A value and the space around it. */
    private void value() throws RejectedException {
        space();
        switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number();
            case 't' -> literal("true");
            case 'f' -> literal("false");
            case 'n' -> literal("null");
            default -> throw new RejectedException(Reason.JSON_SYNTAX);
        }
        space();
    }

    private void literal(String word) throws RejectedException {
        for (int i = 0; i < word.length(); i++) {
            expect(word.charAt(i));
        }
    }

    /** Goes past an opening bracket and the space after it. */
    private void open() throws RejectedException {
        if (--depthLeft < 0) {
            throw new RejectedException(Reason.JSON_DEPTH);
        }
        at++;
        space();
    }

    private void object() throws RejectedException {
        open();
        if (!accept('}')) {
            Set<String> names = new HashSet<>();
            do {
                space();
                if (!names.add(string())) {
                    throw new RejectedException(Reason.JSON_DUPLICATE);
                }
                space();
                expect(':');
                value();
            } while (accept(','));
            expect('}');
        }
        depthLeft++;
    }

    private void array() throws RejectedException {
        open();
        if (!accept(']')) {
            do {
                value();
            } while (accept(','));
            expect(']');
        }
        depthLeft++;
    }

    private void number() throws RejectedException {
        int start = at;
        accept('-');
        if (!accept('0')) {
            digits();
        }
        if (accept('.')) {
            digits();
        }
        if (accept('e') || accept('E')) {
            if (!accept('+')) {
                accept('-');
            }
            digits();
        }
        int size = at - start;
        if (size > Limits.MAX_NUMBER_TOKEN || Double.isInfinite(Double.parseDouble(new String(text, start, size)))) {
            throw new RejectedException(Reason.JSON_NUMBER);
        }
    }

    private void digits() throws RejectedException {
        int start = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        if (at == start) {
            throw new RejectedException(Reason.JSON_SYNTAX);
        }
    }

    /** Goes past a string and returns what it denotes. */
    private String string() throws RejectedException {
        expect('"');
        string.setLength(0);
        while (!accept('"')) {
            if (at == length || text[at] < 0x20) {
                throw new RejectedException(Reason.JSON_SYNTAX);
            }
            if (text[at] == '\\') {
                escape();
            } else {
                string.append(text[at++]);
            }
        }
        return string.toString();
    }

    private void escape() throws RejectedException {
        char kind = at + 1 < length ? text[at + 1] : END;
        if (kind == 'u') {
            unicodeEscape();
            return;
        }
        string.append(switch (kind) {
            case '"', '\\', '/' -> kind;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> throw new RejectedException(Reason.JSON_SYNTAX);
        });
        at += 2;
    }

    private void unicodeEscape() throws RejectedException {
        int unit = unit(at);
        if (unit < 0) {
            throw new RejectedException(Reason.JSON_SYNTAX);
        }
        string.append((char) unit);
        at += ESCAPE;
        if (Character.isSurrogate((char) unit)) {
            int low = Character.isHighSurrogate((char) unit) ? unit(at) : -1;
            if (low < 0 || !Character.isLowSurrogate((char) low)) {
                throw new RejectedException(Reason.JSON_SURROGATE);
            }
            string.append((char) low);
            at += ESCAPE;
        }
    }

    /** The UTF-16 code unit of the escape that starts at {@code start}, or -1 where none does. */
    private int unit(int start) {
        if (start + ESCAPE > length || text[start] != '\\' || text[start + 1] != 'u') {
            return -1;
        }
        int unit = 0;
        for (int i = start + 2; i < start + ESCAPE; i++) {
            int digit = text[i] < 0x80 ? Character.digit(text[i], 16) : -1;
            if (digit < 0) {
                return -1;
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }
}
