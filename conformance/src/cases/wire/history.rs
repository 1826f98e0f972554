//! Chapter 4: the memory against duplicates has an end, and the end is the oldest.

use serde_json::Value;

use super::bench::{Bench, Iut, Outcome};
use super::case;
use crate::cases::Case;
use crate::verdict::Verdict;
use crate::wire::Peer;
use serde_json::json;

/// PINGs sent first: half as many again as `maxMessageHistory` is by default. How many a node remembers is its own choice.
const PINGS: usize = 1_500;
/// Every so manieth of them is sent once more.
const STEP: usize = 50;

pub(super) fn cases() -> Vec<Case> {
    vec![case(
        "MGP1-ENV-017/the-oldest-is-forgotten-first",
        &["MGP1-ENV-016"],
        "a history that is cleared as a whole when it is full, or that drops its newest, so that duplicates are taken",
        the_oldest_is_forgotten_first,
    )]
}

/// Whether the node answers this datagram: a PONG that came before the one to a later PING.
fn is_answered(bench: &Bench<'_>, iut: &Iut, peer: &Peer, ping: &Value) -> Result<bool, Verdict> {
    let mark = peer.mark();
    bench.send(iut, peer, ping)?;
    bench.alive(iut, peer)?;
    let ping_id = &ping["data"]["pingId"];
    Ok(peer
        .received_since(mark)
        .iter()
        .any(|received| received.kind() == "PONG" && received.get("data/pingId") == ping_id))
}

fn the_oldest_is_forgotten_first(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut pings = Vec::new();
    for number in 0..PINGS {
        let (ping, _) = peer.ping(json!({}));
        bench.send(&iut, &peer, &ping)?;
        pings.push(ping);
        if number % 20 == 19 {
            bench.alive(&iut, &peer)?;
        }
    }
    // From the newest to the oldest. What is forgotten is answered, and enters the history anew, which forgets only what is older still.
    let mut forgotten = None;
    for (back, ping) in pings.iter().rev().step_by(STEP).enumerate() {
        let age = back * STEP;
        let answered = is_answered(bench, &iut, &peer, ping)?;
        bench.check(
            age > 0 || !answered,
            "MGP1-ENV-016",
            "no answer to a copy of the newest PING",
            "a PONG",
        )?;
        match forgotten {
            None if answered => forgotten = Some(age),
            Some(younger) => bench.check(
                answered,
                "MGP1-ENV-017",
                format!("the oldest forgotten first: the PING {younger} messages ago is forgotten"),
                format!("the one {age} messages ago is remembered"),
            )?,
            None => {}
        }
    }
    match forgotten {
        Some(_) => bench.works(&iut, &peer),
        None => Err(Verdict::Skipped(format!(
            "this node remembers more than {PINGS} messages, and which it forgets first would take longer to see"
        ))),
    }
}
