//! What a node makes of its own configuration, as its peers see it.

use std::net::SocketAddr;

use serde_json::json;

use super::bench::{Bench, Outcome};
use super::case;
use crate::cases::Case;
use crate::wire::message::record;
use crate::wire::wall_ms;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-MSG-014/refuses-an-id-that-others-skip",
            &[],
            "a node that starts under an id that no peer accepts, and talks to nobody for ever",
            refuses_an_id_that_others_skip,
        ),
        case(
            "MGP1-DIS-016/nothing-to-its-own-address",
            &["MGP1-LIV-024", "MGP1-LIV-027"],
            "a node that is among its own seeds, or is told of a member at its own address, and gossips with itself",
            nothing_to_its_own_address,
        ),
    ]
}

fn refuses_an_id_that_others_skip(bench: &Bench<'_>) -> Outcome {
    // A node that starts with a proper id first: else whatever does not start would pass.
    let proper = bench.node()?;
    let witness = bench.peer("p1")?;
    bench.join(&proper, &witness)?;
    for id in ["s".repeat(65), "bom bay".to_owned()] {
        let seed = bench.mute("seed")?;
        let address = seed.address();
        let process = bench.start(|settings| {
            settings.id.clone_from(&id);
            settings.seeds = vec![address];
        })?;
        let said = seed.wait_for(std::time::Duration::ZERO, |_| true);
        bench.check(
            said.is_none() && process.is_none(),
            "MGP1-MSG-014",
            format!("a node that does not start with the id {id:?}"),
            if said.is_some() {
                "it started, and sent its seed a datagram"
            } else {
                "it started, and answered a PING"
            },
        )?;
    }
    bench.alive(&proper, &witness).map(|_| ())
}

fn nothing_to_its_own_address(bench: &Bench<'_>) -> Outcome {
    // The node advertises this socket, as one behind a forwarded port does: what it sends to itself comes here.
    let mirror = bench.mute("mirror")?;
    let own: SocketAddr = mirror.address();
    let peer = bench.peer("p1")?;
    let seeds = vec![own, peer.address()];
    let iut = bench.node_with(|settings| {
        settings.advertise = Some(own);
        settings.seeds = seeds;
    })?;
    bench.join(&iut, &peer)?;
    let mark = peer.mark();
    bench.send(
        &iut,
        &peer,
        &peer.gossip_records([("x", record(own, wall_ms()))]),
    )?;
    let seen = peer.wait_since(mark, iut.soon(), |received| received.record("x").is_some());
    bench.must(
        &iut,
        "MGP1-MRG-018",
        "the record of a member at the node's own address, gossiped as any other",
        seen,
    )?;
    bench.rounds(&iut, &peer, iut.rounds_in(iut.reconnect_interval_ms()))?;
    bench.alive(&iut, &peer)?;
    let said = mirror.wait_for(std::time::Duration::ZERO, |_| true);
    bench.check(
        said.is_none(),
        "MGP1-DIS-016",
        format!("nothing to {own}, which its own record names"),
        said.map_or_else(String::new, |said| {
            format!("a {} {}", said.kind(), json!(said.get("data/targetId")))
        }),
    )
}
