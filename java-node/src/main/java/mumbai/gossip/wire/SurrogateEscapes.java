package mumbai.gossip.wire;

/** Finds escapes of surrogates in a JSON text as it stands, for texts that the parser gave up on. */
final class SurrogateEscapes {
    private static final int LENGTH = 6;

    private SurrogateEscapes() {
    }

    /** Whether, in the strings of the first {@code end} characters, an escape is a surrogate without its other half. */
    static boolean hasLone(char[] text, int end) {
        boolean inString = false;
        int i = 0;
        while (i < end) {
            char c = text[i];
            if (c == '"') {
                inString = !inString;
            } else if (inString && c == '\\') {
                int unit = unit(text, i, end);
                if (unit < 0) {
                    i += 2;
                    continue;
                }
                if (Character.isLowSurrogate((char) unit)) {
                    return true;
                }
                if (Character.isHighSurrogate((char) unit)) {
                    int next = unit(text, i + LENGTH, text.length);
                    if (next < 0 || !Character.isLowSurrogate((char) next)) {
                        return true;
                    }
                    i += LENGTH;
                }
                i += LENGTH;
                continue;
            }
            i++;
        }
        return false;
    }

    /** The code unit of the escape that starts here, or -1 where none does. */
    private static int unit(char[] text, int at, int end) {
        if (at + LENGTH > end || at + LENGTH > text.length || text[at] != '\\' || text[at + 1] != 'u') {
            return -1;
        }
        int unit = 0;
        for (int i = at + 2; i < at + LENGTH; i++) {
            int digit = text[i] < 128 ? Character.digit(text[i], 16) : -1;
            if (digit < 0) {
                return -1;
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }
}
