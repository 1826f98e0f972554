//! Chapter 9 over UDP. The suite holds a store of its own, listens to SYNC alone and leaves every GOSSIP unread, so that what it learns
//! it learned by an exchange.

use std::time::Duration;

use serde_json::{Value, json};

use super::bench::{Bench, Iut, Outcome};
use super::case;
use crate::cases::Case;
use crate::cases::sync::take;
use crate::oracle::message::{Entry, check_entry};
use crate::oracle::sync::{Answer, MOST_ANSWERS, Store, digest_of, due};
use crate::verdict::Verdict;
use crate::wire::{Options, Peer, Received, message, wall_ms};

/// Keys that each side has for itself.
pub(super) const KEYS: usize = 30;
/// Twice the default `syncInterval`, and more.
pub(super) const AN_EXCHANGE: Duration = Duration::from_secs(30);
/// Exchanges after which two stores of so few keys must be alike, if each settles four subtrees.
const MOST_EXCHANGES: usize = 40;
/// Length of an ENTRIES that the suite sends raw.
const MOST_ENTRIES: usize = 5;

/// The cases of this chapter.
pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-SYN-009/two-stores-come-to-agree",
            &[
                "MGP1-SYN-002",
                "MGP1-SYN-005",
                "MGP1-SYN-006",
                "MGP1-SYN-008",
                "MGP1-SYN-011",
                "MGP1-SYN-016",
            ],
            "answers that do not arrive, or digests that differ on the wire",
            two_stores_come_to_agree,
        ),
        case(
            "MGP1-SYN-003/starts-an-exchange",
            &["MGP1-SYN-002"],
            "a node that answers and never asks",
            starts_an_exchange,
        ),
        case(
            "MGP1-SYN-012/only-to-its-proven-address",
            &["MGP1-DIS-012"],
            "four datagrams to whoever sends one, and to whomever he names; W-22",
            only_to_its_proven_address,
        ),
    ]
}

/// A node with keys of a writer that is not here, and a peer that it knows and that has forgotten them.
pub(super) fn pair_with_keys(bench: &Bench<'_>) -> Result<(Iut, Peer), Verdict> {
    let (iut, peer) = bench.pair()?;
    let names: Vec<String> = (0..KEYS).map(|n| format!("node-{n}")).collect();
    for (n, names) in names.chunks(KEYS / 3).enumerate() {
        let entries = names.iter().map(|name| {
            let value = json!(format!("of the node, {name}"));
            let written = message::entry(value, wall_ms(), &format!("v{n}"), "w1");
            (name.as_str(), written)
        });
        bench.send(&iut, &peer, &peer.gossip_entries(entries))?;
    }
    bench.alive(&iut, &peer)?;
    Ok((iut, peer))
}

pub(super) fn is_start(received: &Received) -> bool {
    received.kind() == "SYNC"
        && received.get("data/phase") == "DIGEST"
        && received.get("data/prefix") == ""
}

/// Sends a SYNC and returns the `data` of the SYNC messages that come before the PONG to a later PING; exchanges that the node starts are not among them.
pub(super) fn ask(
    bench: &Bench<'_>,
    iut: &Iut,
    peer: &Peer,
    data: &Value,
) -> Result<Vec<Value>, Verdict> {
    let mark = peer.mark();
    bench.send(iut, peer, &peer.message("SYNC", data.clone()))?;
    bench.alive(iut, peer)?;
    let received = peer.received_since(mark).into_iter();
    Ok(received
        .filter(|received| received.kind() == "SYNC" && !is_start(received))
        .map(|received| received.get("data").clone())
        .collect())
}

fn fits(answer: &Answer) -> bool {
    match answer {
        Answer::Entries { entries, .. } => entries.len() <= MOST_ENTRIES,
        Answer::Digest { .. } => true,
    }
}

/// One exchange that the suite starts: the store takes what comes, and answers.
fn exchange(
    bench: &Bench<'_>,
    iut: &Iut,
    peer: &Peer,
    store: &mut Store,
) -> Result<usize, Verdict> {
    let mut questions = ask(bench, iut, peer, &digest_of(store, "").to_data())?;
    let differences = questions.len();
    bench.check(
        differences <= MOST_ANSWERS,
        "MGP1-SYN-011",
        format!("at most {MOST_ANSWERS} messages in answer to a SYNC"),
        format!("{differences}"),
    )?;
    while let Some(question) = questions.pop() {
        take(store, &question);
        for answer in due(store, &question, &fits).iter().take(MOST_ANSWERS) {
            questions.extend(ask(bench, iut, peer, &answer.to_data())?);
        }
    }
    Ok(differences)
}

pub(super) fn entry(value: Value, timestamp: u64) -> Entry {
    Entry {
        value,
        timestamp,
        version: "v1".to_owned(),
        source_node: "p1".to_owned(),
        deleted: false,
    }
}

fn two_stores_come_to_agree(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = pair_with_keys(bench)?;
    let now = wall_ms();
    let mut store: Store = (0..KEYS)
        .map(|n| (format!("peer-{n}"), entry(json!(n), now)))
        .collect();
    for _ in 0..MOST_EXCHANGES {
        if exchange(bench, &iut, &peer, &mut store)? == 0 {
            break;
        }
    }
    for n in 0..KEYS {
        let key = format!("node-{n}");
        let value = store.get(&key).map(|entry| entry.value.clone());
        bench.check(
            value == Some(json!(format!("of the node, {key}"))),
            "MGP1-SYN-005",
            format!("`{key}` of the node in some ENTRIES"),
            value.map_or("none".to_owned(), |value| value.to_string()),
        )?;
    }
    let rest = ask(bench, &iut, &peer, &digest_of(&store, "").to_data())?;
    bench.check(
        rest.is_empty(),
        "MGP1-SYN-006",
        format!(
            "silence to the digests of {} keys that both hold",
            store.len()
        ),
        json!(rest).to_string(),
    )?;
    // The silence would prove nothing of a node that holds none of it.
    let mut other = store;
    if let Some(entry) = other.get_mut("peer-0") {
        entry.timestamp += 1;
    }
    let answers = ask(bench, &iut, &peer, &digest_of(&other, "").to_data())?;
    bench.check(
        answers.len() == 1,
        "MGP1-SYN-005",
        "one answer where one entry is other",
        json!(answers).to_string(),
    )
}

fn starts_an_exchange(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = pair_with_keys(bench)?;
    // What the node holds it tells when it is asked for all.
    let mut store = Store::new();
    for _ in 0..MOST_EXCHANGES {
        if exchange(bench, &iut, &peer, &mut store)? == 0 {
            break;
        }
    }
    let children = digest_of(&store, "").to_data()["children"].clone();
    // The first exchange may begin before the node holds anything; one that begins from now on shows what it holds.
    let mut told = None;
    let start = peer.wait_for(AN_EXCHANGE, |received| {
        if is_start(received) {
            told = Some(received.get("data/children").clone());
        }
        is_start(received) && received.get("data/children") == &children
    });
    match (start, told) {
        (Some(_), _) => Ok(()),
        (None, Some(told)) => bench.check(
            false,
            "MGP1-SYN-002",
            format!("children {children}"),
            told.to_string(),
        ),
        (None, None) => {
            let expected = "a DIGEST of the empty prefix";
            bench.must_within(&iut, "MGP1-SYN-003", expected, None, AN_EXCHANGE)
        }
    }
}

fn only_to_its_proven_address(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = pair_with_keys(bench)?;
    let forger = bench.peer_with(Options {
        answers: false,
        advertise: Some(peer.address()),
        ..Options::new("p1")
    })?;
    let stranger = bench.mute("p2")?;
    let data = json!({"phase": "DIGEST", "prefix": "", "children": {}});
    for sender in [&forger, &stranger] {
        let (mark, own) = (peer.mark(), sender.mark());
        bench.send(&iut, sender, &sender.message("SYNC", data.clone()))?;
        bench.alive(&iut, &peer)?;
        let astray = |received: &Received| received.kind() == "SYNC" && !is_start(received);
        for place in [peer.received_since(mark), sender.received_since(own)] {
            bench.check(
                !place.iter().any(astray),
                "MGP1-SYN-012",
                "no answer to a SYNC from an address that is not its sender's, or not validated",
                "a SYNC",
            )?;
        }
    }
    // The same from the right place: else a node that never answers would pass.
    let answers = ask(bench, &iut, &peer, &data)?;
    bench.check(
        answers.len() == MOST_ANSWERS && answers.iter().all(|data| check_answer(data).is_some()),
        "MGP1-SYN-005",
        format!("{MOST_ANSWERS} answers about children that the peer lacks"),
        json!(answers).to_string(),
    )
}

/// An answer to a DIGEST of an empty store: entries, or digests of them.
fn check_answer(data: &Value) -> Option<()> {
    let entries = data["localData"].as_object();
    let are_valid = |entries: &serde_json::Map<String, Value>| {
        !entries.is_empty()
            && entries
                .iter()
                .all(|(key, value)| check_entry(key, value).is_ok())
    };
    let is_digest = data["children"]
        .as_object()
        .is_some_and(|it| !it.is_empty());
    (is_digest || entries.is_some_and(are_valid)).then_some(())
}
