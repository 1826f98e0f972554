//! The judge: plain, slow, obviously right, and written from `spec/` alone. It shares no code with any node.
//!
//! Contract for the rest of the suite (bodies are the oracle's own business):
//! [`decode`] is the decoder of chapter 12, [`canonical`] is RFC 8785, [`json_equal`] is JSON equality of chapter 3.

use serde_json::Value;

/// What a decoder makes of a datagram (specification, chapter 12).
#[derive(Debug, Clone, PartialEq)]
pub enum Decoded {
    /// Its meaning, and what was skipped in it (objects with `section`, `name`, `reason`).
    Accepted { message: Value, skipped: Vec<Value> },
    /// The first step that failed, and a reason of that step.
    Rejected {
        step: &'static str,
        reason: &'static str,
    },
}

/// Decodes one datagram, without clock, cluster and state.
pub fn decode(_datagram: &[u8]) -> Decoded {
    todo!("oracle")
}

/// RFC 8785 text of a value.
pub fn canonical(_value: &Value) -> String {
    todo!("oracle")
}

/// JSON equality of chapter 3: numbers as doubles, objects without order.
pub fn json_equal(_a: &Value, _b: &Value) -> bool {
    todo!("oracle")
}
