//! Chapters 5 and 9: what each type defines in `data`, and its meaning by chapter 12.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{check_entry, check_heartbeat, check_record, integer, is_node_id, is_token, optional};
use crate::oracle::{Rejection, utf16_order};

/// Checks the step `body` and returns the meaning of `data`; what is skipped is appended in the order of chapter 12.
pub(super) fn check(
    kind: &str,
    data: &Map<String, Value>,
    skipped: &mut Vec<Value>,
) -> Result<Value, Rejection> {
    let mut meaning = Map::new();
    match kind {
        "GOSSIP" => {
            sections(
                data,
                &["localData", "membership", "heartbeats"],
                &mut meaning,
                skipped,
            )?;
        }
        "PING" => {
            sections(data, &["membership"], &mut meaning, skipped)?;
            ping_id(data, &mut meaning)?;
            // MGP1-MSG-018
            if let Some(target) = optional(data, "targetId") {
                let is_id = target.as_str().is_some_and(is_node_id);
                require(is_id, "body.targetId")?;
                meaning.insert("targetId".into(), target.clone());
            }
            let full = optional_boolean(data, "full").ok_or(body("body.full"))?;
            meaning.insert("full".into(), json!(full));
        }
        "PONG" => {
            sections(data, &["membership", "heartbeats"], &mut meaning, skipped)?;
            ping_id(data, &mut meaning)?;
        }
        "MEMBERSHIP" => {
            sections(data, &["membership"], &mut meaning, skipped)?;
            page(data, &mut meaning)?;
        }
        _ => sync(data, &mut meaning, skipped)?,
    }
    Ok(Value::Object(meaning))
}

fn body(reason: &'static str) -> Rejection {
    Rejection::new("body", reason)
}

fn require(holds: bool, reason: &'static str) -> Result<(), Rejection> {
    if holds { Ok(()) } else { Err(body(reason)) }
}

/// A boolean that is false where absent; `None` where it is neither.
fn optional_boolean(data: &Map<String, Value>, name: &str) -> Option<bool> {
    match optional(data, name) {
        None => Some(false),
        Some(value) => value.as_bool(),
    }
}

/// MGP1-MSG-018: the `pingId` of a PING or PONG.
fn ping_id(data: &Map<String, Value>, meaning: &mut Map<String, Value>) -> Result<(), Rejection> {
    let ping_id = data.get("pingId").cloned().unwrap_or(Value::Null);
    require(ping_id.as_str().is_some_and(is_token), "body.pingId")?;
    meaning.insert("pingId".into(), ping_id);
    Ok(())
}

/// MGP1-MSG-026
fn page(data: &Map<String, Value>, meaning: &mut Map<String, Value>) -> Result<(), Rejection> {
    let (page, pages) = (optional(data, "page"), optional(data, "pages"));
    if page.is_none() && pages.is_none() {
        return Ok(());
    }
    let (Some(page), Some(pages)) = (integer(page), integer(pages)) else {
        return Err(body("body.page"));
    };
    require(1 <= page && page <= pages, "body.page")?;
    meaning.insert("page".into(), json!(page));
    meaning.insert("pages".into(), json!(pages));
    Ok(())
}

/// MGP1-SYN-001
fn sync(
    data: &Map<String, Value>,
    meaning: &mut Map<String, Value>,
    skipped: &mut Vec<Value>,
) -> Result<(), Rejection> {
    let phase = data.get("phase").and_then(Value::as_str);
    let phase = phase
        .filter(|phase| ["DIGEST", "ENTRIES"].contains(phase))
        .ok_or(body("body.phase"))?;
    let prefix = data.get("prefix").and_then(Value::as_str);
    let prefix = prefix
        .filter(|prefix| prefix.len() <= 64 && prefix.bytes().all(is_lower_hex))
        .ok_or(body("body.prefix"))?;
    meaning.insert("phase".into(), json!(phase));
    meaning.insert("prefix".into(), json!(prefix));
    if phase == "DIGEST" {
        sections(data, &["membership"], meaning, skipped)?;
        let children = data.get("children").and_then(Value::as_object);
        let children = children.ok_or(body("body.children"))?;
        let well_formed = children.iter().all(|(digit, digest)| {
            let digest = digest.as_str().unwrap_or_default();
            let is_digit = digit.len() == 1 && digit.bytes().all(is_lower_hex);
            is_digit && digest.len() == 32 && digest.bytes().all(is_lower_hex)
        });
        let room = prefix.len() < 64 || children.is_empty();
        require(well_formed && room, "body.children")?;
        meaning.insert("children".into(), json!(children));
    } else {
        let reply = optional_boolean(data, "reply").ok_or(body("body.reply"))?;
        meaning.insert("reply".into(), json!(reply));
        sections(data, &["localData", "membership"], meaning, skipped)?;
        outside_prefix(prefix, meaning, skipped);
    }
    Ok(())
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// MGP1-SYN-017 needs no state, so a decoder skips for it too.
fn outside_prefix(prefix: &str, meaning: &mut Map<String, Value>, skipped: &mut Vec<Value>) {
    let Some(entries) = meaning.get_mut("localData").and_then(Value::as_object_mut) else {
        return;
    };
    let strangers: Vec<String> = entries
        .keys()
        .filter(|key| !hex::encode(Sha256::digest(key.as_bytes())).starts_with(prefix))
        .cloned()
        .collect();
    for key in strangers {
        entries.remove(&key);
        skipped.push(skip("localData", &key, "entry.prefix"));
    }
    let place = |item: &Value| (item["section"] != "localData") as u8;
    let name = |item: &Value| item["name"].as_str().unwrap_or_default().to_owned();
    // A stable sort by section first keeps the records, which follow, as they are.
    skipped.sort_by(|a, b| {
        place(a)
            .cmp(&place(b))
            .then_with(|| utf16_order(&name(a), &name(b)))
    });
}

fn skip(section: &str, name: &str, reason: &str) -> Value {
    json!({"section": section, "name": name, "reason": reason})
}

/// Takes sections out of `data`: absent ones are empty (MGP1-MSG-003), invalid items are skipped one by one (MGP1-MSG-002).
fn sections(
    data: &Map<String, Value>,
    names: &[&'static str],
    meaning: &mut Map<String, Value>,
    skipped: &mut Vec<Value>,
) -> Result<(), Rejection> {
    // MGP1-MSG-001. Without a proper `membership` the message failed as `envelope.self`.
    for (name, reason) in [
        ("localData", "body.localData"),
        ("heartbeats", "body.heartbeats"),
    ] {
        let is_section = optional(data, name).is_none_or(Value::is_object);
        require(is_section || !names.contains(&name), reason)?;
    }
    for section in names {
        let mut kept = Map::new();
        let empty = Map::new();
        let items = data
            .get(*section)
            .and_then(Value::as_object)
            .unwrap_or(&empty);
        let mut names: Vec<&String> = items.keys().collect();
        names.sort_by(|a, b| utf16_order(a, b));
        for name in names {
            let item = &items[name];
            let checked = match *section {
                "localData" => check_entry(name, item).map(|entry| entry.to_value()),
                "membership" => check_record(name, item).map(|record| record.to_value()),
                _ => check_heartbeat(name, item).map(Value::from),
            };
            match checked {
                Ok(value) => {
                    kept.insert(name.clone(), value);
                }
                Err(reason) => skipped.push(skip(section, name, reason)),
            }
        }
        meaning.insert((*section).to_owned(), Value::Object(kept));
    }
    Ok(())
}
