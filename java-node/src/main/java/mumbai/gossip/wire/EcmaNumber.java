package mumbai.gossip.wire;

import com.fasterxml.jackson.core.io.schubfach.DoubleToDecimal;

/** Doubles as ECMAScript prints them (RFC 8785 section 3.2.2.3): the shortest digits that give the same double back. */
final class EcmaNumber {
    private static final double EXACT = 1L << 53;
    /** Only below this can one digit be enough where the two digits that Java wants were printed. */
    private static final double FEW_DIGITS = 1e-300;

    private EcmaNumber() {
    }

    /** The text of a finite double. */
    static String text(double value) {
        if (value == Math.rint(value) && Math.abs(value) <= EXACT) {
            return Long.toString((long) value);
        }
        if (value < 0) {
            return "-" + text(-value);
        }
        String java = DoubleToDecimal.toString(value);
        int e = java.indexOf('E');
        String mantissa = e < 0 ? java : java.substring(0, e);
        int exponent = e < 0 ? 0 : Integer.parseInt(java.substring(e + 1));
        int dot = mantissa.indexOf('.');
        String digits = mantissa.substring(0, dot) + mantissa.substring(dot + 1);
        int point = dot + exponent;
        int first = 0;
        while (first < digits.length() - 1 && digits.charAt(first) == '0') {
            first++;
        }
        int last = digits.length();
        while (last > first + 1 && digits.charAt(last - 1) == '0') {
            last--;
        }
        digits = digits.substring(first, last);
        point -= first;
        if (digits.length() == 2 && value < FEW_DIGITS) {
            int tens = (Integer.parseInt(digits) + 5) / 10;
            if (Double.parseDouble(tens + "e" + (point - 1)) == value) {
                point += tens == 10 ? 1 : 0;
                digits = tens == 10 ? "1" : Integer.toString(tens);
            }
        }
        return arrange(digits, point);
    }

    /** Number::toString of ECMA-262: the value is 0.digits times ten to the power of point. */
    private static String arrange(String digits, int point) {
        int k = digits.length();
        if (k <= point && point <= 21) {
            return digits + "0".repeat(point - k);
        }
        if (0 < point && point <= 21) {
            return digits.substring(0, point) + "." + digits.substring(point);
        }
        if (-6 < point && point <= 0) {
            return "0." + "0".repeat(-point) + digits;
        }
        int exponent = point - 1;
        String sign = exponent < 0 ? "-" : "+";
        String tail = "e" + sign + Math.abs(exponent);
        return k == 1 ? digits + tail : digits.charAt(0) + "." + digits.substring(1) + tail;
    }
}
