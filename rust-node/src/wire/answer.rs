//! The answer of chapter 12 to one datagram, as one canonical JSON object (MGP1-ERR-009).

use super::canonical::write_string;
use super::read::{Decoded, Skipped};
use super::reason::Reject;
use super::write::meaning_text;

/// The answer to a datagram that was decoded like this.
pub fn answer(decoded: &Result<Decoded, Reject>) -> String {
    match decoded {
        Err(reason) => format!(
            r#"{{"reason":"{reason}","step":"{}","verdict":"rejected"}}"#,
            reason.step()
        ),
        Ok(Decoded { message, skipped }) => {
            let mut out = String::from(r#"{"message":"#);
            out.push_str(&meaning_text(message));
            out.push_str(r#","skipped":["#);
            write_skipped(&mut out, skipped);
            out.push_str(r#"],"verdict":"accepted"}"#);
            out
        }
    }
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
