//! The first things that any node does, one after the other: what a new author wants to know before a hundred cases are run.

use serde_json::json;

use super::bench::{Bench, INTERVAL_MS, SOON};
use crate::attach::smoke::{Problem, Step, Walk};
use crate::cases::Launcher;
use crate::run::starts;
use crate::verdict::Verdict;

/// Starts a node, says hello to it as a peer, sends it junk, waits for its gossip, and asks it to leave.
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
    let timing = launcher.timing(INTERVAL_MS);
    let iut = walk.step(
        "it starts again on another port",
        found(
            bench.node(),
            "a second process on another port",
            "spec/v1/11-limits.md",
            |_| format!("rounds of {} ms", timing.gossip_interval_ms),
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
    Ok(())
}

/// What a part of a case found, as a step.
fn found<T>(
    result: Result<T, Verdict>,
    expected: &str,
    documented: &'static str,
    seen: impl FnOnce(&T) -> String,
) -> Result<(String, T), Problem> {
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
