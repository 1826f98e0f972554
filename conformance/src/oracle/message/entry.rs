//! Chapter 5, entries.

use serde_json::{Value, json};

use super::{integer, is_node_id, is_token, optional};
use crate::oracle::canonical;

/// Largest size of an entry in canonical bytes (MGP1-MSG-007).
pub const MAX_ENTRY_SIZE: usize = 640;

/// A valid entry, without its key.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The value; null in a tombstone.
    pub value: Value,
    /// The writer's wall clock at the write, milliseconds.
    pub timestamp: u64,
    /// Tells writes of one writer in one millisecond apart.
    pub version: String,
    /// The writer.
    pub source_node: String,
    /// Whether it is a tombstone.
    pub deleted: bool,
}

impl Entry {
    /// The entry as chapter 12 shows it: exactly five members.
    pub fn to_value(&self) -> Value {
        json!({
            "value": self.value,
            "timestamp": self.timestamp,
            "version": self.version,
            "sourceNode": self.source_node,
            "deleted": self.deleted,
        })
    }

    /// The object whose canonical form is that of the entry: `deleted` only where it is true.
    fn canonical_object(&self) -> Value {
        let mut object = self.to_value();
        if let (false, Some(members)) = (self.deleted, object.as_object_mut()) {
            members.remove("deleted");
        }
        object
    }
}

/// The size of an entry: the length of `"key":` and the entry, both in canonical form.
pub fn entry_size(key: &str, entry: &Entry) -> usize {
    canonical(&Value::from(key)).len() + ":".len() + canonical(&entry.canonical_object()).len()
}

/// Checks one member of `localData`.
///
/// # Errors
/// The reason to skip it; of several the first in the order of chapter 5.
pub fn check_entry(key: &str, value: &Value) -> Result<Entry, &'static str> {
    // MGP1-MSG-004
    if !(1..=256).contains(&key.len()) {
        return Err("entry.key");
    }
    // MGP1-MSG-005
    let entry = entry_of(value).ok_or("entry.shape")?;
    // MGP1-MSG-006
    if entry.deleted && !entry.value.is_null() {
        return Err("entry.tombstone-value");
    }
    // MGP1-MSG-007
    if entry_size(key, &entry) > MAX_ENTRY_SIZE {
        return Err("entry.size");
    }
    Ok(entry)
}

fn entry_of(value: &Value) -> Option<Entry> {
    let members = value.as_object()?;
    Some(Entry {
        value: members.get("value").cloned().unwrap_or(Value::Null),
        timestamp: integer(members.get("timestamp"))?,
        version: members
            .get("version")?
            .as_str()
            .filter(|text| is_token(text))?
            .to_owned(),
        source_node: members
            .get("sourceNode")?
            .as_str()
            .filter(|text| is_node_id(text))?
            .to_owned(),
        deleted: match optional(members, "deleted") {
            None => false,
            Some(deleted) => deleted.as_bool()?,
        },
    })
}
