//! Chapters 4, 5 and 12: from a JSON object to the meaning of a message, or the reason why it is none.

mod body;
mod entry;
mod envelope;
mod names;
mod record;

use serde_json::{Map, Value, json};

use super::Rejection;
pub use entry::{Entry, MAX_ENTRY_SIZE, check_entry, entry_size};
pub use names::{is_cluster_name, is_node_id, is_token};
pub use record::{
    MAX_RECORD_SIZE, Record, State, canonical_content, check_heartbeat, check_record,
    is_usable_host, record_size,
};

/// The largest integer of the protocol (MGP1-JSN-014).
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// All timestamps of membership clocks are below this (MGP1-ENV-008, MGP1-MSG-012, MGP1-MSG-016).
pub const CLOCK_END: u64 = 1 << 52;

/// What a message says, and what of it was skipped (chapter 12).
#[derive(Debug, Clone, PartialEq)]
pub struct Meaning {
    /// The meaning as a JSON object.
    pub message: Value,
    /// Objects with `section`, `name` and `reason`, in the order of chapter 12.
    pub skipped: Vec<Value>,
}

/// Checks a parsed text from the step `version` on and says what it means.
///
/// # Errors
/// The first of the steps `version`, `cluster`, `envelope`, `type` and `body` that fails.
pub fn meaning(text: &Value) -> Result<Meaning, Rejection> {
    let envelope = envelope::check(text)?;
    let mut skipped = Vec::new();
    let data = body::check(envelope.kind, envelope.data, &mut skipped)?;
    let mut message = json!({
        "protocolVersion": 1,
        "cluster": envelope.cluster,
        "type": envelope.kind,
        "senderId": envelope.sender_id,
        "messageId": envelope.message_id,
        "timestamp": envelope.timestamp,
    });
    // Not inside the macro, which would copy all of it.
    message["data"] = data;
    Ok(Meaning { message, skipped })
}

/// The member of that name, where `null` counts as absent (MGP1-JSN-013).
fn optional<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.get(name).filter(|value| !value.is_null())
}

/// The value as an integer from 0 to 2^53−1 (MGP1-JSN-014). `1.0`, `1e3` and `-0` are implementation-defined; here they are none.
pub fn integer(value: Option<&Value>) -> Option<u64> {
    value?.as_u64().filter(|integer| *integer <= MAX_INTEGER)
}
