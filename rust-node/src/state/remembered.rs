//! Members that were reaped, so that old gossip does not bring them back (MGP1-LIV-019 to MGP1-LIV-021).

use std::collections::BTreeMap;

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
pub struct Remembered(BTreeMap<String, RememberedMember>);

impl Remembered {
    /// What is remembered of that id.
    pub fn get(&self, id: &str) -> Option<&RememberedMember> {
        self.0.get(id)
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&String, &RememberedMember)> {
        self.0.iter()
    }

    /// Remembers the greatest `lastSeen`, and forgets the oldest ones beyond `limit` (`maxRemembered`).
    pub fn remember(&mut self, id: &str, record: &Record, mono_ms: u64, limit: usize) {
        if self
            .0
            .get(id)
            .is_some_and(|old| old.last_seen >= record.last_seen)
        {
            return;
        }
        let member = RememberedMember {
            last_seen: record.last_seen,
            host: record.host.clone(),
            port: record.port,
            since: mono_ms,
        };
        self.0.insert(id.to_owned(), member);
        while self.0.len() > limit {
            let oldest = self.0.iter().min_by_key(|(_, m)| m.since);
            let Some(id) = oldest.map(|(id, _)| id.clone()) else {
                break;
            };
            self.0.remove(&id);
        }
    }

    /// Forgets one that is a member again.
    pub fn forget(&mut self, id: &str) {
        self.0.remove(id);
    }

    /// Forgets those held for longer than `retention` milliseconds.
    pub fn expire(&mut self, mono_ms: u64, retention: u64) {
        self.0
            .retain(|_, member| mono_ms.saturating_sub(member.since) <= retention);
    }
}
