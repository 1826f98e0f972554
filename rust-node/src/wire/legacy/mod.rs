//! The two published dialects of version 0 (chapter 10): what their messages mean, and the one message that goes back.
//!
//! A dialect is told by its members, not by its frame. What a message maps to is typed and owned like a [`Message`](super::Message); the
//! machine merges it by the rules of version 1.

mod read;
#[cfg(test)]
mod tests;
mod write;

use std::net::SocketAddr;

use super::codec::Codec;
use super::compact::Compact;
use super::frame::Frame;
use super::json::{self, member};
use super::message::{Entry, Record, Section, State};
use super::read::{Decoded, Gate, Open, Skipped};
use super::reason::{Reject, Skip};
use super::record;

pub(super) use write::meaning_text;
pub use write::pong;

/// `sourceNode` of every mapped entry: a constant, so that the mapping is the same at every relay (MGP1-LEG-004).
pub const SOURCE: &str = "v0";

/// One of the two published formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `v0-java`: camel case, milliseconds; published raw.
    Java,
    /// `v0-python`: snake case, seconds; published as zlib streams.
    Python,
}

impl Dialect {
    /// The name of chapter 10.
    pub const fn name(self) -> &'static str {
        match self {
            Dialect::Java => "v0-java",
            Dialect::Python => "v0-python",
        }
    }
}

/// A version 0 message, mapped.
#[derive(Debug, Clone, PartialEq)]
pub struct LegacyMessage {
    /// The dialect that it came in.
    pub dialect: Dialect,
    /// Node id of the sender.
    pub sender_id: String,
    /// Token of the message.
    pub message_id: String,
    /// The sender's wall clock, milliseconds, below 2^52.
    pub timestamp: u64,
    /// What the type adds.
    pub body: LegacyBody,
}

/// The mapped `data` by type.
#[derive(Debug, Clone, PartialEq)]
pub enum LegacyBody {
    /// Entries to merge, and where others may listen.
    Gossip {
        /// Mapped entries by key.
        local_data: Section<Entry>,
        /// Addresses by id, without the sender's own: nothing else of these members is used (MGP1-LEG-007).
        addresses: Section<NamedAddress>,
    },
    /// To be answered in its dialect (MGP1-LEG-008).
    Ping {
        /// Token to echo.
        ping_id: String,
    },
    /// Tells of its sender alone.
    Pong {
        /// The ping id, where it is a token.
        ping_id: Option<String>,
    },
    /// Tells of its sender alone.
    Membership,
    /// Tells of its sender alone.
    Sync,
}

impl LegacyBody {
    /// The mapped `type`.
    pub const fn type_name(&self) -> &'static str {
        match self {
            LegacyBody::Gossip { .. } => "GOSSIP",
            LegacyBody::Ping { .. } => "PING",
            LegacyBody::Pong { .. } => "PONG",
            LegacyBody::Membership => "MEMBERSHIP",
            LegacyBody::Sync => "SYNC",
        }
    }
}

/// Where a named member listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedAddress {
    /// IP address literal as it was written.
    pub host: String,
    /// The same as an address, in the one spelling under which equal addresses are equal.
    pub address: SocketAddr,
}

/// A datagram of either version.
#[derive(Debug, Clone, PartialEq)]
pub enum Received {
    /// Version 1.
    Current(Decoded),
    /// Version 0, with the entries that were left out of it.
    Legacy(LegacyMessage, Vec<Skipped>),
}

/// What the receiver knows of a version 0 message beside its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The cluster that it counts as (MGP1-LEG-003).
    pub cluster: &'a str,
    /// Its UDP source address.
    pub from: SocketAddr,
}

impl Codec {
    /// As [`receive`](Codec::receive), for a receiver that takes version 0 too.
    ///
    /// # Errors
    /// The first step that fails (MGP1-ERR-001).
    pub fn receive_any(
        &mut self,
        datagram: &[u8],
        gate: &mut impl Gate,
        origin: Origin<'_>,
    ) -> Result<Received, Reject> {
        let text = match Frame::of(datagram)? {
            Frame::Raw => datagram,
            Frame::Zlib => self.inflater.inflate(datagram)?,
        };
        let top = json::parse(text)?;
        if member(&top, "protocolVersion").is_some() {
            return super::read::message(&top, gate).map(Received::Current);
        }
        let (message, skipped) = read::message(&top, gate, origin)?;
        Ok(Received::Legacy(message, skipped))
    }

    /// As [`decode`](Codec::decode), for a decoder that was asked for version 0 too (chapter 10).
    ///
    /// # Errors
    /// The first step that fails (MGP1-ERR-001).
    pub fn decode_any(&mut self, datagram: &[u8]) -> Result<Received, Reject> {
        let origin = Origin {
            cluster: "",
            from: SocketAddr::from(([127, 0, 0, 1], 1)),
        };
        self.receive_any(datagram, &mut Open, origin)
    }
}

/// The record of a version 0 sender: ALIVE, at the UDP source address, with its message's time as both clocks (MGP1-LEG-006).
pub fn sender_record(from: SocketAddr, timestamp: u64) -> Record {
    Record {
        host: from.ip().to_canonical().to_string(),
        port: from.port(),
        state: State::Alive,
        last_seen: timestamp,
        updated: timestamp,
        metadata: Compact::empty_object(),
        versions: None,
    }
}

/// Checks such a record by the rules of chapter 5.
///
/// # Errors
/// The first rule broken.
pub fn check_sender(id: &str, record: &Record) -> Result<(), Skip> {
    if record.port == 0 {
        return Err(Skip::RecordShape);
    }
    record::check(id, record)
}
