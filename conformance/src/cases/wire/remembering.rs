//! What stays of a member that is gone: its clock and its address.

use std::time::Duration;

use serde_json::json;

use super::bench::{Bench, Outcome};
use super::case;
use crate::cases::Case;
use crate::wire::message::record_in;
use crate::wire::{Options, wall_ms};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-LIV-021/greatest-clock-is-remembered",
            &["MGP1-MRG-021", "MGP1-MSG-024"],
            "the last rumour of a death remembered in place of the greatest, so that an old record brings the dead back",
            greatest_clock_is_remembered,
        ),
        case(
            "MGP1-LIV-025/asks-the-remembered",
            &["MGP1-MRG-021"],
            "a partition that lasts longer than the dead are listed and never heals: nobody is asked any more; case 21, W-05",
            asks_the_remembered,
        ),
    ]
}

fn greatest_clock_is_remembered(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let base = wall_ms();
    for ahead in [100_000, 300_000, 200_000] {
        let dead = record_in("DEAD", bench.nowhere()?, base + ahead);
        bench.send(&iut, &peer, &peer.gossip_records([("gone", dead)]))?;
    }
    bench.alive(&iut, &peer)?;
    let back = bench.peer_with(Options {
        answers: false,
        ..Options::new("gone")
    })?;
    let pong = bench.alive(&iut, &back)?;
    bench.check(
        pong.get("data/heartbeats/gone") == &json!(base + 300_000),
        "MGP1-LIV-021",
        format!(
            "`heartbeats.gone` = {}, the greatest of three clocks",
            base + 300_000
        ),
        pong.get("data/heartbeats").to_string(),
    )
}

fn asks_the_remembered(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    // Heard of for the first time when it is dead: it is remembered and not listed.
    let gone = bench.mute("gone")?;
    let dead = record_in("DEAD", gone.address(), wall_ms());
    bench.send(&iut, &peer, &peer.gossip_records([("gone", dead)]))?;
    // One remembered member is drawn each time, and the node may remember whoever asked whether it was up.
    let within = iut.soon() + Duration::from_millis(30 * iut.reconnect_interval_ms());
    let asked = gone.wait_for(within, |received| received.kind() == "PING");
    let expected = "a PING to a remembered member each reconnectInterval, drawn at random";
    let asked = bench.must_within(&iut, "MGP1-LIV-025", expected, asked, within)?;
    let again = gone.wait_for(within, |received| {
        received.kind() == "PING" && received.timestamp() > asked.timestamp()
    });
    bench.must_within(&iut, "MGP1-LIV-025", "and another one", again, within)?;
    let other = gone
        .received_since(0)
        .into_iter()
        .find(|received| received.kind() != "PING");
    bench.check(
        other.is_none(),
        "MGP1-DIS-012",
        "nothing but PINGs to an address that never answered",
        other.map_or_else(String::new, |other| other.kind().to_owned()),
    )
}
