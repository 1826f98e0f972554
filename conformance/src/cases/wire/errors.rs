//! Chapter 12: whatever comes, the node lives.

use crate::seed;
use rand::{Rng, RngExt};
use serde_json::json;

use super::bench::{Bench, Outcome};
use super::case;
use super::ignore::Offences;
use crate::cases::Case;
use crate::wire::message::{self, entry, record, record_in, with};
use crate::wire::wall_ms;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-ERR-005/hostile-burst",
            &["MGP1-ERR-002"],
            "a node that stops at the first datagram that its author did not think of",
            hostile_burst,
        ),
        case(
            "MGP1-ERR-005/mutated-messages",
            &[],
            "an exception deep in a decoder that ends the receive loop",
            mutated_messages,
        ),
        case(
            "MGP1-ERR-003/rejected-pings-are-unanswered",
            &["MGP1-ERR-002"],
            "an answer that is sent before the message is checked",
            rejected_pings_are_unanswered,
        ),
        case(
            "MGP1-ERR-002/rejected-rumours-do-not-move-the-clock",
            &[],
            "an effect that comes before the check",
            rejected_rumours_do_not_move_the_clock,
        ),
        case(
            "MGP1-ERR-006/port-unreachable",
            &["MGP1-ERR-005"],
            "an ICMP error that a receive call reports and that ends the loop",
            port_unreachable,
        ),
        case(
            "MGP1-ERR-007/unsendable-address",
            &["MGP1-ERR-005"],
            "one address without a route that keeps a round from all others",
            unsendable_address,
        ),
        case(
            "MGP1-ERR-005/peer-restarts",
            &["MGP1-LIV-002", "MGP1-MSG-024"],
            "a peer that comes back on another port and is never spoken to again",
            peer_restarts,
        ),
    ]
}

/// Proof that the node still does its work: it answers, takes an entry and gossips it.
fn still_works(
    bench: &Bench<'_>,
    iut: &super::bench::Iut,
    peer: &crate::wire::Peer,
    key: &str,
) -> Outcome {
    bench.alive(iut, peer)?;
    let sent = entry(json!("life"), wall_ms(), "v1", peer.id());
    let mark = peer.mark();
    bench.send(iut, peer, &peer.gossip_entries([(key, sent.clone())]))?;
    bench.sees_entry(iut, peer, mark, "MGP1-ERR-005", key, &sent)
}

fn hostile_burst(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let good = message::text(&peer.gossip_entries([("x", entry(json!(1), wall_ms(), "v", "w"))]));
    let compressed = message::zlib(&good, 6);
    let mut hostile: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"{".to_vec(),
        b"{}".to_vec(),
        b"}".to_vec(),
        b"{\"".to_vec(),
        vec![0x78, 0x9C],
        vec![0xFF; 1_400],
        vec![0; 65_507],
        b"{".repeat(60_000),
        b"{\"a\":".repeat(12_000),
        b"[".repeat(60_000),
        message::zlib(&vec![b' '; 10_000_000], 9),
        message::zlib(&b"{\"a\":".repeat(13_000), 9),
        format!("{{\"a\":{}}}", "9".repeat(60_000)).into_bytes(),
        format!("{{\"a\":1e{}}}", "9".repeat(50)).into_bytes(),
        format!("{{\"a\":\"{}\"}}", "\\u0000".repeat(10_000)).into_bytes(),
        format!(
            "{{{}}}",
            (0..5_000)
                .map(|n| format!("\"k{n}\":1"))
                .collect::<Vec<_>>()
                .join(",")
        )
        .into_bytes(),
    ];
    hostile.extend(
        (0..good.len())
            .step_by(7)
            .map(|length| good[..length].to_vec()),
    );
    hostile.extend(
        (0..compressed.len())
            .step_by(7)
            .map(|length| compressed[..length].to_vec()),
    );
    for round in 0..3 {
        for (number, bytes) in hostile.iter().enumerate() {
            bench.send_bytes(&iut, &peer, bytes)?;
            if number % 10 == 9 {
                bench.alive(&iut, &peer)?;
            }
        }
        still_works(bench, &iut, &peer, &format!("life-{round}"))?;
    }
    Ok(())
}

/// Mutants that one node gets.
const MUTANTS: usize = 1_500;

fn mutated_messages(bench: &Bench<'_>) -> Outcome {
    let (iut, watcher) = bench.pair()?;
    // Another id than the watcher's: a mutant may well be a valid record with another address (chapter 13).
    let peer = bench.mute("mallory")?;
    let mut rng = seed::rng("wire: mutants");
    let address = bench.nowhere()?;
    for number in 0..MUTANTS {
        let kind = ["GOSSIP", "PING", "PONG", "MEMBERSHIP", "SYNC"][number % 5];
        let data = json!({
            "localData": {"m": entry(json!([1, 2.5, "x", null]), wall_ms(), "v", "w")},
            "membership": {"mutant": record_in("SUSPECT", address, 7)},
            "heartbeats": {"mutant": 5},
            "pingId": "m", "page": 1, "pages": 1, "phase": "ENTRIES", "prefix": "", "reply": true,
        });
        let bytes = mutant(message::text(&peer.message(kind, data)), &mut rng);
        bench.send_bytes(&iut, &peer, &bytes)?;
        if number % 50 == 49 {
            bench.alive(&iut, &watcher)?;
        }
    }
    still_works(bench, &iut, &watcher, "life")
}

/// The text of a message with a few bytes changed, and now and then compressed before or after.
fn mutant(text: Vec<u8>, rng: &mut impl Rng) -> Vec<u8> {
    let flips = rng.random_range(1..4);
    let compress_first = rng.random_bool(0.3);
    let mut bytes = if compress_first {
        message::zlib(&text, 6)
    } else {
        text
    };
    for _ in 0..flips {
        mutate(&mut bytes, rng);
    }
    if !compress_first && rng.random_bool(0.3) {
        bytes = message::zlib(&bytes, 6);
    }
    bytes
}

/// One change of some bytes, however few these are; of none there is nothing to change.
fn mutate(bytes: &mut Vec<u8>, rng: &mut impl Rng) {
    const TELLING: &[u8; 20] = b"{}[]\",:0-9eE.\\\0\xFFtfnx";
    if bytes.is_empty() {
        return;
    }
    let at = rng.random_range(0..bytes.len());
    match rng.random_range(0..4) {
        0 => bytes[at] ^= 1 << rng.random_range(0..8),
        1 => bytes[at] = TELLING[rng.random_range(0..TELLING.len())],
        2 => {
            bytes.remove(at);
        }
        _ => bytes.truncate(at.max(1)),
    }
}

fn rejected_pings_are_unanswered(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    let ping = offences.ping().to_string();
    offences.add(
        "a PING with a duplicate name",
        format!("{{\"protocolVersion\":1,{}", &ping[1..]).into_bytes(),
    );
    let ping = offences.ping().to_string();
    offences.add("a PING with text after it", format!("{ping}x").into_bytes());
    for (path, value) in [
        ("protocolVersion", json!(2)),
        ("cluster", json!("other")),
        ("senderId", json!("a b")),
        ("timestamp", json!("now")),
        ("type", json!("PING2")),
        ("data/membership/p1/host", json!("nowhere.example")),
        ("data/targetId", json!(1)),
    ] {
        let ping = with(offences.ping(), path, value.clone());
        offences.add_message(format!("a PING with `{path}` = {value}"), &ping);
    }
    offences.are_ignored(&iut, "MGP1-ERR-003")
}

fn rejected_rumours_do_not_move_the_clock(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let far = bench.alive(&iut, &peer)?.timestamp() + 86_400_000;
    let rumour = record_in("DEAD", iut.address, far);
    let gossip = || {
        peer.message("GOSSIP", json!({"membership": {iut.id.as_str(): rumour.clone()}, "heartbeats": {iut.id.as_str(): far}}))
    };
    bench.send(&iut, &peer, &with(gossip(), "cluster", json!("other")))?;
    bench.send(&iut, &peer, &with(gossip(), "type", json!("HELLO")))?;
    bench.send(&iut, &peer, &with(gossip(), "data/localData", json!(7)))?;
    bench.send_bytes(&iut, &peer, format!("{}x", gossip()).as_bytes())?;
    bench.alive(&iut, &peer)?;
    bench.rounds(&iut, &peer, 2)?;
    let after = bench.alive(&iut, &peer)?.timestamp();
    bench.check(
        after < far,
        "MGP1-ERR-002",
        format!("a clock below {far}: the rumours came in rejected messages"),
        after.to_string(),
    )?;
    // The same in a faultless message does move it: this node hears what is said of it.
    let mark = peer.mark();
    bench.send(&iut, &peer, &gossip())?;
    let moved = peer.wait_since(mark, iut.soon(), |received| received.timestamp() > far);
    bench
        .must(
            &iut,
            "MGP1-LIV-011",
            &format!("a message with a timestamp greater than {far}, once the rumour came in a faultless one"),
            moved,
        )
        .map(|_| ())
}

fn port_unreachable(bench: &Bench<'_>) -> Outcome {
    let (iut, stays) = bench.pair()?;
    let goes = bench.peer("p2")?;
    bench.join(&iut, &goes)?;
    let mark = stays.mark();
    // Its socket is closed: what the node sends there comes back as "port unreachable".
    drop(goes);
    bench.sees_state(&iut, &stays, mark, "MGP1-ERR-006", "p2", "DEAD")?;
    still_works(bench, &iut, &stays, "life")
}

fn unsendable_address(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let now = wall_ms();
    let mark = peer.mark();
    // A documentation prefix (RFC 3849): an IPv4 socket cannot send there, and a dual one finds no route.
    let records = ["u1", "u2", "u3", "u4"].map(|id| {
        (
            id,
            with(record(peer.address(), now), "host", json!("2001:db8::1")),
        )
    });
    bench.send(&iut, &peer, &peer.gossip_records(records))?;
    let seen = peer.wait_since(mark, iut.soon(), |received| received.record("u1").is_some());
    bench.must(
        &iut,
        "MGP1-MRG-018",
        "members with IPv6 addresses are members",
        seen,
    )?;
    bench.rounds(&iut, &peer, 6)?;
    still_works(bench, &iut, &peer, "life")
}

fn peer_restarts(bench: &Bench<'_>) -> Outcome {
    let (iut, watcher) = bench.pair()?;
    let before = bench.peer("p2")?;
    bench.join(&iut, &before)?;
    let mark = watcher.mark();
    drop(before);
    bench.sees_state(&iut, &watcher, mark, "MGP1-LIV-007", "p2", "DEAD")?;
    // The same id, another port, and a clock that is an hour behind. The PONG tells of its past, and it jumps past that.
    let after = bench.peer_with(crate::wire::Options {
        clock: Some(wall_ms() - 3_600_000),
        ..crate::wire::Options::new("p2")
    })?;
    let pong = bench.alive(&iut, &after)?;
    let floor = pong.get("data/heartbeats/p2").as_u64().unwrap_or(0);
    bench.check(
        floor > 0,
        "MGP1-MSG-024",
        "the floor of a member that restarted in the PONG",
        pong.get("data").to_string(),
    )?;
    let risen = bench.peer_with(crate::wire::Options {
        clock: Some(floor),
        ..crate::wire::Options::new("p2")
    })?;
    let mark = watcher.mark();
    bench.join(&iut, &risen)?;
    let alive = bench.sees_state(&iut, &watcher, mark, "MGP1-MRG-015", "p2", "ALIVE")?;
    let told = watcher.wait_since(mark, iut.soon(), |received| {
        received
            .record("p2")
            .is_some_and(|record| record["port"] == risen.address().port())
    });
    bench.must(
        &iut,
        "MGP1-MRG-016",
        "the new port in the record of p2",
        told,
    )?;
    bench.check(
        alive.timestamp() > 0,
        "MGP1-MRG-015",
        "p2 ALIVE again",
        "not told",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// A cut can leave one byte and the next change none: about one run in six met that.
    #[test]
    fn the_mutants_of_a_thousand_seeds_can_be_made() {
        let text = json!({"type": "GOSSIP", "data": {"localData": {}}})
            .to_string()
            .into_bytes();
        let compressed = message::zlib(&text, 6);
        let mut emptied = 0;
        for seed in 1..=1_000 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            for _ in 0..MUTANTS {
                let mut bytes = if rng.random_bool(0.3) {
                    compressed.clone()
                } else {
                    text.clone()
                };
                for _ in 0..rng.random_range(1..4) {
                    mutate(&mut bytes, &mut rng);
                }
                emptied += usize::from(bytes.is_empty());
            }
        }
        assert!(
            emptied > 0,
            "no mutant lost all its bytes, and that is what the test is about"
        );
    }

    #[test]
    fn a_mutant_differs_from_its_message_but_for_changes_that_undo_each_other() {
        let text = json!({"type": "GOSSIP"}).to_string().into_bytes();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let same = (0..100)
            .filter(|_| mutant(text.clone(), &mut rng) == text)
            .count();
        assert!(same < 20, "{same} of 100 mutants are none");
    }
}
