//! Local writes, reads and deletions, and the care of what is held (MGP1-MSG-008, MGP1-MRG-005 to MGP1-MRG-012).

use super::compose::Item;
use super::effects::Event;
use super::machine::{Machine, Now};
use crate::wire::limits::{MAX_ENTRY, MAX_INTEGER, MAX_KEY};
use crate::wire::{Compact, Entry, Refusal, entry_size};

/// Characters of an entry's `version`: 48 random bits.
const VERSION: usize = 8;

impl Machine {
    /// Writes a value under a key.
    ///
    /// # Errors
    /// [`Refusal`], where others would skip the entry or the store is full. Nothing has changed then.
    pub fn set(&mut self, now: Now, key: &str, value: &serde_json::Value) -> Result<(), Refusal> {
        let value = Compact::from_value(value).map_err(|_| Refusal::EntryShape)?;
        self.write(now, key, value, false)
    }

    /// Deletes a key, by a tombstone that the others learn of.
    ///
    /// # Errors
    /// `entry.unknown`, where there is no such key. Nothing has changed then.
    pub fn delete(&mut self, now: Now, key: &str) -> Result<(), Refusal> {
        if self.get(key).is_none() {
            return Err(Refusal::EntryUnknown);
        }
        self.write(now, key, Compact::null(), true)
    }

    /// The entry of a key; `None` for one that is not held or deleted (MGP1-MRG-007).
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key).filter(|entry| !entry.deleted)
    }

    fn write(&mut self, now: Now, key: &str, value: Compact, deleted: bool) -> Result<(), Refusal> {
        if !(1..=MAX_KEY).contains(&key.len()) {
            return Err(Refusal::EntryKey);
        }
        let rules = self.entry_rules(now);
        let held = self.entries.get(key);
        if held.is_none() && self.entries.len() >= rules.max_entries {
            return Err(Refusal::EntryCapacity);
        }
        // What is dated too far ahead loses anyway (MGP1-MRG-008), and would drag this write along.
        let seen = held.filter(|held| !rules.is_far_ahead(held.timestamp));
        let entry = Entry {
            value,
            timestamp: seen
                .map_or(0, |held| held.timestamp + 1)
                .max(now.wall_ms)
                .min(MAX_INTEGER),
            version: self.random.token(VERSION),
            source_node: self.config.node_id.clone(),
            deleted,
        };
        if entry_size(key, &entry) > MAX_ENTRY {
            return Err(Refusal::EntrySize);
        }
        self.entries.put(key, entry);
        self.tell(Item::Entry(key.to_owned()));
        self.send_news(now);
        Ok(())
    }

    /// Drops expired tombstones, and stamps own entries anew that are dated too far ahead (MGP1-MRG-009, MGP1-MRG-012).
    pub(super) fn check_entries(&mut self, now: Now) {
        let rules = self.entry_rules(now);
        self.entries.settle(&rules);
        let own = |key: &&String| {
            let entry = self.entries.get(key);
            entry.is_some_and(|e| e.source_node == self.config.node_id)
        };
        let ahead: Vec<_> = self
            .entries
            .far_ahead(&rules)
            .filter(own)
            .cloned()
            .collect();
        for key in ahead {
            let Some(entry) = self.entries.get(&key).cloned() else {
                continue;
            };
            self.report(Event::ClockSkew {
                timestamp: entry.timestamp,
            });
            let entry = Entry {
                timestamp: now.wall_ms,
                version: self.random.token(VERSION),
                ..entry
            };
            self.entries.put(&key, entry);
            self.tell(Item::Entry(key));
        }
    }
}
