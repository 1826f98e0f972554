//! A datagram under way, read once however often it is looked at.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use serde_json::Value;

use crate::oracle::Decoded;
use crate::oracle::outgoing::Reading;

/// How many datagrams are kept read: those of the last moments, so that a receiver's are found.
const KEPT: usize = 8_192;

/// A datagram and what the oracle makes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// The payload.
    pub bytes: Vec<u8>,
    /// What the oracle read.
    pub reading: Reading,
}

impl Letter {
    fn read(bytes: &[u8]) -> Letter {
        Letter {
            bytes: bytes.to_vec(),
            reading: Reading::of(bytes),
        }
    }

    /// The JSON text in it; empty where there is none.
    pub fn text(&self) -> &[u8] {
        self.reading.text.as_ref().map_or(&[], |(_, text)| text)
    }

    /// The meaning; `None` where receivers reject it.
    pub fn message(&self) -> Option<&Value> {
        match &self.reading.decoded {
            Decoded::Accepted { message, .. } => Some(message),
            Decoded::Rejected { .. } => None,
        }
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

/// Reads datagrams, each once.
#[derive(Debug, Default)]
pub struct Reader {
    known: HashMap<Vec<u8>, Rc<Letter>>,
    order: VecDeque<Rc<Letter>>,
}

impl Reader {
    /// The letter of these bytes.
    pub fn read(&mut self, bytes: &[u8]) -> Rc<Letter> {
        if let Some(known) = self.known.get(bytes) {
            return Rc::clone(known);
        }
        let letter = Rc::new(Letter::read(bytes));
        self.known.insert(bytes.to_vec(), Rc::clone(&letter));
        self.order.push_back(Rc::clone(&letter));
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest.bytes);
        }
        letter
    }
}
