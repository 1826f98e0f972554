//! Chapter 9 over UDP, message by message: what is answered, with what, and what is not.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::anti_entropy::{AN_EXCHANGE, ask, entry, is_start, pair_with_keys};
use super::bench::{Bench, Iut, Outcome, brief};
use super::case;
use super::ignore::Offences;
use crate::cases::Case;
use crate::oracle::digest::path;
use crate::oracle::sync::{Answer, Store, digest_of};
use crate::verdict::Verdict;
use crate::wire::message::{record, with};
use crate::wire::{Peer, wall_ms};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-SYN-001/bad-syncs-are-ignored",
            &["MGP1-ERR-002", "MGP1-ERR-003"],
            "a prefix or a digest that is used before it is checked",
            bad_syncs_are_ignored,
        ),
        case(
            "MGP1-SYN-004/the-next-one-follows",
            &["MGP1-SYN-003", "MGP1-SYN-008"],
            "two stores far apart that come together at one step each syncInterval",
            the_next_one_follows,
        ),
        case(
            "MGP1-SYN-007/answers-go-down",
            &["MGP1-SYN-005", "MGP1-SYN-016"],
            "an answer about the prefix that was asked about, or the whole store: two nodes that never come to an end",
            answers_go_down,
        ),
        case(
            "MGP1-SYN-010/what-needs-no-answer",
            &["MGP1-SYN-006"],
            "two nodes that thank each other for ever",
            what_needs_no_answer,
        ),
        case(
            "MGP1-SYN-013/asked-again",
            &["MGP1-SYN-005"],
            "an exchange kept in memory: the loss of one datagram leaves it half done",
            asked_again,
        ),
        case(
            "MGP1-SYN-014/a-difference-that-stays",
            &["MGP1-SYN-005"],
            "the same entries sent in every exchange to a peer that never takes them",
            a_difference_that_stays,
        ),
        case(
            "MGP1-SYN-017/entries-outside-the-prefix",
            &["MGP1-SYN-008"],
            "entries merged under a prefix that they do not lie below",
            entries_outside_the_prefix,
        ),
    ]
}

/// The first key of a series whose path begins so.
fn key_below(prefix: &str, series: &str) -> String {
    (0_u64..)
        .map(|number| format!("{series}{number}"))
        .find(|key| path(key).starts_with(prefix))
        .unwrap_or_default()
}

fn bad_syncs_are_ignored(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    let digest = "0".repeat(32);
    for (what, member, value) in [
        ("a SYNC", "phase", json!("digest")),
        ("a SYNC", "phase", json!(null)),
        ("a SYNC", "phase", json!(["ENTRIES"])),
        ("an ENTRIES", "prefix", json!("A")),
        ("an ENTRIES", "prefix", json!(0)),
        ("an ENTRIES", "prefix", json!(null)),
        ("an ENTRIES", "prefix", json!("0".repeat(65))),
        ("an ENTRIES", "reply", json!("true")),
        ("an ENTRIES", "reply", json!(1)),
        ("a DIGEST", "children", json!(null)),
        ("a DIGEST", "children", json!([])),
        ("a DIGEST", "children", json!({"10": digest})),
        ("a DIGEST", "children", json!({"A": digest})),
        ("a DIGEST", "children", json!({"0": "0".repeat(31)})),
        ("a DIGEST", "children", json!({"0": "0".repeat(64)})),
        ("a DIGEST", "children", json!({"0": "F".repeat(32)})),
        ("a DIGEST", "children", json!({"0": null})),
    ] {
        let name = offences.name();
        let phase = if what == "a DIGEST" {
            "DIGEST"
        } else {
            "ENTRIES"
        };
        let written = entry(json!("poison"), wall_ms()).to_value();
        let data = json!({
            "phase": phase, "prefix": "", "children": {}, "reply": false,
            "localData": {&name: written},
            "membership": {&name: record(bench.nowhere()?, wall_ms())},
        });
        let data = with(data, member, value.clone());
        let sync = peer.message("SYNC", data);
        offences.add_message(format!("{what} with `{member}` = {}", brief(&value)), &sync);
    }
    offences.are_ignored(&iut, "MGP1-SYN-001")
}

/// Answers one exchange of the node with an entry that it lacks, and returns when it began it, by its own clock.
fn answered_start(
    bench: &Bench<'_>,
    iut: &Iut,
    peer: &Peer,
    mark: usize,
    key: &str,
) -> Result<u64, Verdict> {
    let start = peer.wait_since(mark, AN_EXCHANGE, is_start);
    let expected = "a DIGEST of the empty prefix";
    let start = bench.must_within(iut, "MGP1-SYN-003", expected, start, AN_EXCHANGE)?;
    let news: Store = [(key.to_owned(), entry(json!(key), wall_ms()))].into();
    let answer = Answer::Entries {
        prefix: path(key)[..1].to_owned(),
        entries: news,
        reply: false,
    };
    bench.send(iut, peer, &peer.message("SYNC", answer.to_data()))?;
    Ok(start.timestamp())
}

fn the_next_one_follows(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = pair_with_keys(bench)?;
    let first = answered_start(bench, &iut, &peer, 0, "difference-1")?;
    let mark = peer.mark();
    let second = answered_start(bench, &iut, &peer, mark, "difference-2")?;
    // The default syncInterval is ten rounds of the default length; half of it is far from either.
    let most = 5 * iut.interval_ms.max(1_000);
    bench.check(
        second - first < most,
        "MGP1-SYN-004",
        format!(
            "the next exchange about {} ms after one that found a difference",
            iut.interval_ms
        ),
        format!("{} ms after it", second - first),
    )
}

fn answers_go_down(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = pair_with_keys(bench)?;
    let far = "0123456789abcdef0123456789abcdef";
    let whole = path(&key_below("", "node-"));
    for prefix in ["", &whole[..1], "a", "ab", &whole[..63], &whole] {
        let children = if prefix.len() == 64 {
            json!({})
        } else {
            json!({"0": far, "f": far})
        };
        let question = json!({"phase": "DIGEST", "prefix": prefix, "children": children});
        let answers = ask(bench, &iut, &peer, &question)?;
        for answer in &answers {
            let about = answer["prefix"].as_str().unwrap_or_default();
            bench.check(
                about.len() > prefix.len() && about.starts_with(prefix),
                "MGP1-SYN-007",
                format!("answers about prefixes that begin with {prefix:?} and are longer"),
                format!("one about {about:?}"),
            )?;
        }
        bench.check(
            prefix.len() == 64 || !answers.is_empty(),
            "MGP1-SYN-005",
            format!("an answer to a DIGEST of {prefix:?} that shows a difference"),
            "none",
        )?;
    }
    Ok(())
}

/// What the node says of a prefix: all that it holds below it.
fn held_below(bench: &Bench<'_>, iut: &Iut, peer: &Peer, prefix: &str) -> Result<Value, Verdict> {
    let question = json!({"phase": "ENTRIES", "prefix": prefix, "reply": true, "localData": {}});
    let answers = ask(bench, iut, peer, &question)?;
    let held = answers
        .first()
        .filter(|answer| answer["phase"] == "ENTRIES" && answers.len() == 1)
        .map(|answer| answer["localData"].clone());
    held.ok_or_else(|| {
        bench.fail(
            "MGP1-SYN-009",
            format!("one ENTRIES with what the node holds below {prefix:?}"),
            brief(&json!(answers)),
        )
    })
}

fn what_needs_no_answer(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = pair_with_keys(bench)?;
    let prefix = path("node-0")[..2].to_owned();
    let held = held_below(bench, &iut, &peer, &prefix)?;
    for (what, data) in [
        (
            "an ENTRIES without `reply`",
            json!({"phase": "ENTRIES", "prefix": prefix, "localData": {}}),
        ),
        (
            "an ENTRIES with `reply` false",
            json!({"phase": "ENTRIES", "prefix": prefix, "localData": {}, "reply": false}),
        ),
        (
            "an ENTRIES with `reply` null",
            json!({"phase": "ENTRIES", "prefix": prefix, "localData": {}, "reply": null}),
        ),
        (
            "an ENTRIES with `reply` true that lacks nothing",
            json!({"phase": "ENTRIES", "prefix": prefix, "localData": held, "reply": true}),
        ),
    ] {
        let answers = ask(bench, &iut, &peer, &data)?;
        bench.check(
            answers.is_empty(),
            "MGP1-SYN-010",
            format!("no answer to {what}"),
            brief(&json!(answers)),
        )?;
    }
    // It still answers what it has to.
    held_below(bench, &iut, &peer, &prefix).map(|_| ())
}

/// The prefixes that answers are about, with what stands in them.
fn contents(answers: &[Value]) -> BTreeSet<String> {
    answers.iter().map(crate::oracle::canonical).collect()
}

fn asked_again(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let keys = ["1", "7", "c"].map(|prefix| key_below(prefix, "again-"));
    let entries = keys.each_ref().map(|key| {
        let written = entry(json!(key), wall_ms()).to_value();
        (key.as_str(), written)
    });
    bench.send(&iut, &peer, &peer.gossip_entries(entries))?;
    let all = json!({"phase": "DIGEST", "prefix": "", "children": {}});
    let below = json!({"phase": "ENTRIES", "prefix": "7", "reply": true, "localData": {}});
    let (first_all, first_below) = (
        contents(&without_own(&ask(bench, &iut, &peer, &all)?)),
        contents(&without_own(&ask(bench, &iut, &peer, &below)?)),
    );
    for (requirement, question, wanted, answers) in [
        (
            "MGP1-SYN-005",
            "a DIGEST that lacks three subtrees",
            3,
            &first_all,
        ),
        (
            "MGP1-SYN-009",
            "an ENTRIES with `reply` true that lacks one entry",
            1,
            &first_below,
        ),
    ] {
        bench.check(
            answers.len() == wanted,
            requirement,
            format!("answers to this: {wanted} ({question})"),
            answers.len().to_string(),
        )?;
    }
    for (question, first) in [(&below, &first_below), (&all, &first_all)] {
        let again = contents(&without_own(&ask(bench, &iut, &peer, question)?));
        bench.check(
            again == *first,
            "MGP1-SYN-013",
            format!("the same answers to the same question: {}", listed(first)),
            listed(&again),
        )?;
    }
    Ok(())
}

/// Texts of JSON as one text.
fn listed(texts: &BTreeSet<String>) -> String {
    format!(
        "[{}]",
        texts
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    )
}

/// The answers without the node's own record, whose clock runs on.
fn without_own(answers: &[Value]) -> Vec<Value> {
    answers
        .iter()
        .map(|answer| crate::wire::message::without(answer.clone(), "membership"))
        .collect()
}

fn a_difference_that_stays(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let key = key_below("5", "stays-");
    let held: Store = [(key.clone(), entry(json!(1), wall_ms()))].into();
    let entries = held
        .iter()
        .map(|(key, entry)| (key.as_str(), entry.to_value()));
    bench.send(&iut, &peer, &peer.gossip_entries(entries))?;
    let mut claim = digest_of(&held, "").to_data();
    claim["children"]["5"] = json!("0123456789abcdef0123456789abcdef");
    let equal = Answer::Entries {
        prefix: "5".to_owned(),
        entries: held,
        reply: false,
    };
    let mut answered = Vec::new();
    // Exchanges that the node starts may come in between; after eight of these it has seen three in a row.
    for _ in 0..8 {
        answered.push(!ask(bench, &iut, &peer, &claim)?.is_empty());
        ask(bench, &iut, &peer, &equal.to_data())?;
        bench.rounds(&iut, &peer, 1)?;
    }
    bench.check(
        answered.iter().take(3).all(|answered| *answered),
        "MGP1-SYN-005",
        "the first three DIGESTs that show the difference answered",
        format!("answered: {answered:?}"),
    )?;
    bench.check(
        answered.last() == Some(&false),
        "MGP1-SYN-014",
        "a subtree that three exchanges found different, with nothing to merge, left out",
        "the eighth DIGEST about it answered like the first",
    )
}

fn entries_outside_the_prefix(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for number in 0..3 {
        let outside = offences.name();
        // Any other first digit than that of its path.
        let prefix = if path(&outside).starts_with('0') {
            "1"
        } else {
            "0"
        };
        let mut entries = json!({});
        entries[&outside] = entry(json!("poison"), wall_ms()).to_value();
        let inside = key_below(prefix, &format!("inside-{number}-"));
        entries[&inside] = entry(json!("good"), wall_ms()).to_value();
        let data = json!({"phase": "ENTRIES", "prefix": prefix, "reply": number == 1, "localData": entries});
        offences.add_message(
            format!("the entry `{outside}` in an ENTRIES of the prefix {prefix}"),
            &peer.message("SYNC", data),
        );
    }
    offences.are_ignored(&iut, "MGP1-SYN-017")
}
