//! Chapter 8: everything that a node holds is told again and again, also where something is always new.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::bench::{Bench, Iut, Outcome};
use super::case;
use crate::cases::Case;
use crate::verdict::Verdict;
use crate::wire::message::entry;
use crate::wire::{Peer, Received, wall_ms};

/// Rounds in which everything must have come once more. Chapter 8 calls once in some 240 rounds enough.
pub(super) const ROTATION: usize = 300;
/// Times that everything must come: once may be the end of a rotation that never begins anew.
const TIMES: usize = 2;
/// Old entries.
const ENTRIES: usize = 6;
/// Entries that are written anew in each round. Together they are longer than a datagram, however it is compressed.
const BUSY: usize = 8;
/// How long a case may look for them. Rounds of 50 ms are all looked through in half of it; a node with rounds of a second that tells everything
/// in a few of them is done sooner, too.
const PATIENCE: Duration = Duration::from_secs(90);
/// Rounds after which no copy of old news is told as news any more.
const SETTLED: usize = 12;

pub(super) fn cases() -> Vec<Case> {
    vec![case(
        "MGP1-DIS-009/old-beside-what-is-always-new",
        &["MGP1-DIS-002"],
        "news that takes all the room in every round, so that whoever missed an old entry or a member once never hears of it again",
        old_beside_what_is_always_new,
    )]
}

/// What an old item is called in a report.
fn name(item: &(&str, String)) -> String {
    format!("the {} `{}`", item.0, item.1)
}

/// Whether a datagram carries it.
fn carries(received: &Received, item: &(&str, String)) -> bool {
    match item.0 {
        "entry" => received.entry(&item.1).is_some(),
        _ => received.record(&item.1).is_some(),
    }
}

/// Writes all busy entries anew.
fn write_anew(bench: &Bench<'_>, iut: &Iut, teller: &Peer) -> Outcome {
    let now = wall_ms();
    let written: Vec<(String, Value)> = (0..BUSY)
        .map(|number| {
            let noise: String = (0..30)
                .map(|_| format!("{:016x}", rand::random::<u64>()))
                .collect();
            (
                format!("busy-{number}"),
                entry(json!(noise), now, "v1", teller.id()),
            )
        })
        .collect();
    let entries = written
        .iter()
        .map(|(key, entry)| (key.as_str(), entry.clone()));
    bench.send(iut, teller, &teller.gossip_entries(entries))
}

fn old_beside_what_is_always_new(bench: &Bench<'_>) -> Outcome {
    let iut = bench.node_with(|settings| settings.gossip_interval_ms = 50)?;
    let (teller, hearer) = (bench.peer("p1")?, bench.peer("p2")?);
    bench.join(&iut, &teller)?;
    bench.join(&iut, &hearer)?;
    let keys: Vec<String> = (0..ENTRIES).map(|number| format!("old-{number}")).collect();
    let old = keys
        .iter()
        .map(|key| (key.as_str(), entry(json!("old"), wall_ms(), "v1", "w1")));
    bench.send(&iut, &teller, &teller.gossip_entries(old))?;
    bench.rounds(&iut, &hearer, SETTLED)?;
    let members = ["p1", "p2"].map(|id| ("record", id.to_owned()));
    let items: Vec<(&str, String)> = keys
        .into_iter()
        .map(|key| ("entry", key))
        .chain(members)
        .collect();
    let mut times: BTreeMap<&(&str, String), usize> = items.iter().map(|item| (item, 0)).collect();
    let began = bench.alive(&iut, &teller)?.timestamp();
    // News comes in between all the time, so rounds are told by the node's own clock: they are at most eleven tenths of an interval apart.
    let (waited, mut now) = (Instant::now(), began);
    let rounds = |now: u64| (now - began) * 10 / (iut.interval_ms * 11);
    while rounds(now) < (TIMES * ROTATION) as u64 && waited.elapsed() < PATIENCE {
        let mark = hearer.mark();
        write_anew(bench, &iut, &teller)?;
        let next = hearer.wait_since(mark, iut.soon(), |received| {
            received.kind() == "GOSSIP" && received.timestamp() >= now + iut.interval_ms
        });
        let next = bench.must(&iut, "MGP1-DIS-002", "a GOSSIP to p2 in each round", next)?;
        now = next.timestamp();
        for received in hearer.received_since(mark) {
            for item in &items {
                if received.kind() == "GOSSIP" && carries(&received, item) {
                    *times.entry(item).or_default() += 1;
                }
            }
        }
        if times.values().all(|came| *came >= TIMES) {
            return Ok(());
        }
    }
    let late: Vec<String> = times
        .iter()
        .filter(|(_, came)| **came < TIMES)
        .map(|(item, came)| format!("{} {came} times", name(item)))
        .collect();
    let (asked, seen) = (TIMES * ROTATION, rounds(now));
    if seen < asked as u64 {
        return Err(Verdict::open(
            format!(
                "not every old item came {TIMES} times in {seen} rounds, beside entries that are new in each: {}; the specification leaves a node {asked} rounds for it",
                late.join(", ")
            ),
            format!(
                "let the command say how long a round is ({{gossip_interval_ms}}): {asked} rounds of 50 ms are half a minute, of {} ms they are {} min",
                iut.interval_ms,
                asked as u64 * iut.interval_ms / 60_000
            ),
        ));
    }
    Err(bench.fail(
        "MGP1-DIS-009",
        format!(
            "each of {} old items at least {TIMES} times in {asked} rounds, beside {BUSY} entries that are new in each",
            items.len()
        ),
        late.join(", "),
    ))
}
