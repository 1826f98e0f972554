//! Chapter 8 with two hosts: an address is a host and a port, and a datagram comes from where it came from.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::json;

use super::anti_entropy::{is_start, pair_with_keys};
use super::bench::{Bench, Outcome};
use super::case;
use crate::cases::Case;
use crate::verdict::Verdict;
use crate::wire::message::{self, entry};
use crate::wire::{Options, Peer, wall_ms};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-DIS-011/same-port-on-another-host",
            &["MGP1-DIS-012"],
            "an address compared by its port: an answer from one host that proves the address of another; W-22",
            same_port_on_another_host,
        ),
        case(
            "MGP1-MSG-019/answers-another-host",
            &["MGP1-MSG-022"],
            "an answer to the host in the record, or to the host of the member, in place of the one that asked; case 30",
            answers_another_host,
        ),
        case(
            "MGP1-MSG-022/full-from-no-members-address",
            &["MGP1-MSG-028"],
            "pages, or a PING that asks for leave to send them, to whoever forges a source; case 30",
            full_from_no_members_address,
        ),
        case(
            "MGP1-SYN-012/same-port-on-another-host",
            &["MGP1-DIS-012"],
            "a SYNC from another host under a member's name and port that is answered; W-22",
            sync_from_the_same_port_on_another_host,
        ),
    ]
}

/// A second loopback address. Not every system has it.
const OTHER_HOST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// A peer on the second host, at that port, that answers nothing by itself; its record names `home`.
fn on_the_other_host(
    bench: &Bench<'_>,
    id: &str,
    port: u16,
    home: Option<SocketAddr>,
) -> Result<Peer, Verdict> {
    bench
        .peer_with(Options {
            bind: SocketAddr::from((OTHER_HOST, port)),
            advertise: home,
            answers: false,
            ..Options::new(id)
        })
        .map_err(|verdict| match verdict {
            Verdict::Error(why) => Verdict::Skipped(format!(
                "the case needs a second loopback address, {OTHER_HOST}: {why}"
            )),
            other => other,
        })
}

fn same_port_on_another_host(bench: &Bench<'_>) -> Outcome {
    let (iut, watcher) = bench.pair()?;
    let subject = bench.mute("p2")?;
    let forger = on_the_other_host(
        bench,
        "p2",
        subject.address().port(),
        Some(subject.address()),
    )?;
    bench.alive(&iut, &subject)?;
    let ping = subject.wait_for(iut.soon(), |received| received.kind() == "PING");
    let ping = bench.must(&iut, "MGP1-DIS-003", "a PING to a new member", ping)?;
    let pong = |peer: &Peer| {
        peer.message(
            "PONG",
            json!({"pingId": ping.get("data/pingId"), "heartbeats": {}}),
        )
    };
    let (mark, forged) = (subject.mark(), forger.mark());
    bench.send(&iut, &forger, &pong(&forger))?;
    bench.alive(&iut, &watcher)?;
    bench.rounds(&iut, &watcher, 4)?;
    for (peer, mark) in [(&subject, mark), (&forger, forged)] {
        let other = peer
            .received_since(mark)
            .into_iter()
            .find(|received| received.kind() != "PING");
        bench.check(
            other.is_none(),
            "MGP1-DIS-011",
            format!("no address validated by a PONG from {}", forger.address()),
            other.map_or_else(String::new, |other| {
                format!("a {} to {}", other.kind(), peer.address())
            }),
        )?;
    }
    // The same answer from the right host, a new message: else a node that validates nobody would pass.
    subject.set_answers(true);
    bench.send(&iut, &subject, &subject.gossip_entries([]))?;
    let gossip = subject.wait_for(iut.soon(), |received| received.kind() == "GOSSIP");
    bench.must(
        &iut,
        "MGP1-DIS-002",
        "gossip once the right host has answered",
        gossip,
    )?;
    bench.works(&iut, &watcher)
}

fn answers_another_host(bench: &Bench<'_>) -> Outcome {
    let (iut, listener) = bench.pair()?;
    let elsewhere = on_the_other_host(
        bench,
        "p1",
        listener.address().port(),
        Some(listener.address()),
    )?;
    let (ping, ping_id) = elsewhere.ping(json!({}));
    bench.send_bytes(&iut, &elsewhere, &message::padded(&ping, 600))?;
    let pong = elsewhere.wait_for(iut.soon(), |received| {
        received.kind() == "PONG" && received.get("data/pingId") == ping_id.as_str()
    });
    bench.must(
        &iut,
        "MGP1-MSG-019",
        "a PONG to the host that the PING came from",
        pong,
    )?;
    bench.rounds(&iut, &listener, 2)?;
    let astray = listener
        .received_since(0)
        .into_iter()
        .any(|received| received.get("data/pingId") == ping_id.as_str());
    bench.check(
        !astray,
        "MGP1-MSG-019",
        "no PONG to the host in the record",
        "one came there",
    )?;
    let there = elsewhere.received_since(0).len();
    bench.check(
        there == 1,
        "MGP1-MSG-022",
        "one PONG and nothing else to that host",
        format!("{there} datagrams"),
    )?;
    bench.works(&iut, &listener)
}

fn full_from_no_members_address(bench: &Bench<'_>) -> Outcome {
    let (iut, known) = bench.pair()?;
    // One forges a member that the node knows and one a member that it learns of so; the records of both name another address.
    let home = bench.mute("p2")?;
    for (id, named) in [("p1", known.address()), ("p2", home.address())] {
        let elsewhere = bench.peer_with(Options {
            advertise: Some(named),
            answers: false,
            ..Options::new(id)
        })?;
        let (ping, ping_id) = elsewhere.ping(json!({"full": true}));
        bench.send_bytes(&iut, &elsewhere, &message::padded(&ping, 600))?;
        let pong = elsewhere.wait_for(iut.soon(), |received| {
            received.kind() == "PONG" && received.get("data/pingId") == ping_id.as_str()
        });
        bench.must(
            &iut,
            "MGP1-MSG-019",
            "a PONG to the address that the PING came from",
            pong,
        )?;
        // Whatever it would send there it sends within a suspectTimeout: a PING, or pages.
        bench.rounds(&iut, &known, iut.rounds_in(iut.suspect_timeout_ms()))?;
        let other = elsewhere
            .received_since(0)
            .into_iter()
            .find(|received| received.kind() != "PONG");
        bench.check(
            other.is_none(),
            "MGP1-MSG-022",
            "nothing but PONGs to an address that is no member's",
            other.map_or_else(String::new, |other| format!("a {}", other.kind())),
        )?;
    }
    Ok(())
}

fn sync_from_the_same_port_on_another_host(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = pair_with_keys(bench)?;
    let forger = on_the_other_host(bench, "p1", peer.address().port(), Some(peer.address()))?;
    let data = json!({"phase": "DIGEST", "prefix": "", "children": {}});
    let (mark, own) = (peer.mark(), forger.mark());
    bench.send(&iut, &forger, &forger.message("SYNC", data.clone()))?;
    bench.alive(&iut, &peer)?;
    for place in [peer.received_since(mark), forger.received_since(own)] {
        let answer = place
            .iter()
            .find(|received| received.kind() == "SYNC" && !is_start(received));
        bench.check(
            answer.is_none(),
            "MGP1-SYN-012",
            "no answer to a SYNC from another host than that of its sender's record",
            "a SYNC",
        )?;
    }
    // The message itself was in order, and the node lives.
    let mark = peer.mark();
    let sent = entry(json!("life"), wall_ms(), "v1", "p1");
    bench.send(&iut, &peer, &peer.gossip_entries([("life", sent.clone())]))?;
    bench.sees_entry(&iut, &peer, mark, "MGP1-ERR-005", "life", &sent)
}
