//! What a machine wants done, and what it reports.

use std::net::SocketAddr;

use crate::wire::{Reject, Skipped, State};

/// A datagram to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmit {
    /// Where to.
    pub to: SocketAddr,
    /// At most `maxPacketSize` bytes.
    pub datagram: Vec<u8>,
}

/// What a call brought about, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// To be sent; a failure to send one must not keep back the others (MGP1-ERR-007).
    pub sent: Vec<Transmit>,
    /// To be reported.
    pub events: Vec<Event>,
}

/// Something an operator or an application may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A member changed its state.
    Member {
        /// Its id.
        id: String,
        /// The state before; `None` for a new member.
        from: Option<State>,
        /// The state now; `None` for one that was reaped.
        to: Option<State>,
    },
    /// The `updated` of a member grew.
    Restarted {
        /// Its id.
        id: String,
    },
    /// A message changed an entry.
    Entry {
        /// Its key.
        key: String,
        /// True where it is a tombstone now.
        deleted: bool,
    },
    /// Another node goes by this node's id (MGP1-LIV-014).
    IdConflict {
        /// Where it says it listens.
        host: String,
        /// Where it says it listens.
        port: u16,
    },
    /// An entry is dated further ahead than `maxFutureSkew` (MGP1-MRG-009).
    ClockSkew {
        /// Its time, Unix milliseconds.
        timestamp: u64,
    },
    /// The machine has stopped for good (MGP1-LIV-004).
    Fatal {
        /// Why.
        reason: &'static str,
    },
}

/// What became of a datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Applied, without what was skipped.
    Accepted {
        /// By section, then by name in UTF-16 code units; what was skipped for reasons that need state among the rest.
        skipped: Vec<Skipped>,
    },
    /// Left no trace but a count (MGP1-ERR-002).
    Rejected(Reject),
}
