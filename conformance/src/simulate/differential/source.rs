//! The deeds of a schedule: datagrams of both versions, local writes, and nothing.

use std::io::Write;

use serde_json::{Map, Value, json};
use simulation::random::Stream;

use super::version0::{self, DIALECTS, Dialect, SOURCES};
use super::{DAY, OWN_ID, WALL};
use crate::oracle::canonical;

/// Where messages of version 1 come from.
pub(super) const PEER: &str = "127.0.0.1:9001";

/// One step of a schedule.
pub(super) enum Deed {
    /// A datagram of this kind from that address.
    Datagram(&'static str, &'static str, Vec<u8>),
    /// A version 0 PONG of this sender, with this number and clock, that echoes the newest PING to [`PEER`].
    Echo(Dialect, &'static str, u64, u64),
    /// A local write.
    Set(String, Value),
    /// A local deletion.
    Delete(String),
    /// Time passes.
    Wait,
}

pub(super) const SENDERS: [&str; 4] = ["p1", "p2", "p3", "P1"];
pub(super) const MEMBERS: [&str; 8] = ["p1", "p2", "p3", "p4", "p5", "p6", "P1", "p10"];
pub(super) const KEYS: [&str; 6] = ["k", "K", "\u{e9}", "k1", "k10", "a b"];
const LOCAL_KEYS: [&str; 3] = ["local", "local-2", "\u{1f3d9}"];

/// Makes up deeds.
pub(super) struct Source {
    cluster: &'static str,
    count: u64,
    clock: u64,
    sent: Vec<(&'static str, Vec<u8>)>,
}

impl Source {
    /// One whose messages of version 1 name this cluster.
    pub(super) fn new(cluster: &'static str) -> Self {
        Source {
            cluster,
            count: 0,
            clock: 0,
            sent: Vec::new(),
        }
    }

    pub(super) fn deed(&mut self, stream: &mut Stream, wall: u64) -> Deed {
        match stream.below(32) {
            0 => Deed::Wait,
            1 | 2 => Deed::Set(pick(stream, &LOCAL_KEYS).to_owned(), value(stream)),
            3 => Deed::Delete(pick(stream, &LOCAL_KEYS).to_owned()),
            4 => Deed::Set(String::new(), json!(1)),
            5 if !self.sent.is_empty() => {
                let index = stream.below(self.sent.len() as u32) as usize;
                let (from, bytes) = self.sent[index].clone();
                Deed::Datagram("again", from, bytes)
            }
            6 | 7 => {
                let message = canonical(&self.message(stream, wall));
                Deed::Datagram("damaged", PEER, damaged(stream, &message))
            }
            8..=10 => {
                let (what, bytes) = self.adversarial(stream, wall);
                Deed::Datagram(what, PEER, bytes)
            }
            20..=31 => self.old(stream),
            _ => {
                let message = canonical(&self.message(stream, wall));
                let bytes = framed(stream, &message);
                self.sent.push((PEER, bytes.clone()));
                Deed::Datagram("valid", PEER, bytes)
            }
        }
    }

    /// A deed of version 0.
    fn old(&mut self, stream: &mut Stream) -> Deed {
        self.count += 1;
        self.clock += 1;
        let (number, clock) = (self.count, self.clock);
        let dialect = DIALECTS[stream.below(2) as usize];
        let from = pick(stream, &SOURCES);
        match stream.below(12) {
            0..=5 => {
                let text = version0::valid(stream, dialect, number, clock);
                let bytes = framed(stream, &text);
                self.sent.push((from, bytes.clone()));
                Deed::Datagram("old", from, bytes)
            }
            6 | 7 => {
                let text = version0::valid(stream, dialect, number, clock);
                Deed::Datagram("old and damaged", from, damaged(stream, &text))
            }
            8..=10 => {
                let (what, text) = version0::adversarial(stream, dialect, number, clock);
                Deed::Datagram(what, from, framed(stream, &text))
            }
            _ => Deed::Echo(dialect, pick(stream, &SENDERS), number, clock),
        }
    }

    fn clock(&mut self, stream: &mut Stream) -> u64 {
        self.clock += 1;
        clock_of(stream, self.clock)
    }

    fn message(&mut self, stream: &mut Stream, wall: u64) -> Value {
        self.count += 1;
        let sender = pick(stream, &SENDERS);
        let mut own = self.record(stream);
        own["state"] = json!(if stream.below(12) == 0 {
            "DEAD"
        } else {
            "ALIVE"
        });
        let timestamp = own["lastSeen"].clone();
        let kind = pick(
            stream,
            &["GOSSIP", "GOSSIP", "GOSSIP", "PING", "PONG", "MEMBERSHIP"],
        );
        let mut records = Map::new();
        for _ in 0..stream.below(3) {
            records.insert(pick(stream, &MEMBERS).to_owned(), self.record(stream));
        }
        records.insert(sender.to_owned(), own);
        let mut data = json!({ "membership": records });
        if kind == "GOSSIP" || kind == "PONG" {
            let mut heartbeats = Map::new();
            for _ in 0..stream.below(3) {
                heartbeats.insert(pick(stream, &MEMBERS).to_owned(), json!(self.clock(stream)));
            }
            data["heartbeats"] = json!(heartbeats);
        }
        if kind == "GOSSIP" {
            let mut entries = Map::new();
            for _ in 0..stream.below(4) {
                let (key, entry) = entry(stream, wall);
                entries.insert(key, entry);
            }
            data["localData"] = json!(entries);
        }
        if kind == "PING" || kind == "PONG" {
            data["pingId"] = json!(format!("ping-{}", self.count));
        }
        if kind == "PING" && stream.below(2) == 0 {
            data["targetId"] = json!(pick(stream, &[OWN_ID, "p4"]));
        }
        let mut message = json!({"protocolVersion": 1, "type": kind, "senderId": sender, "messageId": format!("m{}", self.count),
            "timestamp": timestamp, "data": data});
        if !self.cluster.is_empty() {
            message["cluster"] = json!(self.cluster);
        }
        message
    }

    fn record(&mut self, stream: &mut Stream) -> Value {
        let (one, other) = (self.clock(stream), self.clock(stream));
        let metadata = [
            json!({}),
            json!({"a": 1}),
            json!({"a": 10}),
            json!({"\u{e9}": "x"}),
        ];
        let mut record = json!({
            "host": pick(stream, &["127.0.0.1", "127.0.0.10", "127.0.0.9", "::1"]),
            "port": 9001 + stream.below(2) * 999,
            "state": pick(stream, &["ALIVE", "ALIVE", "ALIVE", "SUSPECT", "DEAD"]),
            "lastSeen": one.max(other),
            "updated": one.min(other),
            "metadata": metadata[stream.below(4) as usize],
        });
        if stream.below(4) == 0 {
            record["versions"] = json!({"min": 1, "max": 1 + stream.below(2)});
        }
        record
    }

    fn adversarial(&mut self, stream: &mut Stream, wall: u64) -> (&'static str, Vec<u8>) {
        let mut message = self.message(stream, wall);
        let lies: [(&str, Value); 11] = [
            ("cluster", json!("elsewhere")),
            ("cluster", json!(7)),
            ("protocolVersion", json!(2)),
            ("protocolVersion", Value::Null),
            ("protocolVersion", json!("1")),
            ("type", json!("RUMOUR")),
            ("senderId", json!(OWN_ID)),
            ("senderId", json!("a b")),
            ("messageId", json!("")),
            ("timestamp", json!(1_u64 << 53)),
            ("data", json!([])),
        ];
        match stream.below(8) {
            0 => {
                let (member, lie) = &lies[stream.below(11) as usize];
                message[*member] = lie.clone();
                ("a lie in the envelope", canonical(&message).into_bytes())
            }
            1 => {
                let mut rumour = self.record(stream);
                let raised = u64::from(stream.below(100_000));
                rumour["lastSeen"] = json!(WALL + 60_000 + raised);
                rumour["updated"] = json!(WALL);
                message["data"]["membership"][OWN_ID] = rumour;
                ("a rumour of itself", canonical(&message).into_bytes())
            }
            2 => {
                message["data"]["heartbeats"] =
                    json!({OWN_ID: WALL + 90_000, "p1": -1, "nobody": WALL, "a b": 1});
                ("wrong heartbeats", canonical(&message).into_bytes())
            }
            3 => {
                message["data"]["membership"]["x"] = json!({"host": pick(stream, &["0.0.0.0", "224.0.0.1", "localhost", "1.2.3", "::"]),
                    "port": 9001, "state": "ALIVE", "lastSeen": WALL, "updated": WALL});
                message["data"]["membership"]["y"] = json!({"host": "127.0.0.1", "port": pick_port(stream), "state": "ALIVE",
                    "lastSeen": WALL, "updated": WALL + u64::from(stream.below(2))});
                ("wrong records", canonical(&message).into_bytes())
            }
            4 => {
                message["type"] = json!("GOSSIP");
                message["data"]["localData"] = json!({
                    "": {"value": 1, "timestamp": wall, "version": "v", "sourceNode": "p1"},
                    "t": {"value": 1, "timestamp": wall, "version": "v", "sourceNode": "p1", "deleted": true},
                    "s": {"value": 1, "timestamp": "now", "version": "v", "sourceNode": "p1"},
                    "l": {"value": "x".repeat(700), "timestamp": wall, "version": "v", "sourceNode": "p1"},
                    "f": {"value": 1, "timestamp": wall + DAY + 1, "version": "v", "sourceNode": "p1"},
                    "e": {"value": null, "timestamp": 5, "version": "v", "sourceNode": "p1", "deleted": true},
                });
                ("wrong entries", canonical(&message).into_bytes())
            }
            5 => {
                let deep = format!("{}1{}", "[".repeat(64), "]".repeat(64));
                let text = canonical(&message).replacen(
                    "\"data\":",
                    &format!("\"deep\":{deep},\"data\":"),
                    1,
                );
                ("a deep text", text.into_bytes())
            }
            6 => {
                let text =
                    canonical(&message).replacen("\"data\":", "\"type\":\"PONG\",\"data\":", 1);
                ("a name twice", text.into_bytes())
            }
            _ => {
                let texts: [&[u8]; 6] = [
                    b"",
                    b"{",
                    b"\x78\x9c",
                    b"[1]",
                    b"{\"a\":1e400}",
                    b"{\"a\":\"\\ud800\"}",
                ];
                ("no message", texts[stream.below(6) as usize].to_vec())
            }
        }
    }
}

fn pick_port(stream: &mut Stream) -> Value {
    [json!(0), json!(65_536), json!(1.5), json!("9001")][stream.below(4) as usize].clone()
}

/// The newest clock of the members, or one of the last before it.
pub(super) fn clock_of(stream: &mut Stream, newest: u64) -> u64 {
    WALL + newest.saturating_sub(u64::from(stream.below(12)))
}

pub(super) fn pick<'a>(stream: &mut Stream, pool: &[&'a str]) -> &'a str {
    pool[stream.below(pool.len() as u32) as usize]
}

pub(super) fn value(stream: &mut Stream) -> Value {
    let values = [
        json!(null),
        json!(1),
        json!(10),
        json!("a"),
        json!({"b": [1.5], "a": {}}),
        json!(-0.5),
        json!(1e21),
        json!("x".repeat(700)),
    ];
    values[stream.below(8) as usize].clone()
}

/// An entry; under a key that is written locally too never in the same millisecond as a local write.
fn entry(stream: &mut Stream, wall: u64) -> (String, Value) {
    let deleted = stream.below(4) == 0;
    let source = pick(stream, &["p1", "p10", "p9", "P1"]);
    let version = pick(stream, &["v", "v1", "V", "v10", "v9", "_", "-"]);
    let (key, timestamp) = if stream.below(4) == 0 {
        let ahead = wall + 3_600_000 + stream.below_u64(1 << 20) * 2;
        let times = [5, wall - DAY - 1, ahead];
        (pick(stream, &LOCAL_KEYS), times[stream.below(3) as usize])
    } else {
        let times = [
            WALL,
            WALL + 1,
            WALL + 2,
            WALL + DAY,
            WALL + 2 * DAY,
            WALL - DAY + 20_000,
            WALL - DAY - 1,
            5,
        ];
        (pick(stream, &KEYS), times[stream.below(8) as usize])
    };
    let value = if deleted {
        Value::Null
    } else {
        json!(stream.below(12))
    };
    let entry = json!({"value": value, "timestamp": timestamp, "version": version, "sourceNode": source, "deleted": deleted});
    (key.to_owned(), entry)
}

/// The text as a datagram that was damaged on its way.
fn damaged(stream: &mut Stream, text: &str) -> Vec<u8> {
    let mut bytes = framed(stream, text);
    let place = stream.below(bytes.len() as u32) as usize;
    match stream.below(4) {
        0 => bytes.truncate(place),
        1 => bytes.push(b' '),
        2 => bytes[place] ^= 1 << stream.below(8),
        _ => {
            bytes.remove(place);
        }
    }
    bytes
}

/// The text as a datagram, raw or as zlib.
fn framed(stream: &mut Stream, text: &str) -> Vec<u8> {
    let text = text.as_bytes().to_vec();
    if stream.below(3) > 0 {
        return text;
    }
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(&text)
        .and_then(|()| zlib.finish())
        .unwrap_or(text)
}
