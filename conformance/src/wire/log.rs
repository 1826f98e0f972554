//! What was exchanged during one case, by all of its peers, in order.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::oracle::outgoing::{Circumstances, judge};
use crate::verdict::{Direction, LoggedDatagram};

/// Datagrams that a log keeps: the first half and the last half of that number, because a failure is explained by how it began and how it ended.
const KEPT: usize = 400;

/// Unlawful datagrams that a log keeps: the first explain the others.
const KEPT_UNLAWFUL: usize = 20;

/// A datagram that every receiver must reject, as a peer got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlawful {
    /// UDP source address.
    pub from: SocketAddr,
    /// The requirement that its sender broke.
    pub requirement: &'static str,
    /// The reason of chapter 12 for which it is rejected.
    pub reason: &'static str,
    /// What is wrong with it, and how it begins.
    pub line: String,
}

/// A shared log of datagrams. Clones write into the same log.
#[derive(Clone)]
pub struct Log {
    began: Instant,
    datagrams: Arc<Mutex<Vec<LoggedDatagram>>>,
    unlawful: Arc<Mutex<Vec<Unlawful>>>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            datagrams: Arc::default(),
            unlawful: Arc::default(),
        }
    }
}

impl Log {
    /// Writes one datagram down; the direction is seen from the implementation, and `peer` is the suite's own socket.
    pub fn write(&self, direction: Direction, peer: SocketAddr, bytes: &[u8]) {
        let at_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut datagrams = self
            .datagrams
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if datagrams.len() >= KEPT {
            datagrams.remove(KEPT / 2);
        }
        datagrams.push(LoggedDatagram {
            at_ms,
            direction,
            peer: Some(peer),
            bytes: bytes.to_vec(),
        });
    }

    /// All that is kept, oldest first.
    pub fn datagrams(&self) -> Vec<LoggedDatagram> {
        self.datagrams
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Writes down that a datagram from there is one that every receiver must reject, for that reason.
    pub fn object(&self, from: SocketAddr, bytes: &[u8], reason: &'static str) {
        // The judge tells the rejection last: a size or a frame that is wrong besides is the smaller fault.
        let Some(breach) = judge(bytes, &Circumstances::default()).pop() else {
            return;
        };
        let mut unlawful = self.unlawful.lock().unwrap_or_else(PoisonError::into_inner);
        if unlawful.len() < KEPT_UNLAWFUL {
            unlawful.push(Unlawful {
                from,
                requirement: breach.requirement,
                reason,
                line: format!("{}: {}", breach.line, beginning(bytes)),
            });
        }
    }

    /// The first of the datagrams that [`Log::object`] was told of, oldest first.
    pub fn unlawful(&self) -> Vec<Unlawful> {
        self.unlawful
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// How a datagram begins: its text where it has one, else its bytes.
fn beginning(bytes: &[u8]) -> String {
    const SHOWN: usize = 300;
    let inflated = super::message::inflate(bytes);
    let text = inflated.as_deref().unwrap_or(bytes);
    let head = &text[..text.len().min(SHOWN)];
    let end = if text.len() > SHOWN { "…" } else { "" };
    match std::str::from_utf8(head) {
        Ok(text) if !text.chars().any(char::is_control) => format!("{text}{end}"),
        _ => format!("{}{end}", hex::encode(head)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unlawful_datagram_is_told_with_the_requirement_that_its_sender_broke() {
        let log = Log::default();
        let from = SocketAddr::from(([127, 0, 0, 1], 9));
        for (bytes, requirement) in [
            (
                &br#"{"protocolVersion":1,"protocolVersion":1}"#[..],
                "MGP1-JSN-010",
            ),
            (b"\xff\xfe", "MGP1-FRM-001"),
        ] {
            log.object(from, bytes, "any");
            let last = log.unlawful().pop().unwrap();
            assert_eq!(
                (last.from, last.requirement),
                (from, requirement),
                "{last:?}"
            );
        }
        assert!(
            log.unlawful()[0]
                .line
                .contains("json.duplicate: {\"protocolVersion\"")
        );
    }
}
