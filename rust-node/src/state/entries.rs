//! The shared store: entries by key, and the order in which they win (MGP1-MRG-001 to MGP1-MRG-014).

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::digests::{Digest, DigestTree, Prefix};
use crate::wire::{Entry, Skip};

/// The order of two entries of one key: the greater one is kept, in whatever order they come (MGP1-MRG-001).
pub fn entry_order(a: &Entry, b: &Entry) -> Ordering {
    fn rank(e: &Entry) -> (u64, &[u8], &[u8], bool, &[u8]) {
        let (version, source) = (e.version.as_bytes(), e.source_node.as_bytes());
        (
            e.timestamp,
            version,
            source,
            e.deleted,
            e.value.as_str().as_bytes(),
        )
    }
    rank(a).cmp(&rank(b))
}

/// The wall clock and the parameters that judge an entry's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryRules {
    /// Unix time, milliseconds.
    pub wall_ms: u64,
    /// `maxFutureSkew`, milliseconds.
    pub max_future_skew: u64,
    /// `tombstoneRetention`, milliseconds.
    pub tombstone_retention: u64,
    /// `maxEntries`.
    pub max_entries: usize,
}

impl EntryRules {
    /// True for a time more than `maxFutureSkew` ahead (MGP1-MRG-003).
    pub fn is_far_ahead(&self, timestamp: u64) -> bool {
        timestamp > self.last_lawful()
    }

    fn last_lawful(&self) -> u64 {
        self.wall_ms.saturating_add(self.max_future_skew)
    }

    /// True for a tombstone whose time plus `tombstoneRetention` is past.
    pub fn is_expired(&self, entry: &Entry) -> bool {
        entry.deleted && self.is_expired_at(entry.timestamp)
    }

    fn is_expired_at(&self, timestamp: u64) -> bool {
        timestamp.saturating_add(self.tombstone_retention) < self.wall_ms
    }

    /// True for what may be sent (MGP1-MRG-008, MGP1-MRG-014).
    pub fn may_send(&self, entry: &Entry) -> bool {
        !self.is_far_ahead(entry.timestamp) && !self.is_expired(entry)
    }
}

/// What became of a received entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryMerge {
    /// It is new or greater, and is held now.
    Kept,
    /// What is held is as great or greater.
    Known,
    /// It was left out.
    Skipped(Skip),
}

/// Entries by key.
#[derive(Debug, Clone, Default)]
pub struct Entries {
    held: BTreeMap<String, Entry>,
    by_time: BTreeSet<(u64, String)>,
    tombstones: BTreeSet<(u64, String)>,
    digests: DigestTree,
    /// The digests cover the entries dated up to here, Unix milliseconds.
    digests_until: u64,
}

impl Entries {
    /// The entry of that key, tombstones included.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.held.get(key)
    }

    /// Number of keys held, tombstones included.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// True where no key is held.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// All entries by key, tombstones included.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Entry)> {
        self.held.iter()
    }

    /// The entries of a range of keys, tombstones included.
    pub fn range(
        &self,
        keys: (Bound<String>, Bound<String>),
    ) -> impl Iterator<Item = (&String, &Entry)> {
        self.held.range(keys)
    }

    /// Merges a received entry.
    pub fn merge(&mut self, key: &str, entry: &Entry, rules: &EntryRules) -> EntryMerge {
        if rules.is_far_ahead(entry.timestamp) {
            return EntryMerge::Skipped(Skip::EntryFuture);
        }
        match self.held.get(key) {
            None if rules.is_expired(entry) => return EntryMerge::Skipped(Skip::EntryExpired),
            None if self.held.len() >= rules.max_entries => {
                return EntryMerge::Skipped(Skip::EntryCapacity);
            }
            Some(held)
                if !rules.is_far_ahead(held.timestamp) && entry_order(entry, held).is_le() =>
            {
                return EntryMerge::Known;
            }
            _ => {}
        }
        self.put(key, entry.clone());
        EntryMerge::Kept
    }

    /// Holds this entry for that key, whatever was held before.
    pub fn put(&mut self, key: &str, entry: Entry) {
        if let Some(old) = self.held.get(key) {
            let place = (old.timestamp, key.to_owned());
            self.by_time.remove(&place);
            self.tombstones.remove(&place);
        }
        self.by_time.insert((entry.timestamp, key.to_owned()));
        if entry.deleted {
            self.tombstones.insert((entry.timestamp, key.to_owned()));
        }
        if entry.timestamp <= self.digests_until {
            self.digests.insert(key, Digest::of_entry(key, &entry));
        } else {
            self.digests.remove(key);
        }
        self.held.insert(key.to_owned(), entry);
    }

    fn remove(&mut self, key: &str) {
        if let Some(old) = self.held.remove(key) {
            let place = (old.timestamp, key.to_owned());
            self.by_time.remove(&place);
            self.tombstones.remove(&place);
            self.digests.remove(key);
        }
    }

    /// Brings the store up to the wall clock: drops expired tombstones (MGP1-MRG-012), and moves the bound up to which the digests
    /// reach (MGP1-MRG-008). To be called before anything that asks for digests or for what lies below a prefix.
    ///
    /// Costs what changes, not what is held.
    pub fn settle(&mut self, rules: &EntryRules) {
        while let Some((time, key)) = self.tombstones.first() {
            if !rules.is_expired_at(*time) {
                break;
            }
            let key = key.clone();
            self.remove(&key);
        }
        let (before, until) = (self.digests_until, rules.last_lawful());
        self.digests_until = until;
        let moved = before.min(until)..before.max(until);
        for (_, key) in self.by_time.range(above(moved.start)..above(moved.end)) {
            if until < before {
                self.digests.remove(key);
            } else if let Some(entry) = self.held.get(key) {
                self.digests.insert(key, Digest::of_entry(key, entry));
            }
        }
    }

    /// The digest of a prefix; `None` where nothing lies below it.
    pub fn digest(&mut self, prefix: &Prefix) -> Option<Digest> {
        self.digests.digest(prefix)
    }

    /// The digests one digit below a prefix, by digit.
    pub fn children(&mut self, prefix: &Prefix) -> Vec<(u8, Digest)> {
        self.digests.children(prefix)
    }

    /// Number of entries that lie below a prefix.
    pub fn count_below(&self, prefix: &Prefix) -> usize {
        self.digests.count(prefix)
    }

    /// The entries that lie below a prefix, by path.
    pub fn below(&self, prefix: &Prefix) -> impl Iterator<Item = (&str, &Entry)> {
        let keys = self.digests.keys(prefix).into_iter();
        keys.filter_map(|key| Some((key, self.held.get(key)?)))
    }

    /// The keys of the entries dated more than `maxFutureSkew` ahead (MGP1-MRG-008).
    pub fn far_ahead(&self, rules: &EntryRules) -> impl Iterator<Item = &String> {
        let first = above(rules.last_lawful());
        self.by_time.range(first..).map(|(_, key)| key)
    }
}

/// Before every place of a later time, after every place of this one.
fn above(time: u64) -> (u64, String) {
    (time.saturating_add(1), String::new())
}
