//! The meaning of a message (chapters 4, 5 and 9): typed, owned, free of everything that was skipped.

use std::fmt;
use std::net::SocketAddr;

use super::compact::Compact;
use super::host::usable_host;

/// The named items of one section, sorted by name in UTF-16 code units, each name once.
pub type Section<T> = Vec<(String, T)>;

/// One message: the envelope of chapter 4 and the body of its type.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Name of the cluster, `""` where absent.
    pub cluster: String,
    /// Node id of the sender.
    pub sender_id: String,
    /// Token that is unique for its sender.
    pub message_id: String,
    /// The sender's membership clock, milliseconds, below 2^52.
    pub timestamp: u64,
    /// `data.membership`, with at least the sender's own record (MGP1-ENV-010).
    pub membership: Section<Record>,
    /// What the type adds.
    pub body: Body,
}

impl Message {
    /// The sender's own record, which every decoded message has (MGP1-ENV-009).
    pub fn own_record(&self) -> Option<&Record> {
        let mut records = self.membership.iter();
        records.find_map(|(id, record)| (*id == self.sender_id).then_some(record))
    }
}

/// The members of `data` beside `membership`, by type.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Merge these.
    Gossip {
        /// Entries by key.
        local_data: Section<Entry>,
        /// Greatest `lastSeen` by id, of members that the sender holds ALIVE.
        heartbeats: Section<u64>,
    },
    /// Are you there?
    Ping {
        /// Token to echo.
        ping_id: String,
        /// Who is meant, where the sender knows.
        target_id: Option<String>,
        /// Asks for the member list (MGP1-MSG-027).
        full: bool,
    },
    /// Yes, and this is what I hold of you.
    Pong {
        /// Token of the PING.
        ping_id: String,
        /// Holds the floor of MGP1-MSG-024.
        heartbeats: Section<u64>,
    },
    /// A page of the member list, or a leave announcement where `page` is absent.
    Membership {
        /// Which page of how many.
        page: Option<Page>,
    },
    /// Anti-entropy (chapter 9).
    Sync {
        /// 0 to 64 lower-case hex digits: what the message is about.
        prefix: String,
        /// Digests or entries.
        phase: Phase,
    },
}

impl Body {
    /// The `type` of the envelope.
    pub fn type_name(&self) -> &'static str {
        match self {
            Body::Gossip { .. } => "GOSSIP",
            Body::Ping { .. } => "PING",
            Body::Pong { .. } => "PONG",
            Body::Membership { .. } => "MEMBERSHIP",
            Body::Sync { .. } => "SYNC",
        }
    }
}

/// Number of a page: 1 ≤ `page` ≤ `pages` (MGP1-MSG-026).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// This page, from 1.
    pub page: u64,
    /// All pages of the answer.
    pub pages: u64,
}

/// The two phases of a SYNC.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// Digests one hex digit below the prefix; an absent one is empty.
    Digest {
        /// Digit → 32 lower-case hex digits.
        children: Section<String>,
    },
    /// Entries below the prefix.
    Entries {
        /// Entries by key.
        local_data: Section<Entry>,
        /// True where the sender wants what it lacks.
        reply: bool,
    },
}

/// One line of the shared store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The value; `null` for a tombstone.
    pub value: Compact,
    /// The writer's wall clock at the write, Unix milliseconds.
    pub timestamp: u64,
    /// Token that tells two writes of one writer in one millisecond apart.
    pub version: String,
    /// Node id of the writer.
    pub source_node: String,
    /// True for a tombstone.
    pub deleted: bool,
}

/// What is known of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// IP address literal, spelled as the member spells it.
    pub host: String,
    /// UDP port, 1 to 65535.
    pub port: u16,
    /// Liveness, first half.
    pub state: State,
    /// Liveness, second half: the member's own clock in its newest message known, milliseconds.
    pub last_seen: u64,
    /// The member's own clock when it last set host, port, metadata or versions, milliseconds.
    pub updated: u64,
    /// An object: what the member says of itself.
    pub metadata: Compact,
    /// The protocol versions it speaks, where it says so.
    pub versions: Option<Versions>,
}

impl Record {
    /// Where the member listens; `None` only for a record that no decoder would let through.
    pub fn address(&self) -> Option<SocketAddr> {
        usable_host(&self.host).map(|ip| SocketAddr::new(ip, self.port))
    }
}

/// Protocol versions, `min` ≤ `max`, both at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// Least version spoken.
    pub min: u64,
    /// Greatest version spoken.
    pub max: u64,
}

/// State of a member, in order of severity (MGP1-MRG-015).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Heard of lately.
    Alive,
    /// Not heard of for longer than `suspectTimeout`.
    Suspect,
    /// Given up, or gone.
    Dead,
}

impl State {
    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            State::Alive => "ALIVE",
            State::Suspect => "SUSPECT",
            State::Dead => "DEAD",
        }
    }

    /// The state of that name, matched code point by code point (MGP1-JSN-011).
    pub fn from_name(name: &str) -> Option<Self> {
        [State::Alive, State::Suspect, State::Dead]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
