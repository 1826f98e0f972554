//! Chapter 4: the members that every message has, checked in the order of that chapter.

use serde_json::{Map, Value};

use super::record::{State, check_record};
use super::{CLOCK_END, integer, is_cluster_name, is_node_id, is_token, optional};
use crate::oracle::Rejection;

/// A checked envelope of a message of a known type.
pub(super) struct Envelope<'a> {
    pub cluster: &'a str,
    pub kind: &'a str,
    pub sender_id: &'a str,
    pub message_id: &'a str,
    pub timestamp: u64,
    pub data: &'a Map<String, Value>,
}

/// Applies the steps `version`, `cluster` (without `cluster.mismatch`), `envelope` and `type`.
pub(super) fn check(text: &Value) -> Result<Envelope<'_>, Rejection> {
    let message = text
        .as_object()
        .ok_or(Rejection::new("json", "json.not-object"))?;

    let bad = |reason| Rejection::new("version", reason);
    match message.get("protocolVersion") {
        // MGP1-ENV-003: absence counts as version 0.
        None => return Err(bad("version.unsupported")),
        // MGP1-ENV-002. It is a required member, so null is no absence.
        version => match integer(version) {
            None => return Err(bad("version.bad")),
            Some(1) => {}
            Some(_) => return Err(bad("version.unsupported")),
        },
    }

    // MGP1-ENV-005
    let cluster = match optional(message, "cluster") {
        None => "",
        Some(name) => name
            .as_str()
            .filter(|name| is_cluster_name(name))
            .ok_or(Rejection::new("cluster", "cluster.bad"))?,
    };

    // MGP1-ENV-008, in its order
    let text_member = |name: &str| message.get(name).and_then(Value::as_str);
    let envelope = |reason| Rejection::new("envelope", reason);
    let kind = text_member("type").ok_or(envelope("envelope.type"))?;
    let sender_id = text_member("senderId")
        .filter(|id| is_node_id(id))
        .ok_or(envelope("envelope.senderId"))?;
    let message_id = text_member("messageId")
        .filter(|token| is_token(token))
        .ok_or(envelope("envelope.messageId"))?;
    let timestamp = integer(message.get("timestamp"))
        .filter(|timestamp| *timestamp < CLOCK_END)
        .ok_or(envelope("envelope.timestamp"))?;
    let data = message
        .get("data")
        .and_then(Value::as_object)
        .ok_or(envelope("envelope.data"))?;

    // MGP1-ENV-009
    data.get("membership")
        .and_then(|membership| membership.get(sender_id))
        .and_then(|record| check_record(sender_id, record).ok())
        .filter(|own| own.state != State::Suspect && own.last_seen == timestamp)
        .ok_or(envelope("envelope.self"))?;

    // MGP1-ENV-019
    if !["GOSSIP", "PING", "PONG", "MEMBERSHIP", "SYNC"].contains(&kind) {
        return Err(Rejection::new("type", "type.unknown"));
    }
    Ok(Envelope {
        cluster,
        kind,
        sender_id,
        message_id,
        timestamp,
        data,
    })
}
