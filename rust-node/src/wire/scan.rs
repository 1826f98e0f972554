//! A scan over the bytes of a JSON text for the rules that a grammar does not name: depth, surrogates, numbers.
//!
//! It presumes nothing about the text, and never panics.

use super::limits::MAX_NUMBER;
use super::reason::Reject;

fn in_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')
}

/// False only where no number token of more than 64 characters can be: a longer run would cover a multiple of 64.
pub fn may_have_long_number(text: &[u8]) -> bool {
    text.iter()
        .enumerate()
        .step_by(MAX_NUMBER)
        .any(|(at, byte)| in_number(*byte) && run_around(text, at) > MAX_NUMBER)
}

fn run_around(text: &[u8], at: usize) -> usize {
    let before = text[..at].iter().rev().take_while(|b| in_number(**b));
    let after = text[at..].iter().take_while(|b| in_number(**b));
    before.count() + after.count()
}

/// Looks for `json.depth`, `json.number` and `json.surrogate`.
///
/// # Errors
/// The first of them that the text breaks.
pub fn find_fault(text: &[u8], max_depth: u32) -> Result<(), Reject> {
    let mut depth = 0_u32;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => {
                at = skip_string(text, at + 1)?;
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > max_depth {
                    return Err(Reject::JsonDepth);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'-' | b'0'..=b'9' => {
                let end = text[at..]
                    .iter()
                    .position(|b| !in_number(*b))
                    .map_or(text.len(), |n| at + n);
                check_number(&text[at..end])?;
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

fn check_number(token: &[u8]) -> Result<(), Reject> {
    let infinite = std::str::from_utf8(token)
        .ok()
        .and_then(|text| text.parse::<f64>().ok())
        .is_some_and(f64::is_infinite);
    if token.len() > MAX_NUMBER || infinite {
        return Err(Reject::JsonNumber);
    }
    Ok(())
}

/// Index after the string whose first byte inside is at `at`.
fn skip_string(text: &[u8], mut at: usize) -> Result<usize, Reject> {
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => return Ok(at + 1),
            b'\\' => match unit(text, at) {
                Some(0xD800..=0xDBFF) => match unit(text, at + 6) {
                    Some(0xDC00..=0xDFFF) => at += 12,
                    _ => return Err(Reject::JsonSurrogate),
                },
                Some(0xDC00..=0xDFFF) => return Err(Reject::JsonSurrogate),
                Some(_) => at += 6,
                None => at += 2,
            },
            _ => at += 1,
        }
    }
    Ok(at)
}

/// The UTF-16 code unit of the `\uXXXX` escape at `at`, if there is one.
fn unit(text: &[u8], at: usize) -> Option<u16> {
    let escape = text.get(at..at + 6)?;
    let digits = escape.strip_prefix(b"\\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
