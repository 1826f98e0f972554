//! The answer of chapter 12 to one datagram, as one canonical JSON object (MGP1-ERR-009).

use super::canonical::write_string;
use super::legacy::{self, Received};
use super::read::{Decoded, Skipped};
use super::reason::Reject;
use super::write::meaning_text;

/// The answer to a datagram that was decoded like this.
pub fn answer(decoded: &Result<Decoded, Reject>) -> String {
    match decoded {
        Err(reason) => rejected(*reason),
        Ok(Decoded { message, skipped }) => accepted(&meaning_text(message), skipped),
    }
}

/// The answer of a decoder that was asked for version 0 too (chapter 10).
pub fn answer_any(received: &Result<Received, Reject>) -> String {
    match received {
        Err(reason) => rejected(*reason),
        Ok(Received::Current(Decoded { message, skipped })) => {
            accepted(&meaning_text(message), skipped)
        }
        Ok(Received::Legacy(message, skipped)) => accepted(&legacy::meaning_text(message), skipped),
    }
}

fn rejected(reason: Reject) -> String {
    format!(
        r#"{{"reason":"{reason}","step":"{}","verdict":"rejected"}}"#,
        reason.step()
    )
}

fn accepted(meaning: &str, skipped: &[Skipped]) -> String {
    let mut out = String::from(r#"{"message":"#);
    out.push_str(meaning);
    out.push_str(r#","skipped":["#);
    write_skipped(&mut out, skipped);
    out.push_str(r#"],"verdict":"accepted"}"#);
    out
}

fn write_skipped(out: &mut String, skipped: &[Skipped]) {
    for (n, item) in skipped.iter().enumerate() {
        out.push_str(if n > 0 { r#",{"name":"# } else { r#"{"name":"# });
        write_string(out, &item.name);
        out.push_str(r#","reason":""#);
        out.push_str(item.reason.code());
        out.push_str(r#"","section":""#);
        out.push_str(item.section.name());
        out.push_str("\"}");
    }
}
