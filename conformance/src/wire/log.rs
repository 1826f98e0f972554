//! What was exchanged during one case, by all of its peers, in order.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::verdict::{Direction, LoggedDatagram};

/// Datagrams that a log keeps: the first half and the last half of that number, because a failure is explained by how it began and how it ended.
const KEPT: usize = 400;

/// A shared log of datagrams. Clones write into the same log.
#[derive(Clone)]
pub struct Log {
    began: Instant,
    datagrams: Arc<Mutex<Vec<LoggedDatagram>>>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            datagrams: Arc::default(),
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
}
