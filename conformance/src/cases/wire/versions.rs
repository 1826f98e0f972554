//! Chapter 4: a peer that speaks later versions too.

use serde_json::json;

use super::bench::{Bench, Outcome, brief};
use super::case;
use crate::cases::Case;
use crate::wire::message::with;

pub(super) fn cases() -> Vec<Case> {
    vec![case(
        "MGP1-ENV-014/version-1-to-all",
        &["MGP1-ENV-004", "MGP1-ENV-001"],
        "a node that speaks a version which only its peer knows, or answers in another than it was asked in; W-30",
        version_1_to_all,
    )]
}

fn version_1_to_all(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    // The content is newer than that of the peer's other messages, which do not name versions.
    let gossip = peer.gossip_entries([]);
    let now = gossip["timestamp"].clone();
    let gossip = with(gossip, "data/membership/p1/updated", now);
    let gossip = with(
        gossip,
        "data/membership/p1/versions",
        json!({"min": 1, "max": 9}),
    );
    let mark = peer.mark();
    bench.send(&iut, &peer, &gossip)?;
    bench.alive(&iut, &peer)?;
    bench.rounds(&iut, &peer, 4)?;
    bench.alive(&iut, &peer)?;
    bench.works(&iut, &peer)?;
    for received in peer.received_since(mark) {
        let own = received.record(&iut.id).unwrap_or_default();
        // A node that speaks 2 as well owes its rounds to a common version that this suite cannot read.
        if received.kind() != "PONG" && own["versions"]["max"].as_u64().is_some_and(|max| max > 1) {
            continue;
        }
        let requirement = if received.kind() == "PONG" {
            "MGP1-ENV-004"
        } else {
            "MGP1-ENV-014"
        };
        bench.check(
            received.get("protocolVersion") == &json!(1),
            requirement,
            "version 1, in which it was asked, and the greatest that both name",
            brief(&received.decoded.to_value()),
        )?;
    }
    Ok(())
}
