//! Chapter 6: a reference model of merging. It has no addresses, no ages and no own state; what a message says of the
//! node's own id is left to chapter 7.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::canonical;
use super::message::{Entry, Record, State, canonical_content, check_entry, check_record, integer};

/// The order of entries of one key: the greater one is kept (MGP1-MRG-001, MGP1-MRG-002).
pub fn entry_order(a: &Entry, b: &Entry) -> Ordering {
    // `str` is compared as unsigned bytes, a proper prefix being smaller.
    a.timestamp
        .cmp(&b.timestamp)
        .then_with(|| a.version.cmp(&b.version))
        .then_with(|| a.source_node.cmp(&b.source_node))
        .then_with(|| a.deleted.cmp(&b.deleted))
        .then_with(|| canonical(&a.value).cmp(&canonical(&b.value)))
}

/// The join of two records of one member: liveness (MGP1-MRG-015) and content (MGP1-MRG-016), each for itself.
pub fn merge_records(a: &Record, b: &Record) -> Record {
    let content = |record: &Record| (record.updated, canonical_content(record));
    let mut merged = if content(a) >= content(b) { a } else { b }.clone();
    (merged.last_seen, merged.state) =
        merge_liveness((a.last_seen, a.state), (b.last_seen, b.state));
    merged
}

/// The greater (`lastSeen`, severity), with ALIVE < SUSPECT < DEAD (MGP1-MRG-015).
pub fn merge_liveness(a: (u64, State), b: (u64, State)) -> (u64, State) {
    a.max(b)
}

/// The parameters of a model; times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// `maxFutureSkew`.
    pub max_future_skew: u64,
    /// `tombstoneRetention`.
    pub tombstone_retention: u64,
    /// `maxEntries`.
    pub max_entries: usize,
    /// `maxMembers`.
    pub max_members: usize,
    /// `maxRemembered`.
    pub max_remembered: usize,
    /// Whether the node claims `anti-entropy`; one that does not merges only the `membership` of a SYNC (MGP1-SYN-015).
    pub anti_entropy: bool,
}

impl Default for Limits {
    /// The defaults of chapter 11.
    fn default() -> Self {
        Limits {
            max_future_skew: 86_400_000,
            tombstone_retention: 86_400_000,
            max_entries: 65_536,
            max_members: 1_024,
            max_remembered: 4_096,
            anti_entropy: false,
        }
    }
}

/// What is kept of a member that is not listed (MGP1-LIV-021).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// Greatest `lastSeen` seen.
    pub last_seen: u64,
    /// Host at that time.
    pub host: String,
    /// Port at that time.
    pub port: u16,
    /// How many were remembered before it.
    since: u64,
}

/// Two tables and what is remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    own_id: String,
    limits: Limits,
    /// Key → entry, tombstones included.
    pub entries: BTreeMap<String, Entry>,
    /// Id → record.
    pub members: BTreeMap<String, Record>,
    /// Id → what is remembered.
    pub remembered: BTreeMap<String, Remembered>,
    count: u64,
}

impl Model {
    /// An empty model of the node of that id.
    pub fn new(own_id: &str, limits: Limits) -> Self {
        Model {
            own_id: own_id.to_owned(),
            limits,
            entries: BTreeMap::new(),
            members: BTreeMap::new(),
            remembered: BTreeMap::new(),
            count: 0,
        }
    }

    /// Merges a message, given as its meaning, at a wall clock, and returns the skips that need state:
    /// objects with `section`, `name` and `reason`.
    pub fn apply(&mut self, message: &Value, wall: u64) -> Vec<Value> {
        let mut skipped = Vec::new();
        let mut skip = |section: &str, name: &str, reason: &str| {
            skipped.push(json!({"section": section, "name": name, "reason": reason}));
        };
        self.drop_expired(wall);
        let data = &message["data"];
        // MGP1-SYN-015, MGP1-SYN-008
        let is_foreign = message["type"] == "SYNC" && !self.limits.anti_entropy;
        let entries = if is_foreign {
            &Value::Null
        } else {
            &data["localData"]
        };
        for (key, value) in members_of(entries) {
            if let Ok(entry) = check_entry(key, value)
                && let Err(reason) = self.merge_entry(key, entry, wall)
            {
                skip("localData", key, reason);
            }
        }
        for (id, value) in members_of(&data["membership"]) {
            if let Ok(record) = check_record(id, value)
                && let Err(reason) = self.merge_record(id, record)
            {
                skip("membership", id, reason);
            }
        }
        // After the records, so that a heartbeat finds the member that the same message introduces.
        for (id, value) in members_of(&data["heartbeats"]) {
            if let Some(last_seen) = integer(Some(value)) {
                self.merge_heartbeat(id, last_seen);
            }
        }
        self.drop_expired(wall);
        skipped
    }

    /// Merges one valid entry.
    ///
    /// # Errors
    /// The reason to skip it; nothing has changed then.
    pub fn merge_entry(&mut self, key: &str, entry: Entry, wall: u64) -> Result<(), &'static str> {
        // MGP1-MRG-003
        if self.is_ahead(&entry, wall) {
            return Err("entry.future");
        }
        let Some(held) = self.entries.get(key) else {
            // MGP1-MRG-013
            if self.is_expired(&entry, wall) {
                return Err("entry.expired");
            }
            // MGP1-MRG-010
            if self.entries.len() >= self.limits.max_entries {
                return Err("entry.capacity");
            }
            self.entries.insert(key.to_owned(), entry);
            return Ok(());
        };
        // MGP1-MRG-008, MGP1-MRG-004
        if self.is_ahead(held, wall) || entry_order(&entry, held).is_gt() {
            self.entries.insert(key.to_owned(), entry);
        }
        Ok(())
    }

    /// Merges one valid record.
    ///
    /// # Errors
    /// The reason to skip it; nothing has changed then.
    pub fn merge_record(&mut self, id: &str, record: Record) -> Result<(), &'static str> {
        // MGP1-MRG-023
        if id == self.own_id {
            return Ok(());
        }
        if let Some(held) = self.members.get(id) {
            let merged = merge_records(held, &record);
            self.members.insert(id.to_owned(), merged);
            return Ok(());
        }
        // MGP1-MRG-020, MGP1-MRG-021
        if record.state == State::Dead {
            self.remember(id, &record);
            return Ok(());
        }
        // MGP1-LIV-019
        let is_old = |known: &Remembered| record.last_seen <= known.last_seen;
        if self.remembered.get(id).is_some_and(is_old) {
            return Ok(());
        }
        // MGP1-MRG-022
        if self.members.len() >= self.limits.max_members {
            return Err("record.capacity");
        }
        // MGP1-MRG-018, MGP1-LIV-020
        self.remembered.remove(id);
        self.members.insert(id.to_owned(), record);
        Ok(())
    }

    /// Merges one valid heartbeat; it adds nobody (MGP1-MRG-017, MGP1-MRG-019).
    pub fn merge_heartbeat(&mut self, id: &str, last_seen: u64) {
        if let Some(held) = self.members.get_mut(id) {
            (held.last_seen, held.state) =
                merge_liveness((held.last_seen, held.state), (last_seen, State::Alive));
        }
    }

    /// Drops the tombstones that have expired (MGP1-MRG-012).
    pub fn drop_expired(&mut self, wall: u64) {
        let retention = self.limits.tombstone_retention;
        self.entries.retain(|_, entry| {
            !(entry.deleted && entry.timestamp.saturating_add(retention) < wall)
        });
    }

    /// The three tables in the form that the adapter protocol gives the state.
    pub fn to_value(&self) -> Value {
        let entries: Map<_, _> = self
            .entries
            .iter()
            .map(|(key, entry)| (key.clone(), entry.to_value()))
            .collect();
        let members: Map<_, _> = self
            .members
            .iter()
            .map(|(id, record)| (id.clone(), record.to_value()))
            .collect();
        let remembered: Map<_, _> = self
            .remembered
            .iter()
            .map(|(id, it)| {
                let shown = json!({"host": it.host, "lastSeen": it.last_seen, "port": it.port});
                (id.clone(), shown)
            })
            .collect();
        json!({"entries": entries, "members": members, "remembered": remembered})
    }

    /// MGP1-LIV-021: the greatest `lastSeen`, and the oldest is forgotten first.
    fn remember(&mut self, id: &str, record: &Record) {
        let known = self.remembered.get(id);
        if known.is_some_and(|known| known.last_seen >= record.last_seen) {
            return;
        }
        let since = known.map_or(self.count, |known| known.since);
        self.count += 1;
        let remembered = Remembered {
            last_seen: record.last_seen,
            host: record.host.clone(),
            port: record.port,
            since,
        };
        self.remembered.insert(id.to_owned(), remembered);
        while self.remembered.len() > self.limits.max_remembered {
            let oldest = self.remembered.iter().min_by_key(|(_, it)| it.since);
            let Some(oldest) = oldest.map(|(id, _)| id.clone()) else {
                return;
            };
            self.remembered.remove(&oldest);
        }
    }

    fn is_ahead(&self, entry: &Entry, wall: u64) -> bool {
        entry.timestamp > wall.saturating_add(self.limits.max_future_skew)
    }

    fn is_expired(&self, entry: &Entry, wall: u64) -> bool {
        entry.deleted
            && entry
                .timestamp
                .saturating_add(self.limits.tombstone_retention)
                < wall
    }
}

fn members_of(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
