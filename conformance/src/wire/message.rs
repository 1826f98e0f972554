//! The parts of a message as JSON data, right by default; a case breaks what it wants broken.

use std::io::Write;
use std::net::SocketAddr;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::{Map, Value, json};

/// Bytes to which a PING is padded that goes to an address which does not know us (MGP1-MSG-025).
pub const PADDED_PING: usize = 480;

/// A record: ALIVE at that address, `updated` like `lastSeen`.
pub fn record(address: SocketAddr, last_seen: u64) -> Value {
    json!({
        "host": address.ip().to_string(),
        "port": address.port(),
        "state": "ALIVE",
        "lastSeen": last_seen,
        "updated": last_seen,
        "metadata": {},
    })
}

/// A record in another state.
pub fn record_in(state: &str, address: SocketAddr, last_seen: u64) -> Value {
    with(record(address, last_seen), "state", json!(state))
}

/// An entry as one writer made it.
pub fn entry(value: Value, timestamp: u64, version: &str, source: &str) -> Value {
    json!({"value": value, "timestamp": timestamp, "version": version, "sourceNode": source})
}

/// A tombstone.
pub fn tombstone(timestamp: u64, version: &str, source: &str) -> Value {
    json!({"value": null, "timestamp": timestamp, "version": version, "sourceNode": source, "deleted": true})
}

/// The object with one member set, at a path of names separated by `/`.
pub fn with(mut object: Value, path: &str, value: Value) -> Value {
    let mut place = &mut object;
    for name in path.split('/') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[name];
    }
    *place = value;
    object
}

/// The object without one member, at a path of names separated by `/`.
pub fn without(mut object: Value, path: &str) -> Value {
    let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = parents
        .split('/')
        .filter(|name| !name.is_empty())
        .try_fold(&mut object, |place, name| place.get_mut(name));
    if let Some(Value::Object(members)) = parent {
        members.remove(name);
    }
    object
}

/// The text of a message.
pub fn text(message: &Value) -> Vec<u8> {
    message.to_string().into_bytes()
}

/// The text with a member `pad` in `data` that makes it exactly `length` bytes, if it is shorter than that.
pub fn padded(message: &Value, length: usize) -> Vec<u8> {
    let empty = text(&with(message.clone(), "data/pad", json!("")));
    let missing = length.saturating_sub(empty.len());
    text(&with(
        message.clone(),
        "data/pad",
        json!("x".repeat(missing)),
    ))
}

/// One zlib stream.
pub fn zlib(text: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
    encoder
        .write_all(text)
        .and_then(|()| encoder.finish())
        .expect("writing into memory")
}

/// Inflates a whole zlib stream that the oracle has already found valid.
pub fn inflate(stream: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(stream), &mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_set_at_its_path_and_taken_away_again() {
        let object = with(json!({"a": {"b": 1}}), "a/c/d", json!(2));
        assert_eq!(object, json!({"a": {"b": 1, "c": {"d": 2}}}));
        assert_eq!(without(object, "a/c"), json!({"a": {"b": 1}}));
        assert_eq!(without(json!({"a": 1}), "b/c"), json!({"a": 1}));
    }

    #[test]
    fn a_padded_message_has_exactly_the_length_asked_for() {
        assert_eq!(padded(&json!({"data": {"pingId": "p"}}), 480).len(), 480);
    }

    #[test]
    fn inflate_undoes_zlib() {
        for level in [0, 1, 9] {
            assert_eq!(inflate(&zlib(b"{}", level)).as_deref(), Some(&b"{}"[..]));
        }
    }
}
