//! Which rule of chapter 3 a text breaks, for texts that were refused: the first fault in reading order.
//!
//! A text that breaks several rules may be refused for any of them, but every node of this project names the same one. The
//! parser that reads accepted texts stops wherever it notices something, so this strict reader goes from left to right once
//! more. It stops at the bracket that opens one level too many, at the end of a number that is too long or infinite, at the
//! escape of a lone surrogate, at the end of a name that its object has already, and at the first character that the grammar
//! does not allow.

use std::collections::BTreeSet;

use super::limits::MAX_NUMBER;
use super::reason::Reject;

/// Length of an escape `\uXXXX`.
const ESCAPE: usize = 6;

fn in_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')
}

/// Whether a number token of a well-formed text has more than 64 characters (MGP1-JSN-007). Any answer may be given for other texts.
pub fn has_long_number(text: &[u8]) -> bool {
    may_have_long_number(text) && find_long_number(text)
}

/// False only where no number token of more than 64 characters can be: a longer run would cover a multiple of 64.
fn may_have_long_number(text: &[u8]) -> bool {
    text.iter()
        .enumerate()
        .step_by(MAX_NUMBER)
        .any(|(at, byte)| in_number(*byte) && run_around(text, at) > MAX_NUMBER)
}

fn run_around(text: &[u8], at: usize) -> usize {
    let before = text[..at].iter().rev().take_while(|b| in_number(**b));
    before.count() + run_from(text, at)
}

fn run_from(text: &[u8], at: usize) -> usize {
    text[at..].iter().take_while(|b| in_number(**b)).count()
}

fn find_long_number(text: &[u8]) -> bool {
    let mut in_string = false;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += match byte {
            b'"' => {
                in_string = !in_string;
                1
            }
            b'\\' => 2,
            _ if !in_string && in_number(byte) => match run_from(text, at) {
                length if length > MAX_NUMBER => return true,
                length => length,
            },
            _ => 1,
        };
    }
    false
}

/// The first fault of a text that is to be one value with at most `max_depth` objects and arrays open at once; `None` where
/// there is none.
pub fn first_fault(text: &str, max_depth: u32) -> Option<Reject> {
    let mut reader = Reader {
        text,
        at: 0,
        depth_left: max_depth,
    };
    reader.whole_text().err()
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth_left: u32,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes past that byte, if it is the next one.
    fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), Reject> {
        if self.accept(byte) {
            Ok(())
        } else {
            Err(Reject::JsonSyntax)
        }
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn whole_text(&mut self) -> Result<(), Reject> {
        self.value()?;
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(Reject::JsonSyntax),
        }
    }

    /// A value and the space around it.
    fn value(&mut self) -> Result<(), Reject> {
        self.space();
        match self.peek() {
            Some(b'{') => self.object()?,
            Some(b'[') => self.array()?,
            Some(b'"') => {
                self.string()?;
            }
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.literal("true")?,
            Some(b'f') => self.literal("false")?,
            Some(b'n') => self.literal("null")?,
            _ => return Err(Reject::JsonSyntax),
        }
        self.space();
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Result<(), Reject> {
        word.bytes().try_for_each(|byte| self.expect(byte))
    }

    /// Goes past an opening bracket and the space after it.
    fn open(&mut self) -> Result<(), Reject> {
        self.depth_left = self.depth_left.checked_sub(1).ok_or(Reject::JsonDepth)?;
        self.at += 1;
        self.space();
        Ok(())
    }

    fn object(&mut self) -> Result<(), Reject> {
        self.open()?;
        let mut names = BTreeSet::new();
        if !self.accept(b'}') {
            loop {
                self.space();
                if !names.insert(unescape(self.string()?)) {
                    return Err(Reject::JsonDuplicate);
                }
                self.space();
                self.expect(b':')?;
                self.value()?;
                if !self.accept(b',') {
                    break;
                }
            }
            self.expect(b'}')?;
        }
        self.depth_left += 1;
        Ok(())
    }

    fn array(&mut self) -> Result<(), Reject> {
        self.open()?;
        if !self.accept(b']') {
            self.value()?;
            while self.accept(b',') {
                self.value()?;
            }
            self.expect(b']')?;
        }
        self.depth_left += 1;
        Ok(())
    }

    fn number(&mut self) -> Result<(), Reject> {
        let start = self.at;
        self.accept(b'-');
        if !self.accept(b'0') {
            self.digits()?;
        }
        if self.accept(b'.') {
            self.digits()?;
        }
        if self.accept(b'e') || self.accept(b'E') {
            let _sign = self.accept(b'+') || self.accept(b'-');
            self.digits()?;
        }
        let token = &self.text[start..self.at];
        let infinite = || token.parse::<f64>().is_ok_and(f64::is_infinite);
        if token.len() > MAX_NUMBER || infinite() {
            return Err(Reject::JsonNumber);
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Reject> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start {
            return Err(Reject::JsonSyntax);
        }
        Ok(())
    }

    /// Goes past a string and returns it as it stands, quotes included.
    fn string(&mut self) -> Result<&'t str, Reject> {
        let start = self.at;
        self.expect(b'"')?;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(&self.text[start..self.at]);
                }
                Some(b'\\') => self.escape()?,
                None | Some(0..=0x1F) => return Err(Reject::JsonSyntax),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<(), Reject> {
        match self.text.as_bytes().get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                self.at += match self.unit(self.at).ok_or(Reject::JsonSyntax)? {
                    0xD800..=0xDBFF => match self.unit(self.at + ESCAPE) {
                        Some(0xDC00..=0xDFFF) => 2 * ESCAPE,
                        _ => return Err(Reject::JsonSurrogate),
                    },
                    0xDC00..=0xDFFF => return Err(Reject::JsonSurrogate),
                    _ => ESCAPE,
                }
            }
            _ => return Err(Reject::JsonSyntax),
        }
        Ok(())
    }

    /// The UTF-16 code unit of the `\uXXXX` escape at `at`, if there is one.
    fn unit(&self, at: usize) -> Option<u16> {
        let escape = self.text.as_bytes().get(at..at + ESCAPE)?;
        let digits = escape.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, digit| {
            let digit = char::from(*digit).to_digit(16)?;
            Some(unit << 4 | u16::try_from(digit).ok()?)
        })
    }
}

/// The name that a string denotes, which [`Reader::string`] has found sound.
fn unescape(quoted: &str) -> std::borrow::Cow<'_, str> {
    let inside = &quoted[1..quoted.len() - 1];
    if inside.contains('\\') {
        serde_json::from_str::<String>(quoted).map_or(inside.into(), Into::into)
    } else {
        inside.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn first(text: &str, fault: &str) {
        let found = first_fault(text, 3).map_or("", Reject::code);
        assert_eq!(found, fault, "{text}");
    }

    #[test]
    fn the_first_fault_in_reading_order_is_named() {
        let long = "1".repeat(65);
        first(&format!(r#"{{"a":{long},"a":1e400,[[["#), "json.number");
        first(&format!(r#"{{"a":1,"a":{long}}}"#), "json.duplicate");
        first(&format!("{long}x"), "json.number");
        first(&format!("{long}.x"), "json.syntax");
        first("[1e400,01]", "json.number");
        first("[01,1e400]", "json.syntax");
        first("[[[[", "json.depth");
        first("[[[x[", "json.syntax");
        first(r#"{"a":{"a":[{"#, "json.depth");
        first(r#"{"a":[],"a":{"a":[{"#, "json.duplicate");
        first(r#"{"a":"\ud800","a":1"#, "json.surrogate");
        first(r#"{"a":"\x\ud800"#, "json.syntax");
        first(r#"{"a":"\ud800\x"#, "json.surrogate");
    }

    #[test]
    fn a_duplicate_is_met_at_the_end_of_the_second_name() {
        first(r#"{"a":1,"\u0061""#, "json.duplicate");
        first(r#"{"a":1,"\u0061"#, "json.syntax");
        first(r#"{"a":1,"a\ud800""#, "json.surrogate");
        first(r#"{"\n":1,"\u000A"#, "json.syntax");
        first(r#"{"\n":1,"\u000A"x"#, "json.duplicate");
        first(r#"{"\ud83d\ude00":1,"😀":1}"#, "json.duplicate");
        first(r#"{"a":{"a":1},"b":{"a":1}}"#, "");
    }

    #[test]
    fn an_escaped_surrogate_needs_its_other_half_next_to_it() {
        first(r#""\ud83d\ude00\uD83D\uDE00""#, "");
        for lone in [
            r#""\ud83d"#,
            r#""\ud83d\u"#,
            r#""\ud83d\ude0"#,
            r#""\ud83dx\ude00""#,
            r#""\ude00\ud83d""#,
        ] {
            first(lone, "json.surrogate");
        }
        for broken in [r#""\ud83"#, r#""\u+123""#, r#""\ud8é""#, r#""\"#] {
            first(broken, "json.syntax");
        }
    }

    #[test]
    fn a_sound_text_has_no_fault() {
        for text in [
            " {\t\"a\" : [ 1 , -0.5e+7 , { } , [ ] ] ,\r\n\"b\":null} ",
            "-0",
            "0e999999999",
            "true",
            r#""\"\\\/\b\f\n\r\t\u007f""#,
        ] {
            first(text, "");
        }
    }

    #[test]
    fn long_numbers_are_found_outside_of_strings_only() {
        let digits = "1".repeat(65);
        assert!(has_long_number(format!("[{digits}]").as_bytes()));
        assert!(has_long_number(
            format!(r#"{{"\"":[-{}]}}"#, &digits[1..]).as_bytes()
        ));
        assert!(!has_long_number(format!("[{}]", &digits[1..]).as_bytes()));
        assert!(!has_long_number(format!(r#"["\"{digits}"]"#).as_bytes()));
    }
}
