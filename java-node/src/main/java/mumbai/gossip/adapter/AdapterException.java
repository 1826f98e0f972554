package mumbai.gossip.adapter;

/** A request that is answered with an error. It changes nothing. */
final class AdapterException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String code;

    AdapterException(String code, String message) {
        super(message);
        this.code = code;
    }

    static AdapterException badRequest(String message) {
        return new AdapterException("bad-request", message);
    }

    String code() {
        return code;
    }
}
