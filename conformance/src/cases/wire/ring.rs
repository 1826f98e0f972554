//! Chapter 8: who gets the later copies of news. The suite plays so many members that most are left out of the copies of one item, and which
//! ones shows whether chance chose them or the order of ids.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use super::bench::{Bench, Iut, Outcome, SOON};
use super::case;
use super::open::Wait;
use crate::cases::{Case, Timing};
use crate::verdict::Verdict;
use crate::wire::message::entry;
use crate::wire::{Peer, Received, wall_ms};

/// Members that the suite plays. Of one item all but its sender lack it, and the node owes nine of them a copy.
const MEMBERS: usize = 16;
/// Items of news, from one member after the other.
const ITEMS: usize = 12;
/// `fanout` and `eagerCopies` by default (chapter 11).
const FANOUT: usize = 3;
const COPIES: usize = 9;
/// A round tells news too, to members drawn at random: rounds are kept apart, where the command can be told that, and timeouts in proportion.
const INTERVAL_MS: u64 = 20_000;
/// Elsewhere they are as far apart as the timeouts of chapter 11 allow.
const DEFAULT_MS: u64 = 1_000;

pub(super) fn cases() -> Vec<Case> {
    vec![case(
        "MGP1-DIS-017/ring-of-sixteen",
        &["MGP1-DIS-007", "MGP1-DIS-005"],
        "all copies at random: of two hundred members one hears nothing, again and again",
        ring_of_sixteen,
    )]
}

/// A node whose id has some of the ids before it and some after, and the members, in the order in which they come after it.
fn on_a_ring(bench: &Bench<'_>) -> Result<(Iut, Vec<Peer>), Verdict> {
    // The node is `iut`: half of these are greater, and the least follows the greatest.
    let half = MEMBERS / 2;
    let after = (0..half).map(|number| format!("n{number:02}"));
    let before = (half..MEMBERS).map(|number| format!("b{number:02}"));
    let peers: Vec<Peer> = after
        .chain(before)
        .map(|id| bench.peer(&id))
        .collect::<Result<_, _>>()?;
    let iut = bench.node_with(|settings| {
        let can_wait = bench.timing(INTERVAL_MS) == Timing::in_proportion(INTERVAL_MS);
        settings.gossip_interval_ms = if can_wait { INTERVAL_MS } else { DEFAULT_MS };
        settings.seeds = peers.iter().map(Peer::address).collect();
    })?;
    for peer in &peers {
        // Whoever answers earns two more PINGs (MGP1-DIS-013), so all of them are asked at once; and the PONG of a peer is sent before its case goes on.
        let wait = Wait {
            peer,
            mark: 0,
            wanted: "a PING to it, one of sixteen seeds that all answer",
            within: SOON,
        };
        let asked = |received: &Received| received.kind() == "PING";
        if peer.wait_for(wait.within, asked).is_none() {
            return Err(bench.open(
                &iut,
                format!(
                    "the node did not prove itself alive before the case began: it did not ask its seed {}",
                    peer.id()
                ),
                &wait,
                "send each seed a PING from the start, as fast as MGP1-DIS-013 allows (MGP1-LIV-027): three at once, and two more for each that answers",
            ));
        }
        bench.alive_at_first(&iut, peer)?;
    }
    Ok((iut, peers))
}

/// Who got the entry first, by the node's own clock: the place of each in the order of ids after the node, and when.
fn receivers(peers: &[Peer], key: &str) -> BTreeMap<usize, u64> {
    let mut receivers = BTreeMap::new();
    for (place, peer) in peers.iter().enumerate() {
        let told = peer
            .received_since(0)
            .into_iter()
            .find(|received| received.kind() == "GOSSIP" && received.entry(key).is_some());
        if let Some(told) = told {
            receivers.insert(place, told.timestamp());
        }
    }
    receivers
}

/// The first copies of an item, as places in the order of ids after the node; `None` where fewer came.
fn first_copies(peers: &[Peer], key: &str) -> Option<Vec<usize>> {
    let deadline = Instant::now() + SOON;
    loop {
        let receivers = receivers(peers, key);
        if receivers.len() >= COPIES {
            let mut by_time: Vec<(u64, usize)> = receivers
                .into_iter()
                .map(|(place, at)| (at, place))
                .collect();
            by_time.sort_unstable();
            let first = by_time.into_iter().take(COPIES);
            return Some(first.map(|(_, place)| place).collect());
        }
        if Instant::now() >= deadline {
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How many of the receivers come after somebody who was left out. Chance gives an item to `fanout` members, wherever they are; the others
/// get it one after the other. So those beyond the first one left out owe it to chance, whatever the order in which the copies came.
fn beyond_the_gap(source: usize, receivers: &[usize]) -> usize {
    let gap = (0..MEMBERS).find(|place| *place != source && !receivers.contains(place));
    let gap = gap.unwrap_or(MEMBERS);
    receivers.iter().filter(|place| **place > gap).count()
}

fn ring_of_sixteen(bench: &Bench<'_>) -> Outcome {
    let (iut, peers) = on_a_ring(bench)?;
    let began = bench.alive(&iut, &peers[0])?.timestamp();
    let mut astray = Vec::new();
    for number in 0..ITEMS {
        let source = number % MEMBERS;
        let teller = &peers[source];
        let key = format!("news-{number}");
        let sent = entry(json!(number), wall_ms(), "v1", teller.id());
        bench.send(&iut, teller, &teller.gossip_entries([(key.as_str(), sent)]))?;
        let Some(copies) = first_copies(&peers, &key) else {
            let told = receivers(&peers, &key).len();
            return Err(bench.fail(
                "MGP1-DIS-007",
                format!(
                    "{COPIES} copies of an item of news for the {} members that lack it",
                    MEMBERS - 1
                ),
                format!("{told} within {} s", SOON.as_secs()),
            ));
        };
        if beyond_the_gap(source, &copies) > FANOUT {
            astray.push((key, copies));
        }
    }
    let ended = bench.alive(&iut, &peers[0])?.timestamp();
    // A round that falls among the copies of an item tells it to some more, at random; rounds are at least nine tenths of an interval apart.
    let rounds = (ended - began) * 10 / (iut.interval_ms * 9) + 1;
    let most = usize::try_from(rounds).unwrap_or(usize::MAX);
    if most * 2 >= ITEMS {
        return Err(Verdict::open(
            format!(
                "{ITEMS} items took {} ms by the node's clock, in which up to {most} rounds may have told them to anybody",
                ended - began
            ),
            "let the command say how long a round is ({gossip_interval_ms}), or run the case alone: the machine was busy",
        ));
    }
    let Some((key, copies)) = astray.first() else {
        return Ok(());
    };
    let named = |places: &[usize]| -> Vec<String> {
        places
            .iter()
            .map(|place| peers[*place].id().to_owned())
            .collect()
    };
    let all: Vec<usize> = (0..MEMBERS).collect();
    bench.check(
        astray.len() <= most,
        "MGP1-DIS-017",
        format!(
            "after the first {FANOUT} copies, the others to the next after `{}` in the order of ids that lack the item: {}",
            iut.id,
            named(&all).join(", ")
        ),
        format!(
            "{} of {ITEMS} items went elsewhere; `{key}` went to {}",
            astray.len(),
            named(copies).join(", ")
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_that_go_round_the_ring_leave_nobody_out_before_the_last_ones() {
        // Three at random, then the next six after the node.
        assert_eq!(beyond_the_gap(15, &[14, 9, 4, 0, 1, 2, 3, 5, 6]), 2);
        assert_eq!(beyond_the_gap(0, &[15, 14, 13, 1, 2, 3, 4, 5, 6]), 3);
        // The sender lacks nothing, so it is no gap.
        assert_eq!(beyond_the_gap(3, &[0, 1, 2, 4, 5, 6, 7, 8, 9]), 0);
    }

    #[test]
    fn copies_at_random_leave_somebody_out_before_many() {
        assert!(beyond_the_gap(15, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) > FANOUT);
        assert!(beyond_the_gap(15, &[0, 1, 3, 5, 8, 9, 11, 12, 14]) > FANOUT);
    }
}
