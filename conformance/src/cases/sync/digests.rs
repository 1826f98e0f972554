//! The digest vectors: what the node computes, where it says so, and what it makes of DIGESTs of the same store, whether it says so or not.

use super::rig::{NEVER, Rig, case, summary, with_node};
use crate::attach::{Adapter, AdapterError};
use crate::cases::Case;
use crate::cases::script::Stop;
use crate::cases::vectors::{DigestVector, digest_vectors};
use crate::oracle::digest::{Tree, on_the_wire};
use crate::oracle::message::{Entry, check_entry};
use crate::oracle::sync::Store;
use crate::verdict::Verdict;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SYN_002: &str = "MGP1-SYN-002";
/// Prefixes of one vector put to a node as DIGESTs: more would trip over MGP1-SYN-014, which lets a node tire of a subtree.
const MOST_ASKED: usize = 24;

/// Longest time that the DIGESTs of one vector take, in milliseconds.
const ASKING_TAKES: i64 = 10_000;

/// One case per digest vector.
pub fn cases() -> Vec<Case> {
    let of = |vector: DigestVector| {
        let also: Vec<String> = vector.requirements[1..].to_vec();
        let also: Vec<&str> = also.iter().map(String::as_str).collect();
        let (id, hunts) = (vector.id.clone(), vector.hunts.clone());
        case(&id, &also, &hunts, move |adapter| judge(&vector, adapter))
    };
    digest_vectors().into_iter().map(of).collect()
}

fn judge(vector: &DigestVector, adapter: &mut dyn Adapter) -> Verdict {
    let mut config = Value::Object(vector.config.clone());
    config["syncInterval"] = json!(NEVER);
    let (mut is_told, is_lasting) = (true, lasts(vector));
    let verdict = with_node(adapter, SYN_002, &config, 1, |rig| {
        rig.script
            .clockwork
            .step_wall(vector.wall - rig.script.clockwork.wall());
        rig.load(&store_of(vector))?;
        rig.script.clockwork.step_wall(vector.step_wall);
        for (prefix, expected) in &vector.digests {
            match rig.script.clockwork.digest(prefix) {
                Ok(digest) if digest == json!(expected) => {}
                Ok(digest) => {
                    let of = |what: &Value| format!("digest of {prefix:?} = {what}");
                    return Err(rig.failed(SYN_002, of(&json!(expected)), of(&digest)));
                }
                // The operation is optional; its messages tell the same.
                Err(AdapterError::Refused { code, .. }) if code == "unknown-op" => {
                    is_told = false;
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
        if !is_lasting {
            return Ok(());
        }
        let tree = visible_tree(vector, 0);
        let longer = |prefix: &&String| !prefix.is_empty();
        for prefix in vector.digests.keys().filter(longer).take(MOST_ASKED) {
            says_nothing_of_what_is_alike(rig, &tree, prefix)?;
        }
        Ok(())
    });
    if verdict == Verdict::Pass && !is_told && !is_lasting {
        return Verdict::Skipped(
            "these digests hold for a moment, and the adapter has no operation `digest`".to_owned(),
        );
    }
    verdict
}

/// Whether the digests stay as they are while the node is asked: nothing expires or comes into reach meanwhile.
fn lasts(vector: &DigestVector) -> bool {
    let root = |later| visible_tree(vector, later).digest("");
    root(0) == root(ASKING_TAKES)
}

/// A DIGEST of all that the node holds below the parent is not answered; with the digest of `prefix` changed, `prefix` alone is answered.
fn says_nothing_of_what_is_alike(
    rig: &mut Rig<'_, '_>,
    tree: &Tree,
    prefix: &str,
) -> Result<(), Stop> {
    let (parent, digit) = prefix.split_at(prefix.len() - 1);
    let children: BTreeMap<String, String> = tree
        .children(parent)
        .into_iter()
        .map(|(digit, digest)| (digit.to_string(), digest))
        .collect();
    // A DIGEST of the empty prefix answers no DIGEST (MGP1-SYN-007): the node has started an exchange meanwhile.
    let mut ask = |children: &BTreeMap<String, String>| {
        let data = json!({"phase": "DIGEST", "prefix": parent, "children": children});
        let mut answers = rig.ask(&data)?;
        answers.retain(|answer| answer.meaning["data"]["prefix"] != "");
        Ok::<_, Stop>(answers)
    };
    let answers = ask(&children)?;
    if !answers.is_empty() {
        let expected = format!("silence to a DIGEST of {parent:?} that is right in every digit");
        return Err(rig.failed(SYN_002, expected, summary(&answers)));
    }
    let mut changed = children;
    let true_digest = tree.digest(prefix).map(|digest| on_the_wire(&digest));
    let other = match &true_digest {
        Some(digest) if digest.starts_with('0') => format!("1{}", &digest[1..]),
        Some(digest) => format!("0{}", &digest[1..]),
        None => "0".repeat(32),
    };
    changed.insert(digit.to_owned(), other);
    let answers = ask(&changed)?;
    let about_it = |answers: &[crate::cases::script::Departure]| {
        answers.len() == 1 && answers[0].meaning["data"]["prefix"] == prefix
    };
    if !about_it(&answers) {
        let expected = format!("one answer, about {prefix:?}, of which another digest was told");
        return Err(rig.failed(SYN_002, expected, summary(&answers)));
    }
    Ok(())
}

/// What the vector lets the node hold.
fn store_of(vector: &DigestVector) -> Store {
    let entry = |(key, value): (&String, &Value)| {
        let checked = check_entry(key, value);
        (
            key.clone(),
            checked.expect("confirmed by the tests of the suite"),
        )
    };
    vector.entries.iter().map(entry).collect()
}

/// The tree of what lies below anything so many milliseconds after the digests are first asked for.
fn visible_tree(vector: &DigestVector, later: i64) -> Tree {
    let wall = u64::try_from(vector.wall + vector.step_wall + later).unwrap_or_default();
    let parameter = |name: &str| {
        vector
            .config
            .get(name)
            .and_then(Value::as_u64)
            .unwrap_or(86_400_000)
    };
    let is_visible = |entry: &Entry| {
        let expired = entry.deleted
            && entry
                .timestamp
                .saturating_add(parameter("tombstoneRetention"))
                < wall;
        !expired && entry.timestamp <= wall.saturating_add(parameter("maxFutureSkew"))
    };
    let store = store_of(vector);
    Tree::of(store.iter().filter(|(_, entry)| is_visible(entry)))
}
