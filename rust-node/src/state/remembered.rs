//! Members that were reaped, so that old gossip does not bring them back (MGP1-LIV-019 to MGP1-LIV-021).

use std::collections::{BTreeMap, BTreeSet};

use crate::wire::Record;

/// What is remembered of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RememberedMember {
    /// Greatest `lastSeen` known.
    pub last_seen: u64,
    /// Where it listened: IP address literal.
    pub host: String,
    /// Where it listened: UDP port.
    pub port: u16,
    /// Monotonic time of the last change, milliseconds.
    pub since: u64,
}

/// The remembered members by id.
#[derive(Debug, Clone, Default)]
pub struct Remembered {
    by_id: BTreeMap<String, RememberedMember>,
    by_age: BTreeSet<(u64, String)>,
}

impl Remembered {
    /// What is remembered of that id.
    pub fn get(&self, id: &str) -> Option<&RememberedMember> {
        self.by_id.get(id)
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&String, &RememberedMember)> {
        self.by_id.iter()
    }

    /// Remembers the greatest `lastSeen`, and forgets the oldest ones beyond `limit` (`maxRemembered`).
    pub fn remember(&mut self, id: &str, record: &Record, mono_ms: u64, limit: usize) {
        let old = self.by_id.get(id);
        if old.is_some_and(|old| old.last_seen >= record.last_seen) {
            return;
        }
        self.forget(id);
        let member = RememberedMember {
            last_seen: record.last_seen,
            host: record.host.clone(),
            port: record.port,
            since: mono_ms,
        };
        self.by_id.insert(id.to_owned(), member);
        self.by_age.insert((mono_ms, id.to_owned()));
        while self.by_id.len() > limit {
            self.forget_oldest();
        }
    }

    /// Forgets one that is a member again.
    pub fn forget(&mut self, id: &str) {
        if let Some(member) = self.by_id.remove(id) {
            self.by_age.remove(&(member.since, id.to_owned()));
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, id)) = self.by_age.pop_first() {
            self.by_id.remove(&id);
        }
    }

    /// Forgets those held for longer than `retention` milliseconds.
    pub fn expire(&mut self, mono_ms: u64, retention: u64) {
        while let Some((since, _)) = self.by_age.first()
            && mono_ms.saturating_sub(*since) > retention
        {
            self.forget_oldest();
        }
    }
}
