//! The state of a machine for those who look at it (MGP1-ERR-004).

use std::collections::BTreeMap;

use super::machine::Machine;
use crate::state::RememberedMember;
use crate::wire::{Entry, Record};

/// A copy of what a machine holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its own record; `last_seen` is the greatest timestamp issued so far.
    pub own: Record,
    /// The members by id.
    pub members: BTreeMap<String, MemberStatus>,
    /// The entries by key, tombstones included.
    pub entries: BTreeMap<String, Entry>,
    /// The remembered members by id.
    pub remembered: BTreeMap<String, RememberedMember>,
    /// Rejected datagrams and skipped items by reason, those that are not zero.
    pub counters: BTreeMap<&'static str, u64>,
    /// Number of pairs held against duplicates.
    pub history: usize,
}

/// A member as others are told of it, and what only this node knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberStatus {
    /// Its record.
    pub record: Record,
    /// Its address has answered a PING of this node (MGP1-DIS-011).
    pub validated: bool,
}

impl Machine {
    /// A copy of what this machine holds.
    pub fn status(&self) -> Status {
        let newest = self.clock.newest().unwrap_or(self.updated);
        Status {
            own: self.config.record(newest, self.updated),
            members: self.members().collect(),
            entries: self
                .entries
                .iter()
                .map(|(k, e)| (k.clone(), e.clone()))
                .collect(),
            remembered: self
                .remembered
                .iter()
                .map(|(id, m)| (id.clone(), m.clone()))
                .collect(),
            counters: self.counters.clone(),
            history: self.history.len(),
        }
    }

    /// The members by id, as [`status`](Self::status) has them.
    pub fn members(&self) -> impl Iterator<Item = (String, MemberStatus)> {
        self.members.iter().map(|(id, member)| {
            let status = MemberStatus {
                record: member.record.clone(),
                validated: self.is_validated(member.address),
            };
            (id.clone(), status)
        })
    }

    /// The records of the members by id, and the entries by key, tombstones included, without copying them.
    pub fn tables(
        &self,
    ) -> (
        impl Iterator<Item = (&str, &Record)>,
        impl Iterator<Item = (&str, &Entry)>,
    ) {
        let members = self.members.iter();
        let entries = self.entries.iter();
        (
            members.map(|(id, member)| (id.as_str(), &member.record)),
            entries.map(|(key, entry)| (key.as_str(), entry)),
        )
    }

    /// How many pairs are held against duplicates, and how many members are remembered.
    pub fn kept(&self) -> (usize, usize) {
        (self.history.len(), self.remembered.iter().len())
    }
}
