//! Entries: reading, sizes and canonical form (chapter 5).

use super::canonical::{write_integer, write_string};
use super::compact::Compact;
use super::ids::{is_node_id, is_token};
use super::json::{Json, member, optional};
use super::limits::{MAX_ENTRY, MAX_KEY};
use super::message::Entry;
use super::reason::Skip;

/// Reads `localData[key]`, with the rules in the order of chapter 5.
///
/// # Errors
/// The first rule broken (MGP1-MSG-004 to MGP1-MSG-007).
pub(super) fn read(key: &str, item: &Json<'_>) -> Result<Entry, Skip> {
    check(key, || shape(item))
}

/// Checks an entry whose shape is read by `shape`, `None` where that is wrong.
///
/// # Errors
/// The first rule broken (MGP1-MSG-004 to MGP1-MSG-007).
pub(super) fn check(key: &str, shape: impl FnOnce() -> Option<Entry>) -> Result<Entry, Skip> {
    if !(1..=MAX_KEY).contains(&key.len()) {
        return Err(Skip::EntryKey);
    }
    let entry = shape().ok_or(Skip::EntryShape)?;
    if entry.deleted && !entry.value.is_null() {
        return Err(Skip::EntryTombstoneValue);
    }
    if entry_size(key, &entry) > MAX_ENTRY {
        return Err(Skip::EntrySize);
    }
    Ok(entry)
}

fn shape(item: &Json<'_>) -> Option<Entry> {
    let members = item.as_object()?;
    let timestamp = member(members, "timestamp")?.as_integer()?;
    let version = member(members, "version")?
        .as_str()
        .filter(|v| is_token(v))?;
    let source = member(members, "sourceNode")?
        .as_str()
        .filter(|s| is_node_id(s))?;
    let deleted = match optional(members, "deleted") {
        None => false,
        Some(Json::Bool(deleted)) => *deleted,
        Some(_) => return None,
    };
    Some(Entry {
        value: member(members, "value").map_or_else(Compact::null, Compact::from_json),
        timestamp,
        version: version.to_owned(),
        source_node: source.to_owned(),
        deleted,
    })
}

/// Size of an entry: the length of `"key":` and its canonical form, in bytes.
pub fn entry_size(key: &str, entry: &Entry) -> usize {
    let mut text = String::with_capacity(key.len() + 3);
    write_string(&mut text, key);
    let deleted = if entry.deleted {
        r#""deleted":true,"#.len()
    } else {
        0
    };
    text.len()
        + r#":{"sourceNode":"","timestamp":,"value":,"version":""}"#.len()
        + deleted
        + entry.source_node.len()
        + itoa::Buffer::new().format(entry.timestamp).len()
        + entry.value.as_str().len()
        + entry.version.len()
}

/// Appends the canonical form of an entry.
pub(super) fn write(out: &mut String, entry: &Entry) {
    out.push_str(if entry.deleted {
        r#"{"deleted":true,"sourceNode":""#
    } else {
        r#"{"sourceNode":""#
    });
    out.push_str(&entry.source_node);
    out.push_str(r#"","timestamp":"#);
    write_integer(out, entry.timestamp);
    out.push_str(r#","value":"#);
    out.push_str(entry.value.as_str());
    out.push_str(r#","version":""#);
    out.push_str(&entry.version);
    out.push_str("\"}");
}
