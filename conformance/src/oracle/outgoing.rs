//! Judges datagrams that an implementation *sent*, whatever made it send them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::frame::{Frame, text_of};
use super::message::{self, MAX_INTEGER};
use super::reasons::requirement_of;
use super::{Decoded, Rejection, canonical, decode, json, json_equal};

/// Shortest PING to an address that is not validated, in bytes (MGP1-MSG-025).
pub const PADDED_PING: usize = 480;

/// A requirement that a datagram breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Its id.
    pub requirement: &'static str,
    /// One line that says what is wrong.
    pub line: String,
}

/// What the judge knows of the receiver of a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receiver {
    /// Not known: rules about addresses are not judged.
    Unknown,
    /// An address that is validated for the sender (MGP1-DIS-011).
    Validated,
    /// An address that is not.
    Unvalidated {
        /// Length of the datagram that this one answers, or `None` where it answers none.
        answered: Option<usize>,
    },
}

/// What the judge knows of the sender. Times are milliseconds, sizes bytes.
#[derive(Debug, Clone)]
pub struct Circumstances {
    /// `maxPacketSize` of the sender.
    pub max_packet_size: usize,
    /// `compressionThreshold` of the sender.
    pub compression_threshold: usize,
    /// Its cluster, where known.
    pub cluster: Option<String>,
    /// Its node id, where known.
    pub sender_id: Option<String>,
    /// To whom it was sent.
    pub receiver: Receiver,
    /// Its wall clock, where known; entries are judged by it.
    pub wall: Option<u64>,
    /// `maxFutureSkew` of the sender.
    pub max_future_skew: u64,
    /// `tombstoneRetention` of the sender.
    pub tombstone_retention: u64,
}

impl Default for Circumstances {
    /// The defaults of chapter 11, and nothing known of the sender.
    fn default() -> Self {
        Circumstances {
            max_packet_size: 1_400,
            compression_threshold: 512,
            cluster: None,
            sender_id: None,
            receiver: Receiver::Unknown,
            wall: None,
            max_future_skew: 86_400_000,
            tombstone_retention: 86_400_000,
        }
    }
}

/// A datagram, read once however often it is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Its length in bytes.
    pub length: usize,
    /// Its frame and its text.
    pub text: Result<(Frame, Vec<u8>), Rejection>,
    /// What [`decode`] makes of it.
    pub decoded: Decoded,
    /// Integers that are not spelled plainly, or why the text is no JSON.
    spelling: Result<Vec<String>, Rejection>,
}

impl Reading {
    /// Reads a datagram.
    pub fn of(datagram: &[u8]) -> Reading {
        let text = text_of(datagram);
        let value = match &text {
            Ok((_, text)) => json::parse(text),
            Err(rejection) => Err(*rejection),
        };
        let decoded = match value.as_ref().map_err(|it| *it).and_then(message::meaning) {
            Ok(meaning) => Decoded::Accepted {
                message: meaning.message,
                skipped: meaning.skipped,
            },
            Err(Rejection { step, reason }) => Decoded::Rejected { step, reason },
        };
        Reading {
            length: datagram.len(),
            text,
            decoded,
            spelling: value.map(|value| oddly_spelled_integers(&value)),
        }
    }
}

/// Lists the MUSTs that a datagram breaks by itself. Rules about several datagrams are those of [`Sequence`].
pub fn judge(datagram: &[u8], known: &Circumstances) -> Vec<Breach> {
    judge_reading(&Reading::of(datagram), known)
}

/// [`judge`] for a datagram that has been read.
pub fn judge_reading(reading: &Reading, known: &Circumstances) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut broken = |requirement, line: String| breaches.push(Breach { requirement, line });

    if reading.length > known.max_packet_size {
        let (length, limit) = (reading.length, known.max_packet_size);
        broken(
            "MGP1-FRM-002",
            format!("a datagram of {length} bytes, the limit is {limit}"),
        );
    }
    let (frame, text) = match &reading.text {
        Ok((frame, text)) => (*frame, text),
        Err(rejection) => {
            // The one place where the limit of receivers binds senders too.
            let requirement = match rejection.reason {
                "inflate.too-big" => "MGP1-FRM-017",
                _ => "MGP1-FRM-001",
            };
            broken(requirement, format!("no message: {}", rejection.reason));
            return breaches;
        }
    };
    if frame == Frame::Zlib && text.len() <= known.compression_threshold {
        let (length, threshold) = (text.len(), known.compression_threshold);
        broken(
            "MGP1-FRM-003",
            format!("a text of {length} bytes was compressed, the threshold is {threshold}"),
        );
    }
    if frame == Frame::Zlib && reading.length >= text.len() {
        let (stream, length) = (reading.length, text.len());
        broken(
            "MGP1-FRM-005",
            format!("a stream of {stream} bytes for a text of {length}"),
        );
    }
    match &reading.spelling {
        Ok(places) => {
            for place in places {
                broken(
                    "MGP1-JSN-015",
                    format!("{place} is not spelled in digits alone"),
                );
            }
        }
        Err(rejection) => {
            broken("MGP1-JSN-010", format!("the text is {}", rejection.reason));
            return breaches;
        }
    }
    match &reading.decoded {
        Decoded::Rejected { reason, .. } => {
            let requirement = match *reason {
                "version.bad" | "version.unsupported" => "MGP1-ENV-001",
                "envelope.self" => "MGP1-ENV-010",
                other => requirement_of(other).unwrap_or("MGP1-FRM-001"),
            };
            broken(requirement, format!("receivers reject it: {reason}"));
        }
        Decoded::Accepted { message, skipped } => {
            for item in skipped {
                let reason = item["reason"].as_str().unwrap_or_default();
                let requirement = requirement_of(reason).unwrap_or("MGP1-MSG-002");
                let (section, name) = (&item["section"], &item["name"]);
                broken(
                    requirement,
                    format!("receivers skip {name} in {section}: {reason}"),
                );
            }
            breaches.extend(judge_message(message, known));
            breaches.extend(judge_receiver(message, frame, reading.length, known));
        }
    }
    breaches
}

/// Lists the SHOULDs that a datagram does not follow.
pub fn advise(datagram: &[u8], known: &Circumstances) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let Ok((frame, text)) = text_of(datagram) else {
        return breaches;
    };
    let Ok(value) = json::parse(&text) else {
        return breaches;
    };
    if canonical(&value).as_bytes() != text {
        breaches.push(Breach {
            requirement: "MGP1-JSN-018",
            line: "the text is not in canonical form".to_owned(),
        });
    }
    // A padded PING is sent raw, whatever its length (MGP1-MSG-025).
    let is_padded = value["type"] == "PING" && !value["data"]["pad"].is_null();
    if frame == Frame::Raw
        && text.len() > known.compression_threshold
        && !is_padded
        && deflated_length(&text) < text.len()
    {
        breaches.push(Breach {
            requirement: "MGP1-FRM-004",
            line: format!("a text of {} bytes was sent raw", text.len()),
        });
    }
    breaches
}

/// Length of a zlib stream of the text, at the default level.
fn deflated_length(text: &[u8]) -> usize {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    match encoder.write_all(text).and_then(|()| encoder.finish()) {
        Ok(stream) => stream.len(),
        Err(_) => usize::MAX,
    }
}

fn judge_message(message: &Value, known: &Circumstances) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut broken = |requirement, line: String| breaches.push(Breach { requirement, line });

    if let Some(cluster) = &known.cluster
        && message["cluster"] != **cluster
    {
        broken(
            "MGP1-ENV-007",
            format!(
                "names cluster {}, its own is {cluster:?}",
                message["cluster"]
            ),
        );
    }
    if let Some(id) = &known.sender_id
        && message["senderId"] != **id
    {
        broken(
            "MGP1-ENV-010",
            format!("names sender {}, its own id is {id:?}", message["senderId"]),
        );
    }
    let data = &message["data"];
    // MGP1-MSG-024 makes an exception of PONG.
    if message["type"] == "GOSSIP" {
        for id in members_of(&data["heartbeats"]).map(|(id, _)| id) {
            let state = &data["membership"][id]["state"];
            if state == "SUSPECT" || state == "DEAD" {
                broken(
                    "MGP1-MSG-017",
                    format!("a heartbeat of {id:?}, whose record says {state}"),
                );
            }
        }
    }
    if let Some(wall) = known.wall {
        for (key, entry) in members_of(&data["localData"]) {
            let timestamp = entry["timestamp"].as_u64().unwrap_or(0);
            if timestamp > wall.saturating_add(known.max_future_skew) {
                broken(
                    "MGP1-MRG-008",
                    format!("the entry {key:?} is dated {} ms ahead", timestamp - wall),
                );
            }
            let expires = timestamp.saturating_add(known.tombstone_retention);
            if entry["deleted"] == true && expires < wall {
                broken(
                    "MGP1-MRG-014",
                    format!("the tombstone of {key:?} expired {} ms ago", wall - expires),
                );
            }
        }
    }
    breaches
}

/// The rules about addresses that have not proved that they want datagrams.
fn judge_receiver(
    message: &Value,
    frame: Frame,
    length: usize,
    known: &Circumstances,
) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut broken = |requirement, line: String| breaches.push(Breach { requirement, line });
    let Receiver::Unvalidated { answered } = known.receiver else {
        return breaches;
    };
    let kind = message["type"].as_str().unwrap_or_default();
    match (kind, answered) {
        ("PING", _) => {
            if frame != Frame::Raw || length < PADDED_PING {
                broken(
                    "MGP1-MSG-025",
                    format!(
                        "a {} PING of {length} bytes to an unvalidated address",
                        frame.name()
                    ),
                );
            }
        }
        (_, None) => broken(
            "MGP1-DIS-012",
            format!("an unsolicited {kind} to an unvalidated address"),
        ),
        (_, Some(question)) => {
            if length > 3 * question {
                broken(
                    "MGP1-DIS-012",
                    format!("{length} bytes in answer to {question} from an unvalidated address"),
                );
            }
        }
    }
    breaches
}

fn members_of(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The places where an integer is called for and a number stands that equals one but is spelled otherwise (MGP1-JSN-015).
fn oddly_spelled_integers(message: &Value) -> Vec<String> {
    let is_integral =
        |double: f64| double.fract() == 0.0 && (0.0..=MAX_INTEGER as f64).contains(&double);
    let mut places = Vec::new();
    let mut look = |value: &Value, place: &dyn Fn() -> String| {
        if value.is_number() && !value.is_u64() && value.as_f64().is_some_and(is_integral) {
            places.push(place());
        }
    };
    for name in ["protocolVersion", "timestamp"] {
        look(&message[name], &|| name.to_owned());
    }
    let data = &message["data"];
    for name in ["page", "pages"] {
        look(&data[name], &|| name.to_owned());
    }
    for (key, entry) in members_of(&data["localData"]) {
        look(&entry["timestamp"], &|| {
            format!("timestamp of entry {key:?}")
        });
    }
    for (id, record) in members_of(&data["membership"]) {
        for name in ["port", "lastSeen", "updated"] {
            look(&record[name], &|| format!("{name} of record {id:?}"));
        }
        for name in ["min", "max"] {
            look(&record["versions"][name], &|| {
                format!("versions.{name} of record {id:?}")
            });
        }
    }
    for (id, last_seen) in members_of(&data["heartbeats"]) {
        look(last_seen, &|| format!("heartbeat of {id:?}"));
    }
    places
}

/// Judges the datagrams of one node, from its start on, in the order in which it sent them.
#[derive(Debug, Default)]
pub struct Sequence {
    sent: BTreeMap<String, Value>,
    greatest: Option<u64>,
}

impl Sequence {
    /// Lists the MUSTs that this datagram breaks together with those before it. What is no message is left to [`judge`].
    pub fn next(&mut self, datagram: &[u8]) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let Decoded::Accepted { message, .. } = decode(datagram) else {
            return breaches;
        };
        let id = message["messageId"].as_str().unwrap_or_default().to_owned();
        let timestamp = message["timestamp"].as_u64().unwrap_or(0);
        match (self.sent.get(&id), self.greatest) {
            (Some(before), _) if !json_equal(before, &message) => breaches.push(Breach {
                requirement: "MGP1-ENV-013",
                line: format!("messageId {id:?} stands on two different messages"),
            }),
            (None, Some(greatest)) if timestamp <= greatest => breaches.push(Breach {
                requirement: "MGP1-ENV-011",
                line: format!("a new message has timestamp {timestamp} after {greatest}"),
            }),
            _ => {}
        }
        self.greatest = self.greatest.max(Some(timestamp));
        self.sent.insert(id, message);
        breaches
    }
}
