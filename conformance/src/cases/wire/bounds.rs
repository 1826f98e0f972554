//! What a node must not do more of than it may, whatever its peers send: texts, clocks, questions.

use serde_json::json;

use super::bench::{Bench, Outcome, brief};
use super::case;
use super::liveness::heeds_a_rumour;
use crate::cases::Case;
use crate::oracle::Decoded;
use crate::verdict::Verdict;
use crate::wire::message::{entry, record_in, with};
use crate::wire::wall_ms;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-FRM-017/text-that-compresses-well",
            &["MGP1-FRM-002"],
            "a sender that fills a datagram by its compressed length, with a text that no receiver inflates",
            text_that_compresses_well,
        ),
        case(
            "MGP1-LIV-011/rumours-beyond-the-bound",
            &["MGP1-MSG-012", "MGP1-MSG-016", "MGP1-ERR-005"],
            "one forged number that pushes a node's clock to the end of its range: nobody can pass it, or it stops; W-25",
            rumours_beyond_the_bound,
        ),
        case(
            "MGP1-LIV-030/strangers-are-asked-about-now-and-then",
            &["MGP1-LIV-029"],
            "a member list asked for with every heartbeat of a stranger, as fast as they come",
            strangers_are_asked_about_now_and_then,
        ),
        case(
            "MGP1-LIV-010/stopped-and-continued",
            &["MGP1-LIV-008", "MGP1-ERR-005"],
            "a suspended machine that wakes up and declares everybody dead before it has read its queue; case 23, W-17",
            stopped_and_continued,
        ),
    ]
}

fn text_that_compresses_well(bench: &Bench<'_>) -> Outcome {
    const ENTRIES: usize = 400;
    let (iut, peer) = bench.pair()?;
    let names: Vec<String> = (0..ENTRIES).map(|number| format!("k{number:03}")).collect();
    let now = wall_ms();
    for names in names.chunks(20) {
        // All alike: a few bytes each, once compressed.
        let value = json!("x".repeat(520));
        let entries = names
            .iter()
            .map(|name| (name.as_str(), entry(value.clone(), now, "v1", "p1")));
        bench.send(&iut, &peer, &peer.gossip_entries(entries))?;
        bench.alive(&iut, &peer)?;
    }
    let mark = peer.mark();
    bench.rounds(&iut, &peer, 12)?;
    let (mut longest, mut entries) = (0, 0);
    for received in peer.received_since(mark) {
        let too_long = matches!(
            received.decoded,
            Decoded::Rejected {
                reason: "inflate.too-big",
                ..
            }
        );
        let length = received.text().map_or(0, |text| text.len());
        longest = longest.max(length);
        entries = entries.max(received.section("localData").len());
        bench.check(
            !too_long,
            "MGP1-FRM-017",
            "no text of more than 65,536 bytes",
            format!(
                "a datagram of {} bytes with one of {length}",
                received.bytes.len()
            ),
        )?;
    }
    if entries == 0 {
        return Err(Verdict::open(
            format!(
                "no state seen: in twelve rounds the node told of none of {ENTRIES} entries that it was given"
            ),
            "merge what a GOSSIP brings and gossip it on (MGP1-MRG-004, MGP1-DIS-009): MGP1-FRM-008/raw-accepted asks for that alone",
        ));
    }
    Ok(())
}

fn rumours_beyond_the_bound(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let before = bench.alive(&iut, &peer)?;
    for last_seen in [
        1_u64 << 51,
        (1 << 51) + 1,
        (1 << 52) - 1,
        1 << 52,
        (1 << 53) - 1,
    ] {
        for state in ["ALIVE", "SUSPECT", "DEAD"] {
            let rumour = with(
                record_in(state, iut.address, last_seen),
                "updated",
                json!(1),
            );
            let data = json!({"membership": {iut.id.as_str(): rumour}, "heartbeats": {iut.id.as_str(): last_seen}});
            bench.send(&iut, &peer, &peer.message("GOSSIP", data))?;
        }
    }
    bench.alive(&iut, &peer)?;
    bench.rounds(&iut, &peer, 2)?;
    let after = bench.alive(&iut, &peer)?;
    let own = |received: &crate::wire::Received| {
        received.record(&iut.id).unwrap_or_default()["updated"].clone()
    };
    bench.check(
        after.timestamp() < 1 << 51 && own(&after) == own(&before),
        "MGP1-LIV-011",
        format!(
            "a clock below 2^51 with `updated` {} as before: rumours from 2^51 on do not win",
            own(&before)
        ),
        format!("{} with `updated` {}", after.timestamp(), own(&after)),
    )?;
    heeds_a_rumour(bench, &iut, &peer)
}

fn strangers_are_asked_about_now_and_then(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mark = peer.mark();
    let asked = |received: &crate::wire::Received| {
        received.kind() == "PING" && received.get("data/full") == true
    };
    // A new stranger every time, until the node has asked thrice.
    let mut stamps = Vec::new();
    let began = std::time::Instant::now();
    let mut number = 0;
    while stamps.len() < 3 && began.elapsed() < 3 * iut.soon() {
        for _ in 0..5 {
            number += 1;
            let stranger = format!("stranger-{number}");
            let data = json!({"heartbeats": {stranger: wall_ms()}});
            bench.send(&iut, &peer, &peer.message("GOSSIP", data))?;
        }
        bench.rounds(&iut, &peer, 1)?;
        stamps = peer
            .received_since(mark)
            .iter()
            .filter(|received| asked(received))
            .map(crate::wire::Received::timestamp)
            .collect();
    }
    bench.must_within(
        &iut,
        "MGP1-LIV-029",
        "three PINGs with `full` true about strangers that are heard of again and again",
        stamps.get(2).copied(),
        3 * iut.soon(),
    )?;
    for pair in stamps.windows(2) {
        let between = pair[1] - pair[0];
        // By the node's own clock, with a millisecond of rounding at each end.
        bench.check(
            between + 2 >= iut.suspect_timeout_ms(),
            "MGP1-LIV-030",
            format!(
                "at least {} ms between two such PINGs to one member",
                iut.suspect_timeout_ms()
            ),
            format!("{between} ms"),
        )?;
    }
    Ok(())
}

fn stopped_and_continued(bench: &Bench<'_>) -> Outcome {
    let (iut, watcher) = bench.pair()?;
    let other = bench.peer("p2")?;
    bench.join(&iut, &other)?;
    let mark = watcher.mark();
    // Longer than any silence that kills.
    let pause = std::time::Duration::from_millis(3 * iut.failure_timeout_ms());
    if !iut.pause(pause) {
        return Err(Verdict::Skipped(
            "this system cannot stop a process and let it go on".to_owned(),
        ));
    }
    bench.alive(&iut, &watcher)?;
    bench.rounds(&iut, &watcher, 3)?;
    for received in watcher.received_since(mark) {
        for id in ["p1", "p2"] {
            bench.check(
                received.state_of(id).is_none_or(|state| state != "DEAD"),
                "MGP1-LIV-010",
                format!("`{id}`, which answers, is not DEAD after the node stood still"),
                brief(&received.record(id).unwrap_or_default()),
            )?;
        }
    }
    bench
        .sees_state(&iut, &watcher, mark, "MGP1-LIV-010", "p2", "ALIVE")
        .map(|_| ())
}
