//! When a node starts exchanges, and when it leaves a subtree out: what depends on the answers that it gets.

use super::rig::{Rig, case, entry, keys_below, p1, summary, with_node};
use crate::attach::Adapter;
use crate::cases::Case;
use crate::cases::script::{Departure, Stop};
use crate::oracle::sync::{MOST_ANSWERS, Store, digest_of, due};
use crate::verdict::Verdict;
use serde_json::{Value, json};

const SYNC_INTERVAL: u64 = 10_000;
const GOSSIP_INTERVAL: u64 = 1_000;

/// The cases of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-SYN-004/sooner-after-differences",
            &["MGP1-SYN-003"],
            "a large difference repaired by four subtrees in ten seconds",
            sooner_after_differences,
        ),
        case(
            "MGP1-SYN-004/not-sooner-without",
            &["MGP1-SYN-003"],
            "a pace that stays high when all is alike",
            not_sooner_without,
        ),
        case(
            "MGP1-SYN-003/of-what-it-holds",
            &["MGP1-SYN-002"],
            "an exchange that begins with an old tree, or at another prefix",
            of_what_it_holds,
        ),
        case(
            "MGP1-SYN-014/a-difference-that-nothing-settles",
            &[],
            "a subtree asked for without end, because two stores differ in what cannot be merged",
            a_difference_that_nothing_settles,
        ),
    ]
}

fn is_start(departure: &Departure) -> bool {
    let data = &departure.meaning["data"];
    data["phase"] == "DIGEST" && data["prefix"] == ""
}

/// Waits for the node's next DIGEST of the empty prefix; what else it sends is passed to `other`.
fn next_start(rig: &mut Rig<'_, '_>, until: u64) -> Result<Option<Departure>, Stop> {
    loop {
        if let Some(start) = rig.syncs().into_iter().find(is_start) {
            return Ok(Some(start));
        }
        let Some(wake) = rig.script.clockwork.next_wake(until) else {
            return Ok(None);
        };
        rig.script.tick(wake)?;
    }
}

fn started(rig: &mut Rig<'_, '_>) -> Result<Departure, Stop> {
    let until = rig.now() + 2 * SYNC_INTERVAL;
    next_start(rig, until)?.ok_or_else(|| {
        rig.failed(
            "MGP1-SYN-003",
            format!("a DIGEST of the empty prefix by {until} ms"),
            "none".to_owned(),
        )
    })
}

/// Plays `p1` with this store against one message of the node, until nobody has more to say.
fn converse(rig: &mut Rig<'_, '_>, store: &mut Store, first: &Departure) -> Result<(), Stop> {
    let mut questions = vec![first.clone()];
    while let Some(question) = questions.pop() {
        let data = &question.meaning["data"];
        take(store, data);
        let answers = due(store, data, &super::rig::surely_fits);
        for answer in answers.iter().take(MOST_ANSWERS) {
            questions.extend(rig.ask(&answer.to_data())?);
        }
    }
    Ok(())
}

/// Merges what a message brings.
pub fn take(store: &mut Store, data: &Value) {
    let brought = data["localData"].as_object().into_iter().flatten();
    for (key, value) in brought {
        let Ok(entry) = crate::oracle::message::check_entry(key, value) else {
            continue;
        };
        let is_greater = store
            .get(key)
            .is_none_or(|held| crate::oracle::merge::entry_order(&entry, held).is_gt());
        if is_greater {
            store.insert(key.clone(), entry);
        }
    }
}

fn sooner_after_differences(adapter: &mut dyn Adapter) -> Verdict {
    const REQUIREMENT: &str = "MGP1-SYN-004";
    with_node(adapter, REQUIREMENT, &json!({}), 1, |rig| {
        let mut store = keys_below("", 40);
        let first = started(rig)?;
        converse(rig, &mut store, &first)?;
        let from = rig.now();
        let Some(next) = next_start(rig, from + SYNC_INTERVAL)? else {
            let expected = format!(
                "the next exchange about {GOSSIP_INTERVAL} ms after one that found differences"
            );
            return Err(rig.failed(REQUIREMENT, expected, format!("none in {SYNC_INTERVAL} ms")));
        };
        let gap = next.at - first.at;
        // Rounds are drawn with ±10 %, and a node may tie the one to the other.
        if gap > 2 * GOSSIP_INTERVAL + 200 {
            let expected = format!(
                "the next exchange about {GOSSIP_INTERVAL} ms after one that found differences"
            );
            return Err(rig.failed(REQUIREMENT, expected, format!("{gap} ms after it")));
        }
        Ok(())
    })
}

fn not_sooner_without(adapter: &mut dyn Adapter) -> Verdict {
    with_node(adapter, "MGP1-SYN-003", &json!({}), 1, |rig| {
        rig.load(&keys_below("", 40))?;
        let first = started(rig)?;
        let next = started(rig)?;
        let gap = next.at - first.at;
        // SYN-003 draws no number at random but the member; a tenth is what rounds are allowed.
        if !(SYNC_INTERVAL * 8 / 10..=SYNC_INTERVAL * 12 / 10).contains(&gap) {
            let expected = format!("an exchange each {SYNC_INTERVAL} ms");
            return Err(rig.failed(
                "MGP1-SYN-003",
                expected,
                format!("{gap} ms after the one before"),
            ));
        }
        Ok(())
    })
}

fn of_what_it_holds(adapter: &mut dyn Adapter) -> Verdict {
    with_node(adapter, "MGP1-SYN-003", &json!({}), 1, |rig| {
        let mut store = keys_below("", 40);
        rig.load(&store)?;
        for round in 0..3 {
            let start = started(rig)?;
            let expected = digest_of(&store, "").to_data()["children"].clone();
            let children = &start.meaning["data"]["children"];
            if start.to != p1() || children != &expected {
                return Err(rig.failed(
                    "MGP1-SYN-003",
                    format!("a DIGEST to {} with children {expected}", p1()),
                    format!("to {} with {children}", start.to),
                ));
            }
            let newer: Store = [(format!("new-{round}"), entry(json!(round), 0))].into();
            rig.load(&newer)?;
            store.extend(newer);
        }
        Ok(())
    })
}

/// `p1` claims a digest of `5` that the node never sees the entries of.
fn a_difference_that_nothing_settles(adapter: &mut dyn Adapter) -> Verdict {
    const REQUIREMENT: &str = "MGP1-SYN-014";
    const INTERVAL: u64 = 60_000;
    let config = json!({"syncInterval": INTERVAL});
    with_node(adapter, REQUIREMENT, &config, 1, |rig| {
        let store = keys_below("5", 2);
        rig.load(&store)?;
        let mut claim = digest_of(&store, "").to_data();
        claim["children"]["5"] = json!("0123456789abcdef0123456789abcdef");
        let mut answered = Vec::new();
        // Two exchanges that the node starts may come in between; after eight of these it has seen three in a row.
        for _ in 0..8 {
            let mut answers = rig.ask(&claim)?;
            answers.retain(|answer| !is_start(answer));
            answered.push(!answers.is_empty());
            for answer in &answers {
                // All that it has, and nothing that it lacks: equal entries, and no more to merge.
                let data = json!({"phase": "ENTRIES", "prefix": "5", "reply": false, "localData": answer.meaning["data"]["localData"]});
                rig.ask(&data)?;
            }
            rig.advance(rig.now() + 5_000)?;
        }
        if answered.last() == Some(&true) {
            return Err(rig.failed(
                REQUIREMENT,
                "a subtree that three exchanges found different, with nothing to merge, left out"
                    .to_owned(),
                "the eighth DIGEST about it answered like the first".to_owned(),
            ));
        }
        if !answered.iter().take(3).all(|answered| *answered) {
            return Err(rig.failed(
                "MGP1-SYN-005",
                "the first three DIGESTs that show the difference answered".to_owned(),
                format!("answered: {answered:?}"),
            ));
        }
        // MGP1-SYN-005 again, once the ten intervals are over.
        rig.advance(rig.now() + 11 * INTERVAL)?;
        let mut answers = rig.ask(&claim)?;
        answers.retain(|answer| !is_start(answer));
        if answers.is_empty() {
            return Err(rig.failed(
                "MGP1-SYN-005",
                "an answer again after ten syncIntervals".to_owned(),
                summary(&answers),
            ));
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_greater_is_taken_and_what_is_not_is_left() {
        let mut store = keys_below("5", 1);
        let before = store.clone();
        let key = store.keys().next().cloned().unwrap_or_default();
        let old = entry(json!("old"), 5).to_value();
        take(&mut store, &json!({"localData": {key.as_str(): old}}));
        assert_eq!(store, before);
        let new = json!({"localData": {"other": entry(json!(1), 0).to_value()}});
        take(&mut store, &new);
        assert_eq!(store.len(), 2);
    }
}
