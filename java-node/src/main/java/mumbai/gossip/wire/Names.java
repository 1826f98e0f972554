package mumbai.gossip.wire;

/** The id alphabet and the three kinds of name made of it (chapter 4). */
public final class Names {
    private static final int MAX_NODE_ID = 64;
    private static final int MAX_TOKEN = 36;
    private static final int MAX_CLUSTER = 32;

    private Names() {
    }

    /** Whether the text is a node id: 1 to 64 characters of the id alphabet. */
    public static boolean isNodeId(String text) {
        return isName(text, 1, MAX_NODE_ID);
    }

    /** Whether the text is a token: 1 to 36 characters of the id alphabet. */
    public static boolean isToken(String text) {
        return isName(text, 1, MAX_TOKEN);
    }

    /** Whether the text is a cluster name: 0 to 32 characters of the id alphabet. */
    public static boolean isCluster(String text) {
        return isName(text, 0, MAX_CLUSTER);
    }

    /** Whether the text is 0 to {@code most} lower-case hexadecimal digits. */
    static boolean isLowerHex(String text, int most) {
        if (text.length() > most) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
                return false;
            }
        }
        return true;
    }

    private static boolean isName(String text, int least, int most) {
        int length = text.length();
        if (length < least || length > most) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (!inAlphabet(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean inAlphabet(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
                || c == '.' || c == '_' || c == ':' || c == '-';
    }
}
