//! Chapter 9: what is due in answer to a SYNC. Nothing is kept between two calls (MGP1-SYN-013).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::digest::{PATH_LENGTH, Tree};
use super::merge::entry_order;
use super::message::{Entry, check_entry};

/// Most messages in answer to one SYNC (MGP1-SYN-011).
pub const MOST_ANSWERS: usize = 4;

/// Key → entry. Expired tombstones and entries dated ahead are for the caller to leave out.
pub type Store = BTreeMap<String, Entry>;

/// One message that is due.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A DIGEST.
    Digest {
        /// What it is about.
        prefix: String,
        /// Digit → digest on the wire.
        children: BTreeMap<char, String>,
    },
    /// An ENTRIES.
    Entries {
        /// What it is about.
        prefix: String,
        /// What it holds.
        entries: Store,
        /// Whether the sender wants what it lacks.
        reply: bool,
    },
}

impl Answer {
    /// What it is about.
    pub fn prefix(&self) -> &str {
        match self {
            Answer::Digest { prefix, .. } | Answer::Entries { prefix, .. } => prefix,
        }
    }

    /// Its `data`, without `membership`.
    pub fn to_data(&self) -> Value {
        match self {
            Answer::Digest { prefix, children } => {
                json!({"phase": "DIGEST", "prefix": prefix, "children": children})
            }
            Answer::Entries {
                prefix,
                entries,
                reply,
            } => {
                let entries: Map<_, _> = entries
                    .iter()
                    .map(|(key, entry)| (key.clone(), entry.to_value()))
                    .collect();
                json!({"phase": "ENTRIES", "prefix": prefix, "localData": entries, "reply": reply})
            }
        }
    }
}

/// The DIGEST of a prefix.
pub fn digest_of(store: &Store, prefix: &str) -> Answer {
    Answer::Digest {
        prefix: prefix.to_owned(),
        children: Tree::of(store).children(prefix),
    }
}

/// All that is due in answer to the meaning `data` of a SYNC, by prefix; MGP1-SYN-011 lets a sender choose four of them.
/// `store` is what the answering node holds after it merged the message, `fits` whether an ENTRIES fits one datagram.
pub fn due(store: &Store, data: &Value, fits: &dyn Fn(&Answer) -> bool) -> Vec<Answer> {
    let prefix = data["prefix"].as_str().unwrap_or_default();
    if data["phase"] == "DIGEST" {
        return to_digest(store, prefix, &data["children"], fits);
    }
    // MGP1-SYN-010
    if data["reply"] != true {
        return Vec::new();
    }
    to_entries(store, prefix, &data["localData"], fits)
}

/// MGP1-SYN-005, MGP1-SYN-006, MGP1-SYN-007, MGP1-SYN-016
fn to_digest(
    store: &Store,
    prefix: &str,
    theirs: &Value,
    fits: &dyn Fn(&Answer) -> bool,
) -> Vec<Answer> {
    if prefix.len() >= PATH_LENGTH {
        return Vec::new();
    }
    let tree = Tree::of(store);
    let ours = tree.children(prefix);
    let differs = |digit: &char| {
        let theirs = theirs[digit.to_string()].as_str();
        theirs != ours.get(digit).map(String::as_str)
    };
    "0123456789abcdef"
        .chars()
        .filter(differs)
        .map(|digit| {
            let longer = format!("{prefix}{digit}");
            let entries = below(store, &tree, &longer).collect();
            let all = Answer::Entries {
                prefix: longer.clone(),
                entries,
                reply: true,
            };
            if fits(&all) {
                all
            } else {
                Answer::Digest {
                    children: tree.children(&longer),
                    prefix: longer,
                }
            }
        })
        .collect()
}

/// MGP1-SYN-009, MGP1-SYN-010
fn to_entries(
    store: &Store,
    prefix: &str,
    theirs: &Value,
    fits: &dyn Fn(&Answer) -> bool,
) -> Vec<Answer> {
    let tree = Tree::of(store);
    let is_wanted = |(key, entry): &(String, Entry)| match theirs.get(key) {
        None => true,
        // What the receiver would skip it has not said.
        Some(value) => {
            check_entry(key, value).is_ok_and(|theirs| entry_order(entry, &theirs).is_gt())
        }
    };
    let entries: Store = below(store, &tree, prefix).filter(is_wanted).collect();
    if entries.is_empty() {
        return Vec::new();
    }
    let lacking = Answer::Entries {
        prefix: prefix.to_owned(),
        entries,
        reply: false,
    };
    if fits(&lacking) {
        return vec![lacking];
    }
    vec![digest_of(store, prefix)]
}

fn below<'a>(
    store: &'a Store,
    tree: &'a Tree,
    prefix: &'a str,
) -> impl Iterator<Item = (String, Entry)> + 'a {
    tree.keys_below(prefix)
        .filter_map(|key| Some((key.clone(), store.get(key)?.clone())))
}
