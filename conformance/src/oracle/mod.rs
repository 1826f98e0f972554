//! The judge: plain, slow, obviously right, and written from `spec/` alone. It shares no code with any node.
//!
//! Contract for the rest of the suite: [`decode`] is the decoder of chapter 12, [`canonical`] is RFC 8785,
//! [`json_equal`] is JSON equality of chapter 3.
//!
//! The rooms: [`frame`] is chapter 2, [`json`] chapter 3, [`message`] chapters 4, 5 and 12, [`merge`] chapter 6, [`digest`] and [`sync`] chapter 9, [`legacy`] chapter 10, [`reasons`]
//! the codes of chapter 12, and [`outgoing`] judges what an implementation sent.

mod canonical;
pub mod digest;
pub mod frame;
pub mod json;
pub mod legacy;
pub mod merge;
pub mod message;
pub mod outgoing;
pub mod reasons;
pub mod sync;

use serde_json::{Value, json};

pub use canonical::{canonical, json_equal, utf16_order};

/// What a decoder makes of a datagram (specification, chapter 12).
#[derive(Debug, Clone, PartialEq)]
pub enum Decoded {
    /// A message.
    Accepted {
        /// Its meaning.
        message: Value,
        /// What was skipped in it: objects with `section`, `name` and `reason`.
        skipped: Vec<Value>,
    },
    /// No message.
    Rejected {
        /// The first step that failed.
        step: &'static str,
        /// A reason of that step.
        reason: &'static str,
    },
}

impl Decoded {
    /// The answer as the JSON object of chapter 12.
    pub fn to_value(&self) -> Value {
        match self {
            Decoded::Accepted { message, skipped } => {
                json!({"verdict": "accepted", "message": message, "skipped": skipped})
            }
            Decoded::Rejected { step, reason } => {
                json!({"verdict": "rejected", "step": step, "reason": reason})
            }
        }
    }
}

/// Why a datagram is no message: a step and a reason of chapter 12.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    /// Step of MGP1-ERR-001.
    pub step: &'static str,
    /// Reason code.
    pub reason: &'static str,
}

impl Rejection {
    /// A rejection at a step of chapter 12 for one of its reasons.
    pub(crate) fn new(step: &'static str, reason: &'static str) -> Self {
        Rejection { step, reason }
    }
}

/// Decodes one datagram, without clock, cluster and state, in the order of MGP1-ERR-001.
pub fn decode(datagram: &[u8]) -> Decoded {
    let meaning = frame::text_of(datagram)
        .and_then(|(_, text)| json::parse(&text))
        .and_then(|value| message::meaning(&value));
    match meaning {
        Ok(meaning) => Decoded::Accepted {
            message: meaning.message,
            skipped: meaning.skipped,
        },
        Err(Rejection { step, reason }) => Decoded::Rejected { step, reason },
    }
}
