//! Chapter 10: the two dialects of version 0, as a decoder that was asked for them reads them.

use std::net::{IpAddr, SocketAddr};

use serde_json::{Map, Value, json};

use super::merge::Model;
use super::message::{CLOCK_END, Entry, MAX_INTEGER, Record, check_entry, check_record};
use super::message::{integer, is_usable_host};
use super::message::{is_node_id, is_token};
use super::{Decoded, Rejection, frame, json as text, utf16_order};

/// How one dialect spells things.
struct Spelling {
    dialect: &'static str,
    kind: &'static str,
    sender: &'static str,
    message: &'static str,
    entries: &'static str,
    ping: &'static str,
    seconds: bool,
}

/// In the order in which they are looked for (MGP1-LEG-001).
const SPELLINGS: [Spelling; 2] = [
    Spelling {
        dialect: "v0-java",
        kind: "type",
        sender: "senderId",
        message: "messageId",
        entries: "localData",
        ping: "pingId",
        seconds: false,
    },
    Spelling {
        dialect: "v0-python",
        kind: "message_type",
        sender: "sender_id",
        message: "message_id",
        entries: "local_state",
        ping: "ping_id",
        seconds: true,
    },
];

/// Decodes one datagram of either version, without clock, cluster and state.
pub fn decode(datagram: &[u8]) -> Decoded {
    match text_without_version(datagram) {
        Ok(Some(members)) => read(&members)
            .and_then(Old::meaning)
            .unwrap_or_else(|Rejection { step, reason }| Decoded::Rejected { step, reason }),
        Ok(None) => super::decode(datagram),
        Err(Rejection { step, reason }) => Decoded::Rejected { step, reason },
    }
}

/// Whether a datagram holds a text that is of version 0 because it names none.
pub fn names_no_version(datagram: &[u8]) -> bool {
    matches!(text_without_version(datagram), Ok(Some(_)))
}

/// The mapped sender and message id of a version 0 datagram that passes the step `legacy`: the steps `sender` and `duplicate` come
/// before `type`, and so ask for them whatever its type is.
pub fn identity(datagram: &[u8]) -> Option<(String, String)> {
    let members = text_without_version(datagram).ok()??;
    let Old {
        sender, message, ..
    } = read(&members).ok()?;
    Some((sender.to_owned(), message.to_owned()))
}

/// The `lastSeen` that a version 0 message from that address says of its sender; `None` where its record would be skipped (MGP1-LEG-006).
pub fn rumour(datagram: &[u8], from: SocketAddr) -> Option<u64> {
    let members = text_without_version(datagram).ok()??;
    let Old {
        sender, timestamp, ..
    } = read(&members).ok()?;
    let record = check_record(sender, &sender_record(from, timestamp)).ok()?;
    Some(record.last_seen)
}

/// What a message of version 0 says of its sender (MGP1-LEG-006).
fn sender_record(from: SocketAddr, timestamp: u64) -> Value {
    json!({
        "host": from.ip().to_canonical().to_string(), "port": from.port(), "state": "ALIVE",
        "lastSeen": timestamp, "updated": timestamp,
    })
}

/// The members of a text that has no `protocolVersion`; `None` for one that has.
fn text_without_version(datagram: &[u8]) -> Result<Option<Map<String, Value>>, Rejection> {
    let (_, bytes) = frame::text_of(datagram)?;
    match text::parse(&bytes)? {
        Value::Object(members) if !members.contains_key("protocolVersion") => Ok(Some(members)),
        _ => Ok(None),
    }
}

/// Whether a meaning is one of version 0.
pub fn is_version_0(meaning: &Value) -> bool {
    meaning["protocolVersion"] == 0
}

/// A version 0 message that passed the step `legacy`.
struct Old<'a> {
    dialect: &'static str,
    kind: String,
    sender: &'a str,
    message: &'a str,
    timestamp: u64,
    /// The mapped `data`; `None` where the type is unknown.
    data: Option<Value>,
    skipped: Vec<Value>,
}

impl Old<'_> {
    fn meaning(self) -> Result<Decoded, Rejection> {
        let data = self.data.ok_or(Rejection::new("type", "type.unknown"))?;
        Ok(Decoded::Accepted {
            message: json!({
                "protocolVersion": 0,
                "dialect": self.dialect,
                "cluster": "",
                "type": self.kind,
                "senderId": self.sender,
                "messageId": self.message,
                "timestamp": self.timestamp,
                "data": data,
            }),
            skipped: self.skipped,
        })
    }
}

fn read(top: &Map<String, Value>) -> Result<Old<'_>, Rejection> {
    let bad = Rejection::new("legacy", "legacy.bad");
    // MGP1-LEG-001, MGP1-LEG-002
    let spelling = SPELLINGS
        .iter()
        .find(|spelling| top.contains_key(spelling.kind))
        .ok_or(bad)?;
    let kind = top[spelling.kind].as_str().ok_or(bad)?;
    let kind = if spelling.seconds {
        kind.to_ascii_uppercase()
    } else {
        kind.to_owned()
    };
    let name = |member: &str, rule: fn(&str) -> bool| {
        let text = top.get(member).and_then(Value::as_str);
        text.filter(|text| rule(text)).ok_or(bad)
    };
    let sender = name(spelling.sender, is_node_id)?;
    let message = name(spelling.message, is_token)?;
    let timestamp = time(spelling, top.get("timestamp"))
        .filter(|timestamp| *timestamp < CLOCK_END)
        .ok_or(bad)?;
    let data = top.get("data").and_then(Value::as_object).ok_or(bad)?;
    let ping = data
        .get(spelling.ping)
        .and_then(Value::as_str)
        .filter(|id| is_token(id));
    let mut skipped = Vec::new();
    let data = match (kind.as_str(), ping) {
        ("GOSSIP", _) => {
            let entries = section(data, spelling.entries).ok_or(bad)?;
            let members = section(data, "membership").ok_or(bad)?;
            Some(json!({
                "localData": local_data(spelling, entries, &mut skipped),
                "membership": addresses(members, sender),
            }))
        }
        ("PING", None) => return Err(bad),
        ("PING" | "PONG", Some(id)) => Some(json!({"pingId": id})),
        ("PONG" | "MEMBERSHIP" | "SYNC", _) => Some(json!({})),
        _ => None,
    };
    Ok(Old {
        dialect: spelling.dialect,
        kind,
        sender,
        message,
        timestamp,
        data,
        skipped,
    })
}

/// Merges a message of version 0, given as its meaning, that came from that UDP source address, at a wall clock, and returns the skips
/// that need state or the address: objects with `section`, `name` and `reason`.
pub fn merge(model: &mut Model, message: &Value, from: SocketAddr, wall: u64) -> Vec<Value> {
    let mut skipped = Vec::new();
    let mut skip = |section: &str, name: &str, reason: &str| {
        skipped.push(json!({"section": section, "name": name, "reason": reason}));
    };
    model.drop_expired(wall);
    // MGP1-LEG-004: what is mapped is an entry like any other.
    let entries = message["data"]["localData"].as_object();
    for (key, value) in entries.into_iter().flatten() {
        if let Ok(entry) = check_entry(key, value)
            && let Err(reason) = model.merge_entry(key, entry, wall)
        {
            skip("localData", key, reason);
        }
    }
    // MGP1-LEG-006, MGP1-LEG-007: of the members the sender alone.
    let sender = message["senderId"].as_str().unwrap_or_default();
    let timestamp = message["timestamp"].as_u64().unwrap_or_default();
    let host = from.ip().to_canonical();
    let says_no_more = |held: &Record| {
        let address = held.host.parse::<IpAddr>().map(|ip| ip.to_canonical());
        let is_there = address == Ok(host) && held.port == from.port();
        is_there && held.metadata.is_empty() && held.versions.is_none()
    };
    if model.members.get(sender).is_some_and(says_no_more) {
        model.merge_heartbeat(sender, timestamp);
    } else {
        let merged = check_record(sender, &sender_record(from, timestamp))
            .and_then(|it| model.merge_record(sender, it));
        if let Err(reason) = merged {
            skip("membership", sender, reason);
        }
    }
    model.drop_expired(wall);
    skipped
}

/// The items of a section; none where it is absent or null, `None` where it is no object.
fn section<'a>(data: &'a Map<String, Value>, name: &str) -> Option<Vec<(&'a String, &'a Value)>> {
    match data.get(name) {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(section) => Some(section.as_object()?.iter().collect()),
    }
}

/// Milliseconds: as they are, or seconds times 1000 as doubles, rounded half to even.
fn time(spelling: &Spelling, value: Option<&Value>) -> Option<u64> {
    if !spelling.seconds {
        return integer(value);
    }
    let product = value?.as_f64()? * 1000.0;
    let below = product.floor();
    let part = product - below;
    let is_odd = below % 2.0 != 0.0;
    let rounded = if part > 0.5 || part == 0.5 && is_odd {
        below + 1.0
    } else {
        below
    };
    // An integer below 2^53 prints as its digits; what is negative, too large or infinite does not read back.
    let milliseconds = format!("{:.0}", rounded.abs()).parse::<u64>().ok()?;
    (rounded >= 0.0 && milliseconds <= MAX_INTEGER).then_some(milliseconds)
}

fn local_data(
    spelling: &Spelling,
    items: Vec<(&String, &Value)>,
    skipped: &mut Vec<Value>,
) -> Map<String, Value> {
    let mut kept = Map::new();
    let mut left_out = Vec::new();
    for (key, item) in items {
        match check_entry(key, &mapped(spelling, item)) {
            Ok(entry) => {
                kept.insert(key.clone(), Entry::to_value(&entry));
            }
            Err(reason) => left_out.push((key, reason)),
        }
    }
    left_out.sort_by(|(a, _), (b, _)| utf16_order(a, b));
    skipped.extend(
        left_out
            .into_iter()
            .map(|(name, reason)| json!({"section": "localData", "name": name, "reason": reason})),
    );
    kept
}

/// The version 1 entry that an entry of version 0 maps to; what maps to nothing becomes null (MGP1-LEG-004).
fn mapped(spelling: &Spelling, item: &Value) -> Value {
    if !item.is_object() {
        return Value::Null;
    }
    let version = match item.get("version") {
        Some(Value::String(text)) if !spelling.seconds => json!(text),
        number if spelling.seconds => {
            integer(number).map_or(Value::Null, |n| json!(format!("{n:07}")))
        }
        _ => Value::Null,
    };
    json!({
        "value": item.get("value"),
        "timestamp": time(spelling, item.get("timestamp")),
        "version": version,
        "sourceNode": "v0",
    })
}

/// The other members whose address counts (MGP1-LEG-007).
fn addresses(items: Vec<(&String, &Value)>, sender: &str) -> Map<String, Value> {
    let mut kept = Map::new();
    for (name, member) in items {
        let host = member.get("host").and_then(Value::as_str);
        let port = integer(member.get("port")).filter(|port| (1..=65_535).contains(port));
        if let (Some(host), Some(port)) = (host.filter(|host| is_usable_host(host)), port)
            && name != sender
        {
            kept.insert(name.clone(), json!({"host": host, "port": port}));
        }
    }
    kept
}

/// What is wrong with a version 0 datagram that a node sent as its answer to a PING, given as dialect, ping id and length (MGP1-LEG-008).
///
/// # Errors
/// The requirement that it breaks, what it asks for, and what was sent.
pub fn judge_answer(
    datagram: &[u8],
    node: &str,
    ping: (&str, &str, usize),
) -> Result<Value, (&'static str, String, String)> {
    let (dialect, ping_id, length) = ping;
    let Decoded::Accepted { message, .. } = decode(datagram) else {
        let expected = "a version 0 message that its receivers can read".to_owned();
        return Err(("MGP1-LEG-008", expected, hex::encode(datagram)));
    };
    let is_raw = datagram.first() == Some(&b'{');
    let wanted = json!({
        "dialect": dialect, "type": "PONG", "senderId": node, "data": {"pingId": ping_id},
    });
    for (name, expected) in wanted.as_object().into_iter().flatten() {
        if message[name] != *expected {
            return Err((
                "MGP1-LEG-008",
                format!("{name} {expected}"),
                message[name].to_string(),
            ));
        }
    }
    if is_raw != (dialect == "v0-java") {
        let expected = "raw JSON in v0-java, a zlib stream in v0-python".to_owned();
        let actual = if is_raw { "raw JSON" } else { "a zlib stream" };
        return Err(("MGP1-LEG-008", expected, actual.to_owned()));
    }
    let names = frame::text_of(datagram)
        .and_then(|(_, bytes)| text::parse(&bytes))
        .map(|value| {
            let count = |value: &Value| value.as_object().map_or(0, Map::len);
            (count(&value), count(&value["data"]))
        });
    if names != Ok((5, 1)) {
        let expected = "the five members of the dialect and a ping id, which receivers that know no more refuse otherwise";
        let actual = format!("{names:?} members");
        return Err(("MGP1-LEG-008", expected.to_owned(), actual));
    }
    if datagram.len() > 3 * length {
        let expected = format!("at most {} bytes to a PING of {length}", 3 * length);
        let actual = format!("{} bytes", datagram.len());
        return Err(("MGP1-DIS-012", expected, actual));
    }
    Ok(message)
}

/// The PING of version 0 that a datagram is, as dialect and ping id.
pub fn ping_of(datagram: &[u8]) -> Option<(String, String)> {
    let Decoded::Accepted { message, .. } = decode(datagram) else {
        return None;
    };
    let is_ping = is_version_0(&message) && message["type"] == "PING";
    let text = |value: &Value| value.as_str().map(str::to_owned);
    is_ping.then_some(())?;
    Some((
        text(&message["dialect"])?,
        text(&message["data"]["pingId"])?,
    ))
}
