//! The first things that any node does, one after the other: what a new author wants to know before a hundred cases are run.

use std::net::SocketAddr;

use serde_json::json;

use super::bench::{Bench, INTERVAL_MS, Iut, SOON};
use crate::attach::ready::still_answers;
use crate::attach::smoke::{Problem, Step, Walk};
use crate::cases::{Launcher, Timing};
use crate::run::starts;
use crate::verdict::Verdict;
use crate::wire::{Peer, Received};

/// Starts a node, says hello to it as a peer, sends it junk, waits for its gossip, looks at its pace, and ends it.
///
/// # Errors
/// The step that failed.
pub fn smoke(launcher: &dyn Launcher, tell: &mut dyn FnMut(&Step)) -> Result<(), Step> {
    let mut walk = Walk::new(tell);
    walk.step(
        "a node starts and answers a PING",
        starts(launcher)
            .map(|()| ("a PONG with its id from its address".to_owned(), ()))
            .map_err(|read| Problem {
                read,
                expected: "a node on {host}:{port} that answers PINGs, and runs until it is ended".to_owned(),
                documented: "`conformance run --help` (placeholders); spec/v1/05-messages.md (PING and PONG)",
            }),
    )?;
    let bench = Bench::new(launcher);
    let iut = walk.step(
        "it starts again on another port",
        found(
            bench.node(),
            "a second process on another port",
            "spec/v1/11-limits.md",
            |iut| iut.address.to_string(),
        ),
    )?;
    let peer = walk.step(
        "the suite has a peer",
        found(
            bench.peer("p1"),
            "a free UDP port on loopback",
            "README.md",
            |peer| peer.address().to_string(),
        ),
    )?;
    walk.step(
        "junk is ignored",
        found(
            bench
                .send_bytes(&iut, &peer, b"not a message")
                .and_then(|()| bench.alive(&iut, &peer)),
            "a PONG, as if nothing had come",
            "spec/v1/12-errors.md, MGP1-ERR-005",
            |_| "a PONG after `not a message`".to_owned(),
        ),
    )?;
    let mark = peer.mark();
    walk.step(
        "a PING of a new member brings it into the cluster",
        found(
            bench.join(&iut, &peer),
            "a PING to the new member within a round, and after its PONG a GOSSIP in every round",
            "spec/v1/08-dissemination.md",
            |()| "GOSSIP comes".to_owned(),
        ),
    )?;
    let told = peer.message("GOSSIP", json!({"localData": {"smoke": {"value": 1, "timestamp": crate::wire::wall_ms(), "version": "v1", "sourceNode": "p1"}}}));
    walk.step(
        "an entry that it is told comes back by its gossip",
        found(
            bench.send(&iut, &peer, &told).and_then(|()| {
                let seen =
                    peer.wait_since(mark, SOON, |received| received.entry("smoke").is_some());
                bench.must(&iut, "MGP1-DIS-002", "GOSSIP with the entry `smoke`", seen)
            }),
            "GOSSIP with the entry `smoke`",
            "spec/v1/06-merging.md and 08-dissemination.md",
            |_| "`smoke`".to_owned(),
        ),
    )?;
    walk.step(
        "its rounds are as far apart as it was told",
        rounds(&bench, &iut, &peer),
    )?;
    let address = iut.address;
    drop(iut);
    walk.step("it is gone once it was ended", gone(address))?;
    Ok(())
}

/// How far apart the rounds of the node are, by its own clock. The suite goes by what the command was told, so a node that pays no heed to that would be
/// blamed for all that takes its time.
fn rounds(bench: &Bench<'_>, iut: &Iut, peer: &Peer) -> Result<(String, ()), Problem> {
    const ROUNDS: usize = 6;
    /// Far from what a busy machine makes of a round, and from the default where a short one was asked for.
    const TIMES: u64 = 3;
    let told = iut.interval_ms;
    let source = if told == INTERVAL_MS {
        "as {gossip_interval_ms} says"
    } else {
        "the default, because the command has no {gossip_interval_ms}"
    };
    let expected = format!("rounds of {told} ms, {source}");
    let documented = "`conformance run --help` (placeholders); MGP1-DIS-001";
    let ((), received) = found(
        bench.rounds(iut, peer, ROUNDS),
        &expected,
        documented,
        |_| (),
    )?;
    let mut stamps: Vec<u64> = received
        .iter()
        .filter(|received| received.kind() == "GOSSIP" && received.sender() == iut.id)
        .map(Received::timestamp)
        .collect();
    // News comes in between, a few milliseconds apart.
    stamps.dedup_by(|later, earlier| *later < *earlier + told / 2);
    let mut gaps: Vec<u64> = stamps.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable();
    let median = gaps.get(gaps.len() / 2).copied().unwrap_or(0);
    if (told / TIMES..=told * TIMES).contains(&median) {
        return Ok((format!("{median} ms, told {told} ms, {source}"), ()));
    }
    Err(Problem {
        read: format!("rounds of {median} ms, by the node's own clock"),
        expected: format!(
            "{expected}\ntry: does the node heed the flag? One that cannot choose its rounds is judged at {} ms: leave {{gossip_interval_ms}} and the other times out of the command",
            Timing::DEFAULT.gossip_interval_ms
        ),
        documented,
    })
}

/// That nothing answers at an address any more.
fn gone(address: SocketAddr) -> Result<(String, ()), Problem> {
    if !still_answers(address) {
        return Ok((format!("nothing answers on {address}"), ()));
    }
    Err(Problem {
        read: format!("{address} still answers a PING after the process that the command started was ended"),
        expected: "nothing there\ntry: a script around the node has to `exec` it, or each case leaves a node running; those of this walk are still there: end them by hand".to_owned(),
        documented: "docs/test-your-node.md, section The command",
    })
}

/// What a part of a case found, as a step.
fn found<T, S>(
    result: Result<T, Verdict>,
    expected: &str,
    documented: &'static str,
    seen: impl FnOnce(&T) -> S,
) -> Result<(S, T), Problem> {
    match result {
        Ok(value) => Ok((seen(&value), value)),
        Err(verdict) => {
            let read = match verdict {
                Verdict::Fail(failure) => failure.actual,
                Verdict::Inconclusive(gap) => gap.to_string(),
                Verdict::Error(why) | Verdict::Skipped(why) => why,
                Verdict::Pass => "nothing".to_owned(),
            };
            Err(Problem {
                read,
                expected: expected.to_owned(),
                documented,
            })
        }
    }
}
