//! The canonical form of RFC 8785: members sorted by UTF-16 code units, no white space, numbers as ECMAScript prints them.

use std::cmp::Ordering;

use super::json::Json;

/// Order of two texts by UTF-16 code units.
///
/// UTF-8 bytes give the same order but for one pair of ranges: supplementary characters (lead byte from F0) are surrogates in
/// UTF-16 and so sort before U+E000 to U+FFFF (lead bytes EE and EF).
pub fn utf16_order(a: &str, b: &str) -> Ordering {
    match a.bytes().zip(b.bytes()).find(|(x, y)| x != y) {
        None => a.len().cmp(&b.len()),
        Some((x, y)) if x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0) => y.cmp(&x),
        Some((x, y)) => x.cmp(&y),
    }
}

/// Appends `text` as a JSON string, with no more escapes than RFC 8785 asks for.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[done..at]);
        done = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            0x08 => out.push_str("\\b"),
            0x09 => out.push_str("\\t"),
            0x0A => out.push_str("\\n"),
            0x0C => out.push_str("\\f"),
            0x0D => out.push_str("\\r"),
            _ => {
                out.push_str("\\u00");
                for digit in [byte >> 4, byte & 15] {
                    out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
                }
            }
        }
    }
    out.push_str(&text[done..]);
    out.push('"');
}

/// Appends an integer in decimal digits (MGP1-JSN-015).
pub fn write_integer(out: &mut String, value: u64) {
    out.push_str(itoa::Buffer::new().format(value));
}

/// Appends a finite double as ECMAScript prints it.
pub(super) fn write_double(out: &mut String, value: f64) {
    out.push_str(ryu_js::Buffer::new().format_finite(value));
}

/// Integers up to here are doubles without loss, and print alike either way.
const EXACT: u64 = 1 << 53;

/// Appends any JSON value in canonical form.
#[expect(
    clippy::cast_precision_loss,
    reason = "numbers are doubles by chapter 3"
)]
pub fn write_json(out: &mut String, value: &Json<'_>) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        Json::Natural(n) if *n <= EXACT => write_integer(out, *n),
        Json::Natural(n) => write_double(out, *n as f64),
        Json::Negative(n) if n.unsigned_abs() <= EXACT => {
            out.push_str(itoa::Buffer::new().format(*n));
        }
        Json::Negative(n) => write_double(out, *n as f64),
        Json::Double(x) => write_double(out, *x),
        Json::String(text) => write_string(out, text),
        Json::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write_json(out, item);
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (n, (name, item)) in members.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write_string(out, name);
                out.push(':');
                write_json(out, item);
            }
            out.push('}');
        }
    }
}
