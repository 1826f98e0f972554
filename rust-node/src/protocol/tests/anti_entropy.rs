//! Exchanges of one node with peers played by the test (chapter 9).

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::lab::{Lab, WALL, entry, peer, record};
use crate::protocol::Outcome;
use crate::wire::{Body, Entry, Message, Phase, Section, Skip};

const A: u16 = 9001;
/// A digest that nothing has.
const OTHER: &str = "00000000000000000000000000000000";

/// A lab with one validated member, in which nothing but answers is looked at.
fn lab() -> Lab {
    let mut lab = Lab::new(|_| {});
    lab.befriend(A);
    lab
}

fn path(key: &str) -> String {
    hex::encode(Sha256::digest(key))
}

/// A key whose path begins with these digits.
fn key_below(prefix: &str) -> String {
    let keys = (0..).map(|n| format!("k{n}"));
    keys.into_iter()
        .find(|k| path(k).starts_with(prefix))
        .unwrap()
}

fn hold(lab: &mut Lab, key: &str, timestamp: u64) {
    let entries = json!({key: entry(json!(1), timestamp)});
    lab.receive(A, "GOSSIP", json!({"localData": entries}));
}

fn digest(lab: &mut Lab, prefix: &str) -> Option<String> {
    lab.machine.digest(lab.now(), prefix)
}

/// `children` as the node itself would send them.
fn own_children(lab: &mut Lab, prefix: &str) -> Value {
    let digits = (0..16).map(|d| format!("{d:x}"));
    digits
        .filter_map(|d| Some((d.clone(), json!(digest(lab, &format!("{prefix}{d}"))?))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn ask(lab: &mut Lab, prefix: &str, children: Value) -> Vec<(String, Phase)> {
    let data = json!({"phase": "DIGEST", "prefix": prefix, "children": children});
    answers(lab, data)
}

fn offer(lab: &mut Lab, prefix: &str, entries: Value, reply: bool) -> Vec<(String, Phase)> {
    let data = json!({"phase": "ENTRIES", "prefix": prefix, "localData": entries, "reply": reply});
    answers(lab, data)
}

fn sync(message: &Message) -> Option<(String, Phase)> {
    match &message.body {
        Body::Sync { prefix, phase } => Some((prefix.clone(), phase.clone())),
        _ => None,
    }
}

fn answers(lab: &mut Lab, data: Value) -> Vec<(String, Phase)> {
    let before = lab.messages_to(A).len();
    lab.receive(A, "SYNC", data);
    let all = lab.messages_to(A);
    all[before..].iter().filter_map(|(_, m)| sync(m)).collect()
}

fn keys(entries: &Section<Entry>) -> Vec<&str> {
    entries.iter().map(|(key, _)| key.as_str()).collect()
}

/// When DIGESTs of the empty prefix went to that port.
fn exchanges(lab: &Lab, port: u16) -> Vec<u64> {
    let all = lab.messages_to(port).into_iter();
    all.filter(|(_, m)| sync(m).is_some_and(|(prefix, _)| prefix.is_empty()))
        .map(|(at, _)| at)
        .collect()
}

#[test]
fn an_exchange_begins_each_sync_interval_with_a_validated_alive_member() {
    let mut lab = lab();
    lab.receive(9002, "GOSSIP", json!({}));
    lab.run_to(100_000);
    let begun = exchanges(&lab, A);
    assert!(begun[0] <= 10_000 && begun.last() > Some(&89_000));
    let mut gaps = begun.windows(2).map(|pair| pair[1] - pair[0]);
    assert!(gaps.all(|gap| (9_000..=10_000).contains(&gap)), "{begun:?}");
    assert!(exchanges(&lab, 9002).is_empty(), "9002 has not answered");
}

#[test]
fn an_exchange_waits_for_a_member_and_does_not_spin() {
    let mut lab = Lab::new(|_| {});
    lab.run_to(30_000);
    lab.befriend(A);
    let since = lab.mono;
    lab.run_to(since + 1_000);
    assert_eq!(exchanges(&lab, A).len(), 1);
}

#[test]
fn the_next_exchange_follows_after_one_gossip_interval_while_there_are_differences() {
    let mut lab = lab();
    hold(&mut lab, "a", WALL);
    while exchanges(&lab, A).is_empty() {
        let next = lab.machine.wake();
        lab.run_to(next);
    }
    for n in 1..=3 {
        let begun = *exchanges(&lab, A).last().unwrap();
        let key = key_below(&format!("b{n}"));
        offer(&mut lab, "b", json!({key: entry(json!(n), WALL)}), true);
        lab.run_to(begun + 999);
        assert_eq!(exchanges(&lab, A).last(), Some(&begun));
        lab.run_to(begun + 1_000);
        assert_eq!(exchanges(&lab, A).last(), Some(&(begun + 1_000)));
    }
    let begun = lab.mono;
    lab.run_to(begun + 8_999);
    assert_eq!(exchanges(&lab, A).last(), Some(&begun), "calm again");
}

#[test]
fn a_differing_child_is_answered_with_all_its_entries_or_none() {
    let mut lab = lab();
    let (one, two, far) = (key_below("70"), key_below("71"), key_below("c"));
    for key in [&one, &two, &far] {
        hold(&mut lab, key, WALL);
    }
    let mut children = own_children(&mut lab, "");
    children["7"] = json!(OTHER);
    children["3"] = json!(OTHER);
    let mut answers = ask(&mut lab, "", children);
    answers.sort_by(|(a, _), (b, _)| a.cmp(b));
    let [(three, nothing), (seven, both)] = &answers[..] else {
        panic!("{answers:?}")
    };
    assert_eq!((three.as_str(), seven.as_str()), ("3", "7"));
    assert!(matches!(nothing, Phase::Entries { local_data, reply: true } if local_data.is_empty()));
    let Phase::Entries {
        local_data,
        reply: true,
    } = both
    else {
        panic!("{both:?}")
    };
    assert_eq!(keys(local_data).len(), 2);
}

#[test]
fn a_child_that_the_asker_lacks_is_answered_too() {
    let mut lab = lab();
    let key = key_below("7");
    hold(&mut lab, &key, WALL);
    let answers = ask(&mut lab, "", json!({}));
    let [
        (
            prefix,
            Phase::Entries {
                local_data,
                reply: true,
            },
        ),
    ] = &answers[..]
    else {
        panic!("{answers:?}")
    };
    assert_eq!((prefix.as_str(), keys(local_data)), ("7", vec![&*key]));
}

/// Puts that many entries that do not deflate into the store.
fn fill(lab: &mut Lab, count: u32, below: &str) {
    let keys = (0..).map(|n: u64| format!("k{n}"));
    let keys = keys.filter(|k| path(k).starts_with(below));
    for key in keys.take(count as usize) {
        let noise = hex::encode(Sha256::digest(format!("v{key}")));
        lab.machine.set(lab.now(), &key, &json!(noise)).unwrap();
    }
    lab.drain();
}

#[test]
fn what_does_not_fit_one_message_is_answered_with_digests_one_digit_longer() {
    let mut lab = lab();
    fill(&mut lab, 60, "4");
    let answers = ask(&mut lab, "", json!({}));
    let [(prefix, Phase::Digest { children })] = &answers[..] else {
        panic!("{answers:?}")
    };
    assert_eq!(prefix, "4");
    let children: serde_json::Map<_, _> = children
        .iter()
        .map(|(d, x)| (d.clone(), json!(x)))
        .collect();
    assert_eq!(Value::from(children), own_children(&mut lab, "4"));

    for (prefix, phase) in ask(&mut lab, "4", json!({})) {
        assert!(prefix.len() == 2 && prefix.starts_with('4'));
        assert!(
            matches!(phase, Phase::Entries { .. }),
            "about four entries each"
        );
    }
}

#[test]
fn equal_digests_are_not_answered() {
    let mut lab = lab();
    fill(&mut lab, 200, "");
    for prefix in ["", "4", "44"] {
        let same = own_children(&mut lab, prefix);
        assert_eq!(ask(&mut lab, prefix, same), []);
    }
    assert_eq!(ask(&mut lab, &"0".repeat(64), json!({})), []);
}

#[test]
fn entries_of_a_sync_are_merged_as_those_of_a_gossip() {
    let mut lab = lab();
    let day = 86_400_000;
    let (good, ahead, old) = (key_below("1"), key_below("1a"), key_below("1b"));
    let mut tombstone = entry(Value::Null, WALL - 2 * day);
    tombstone["deleted"] = json!(true);
    let entries = json!({&good: entry(json!(5), WALL), &ahead: entry(json!(5), WALL + 2 * day), &old: tombstone});
    let data = json!({"phase": "ENTRIES", "prefix": "1", "localData": entries});
    let Outcome::Accepted { skipped } = lab.receive(A, "SYNC", data) else {
        panic!("rejected")
    };
    let reasons: BTreeSet<_> = skipped
        .iter()
        .map(|s| (s.name.as_str(), s.reason))
        .collect();
    let expected = [
        (ahead.as_str(), Skip::EntryFuture),
        (old.as_str(), Skip::EntryExpired),
    ];
    assert_eq!(reasons, BTreeSet::from(expected));
    assert_eq!(lab.machine.get(&good).unwrap().value.as_str(), "5");
    let known = |e: &crate::protocol::Event| matches!(e, crate::protocol::Event::Entry { key, .. } if *key == good);
    assert!(lab.events.iter().any(known));
}

#[test]
fn entries_beside_the_prefix_are_ignored_and_counted() {
    let mut lab = lab();
    let key = key_below("2");
    offer(&mut lab, "1", json!({&key: entry(json!(5), WALL)}), false);
    assert!(lab.machine.get(&key).is_none());
    assert_eq!(lab.machine.status().counters["entry.prefix"], 1);
}

#[test]
fn a_reply_holds_what_the_message_lacks_or_holds_in_an_older_form() {
    let mut lab = lab();
    let [lacking, older, equal, newer] = ["50", "51", "52", "53"].map(key_below);
    for key in [&lacking, &older, &equal, &newer] {
        hold(&mut lab, key, WALL);
    }
    let theirs = json!({&older: entry(json!(1), WALL - 1), &equal: entry(json!(1), WALL), &newer: entry(json!(2), WALL + 1)});
    let answers = offer(&mut lab, "5", theirs, true);
    let [
        (
            prefix,
            Phase::Entries {
                local_data,
                reply: false,
            },
        ),
    ] = &answers[..]
    else {
        panic!("{answers:?}")
    };
    assert_eq!(prefix, "5");
    let expected = BTreeSet::from([lacking.as_str(), older.as_str()]);
    assert_eq!(
        keys(local_data).into_iter().collect::<BTreeSet<_>>(),
        expected
    );
    assert_eq!(lab.machine.get(&newer).unwrap().value.as_str(), "2");
}

#[test]
fn a_reply_that_does_not_fit_one_message_is_a_digest_of_the_same_prefix() {
    let mut lab = lab();
    fill(&mut lab, 60, "4");
    let answers = offer(&mut lab, "4", json!({}), true);
    assert!(matches!(&answers[..], [(prefix, Phase::Digest { .. })] if prefix == "4"));
}

#[test]
fn no_reply_where_none_is_wanted_or_it_would_be_empty() {
    let mut lab = lab();
    let key = key_below("5");
    hold(&mut lab, &key, WALL);
    assert_eq!(offer(&mut lab, "5", json!({}), false), []);
    assert_eq!(offer(&mut lab, "6", json!({}), true), []);
    assert_eq!(
        offer(&mut lab, "5", json!({&key: entry(json!(1), WALL)}), true),
        []
    );
}

#[test]
fn no_more_than_four_answers_chosen_at_random() {
    let mut lab = lab();
    fill(&mut lab, 100, "");
    let mut seen = BTreeSet::new();
    for _ in 0..40 {
        let answers = ask(&mut lab, "", json!({}));
        let prefixes: BTreeSet<_> = answers.into_iter().map(|(prefix, _)| prefix).collect();
        assert_eq!(prefixes.len(), 4);
        seen.extend(prefixes);
    }
    assert_eq!(seen.len(), 16, "none is passed over for ever");
}

#[test]
fn a_sync_is_answered_to_the_validated_address_of_its_sender_alone() {
    let mut lab = lab();
    hold(&mut lab, "a", WALL);
    let data = json!({"phase": "DIGEST", "prefix": "", "children": {}});
    let answered = |lab: &mut Lab, datagram: Vec<u8>, from: u16| {
        let before = lab.sent.len();
        lab.machine.on_datagram(lab.now(), peer(from), &datagram);
        lab.drain();
        let sent: Vec<_> = lab.sent[before..].to_vec();
        sent.iter()
            .any(|(_, t)| sync(&crate::wire::decode(&t.datagram).unwrap().message).is_some())
    };
    let stranger = lab.text(9002, "SYNC", data.clone());
    assert!(!answered(&mut lab, stranger, 9002), "not validated");
    let elsewhere = lab.text(A, "SYNC", data.clone());
    assert!(!answered(&mut lab, elsewhere, 9003), "from another address");
    let borrowed = lab.text(9002, "SYNC", data.clone());
    assert!(!answered(&mut lab, borrowed, A), "from another's address");
    let right = lab.text(A, "SYNC", data);
    assert!(answered(&mut lab, right, A));
}

#[test]
fn the_membership_of_a_sync_is_merged() {
    let mut lab = lab();
    let data = json!({"phase": "DIGEST", "prefix": "", "children": {}, "membership": {"p9007": record(9007, WALL, "ALIVE")}});
    lab.receive(A, "SYNC", data);
    assert!(lab.state(9007).is_some());
}

#[test]
fn an_answer_does_not_depend_on_earlier_messages() {
    let mut lab = lab();
    let key = key_below("7");
    hold(&mut lab, &key, WALL);
    let first = ask(&mut lab, "", json!({}));
    offer(&mut lab, "7", json!({}), true);
    ask(&mut lab, "7", json!({"a": OTHER}));
    assert_eq!(ask(&mut lab, "", json!({})), first);
}

#[test]
fn a_subtree_that_differs_in_vain_three_times_is_left_out_for_ten_sync_intervals() {
    let mut lab = lab();
    let ahead = key_below("7");
    let refused = json!({&ahead: entry(json!(1), WALL + 10 * 86_400_000)});
    for _ in 0..3 {
        let answers = ask(&mut lab, "", json!({"7": OTHER}));
        assert_eq!(answers.len(), 1);
        offer(&mut lab, "7", refused.clone(), false);
    }
    let since = lab.mono;
    assert_eq!(ask(&mut lab, "", json!({"7": OTHER})), []);
    assert_eq!(
        ask(&mut lab, "", json!({"7": OTHER, "8": OTHER})).len(),
        1,
        "the others are not"
    );
    lab.run_to(since + 99_000);
    assert_eq!(ask(&mut lab, "", json!({"7": OTHER})), []);
    lab.run_to(since + 100_001);
    assert_eq!(ask(&mut lab, "", json!({"7": OTHER})).len(), 1);
}

#[test]
fn a_subtree_left_out_is_looked_at_again_when_it_changes_here() {
    let mut lab = lab();
    for _ in 0..3 {
        ask(&mut lab, "", json!({"7": OTHER}));
        offer(&mut lab, "7", json!({}), true);
    }
    assert_eq!(ask(&mut lab, "", json!({"7": OTHER})), []);
    let key = key_below("7");
    hold(&mut lab, &key, WALL);
    assert_eq!(ask(&mut lab, "", json!({"7": OTHER})).len(), 1);
}

#[test]
fn after_a_long_absence_entries_go_out_in_exchanges_alone_until_the_stores_are_the_same() {
    let mut lab = Lab::new(|config| config.parameters.tombstone_retention = 60_000);
    lab.machine.set(lab.now(), "a", &json!(1)).unwrap();
    lab.run_to(60_001);
    lab.befriend(A);
    let gossiped = |lab: &Lab, since: u64| {
        let all = lab.messages_to(A).into_iter();
        all.filter(|(at, m)| {
            *at >= since
                && matches!(&m.body, Body::Gossip { local_data, .. } if !local_data.is_empty())
        })
        .count()
    };
    let since = lab.mono;
    lab.machine.set(lab.now(), "b", &json!(1)).unwrap();
    lab.run_to(since + 20_000);
    assert_eq!(gossiped(&lab, 0), 0);
    assert!(
        !ask(&mut lab, "", json!({})).is_empty(),
        "an exchange gives them"
    );

    let same = own_children(&mut lab, "");
    ask(&mut lab, "", same);
    let since = lab.mono;
    lab.run_to(since + 5_000);
    assert!(gossiped(&lab, since) > 0);
}

#[test]
fn contact_keeps_a_node_from_being_absent() {
    let mut lab = Lab::new(|config| config.parameters.tombstone_retention = 60_000);
    lab.befriend(A);
    lab.run_to(200_000);
    lab.machine.set(lab.now(), "a", &json!(1)).unwrap();
    let since = lab.mono;
    lab.run_to(since + 2_000);
    let told = lab.messages_to(A).into_iter();
    let told = told.filter(|(at, m)| {
        *at >= since && matches!(&m.body, Body::Gossip { local_data, .. } if !local_data.is_empty())
    });
    assert!(told.count() > 0);
}
