//! A datagram under way, read once however often it is looked at.

use std::borrow::Borrow;
use std::collections::{HashSet, VecDeque};
use std::hash::{Hash, Hasher};
use std::net::SocketAddr;
use std::rc::Rc;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::oracle::Decoded;
use crate::oracle::outgoing::Reading;

/// How much is kept, in bytes of datagrams: those of the last moments, so that a receiver's are found.
const KEPT: usize = 32 << 20;

/// A datagram and as much of its meaning as somebody asks for who receives it.
///
/// Thousands are under way at a time, and most are lists of members that were judged when they were sent: the sections of members are
/// left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// The payload.
    pub bytes: Vec<u8>,
    /// A digest of the text in it, which does not depend on who compressed it; of nothing where there is none.
    pub digest: [u8; 32],
    message: Option<Value>,
}

impl Letter {
    fn of(bytes: &[u8], reading: &Reading) -> Letter {
        let text = reading.text.as_ref().map_or(&[][..], |(_, text)| text);
        let message = match &reading.decoded {
            Decoded::Accepted { message, .. } => Some(without_members(message)),
            Decoded::Rejected { .. } => None,
        };
        Letter {
            bytes: bytes.to_vec(),
            digest: Sha256::digest(text).into(),
            message,
        }
    }

    /// The meaning, without `membership` and `heartbeats`; `None` where receivers reject it.
    pub fn message(&self) -> Option<&Value> {
        self.message.as_ref()
    }

    /// Its timestamp; 0 where there is no message.
    pub fn timestamp(&self) -> u64 {
        let timestamp = self.message().and_then(|it| it["timestamp"].as_u64());
        timestamp.unwrap_or(0)
    }

    /// The type of the message; empty where there is none.
    pub fn kind(&self) -> &str {
        self.message()
            .and_then(|message| message["type"].as_str())
            .unwrap_or_default()
    }

    /// A member of `data` that is a text.
    pub fn text_member(&self, name: &str) -> Option<&str> {
        self.message()?["data"][name].as_str()
    }
}

fn without_members(message: &Value) -> Value {
    let but = |object: &Value, left_out: &[&str]| -> Value {
        let members = object.as_object().into_iter().flatten();
        members
            .filter(|(name, _)| !left_out.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    let mut slim = but(message, &["data"]);
    slim["data"] = but(&message["data"], &["membership", "heartbeats"]);
    slim
}

/// A datagram that a machine has just sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// To whom.
    pub to: SocketAddr,
    /// The datagram.
    pub letter: Rc<Letter>,
    /// All that the oracle read in it.
    pub reading: Rc<Reading>,
}

/// A letter, found by its bytes.
#[derive(Debug)]
struct ByBytes(Rc<Letter>);

impl Borrow<[u8]> for ByBytes {
    fn borrow(&self) -> &[u8] {
        &self.0.bytes
    }
}

impl Hash for ByBytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.bytes.hash(state);
    }
}

impl PartialEq for ByBytes {
    fn eq(&self, other: &Self) -> bool {
        self.0.bytes == other.0.bytes
    }
}

impl Eq for ByBytes {}

/// Reads datagrams: each once, as a rule.
#[derive(Debug, Default)]
pub struct Reader {
    known: HashSet<ByBytes>,
    order: VecDeque<Rc<Letter>>,
    kept: usize,
}

impl Reader {
    /// Reads what a machine sent at one moment: several copies of a datagram once.
    pub fn sent<'a>(
        &mut self,
        datagrams: impl IntoIterator<Item = (SocketAddr, &'a [u8])>,
    ) -> Vec<Sent> {
        let mut sent: Vec<Sent> = Vec::new();
        for (to, bytes) in datagrams {
            let copy = sent.last().filter(|last| last.letter.bytes == bytes);
            let next = match copy {
                Some(copy) => Sent { to, ..copy.clone() },
                None => {
                    let reading = Rc::new(Reading::of(bytes));
                    let letter = self.keep(bytes, &reading);
                    Sent {
                        to,
                        letter,
                        reading,
                    }
                }
            };
            sent.push(next);
        }
        sent
    }

    /// The letter of these bytes, which somebody received.
    pub fn received(&mut self, bytes: &[u8]) -> Rc<Letter> {
        match self.known.get(bytes) {
            Some(known) => Rc::clone(&known.0),
            None => self.keep(bytes, &Reading::of(bytes)),
        }
    }

    fn keep(&mut self, bytes: &[u8], reading: &Reading) -> Rc<Letter> {
        let letter = Rc::new(Letter::of(bytes, reading));
        if self.known.insert(ByBytes(Rc::clone(&letter))) {
            self.kept += bytes.len();
            self.order.push_back(Rc::clone(&letter));
        }
        while self.kept > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.kept -= oldest.bytes.len();
            self.known.remove(oldest.bytes.as_slice());
        }
        letter
    }
}
