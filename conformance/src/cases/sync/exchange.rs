//! A node and the oracle's own responder, which knows nothing but the specification, come to agree by SYNC alone.

use super::pace::take;
use super::rig::{NEVER, Rig, case, entry, keys_below, may_fit, p1, with_node};
use crate::attach::Adapter;
use crate::cases::Case;
use crate::cases::script::{Departure, Stop};
use crate::oracle::message::Entry;
use crate::oracle::sync::{MOST_ANSWERS, Store, digest_of, due};
use crate::verdict::Verdict;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// Longest time that an agreement may take, in milliseconds.
const AGREED_BY: u64 = 400_000;

/// The cases of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-SYN-005/agrees-with-a-reference-that-asks",
            &["MGP1-SYN-008", "MGP1-SYN-009", "MGP1-SYN-016"],
            "two readings of the specification that never agree",
            |adapter| agrees(adapter, NEVER, 1_000),
        ),
        case(
            "MGP1-SYN-003/agrees-with-a-reference-that-answers",
            &["MGP1-SYN-004", "MGP1-SYN-008", "MGP1-SYN-009"],
            "a node that asks and does not follow up what it hears",
            |adapter| agrees(adapter, 2_000, NEVER),
        ),
    ]
}

/// Two stores of 400 keys that share most of them: each side lacks some and has older ones.
fn stores() -> (Store, Store) {
    let common = keys_below("", 400);
    let (mut node, mut reference) = (common.clone(), common);
    let keys: Vec<String> = node.keys().cloned().collect();
    for (number, key) in keys.iter().enumerate().step_by(9) {
        match number % 4 {
            0 => drop(node.remove(key)),
            1 => drop(reference.remove(key)),
            2 => drop(node.insert(key.clone(), entry(json!("older"), 60_000))),
            _ => {
                let mut gone = entry(Value::Null, 0);
                (gone.deleted, gone.timestamp) = (true, gone.timestamp + 1);
                reference.insert(key.clone(), gone);
            }
        }
    }
    (node, reference)
}

/// The node never gossips to the reference what that takes in: what it says in rounds is left unread.
fn agrees(adapter: &mut dyn Adapter, sync_interval: u64, reference_interval: u64) -> Verdict {
    let (held, mut reference) = stores();
    let mut whole = held.clone();
    for (key, entry) in &reference {
        take(
            &mut whole,
            &json!({"localData": {key.as_str(): entry.to_value()}}),
        );
    }
    let config = json!({"syncInterval": sync_interval});
    with_node(adapter, "MGP1-SYN-009", &config, 1, |rig| {
        rig.load(&held)?;
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut next_start = reference_interval;
        while rig.now() < AGREED_BY {
            let until = next_start.min(rig.now() + 1_000);
            let pause = rig.script.clockwork.next_wake(until).unwrap_or(until);
            rig.script.tick(pause)?;
            let mut said = rig.syncs();
            if rig.now() >= next_start {
                next_start += reference_interval;
                said.extend(rig.ask(&digest_of(&reference, "").to_data())?);
                if is_whole(rig, &whole)? && reference == whole {
                    return Ok(());
                }
            }
            answer_all(rig, &mut reference, said, &mut random)?;
            let is_due = reference == whole && rig.now() % 500 < 100;
            if is_due && is_whole(rig, &whole)? {
                return Ok(());
            }
        }
        let state = rig.script.clockwork.state()?;
        let lacks = differences(&whole, &state["entries"]);
        let is_other = |(key, entry): &(&String, &Entry)| reference.get(*key) != Some(*entry);
        let missed = whole.iter().filter(is_other).count();
        Err(rig.failed(
            "MGP1-SYN-009",
            format!(
                "both hold the same {} entries within {AGREED_BY} ms",
                whole.len()
            ),
            format!("{lacks} are other in the node, {missed} in the reference"),
        ))
    })
}

fn answer_all(
    rig: &mut Rig<'_, '_>,
    reference: &mut Store,
    said: Vec<Departure>,
    random: &mut ChaCha8Rng,
) -> Result<(), Stop> {
    let mut questions = said;
    while let Some(question) = questions.pop() {
        if question.to != p1() {
            continue;
        }
        let data = &question.meaning["data"];
        take(reference, data);
        let mut answers = due(reference, data, &may_fit);
        answers.shuffle(random);
        for answer in answers.iter().take(MOST_ANSWERS) {
            questions.extend(rig.ask(&answer.to_data())?);
        }
    }
    Ok(())
}

fn is_whole(rig: &mut Rig<'_, '_>, whole: &Store) -> Result<bool, Stop> {
    let state = rig.script.clockwork.state()?;
    Ok(differences(whole, &state["entries"]) == 0)
}

/// How many entries are other in the state of a node than in this store.
pub fn differences(whole: &Store, entries: &Value) -> usize {
    let other = whole.iter().filter(|(key, entry)| {
        !crate::oracle::json_equal(&entries[key.as_str()], &entry.to_value())
    });
    let more = entries
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| !whole.contains_key(*key));
    other.count() + more.count()
}
