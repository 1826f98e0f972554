//! Datagrams for the page: each different one once, and, for the cases that passed, deflated.

use std::collections::BTreeMap;
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::{Map, Value, json};

use crate::oracle::{self, Decoded, frame};
use crate::verdict::{Direction, LoggedDatagram};

/// Longer payloads are cut in the page; the bundles have them whole.
const LONGEST: usize = 8_192;

/// Who said what in which outcome.
#[derive(Default)]
pub(super) struct Exchanges<'a> {
    peers: Vec<String>,
    datagrams: Vec<Value>,
    known: BTreeMap<&'a [u8], usize>,
    transcripts: Map<String, Value>,
}

impl<'a> Exchanges<'a> {
    /// The transcript of one outcome; an empty one takes no room.
    pub(super) fn add(&mut self, outcome: usize, kept: &[&'a LoggedDatagram], left_out: usize) {
        if kept.is_empty() {
            return;
        }
        let mut row = vec![json!(left_out)];
        for logged in kept {
            row.push(json!(logged.at_ms));
            row.push(json!(u8::from(logged.direction == Direction::Sent)));
            row.push(json!(self.peer(logged)));
            row.push(json!(self.datagram(&logged.bytes)));
        }
        self.transcripts
            .insert(outcome.to_string(), Value::Array(row));
    }

    fn peer(&mut self, logged: &LoggedDatagram) -> Option<usize> {
        let name = logged.peer?.to_string();
        let known = self.peers.iter().position(|peer| *peer == name);
        Some(known.unwrap_or_else(|| {
            self.peers.push(name);
            self.peers.len() - 1
        }))
    }

    fn datagram(&mut self, bytes: &'a [u8]) -> usize {
        *self.known.entry(bytes).or_insert_with(|| {
            self.datagrams.push(explain(bytes));
            self.datagrams.len() - 1
        })
    }

    pub(super) fn into_value(self) -> Value {
        json!({"peers": self.peers, "datagrams": self.datagrams, "transcripts": self.transcripts})
    }
}

/// Length, frame, text, hex (null where the text is the payload), reason (null where it is a message), what is skipped in it, type, sender.
fn explain(bytes: &[u8]) -> Value {
    let framed = frame::text_of(bytes).ok();
    let name = framed.as_ref().map_or("unread", |(frame, _)| frame.name());
    let text = framed
        .as_ref()
        .and_then(|(_, text)| std::str::from_utf8(text).ok())
        .map(|text| text.chars().take(LONGEST).collect::<String>());
    let is_text = text.as_ref().is_some_and(|text| text.as_bytes() == bytes);
    let hex = (!is_text).then(|| hex::encode(&bytes[..bytes.len().min(LONGEST)]));
    let head = json!([bytes.len(), name, text, hex]);
    let tail = match oracle::decode(bytes) {
        Decoded::Accepted { message, skipped } => {
            json!([null, skipped, message["type"], message["senderId"]])
        }
        Decoded::Rejected { reason, .. } => json!([reason, [], null, null]),
    };
    head.as_array()
        .into_iter()
        .chain(tail.as_array())
        .flatten()
        .cloned()
        .collect()
}

/// A value as base64 of zlib of JSON.
pub(super) fn pack(value: &Value) -> String {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let deflated = encoder
        .write_all(value.to_string().as_bytes())
        .and_then(|()| encoder.finish());
    // Writing into memory cannot fail; a page without these datagrams would still be right.
    STANDARD.encode(deflated.unwrap_or_default())
}
