//! Members: records and what the holder measures of them (MGP1-MRG-015 to MGP1-MRG-017).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Deref;

use crate::wire::{Record, State, canonical_content};

/// One member as this node holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The record as it is passed on.
    pub record: Record,
    /// Where it listens, in the one spelling under which equal addresses are equal.
    pub address: SocketAddr,
    /// Monotonic time at which `lastSeen` last grew or the member was added: its age counts from here, milliseconds.
    pub last_grown: u64,
    /// Monotonic time at which it became DEAD here, milliseconds.
    pub dead_since: Option<u64>,
    /// PINGs of MGP1-LIV-006 not answered since `lastSeen` grew: ping id and monotonic time, the two oldest.
    pub probes: Vec<(String, u64)>,
    /// Monotonic time of the last such PING, milliseconds.
    pub last_probe: Option<u64>,
    /// Monotonic time at which its age is looked at next, milliseconds: never later than its age asks for.
    pub check_at: u64,
}

/// What a merge changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemberMerge {
    /// The state before, where it is another one now.
    pub was: Option<State>,
    /// Host, port, metadata, versions or `updated` are other ones now.
    pub content: bool,
    /// `updated` grew: the member restarted, or refuted a rumour.
    pub restarted: bool,
    /// The address is another one now.
    pub moved: bool,
}

impl Member {
    /// A member heard of for the first time; `None` for a record that no decoder would let through.
    pub fn new(record: Record, mono_ms: u64) -> Option<Self> {
        Some(Self {
            address: record.address()?,
            dead_since: (record.state == State::Dead).then_some(mono_ms),
            record,
            last_grown: mono_ms,
            probes: Vec::new(),
            last_probe: None,
            check_at: u64::MAX,
        })
    }

    /// Time since `lastSeen` last grew, milliseconds.
    pub fn age(&self, mono_ms: u64) -> u64 {
        mono_ms.saturating_sub(self.last_grown)
    }

    /// Merges liveness: the greater (`lastSeen`, severity) wins. Returns the state before, where it changed.
    pub fn merge_liveness(&mut self, last_seen: u64, state: State, mono_ms: u64) -> Option<State> {
        let was = self.record.state;
        if (last_seen, state) <= (self.record.last_seen, was) {
            return None;
        }
        if last_seen > self.record.last_seen {
            self.record.last_seen = last_seen;
            self.rejuvenate(mono_ms);
        }
        self.set_state(state, mono_ms);
        (state != was).then_some(was)
    }

    /// Counts the age from now.
    pub fn rejuvenate(&mut self, mono_ms: u64) {
        self.last_grown = mono_ms;
        self.probes.clear();
        self.last_probe = None;
    }

    /// Sets the state and leaves `lastSeen` alone (MGP1-LIV-009).
    pub fn set_state(&mut self, state: State, mono_ms: u64) {
        if state != self.record.state {
            self.dead_since = (state == State::Dead).then_some(mono_ms);
            self.record.state = state;
        }
    }

    /// Merges a whole record: liveness and content, each by its own order.
    pub fn merge(&mut self, other: &Record, mono_ms: u64) -> MemberMerge {
        let was = self.merge_liveness(other.last_seen, other.state, mono_ms);
        let held = &self.record;
        let newer = other.updated > held.updated
            || other.updated == held.updated && canonical_content(other) > canonical_content(held);
        if !newer {
            return MemberMerge {
                was,
                ..MemberMerge::default()
            };
        }
        let restarted = other.updated > held.updated;
        let address = other.address().unwrap_or(self.address);
        let moved = address != self.address;
        self.address = address;
        self.record = Record {
            state: self.record.state,
            last_seen: self.record.last_seen,
            ..other.clone()
        };
        MemberMerge {
            was,
            content: true,
            restarted,
            moved,
        }
    }
}

/// The members by id, and their addresses.
#[derive(Debug, Clone, Default)]
pub struct Members {
    by_id: BTreeMap<String, Member>,
    by_address: BTreeMap<SocketAddr, Vec<String>>,
}

/// Reading is that of a map.
impl Deref for Members {
    type Target = BTreeMap<String, Member>;

    fn deref(&self) -> &Self::Target {
        &self.by_id
    }
}

impl Members {
    /// The members that listen at that address: one, as a rule.
    pub fn at(&self, address: SocketAddr) -> impl Iterator<Item = (&String, &Member)> {
        let ids = self.by_address.get(&address).into_iter().flatten();
        ids.filter_map(|id| self.by_id.get_key_value(id))
    }

    /// Adds a member that is not there yet.
    pub fn insert(&mut self, id: &str, member: Member) {
        self.remove(id);
        let ids = self.by_address.entry(member.address).or_default();
        ids.push(id.to_owned());
        self.by_id.insert(id.to_owned(), member);
    }

    /// Takes a member out.
    pub fn remove(&mut self, id: &str) -> Option<Member> {
        let member = self.by_id.remove(id)?;
        self.leave(member.address, id);
        Some(member)
    }

    /// One member, to change its liveness and what is measured of it; its address changes by [`merge`](Self::merge) alone.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Member> {
        self.by_id.get_mut(id)
    }

    /// All members, as [`get_mut`](Self::get_mut).
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Member> {
        self.by_id.values_mut()
    }

    /// Merges a record into the member of that id; `None` where there is none.
    pub fn merge(&mut self, id: &str, record: &Record, mono_ms: u64) -> Option<MemberMerge> {
        let member = self.by_id.get_mut(id)?;
        let (before, changed) = (member.address, member.merge(record, mono_ms));
        let after = member.address;
        if changed.moved {
            self.leave(before, id);
            self.by_address
                .entry(after)
                .or_default()
                .push(id.to_owned());
        }
        Some(changed)
    }

    fn leave(&mut self, address: SocketAddr, id: &str) {
        if let Some(ids) = self.by_address.get_mut(&address) {
            ids.retain(|held| held != id);
            if ids.is_empty() {
                self.by_address.remove(&address);
            }
        }
    }
}
