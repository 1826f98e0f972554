//! The `codec` operations: decode and encode as functions.

use serde_json::{Value, json};

use super::request::{Answer, Failure, datagram, member};
use crate::wire::{self, Codec, Sizes};

pub(super) fn decode(codec: &mut Codec, request: &Value) -> Answer {
    let datagram = datagram(request)?;
    let answer = match request.get("legacy").unwrap_or(&Value::Null) {
        Value::Bool(true) => wire::answer_any(&codec.decode_any(&datagram)),
        Value::Bool(false) | Value::Null => wire::answer(&codec.decode(&datagram)),
        _ => return Err(Failure::bad_request("`legacy` is no boolean")),
    };
    serde_json::from_str(&answer).map_err(Failure::internal)
}

/// A meaning is judged by the rules that a receiver would apply to its text: what others would reject or skip is not sent.
pub(super) fn encode(codec: &mut Codec, request: &Value) -> Answer {
    let meaning = member(request, "message")?;
    if !meaning.is_object() {
        return Err(Failure::bad_request("`message` is no object"));
    }
    let text = meaning.to_string();
    let decoded = match codec.decode(text.as_bytes()) {
        Ok(decoded) => decoded,
        Err(reason) => return Ok(json!({"refused": reason.code()})),
    };
    if let Some(skipped) = decoded.skipped.first() {
        return Ok(json!({"refused": skipped.reason.code()}));
    }
    Ok(match codec.encode(&decoded.message, Sizes::default()) {
        Ok(datagram) => json!({"datagram": hex::encode(datagram)}),
        Err(_) => json!({"refused": "size.packet"}),
    })
}
