//! Chapter 3: from the bytes of a text to a value, or the rule that the text breaks.
//!
//! A small recursive-descent reader of RFC 8259 that tells the reasons apart. Integers without fraction and exponent stay
//! integers in the value (`u64` or `i64` where they fit), all other numbers become the nearest double: so "is an integer by
//! MGP1-JSN-014 and spelled plainly by MGP1-JSN-015" is `Value::as_u64() <= 2^53 - 1`.

use serde_json::{Map, Number, Value};

use super::Rejection;

/// Most objects and arrays open at once (MGP1-JSN-005).
pub const MAX_DEPTH: usize = 32;

/// Longest number token in characters (MGP1-JSN-007).
pub const MAX_NUMBER_TOKEN: usize = 64;

/// Reads a text that must be one JSON object (MGP1-JSN-001 to MGP1-JSN-008).
///
/// # Errors
/// The step `json`, with the reason of the first broken rule that is met.
pub fn parse(text: &[u8]) -> Result<Value, Rejection> {
    parse_text(text).map_err(|reason| Rejection::new("json", reason))
}

fn parse_text(text: &[u8]) -> Result<Value, &'static str> {
    // MGP1-JSN-001: the standard library refuses overlong forms, surrogates and values above U+10FFFF.
    let text = std::str::from_utf8(text).map_err(|_| "json.encoding")?;
    // MGP1-JSN-002
    if !text.starts_with('{') {
        return Err("json.not-object");
    }
    let mut reader = Reader {
        text: text.as_bytes(),
        at: 0,
        depth: 0,
    };
    let value = reader.value()?;
    reader.white_space();
    if reader.at < reader.text.len() {
        return Err("json.syntax");
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
}

type Read<T> = Result<T, &'static str>;

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self) -> Read<u8> {
        let byte = self.peek().ok_or("json.syntax")?;
        self.at += 1;
        Ok(byte)
    }

    fn expect(&mut self, byte: u8) -> Read<()> {
        if self.take()? == byte {
            Ok(())
        } else {
            Err("json.syntax")
        }
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Read<Value> {
        match self.peek() {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            Some(b'n') => self.literal("null", Value::Null),
            _ => Err("json.syntax"),
        }
    }

    fn literal(&mut self, word: &str, value: Value) -> Read<Value> {
        for byte in word.bytes() {
            self.expect(byte)?;
        }
        Ok(value)
    }

    /// Opens an object or array (MGP1-JSN-005).
    fn open(&mut self) -> Read<()> {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("json.depth");
        }
        self.white_space();
        Ok(())
    }

    fn close(&mut self) {
        self.at += 1;
        self.depth -= 1;
    }

    fn object(&mut self) -> Read<Value> {
        let mut members = Map::new();
        self.open()?;
        if self.peek() == Some(b'}') {
            self.close();
            return Ok(Value::Object(members));
        }
        loop {
            self.white_space();
            if self.peek() != Some(b'"') {
                return Err("json.syntax");
            }
            let name = self.string()?;
            self.white_space();
            self.expect(b':')?;
            self.white_space();
            let value = self.value()?;
            // MGP1-JSN-004
            if members.insert(name, value).is_some() {
                return Err("json.duplicate");
            }
            self.white_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.close();
                    return Ok(Value::Object(members));
                }
                _ => return Err("json.syntax"),
            }
        }
    }

    fn array(&mut self) -> Read<Value> {
        let mut elements = Vec::new();
        self.open()?;
        if self.peek() == Some(b']') {
            self.close();
            return Ok(Value::Array(elements));
        }
        loop {
            self.white_space();
            elements.push(self.value()?);
            self.white_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.close();
                    return Ok(Value::Array(elements));
                }
                _ => return Err("json.syntax"),
            }
        }
    }

    fn string(&mut self) -> Read<String> {
        self.expect(b'"')?;
        let mut bytes = Vec::new();
        loop {
            let plain = self.text[self.at..]
                .iter()
                .take_while(|byte| !matches!(byte, b'"' | b'\\' | 0x00..=0x1F))
                .count();
            bytes.extend_from_slice(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.take()? {
                b'"' => break,
                b'\\' => {
                    let character = self.escape()?;
                    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                _ => return Err("json.syntax"),
            }
        }
        // The whole text is UTF-8, quotes and backslashes are ASCII, so what lies between is UTF-8 too.
        String::from_utf8(bytes).map_err(|_| "json.encoding")
    }

    fn escape(&mut self) -> Read<char> {
        Ok(match self.take()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err("json.syntax"),
        })
    }

    /// The rest of an escape after `\u`, with the second half where the first is a high surrogate (MGP1-JSN-006).
    fn unicode_escape(&mut self) -> Read<char> {
        let unit = self.four_hex_digits()?;
        let code_point = match unit {
            0xD800..=0xDBFF => {
                if self.text.get(self.at..self.at + 2) != Some(b"\\u") {
                    return Err("json.surrogate");
                }
                self.at += 2;
                let low = self.four_hex_digits()?;
                if !(0xDC00..=0xDFFF).contains(&low) {
                    return Err("json.surrogate");
                }
                0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
            }
            0xDC00..=0xDFFF => return Err("json.surrogate"),
            other => other,
        };
        char::from_u32(code_point).ok_or("json.surrogate")
    }

    fn four_hex_digits(&mut self) -> Read<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = char::from(self.take()?).to_digit(16).ok_or("json.syntax")?;
            unit = unit * 16 + digit;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Read<Value> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.take()? {
            b'0' => {}
            b'1'..=b'9' => self.digits(),
            _ => return Err("json.syntax"),
        }
        let mut is_integer = true;
        if self.peek() == Some(b'.') {
            is_integer = false;
            self.at += 1;
            self.some_digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            is_integer = false;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.some_digits()?;
        }
        let token = std::str::from_utf8(&self.text[start..self.at]).map_err(|_| "json.encoding")?;
        // MGP1-JSN-007
        if token.len() > MAX_NUMBER_TOKEN {
            return Err("json.number");
        }
        if is_integer && token != "-0" {
            if let Ok(integer) = token.parse::<u64>() {
                return Ok(Value::Number(integer.into()));
            }
            if let Ok(integer) = token.parse::<i64>() {
                return Ok(Value::Number(integer.into()));
            }
        }
        // MGP1-JSN-016: the standard library rounds correctly. MGP1-JSN-007: infinity is no `Number`.
        let double: f64 = token.parse().map_err(|_| "json.number")?;
        Number::from_f64(double)
            .map(Value::Number)
            .ok_or("json.number")
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn some_digits(&mut self) -> Read<()> {
        let start = self.at;
        self.digits();
        if self.at == start {
            return Err("json.syntax");
        }
        Ok(())
    }
}
