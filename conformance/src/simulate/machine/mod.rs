//! One protocol machine in virtual time, whatever language it is written in.

mod adapter;
mod java;
mod members;
mod rust;
mod shared;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::Value;

pub use adapter::AdapterMachine;
pub use java::JavaMachine;
pub use members::Members;
pub use rust::RustMachine;
pub use shared::SharedAdapter;

use crate::attach::AdapterError;
use crate::oracle::canonical;
use crate::oracle::message::{Entry, State};

/// What the clocks of a host show, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Unix time; may fall.
    pub wall: u64,
    /// Monotonic time; never falls.
    pub mono: u64,
}

/// What a machine is created with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its node id.
    pub id: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// Seeds everything that it draws at random, 0 to 2^53−1.
    pub random_seed: u64,
    /// Addresses to join by.
    pub seeds: Vec<SocketAddr>,
    /// Parameters of chapter 11 that differ from their defaults, by name.
    pub parameters: BTreeMap<String, u64>,
}

/// Something that is done to a machine.
#[derive(Debug, Clone, Copy)]
pub enum Call<'a> {
    /// A datagram arrived.
    Datagram(SocketAddr, &'a [u8]),
    /// It is time for what is due.
    Tick,
    /// The user writes a key.
    Set(&'a str, &'a Value),
    /// The user deletes a key.
    Delete(&'a str),
    /// The user lets it leave.
    Leave,
}

/// An event of a machine that the simulation looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A member changed its state: `None` before for a new one, `None` after for one that was reaped.
    Member(String, Option<State>, Option<State>),
    /// A message changed the entry of that key.
    Entry(String),
    /// Anything else, by its name.
    Other(String),
}

/// A datagram that a machine wants sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Where to.
    pub to: SocketAddr,
    /// What.
    pub bytes: Vec<u8>,
}

/// What a call brought about.
#[derive(Debug, Clone, Default)]
pub struct Effects {
    /// Datagrams, in order.
    pub sent: Vec<Outgoing>,
    /// Events, in order.
    pub events: Vec<Event>,
    /// Monotonic time of the next tick, milliseconds.
    pub wake: u64,
    /// Why a write or deletion was refused, where it was.
    pub refused: Option<String>,
}

/// A member as a machine holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Its `lastSeen`.
    pub last_seen: u64,
    /// Its state here.
    pub state: State,
    /// Its `updated`.
    pub updated: u64,
}

/// An entry in the order of MGP1-MRG-001: the fields stand in the order in which they decide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// The writer's wall clock at the write, milliseconds.
    pub timestamp: u64,
    /// Tells writes of one millisecond apart.
    pub version: String,
    /// The writer.
    pub source: String,
    /// Whether it is a tombstone.
    pub deleted: bool,
    /// The canonical value.
    pub value: String,
}

impl From<&Entry> for Stamp {
    fn from(entry: &Entry) -> Self {
        Stamp {
            timestamp: entry.timestamp,
            version: entry.version.clone(),
            source: entry.source_node.clone(),
            deleted: entry.deleted,
            value: canonical(&entry.value),
        }
    }
}

/// What a machine holds, as far as the invariants look at it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// The members.
    pub members: Members,
    /// Entries by key, tombstones included.
    pub entries: BTreeMap<String, Stamp>,
    /// Number of members that it remembers though it lists them no more.
    pub remembered: usize,
    /// Number of pairs held against duplicates.
    pub history: usize,
}

/// A protocol machine.
pub trait Machine {
    /// Does something to it.
    ///
    /// # Errors
    /// Those of its adapter; the machine is not to be used any further.
    fn call(&mut self, now: Now, call: Call<'_>) -> Result<Effects, AdapterError>;

    /// What it holds.
    ///
    /// # Errors
    /// Those of its adapter.
    fn view(&mut self, now: Now) -> Result<View, AdapterError>;
}

/// The error of an answer that is not what was asked for.
fn garbage(op: &str, got: &str, expected: &str) -> AdapterError {
    AdapterError::Garbage {
        op: op.to_owned(),
        got: got.chars().take(200).collect(),
        expected: expected.to_owned(),
    }
}
