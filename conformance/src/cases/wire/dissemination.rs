//! Chapter 8: rounds, news, and who may be sent what.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::json;

use super::bench::{Bench, Iut, Outcome};
use super::case;
use crate::cases::Case;
use crate::verdict::Verdict;
use crate::wire::message::{self, entry, record, with};
use crate::wire::{Options, Peer, Received, wall_ms};

/// The default fanout of chapter 11.
const FANOUT: usize = 3;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-DIS-001/rounds-keep-their-pace",
            &[],
            "rounds that drift, burst or stop",
            rounds_keep_their_pace,
        ),
        case(
            "MGP1-DIS-002/fanout-peers-per-round",
            &["MGP1-ENV-013"],
            "a round that goes to everybody, to one, or twice to the same",
            fanout_peers_per_round,
        ),
        case(
            "MGP1-DIS-003/members-by-hearsay-are-asked-first",
            &["MGP1-DIS-011", "MGP1-DIS-012", "MGP1-MSG-025"],
            "a record that makes the node send its state to somebody who never asked",
            members_by_hearsay_are_asked_first,
        ),
        case(
            "MGP1-DIS-005/news-at-once",
            &["MGP1-DIS-004"],
            "news that waits for the next round",
            news_at_once,
        ),
        case(
            "MGP1-DIS-006/news-is-paced",
            &["MGP1-ERR-005"],
            "one datagram per write, however many are written",
            news_is_paced,
        ),
        case(
            "MGP1-DIS-007/news-ends",
            &["MGP1-DIS-004"],
            "an echo: each push makes the next",
            news_ends,
        ),
        case(
            "MGP1-DIS-010/heartbeats-in-rounds",
            &[],
            "rounds that carry entries only, so that members seem silent",
            heartbeats_in_rounds,
        ),
        case(
            "MGP1-DIS-011/no-gossip-before-an-answer",
            &["MGP1-DIS-012", "MGP1-DIS-003"],
            "an address that is believed because a datagram came from it",
            no_gossip_before_an_answer,
        ),
        case(
            "MGP1-DIS-011/forged-pongs-validate-nothing",
            &["MGP1-DIS-012"],
            "a PONG that is believed for its sender's id, or an old pingId, or from another socket",
            forged_pongs_validate_nothing,
        ),
        case(
            "MGP1-DIS-011/a-pong-of-another-member",
            &["MGP1-DIS-012"],
            "a pingId that is remembered without the address it was sent to: a member that read it elsewhere proves its own address by it",
            a_pong_of_another_member,
        ),
        case(
            "MGP1-DIS-012/no-amplification",
            &["MGP1-MSG-019"],
            "a small PING with a forged source that multiplies traffic",
            no_amplification,
        ),
        case(
            "MGP1-DIS-013/ping-budget",
            &["MGP1-DIS-003"],
            "a hundred invented members that are all asked at once",
            ping_budget,
        ),
        case(
            "MGP1-DIS-014/silence-to-the-dead",
            &[],
            "an invented member that is asked for ever",
            silence_to_the_dead,
        ),
        case(
            "MGP1-DIS-015/late-pongs-validate-nothing",
            &["MGP1-DIS-011"],
            "PINGs that stay open for ever",
            late_pongs_validate_nothing,
        ),
    ]
}

fn gossips(received: &[Received]) -> impl Iterator<Item = &Received> {
    received
        .iter()
        .filter(|received| received.kind() == "GOSSIP")
}

fn rounds_keep_their_pace(bench: &Bench<'_>) -> Outcome {
    const ROUNDS: usize = 15;
    let (iut, peer) = bench.pair()?;
    // The join was news: its copies are told before this.
    bench.rounds(&iut, &peer, 12)?;
    let told = bench.rounds(&iut, &peer, ROUNDS)?;
    let stamps: Vec<u64> = gossips(&told).map(Received::timestamp).collect();
    let mean = (stamps[stamps.len() - 1] - stamps[0]) / (stamps.len() as u64 - 1);
    // The lower bound is sharp: nothing makes rounds come early. A busy machine makes them late.
    let (least, most) = (iut.interval_ms * 85 / 100, iut.interval_ms * 2);
    bench.check(
        (least..=most).contains(&mean),
        "MGP1-DIS-001",
        format!(
            "rounds {} ms ± 10 % apart: a mean between {least} and {most} ms over {ROUNDS} of them",
            iut.interval_ms
        ),
        format!("a mean of {mean} ms, by the node's own clock"),
    )?;
    bench.works(&iut, &peer)
}

fn fanout_peers_per_round(bench: &Bench<'_>) -> Outcome {
    let iut = bench.node()?;
    let peers: Vec<Peer> = (1..=5)
        .map(|number| bench.peer(&format!("p{number}")))
        .collect::<Result<_, _>>()?;
    for peer in &peers {
        bench.join(&iut, peer)?;
    }
    // The joins were news; a few rounds later only rounds are left.
    bench.rounds(&iut, &peers[0], 4)?;
    let marks: Vec<usize> = peers.iter().map(Peer::mark).collect();
    bench.rounds(&iut, &peers[0], 8)?;
    let mut receivers: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
    for (peer, mark) in peers.iter().zip(marks) {
        for received in gossips(&peer.received_since(mark)) {
            receivers
                .entry(received.timestamp())
                .or_default()
                .push(peer.id());
        }
    }
    // The last one may still be on its way to the others, and the first may have come before the mark.
    let whole: Vec<_> = receivers
        .values()
        .skip(1)
        .take(receivers.len().saturating_sub(2))
        .collect();
    for to in &whole {
        let distinct: BTreeSet<_> = to.iter().collect();
        bench.check(
            to.len() == FANOUT && distinct.len() == FANOUT,
            "MGP1-DIS-002",
            "each round to three different ones of five members",
            format!("to {}", to.join(", ")),
        )?;
    }
    let choices: BTreeSet<_> = whole.iter().map(|to| to.join(", ")).collect();
    bench.check(
        choices.len() > 1,
        "MGP1-DIS-002",
        "a random choice: not the same three each time",
        format!("{} rounds, all to {:?}", whole.len(), choices.first()),
    )?;
    bench.works(&iut, &peers[0])
}

/// Tells the node of a member at that address.
fn hearsay(bench: &Bench<'_>, iut: &Iut, teller: &Peer, id: &str, address: SocketAddr) -> Outcome {
    bench.send(
        iut,
        teller,
        &teller.gossip_records([(id, record(address, wall_ms()))]),
    )
}

fn members_by_hearsay_are_asked_first(bench: &Bench<'_>) -> Outcome {
    let (iut, teller) = bench.pair()?;
    let subject = bench.mute("p2")?;
    hearsay(bench, &iut, &teller, "p2", subject.address())?;
    let ping = subject.wait_for(iut.soon(), |received| received.kind() == "PING");
    let ping = bench.must(
        &iut,
        "MGP1-DIS-003",
        "a PING to a member known from hearsay",
        ping,
    )?;
    bench.check(
        ping.is_raw() && ping.bytes.len() >= 480,
        "MGP1-MSG-025",
        "at least 480 bytes, raw",
        format!("{} bytes", ping.bytes.len()),
    )?;
    bench.rounds(&iut, &teller, 2)?;
    only_pings(bench, &subject)?;
    subject.set_answers(true);
    // The PING that was not answered is not repeated before suspectTimeout: a fresh record keeps the member from dying meanwhile.
    hearsay(bench, &iut, &teller, "p2", subject.address())?;
    let gossip = subject.wait_for(iut.soon(), |received| received.kind() == "GOSSIP");
    bench
        .must(&iut, "MGP1-DIS-002", "gossip once it has answered", gossip)
        .map(|_| ())
}

/// Nothing but PINGs (and PONGs, which answer) has come to an address that never answered.
fn only_pings(bench: &Bench<'_>, subject: &Peer) -> Outcome {
    let other = subject
        .received_since(0)
        .into_iter()
        .find(|received| !matches!(received.kind(), "PING" | "PONG"));
    bench.check(
        other.is_none(),
        "MGP1-DIS-012",
        "nothing but PINGs and answers to an address that is not validated",
        other.map_or_else(String::new, |other| {
            format!("a {} of {} bytes", other.kind(), other.bytes.len())
        }),
    )
}

/// Peers (no more than `fanout`, the PINGs that MGP1-DIS-013 grants in one interval) that a node has as seeds, between two rounds that are so far apart that only news is told.
fn between_rounds(bench: &Bench<'_>, count: usize) -> Result<(Iut, Vec<Peer>), Verdict> {
    let peers: Vec<Peer> = (1..=count)
        .map(|number| bench.peer(&format!("p{number}")))
        .collect::<Result<_, _>>()?;
    let iut = bench.node_between_rounds(&peers.iter().collect::<Vec<_>>(), 20_000)?;
    Ok((iut, peers))
}

fn news_at_once(bench: &Bench<'_>) -> Outcome {
    let (iut, peers) = between_rounds(bench, 2)?;
    // Four in a row: a round, one in twenty seconds, may explain one of them.
    for number in 0..4 {
        let key = format!("news-{number}");
        let sent = Instant::now();
        bench.send(
            &iut,
            &peers[0],
            &peers[0].gossip_entries([(key.as_str(), entry(json!(number), wall_ms(), "v", "p1"))]),
        )?;
        let came = peers[1].wait_for(iut.soon(), |received| received.entry(&key).is_some());
        let came = bench.must(&iut, "MGP1-DIS-005", "news reaches the other member", came)?;
        let after = came.at.saturating_duration_since(sent);
        // Two eagerIntervals are 20 ms; the rest is for a busy machine. A round is a thousand times that.
        bench.check(
            after < Duration::from_secs(3),
            "MGP1-DIS-005",
            "within milliseconds",
            format!("after {} ms", after.as_millis()),
        )?;
    }
    Ok(())
}

fn news_is_paced(bench: &Bench<'_>) -> Outcome {
    const WRITES: usize = 400;
    let (iut, peers) = between_rounds(bench, FANOUT)?;
    let marks: Vec<usize> = peers.iter().map(Peer::mark).collect();
    for number in 0..WRITES {
        let key = format!("k{number}");
        bench.send(
            &iut,
            &peers[0],
            &peers[0].gossip_entries([(key.as_str(), entry(json!(number), wall_ms(), "v", "p1"))]),
        )?;
        if number % 40 == 39 {
            bench.alive(&iut, &peers[0])?;
        }
    }
    let last = format!("k{}", WRITES - 1);
    let told = peers[1].wait_for(iut.soon(), |received| received.entry(&last).is_some());
    bench.must(
        &iut,
        "MGP1-DIS-005",
        "the last of many writes reaches another member",
        told,
    )?;
    let stamps: Vec<u64> = peers
        .iter()
        .zip(&marks)
        .flat_map(|(peer, mark)| {
            gossips(&peer.received_since(*mark))
                .map(Received::timestamp)
                .collect::<Vec<_>>()
        })
        .collect();
    let (Some(first), Some(last)) = (stamps.iter().min(), stamps.iter().max()) else {
        return Err(Verdict::open(
            "no GOSSIP came after the writes, so that there is no pace to judge",
            "get MGP1-DIS-005/news-at-once to pass first",
        ));
    };
    // By the node's own clock. Two intervals for the edges, one round.
    let most = usize::try_from((last - first) / 10 + 2)
        .unwrap_or(usize::MAX)
        .saturating_mul(FANOUT)
        + FANOUT;
    bench.check(
        stamps.len() <= most,
        "MGP1-DIS-006",
        format!(
            "at most {most} datagrams of news in {} ms for {WRITES} writes",
            last - first
        ),
        stamps.len().to_string(),
    )
}

fn news_ends(bench: &Bench<'_>) -> Outcome {
    let (iut, peers) = between_rounds(bench, FANOUT)?;
    let sent = peers[0].gossip_entries([("k", entry(json!(1), wall_ms(), "v", "p1"))]);
    bench.send(&iut, &peers[0], &sent)?;
    for peer in &peers[1..] {
        let told = peer.wait_for(iut.soon(), |received| received.entry("k").is_some());
        bench.must(&iut, "MGP1-DIS-005", "news reaches the other members", told)?;
    }
    // The same again is no news. What is told of other news later shows that the node had time to tell this again.
    for number in 0..10 {
        let again = with(
            peers[1].gossip_entries([]),
            "data/localData",
            sent["data"]["localData"].clone(),
        );
        bench.send(&iut, &peers[1], &again)?;
        let key = format!("later-{number}");
        bench.send(
            &iut,
            &peers[0],
            &peers[0].gossip_entries([(key.as_str(), entry(json!(1), wall_ms(), "v", "p1"))]),
        )?;
        let told = peers[2].wait_for(iut.soon(), |received| received.entry(&key).is_some());
        bench.must(&iut, "MGP1-DIS-005", "news reaches the other members", told)?;
    }
    let copies: usize = peers
        .iter()
        .map(|peer| {
            gossips(&peer.received_since(0))
                .filter(|received| received.entry("k").is_some())
                .count()
        })
        .sum();
    // Nine by eagerCopies, up to the end of a flush of three; and one round with its three.
    let most = 9 + FANOUT - 1 + FANOUT;
    bench.check(
        copies <= most,
        "MGP1-DIS-007",
        format!("9 copies of one item of news, at most {most} with a round"),
        copies.to_string(),
    )
}

fn heartbeats_in_rounds(bench: &Bench<'_>) -> Outcome {
    let iut = bench.node()?;
    let (peer, other) = (bench.peer("p1")?, bench.peer("p2")?);
    bench.join(&iut, &peer)?;
    bench.join(&iut, &other)?;
    let told = peer.wait_for(iut.soon(), |received| {
        received.kind() == "GOSSIP" && received.section("heartbeats").contains_key("p2")
    });
    bench
        .must(
            &iut,
            "MGP1-DIS-010",
            "the heartbeat of a member that is ALIVE, in a round",
            told,
        )
        .map(|_| ())
}

fn no_gossip_before_an_answer(bench: &Bench<'_>) -> Outcome {
    let (iut, watcher) = bench.pair()?;
    let subject = bench.mute("p2")?;
    for _ in 0..5 {
        // It speaks, it is a member, and it has never answered.
        bench.alive(&iut, &subject)?;
        bench.send(
            &iut,
            &subject,
            &subject.gossip_entries([("k", entry(json!(1), wall_ms(), "v", "p2"))]),
        )?;
        bench.rounds(&iut, &watcher, 1)?;
    }
    only_pings(bench, &subject)?;
    bench.sees_state(&iut, &watcher, 0, "MGP1-MRG-018", "p2", "ALIVE")?;
    subject.set_answers(true);
    bench.send(&iut, &subject, &subject.gossip_entries([]))?;
    let gossip = subject.wait_for(iut.soon(), |received| received.kind() == "GOSSIP");
    bench
        .must(
            &iut,
            "MGP1-DIS-002",
            "gossip once it has answered a PING",
            gossip,
        )
        .map(|_| ())
}

fn forged_pongs_validate_nothing(bench: &Bench<'_>) -> Outcome {
    let (iut, watcher) = bench.pair()?;
    let subject = bench.mute("p2")?;
    let elsewhere = bench.peer_with(Options {
        advertise: Some(subject.address()),
        answers: false,
        ..Options::new("p2")
    })?;
    bench.alive(&iut, &subject)?;
    let ping = subject.wait_for(iut.soon(), |received| received.kind() == "PING");
    let ping = bench.must(&iut, "MGP1-DIS-003", "a PING to a new member", ping)?;
    let ping_id = ping
        .get("data/pingId")
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let pong =
        |peer: &Peer, id: &str| peer.message("PONG", json!({"pingId": id, "heartbeats": {}}));
    for id in [
        "guess",
        &ping_id.to_lowercase().replace(char::is_numeric, "_"),
        &ping_id[1..],
    ] {
        if id != ping_id && !id.is_empty() {
            bench.send(&iut, &subject, &pong(&subject, id))?;
        }
    }
    // The right id, and another socket: whoever read it there proves nothing for this address.
    bench.send(&iut, &elsewhere, &pong(&elsewhere, &ping_id))?;
    bench.alive(&iut, &watcher)?;
    bench.rounds(&iut, &watcher, 4)?;
    only_pings(bench, &subject)?;
    let stray = elsewhere.received_since(0);
    bench.check(
        stray.is_empty(),
        "MGP1-DIS-011",
        "nothing to a socket from which a forged PONG came",
        format!("{} datagrams", stray.len()),
    )?;
    bench.works(&iut, &watcher)
}

fn a_pong_of_another_member(bench: &Bench<'_>) -> Outcome {
    let (iut, watcher) = bench.pair()?;
    let (asked, other) = (bench.mute("p2")?, bench.mute("p3")?);
    let mut ping_id = json!(null);
    for member in [&asked, &other] {
        bench.alive(&iut, member)?;
        let ping = member.wait_for(iut.soon(), |received| received.kind() == "PING");
        let ping = bench.must(&iut, "MGP1-DIS-003", "a PING to a new member", ping)?;
        if ping_id.is_null() {
            ping_id = ping.get("data/pingId").clone();
        }
    }
    // Both are members with records of their own; the id was sent to the first, and the second echoes it.
    let pong = other.message("PONG", json!({"pingId": ping_id, "heartbeats": {}}));
    bench.send(&iut, &other, &pong)?;
    bench.alive(&iut, &watcher)?;
    bench.rounds(&iut, &watcher, 4)?;
    for member in [&asked, &other] {
        only_pings(bench, member).map_err(|verdict| match verdict {
            Verdict::Fail(failure) => bench.fail(
                "MGP1-DIS-011",
                "no address validated by a PONG that came from another than the PING went to",
                format!("{} to {}", failure.actual, member.id()),
            ),
            other => other,
        })?;
    }
    // The right answer from the same socket: else a node that validates nobody would pass.
    other.set_answers(true);
    bench.send(&iut, &other, &other.gossip_entries([]))?;
    let gossip = other.wait_for(iut.soon(), |received| received.kind() == "GOSSIP");
    bench
        .must(
            &iut,
            "MGP1-DIS-002",
            "gossip to a member that has answered its own PING",
            gossip,
        )
        .map(|_| ())
}

/// Text that does not compress well: hexadecimal digits of a multiplicative sequence.
fn noise(length: usize) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut text = String::new();
    while text.len() < length {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        text.push_str(&format!("{:08x}", state >> 32));
    }
    text.truncate(length);
    text
}

fn no_amplification(bench: &Bench<'_>) -> Outcome {
    /// The longest text that every node sends raw (MGP1-FRM-003).
    const LONGEST_RAW: usize = 512;
    let (iut, watcher) = bench.pair()?;
    let subject = bench.mute("s")?;
    let introduce = |length: usize| {
        let metadata = json!({ "m": noise(length) });
        let gossip = subject.gossip_entries([]);
        bench.send(
            &iut,
            &subject,
            &with(gossip, "data/membership/s/metadata", metadata),
        )
    };
    // As short as can be. An old `updated`, so that the node keeps the metadata that the PING leaves out.
    let ping = |ping_id: &str| {
        let (ping, _) = subject.ping(json!({ "pingId": ping_id }));
        let ping = with(ping, "messageId", json!(ping_id));
        let ping = with(ping, "data/pingId", json!(ping_id));
        let ping = with(ping, "data/membership/s/updated", json!(0));
        message::without(ping, "data/membership/s/metadata")
    };
    let answer = |ping_id: &str| {
        let pong = subject.wait_for(iut.soon(), |received| {
            received.kind() == "PONG" && received.get("data/pingId") == ping_id
        });
        bench.must(&iut, "MGP1-MSG-019", "a PONG that there is room for", pong)
    };
    let first = 20;
    introduce(first)?;
    bench.send_bytes(&iut, &subject, &message::padded(&ping("a"), 600))?;
    let measured = answer("a")?;
    let whole = measured.text().map_or(0, |text| text.len());
    if measured.record("s").is_some() && whole < LONGEST_RAW {
        // Now a PONG with the record is as long as a raw one can be: more than three of the deflated PINGs.
        introduce(first + LONGEST_RAW - whole)?;
    }
    for ping_id in ["b", "c", "d"] {
        let datagram = message::zlib(&message::text(&ping(ping_id)), 9);
        bench.send_bytes(&iut, &subject, &datagram)?;
        let pong = answer(ping_id)?;
        bench.check(
            pong.bytes.len() <= 3 * datagram.len(),
            "MGP1-DIS-012",
            format!(
                "an answer of at most {} bytes to a PING of {} from an address that is not validated",
                3 * datagram.len(),
                datagram.len()
            ),
            format!("{} bytes", pong.bytes.len()),
        )?;
    }
    bench.alive(&iut, &watcher)?;
    only_pings(bench, &subject)?;
    bench.works(&iut, &watcher)
}

fn ping_budget(bench: &Bench<'_>) -> Outcome {
    const MEMBERS: usize = 100;
    let iut = bench.node()?;
    let teller = bench.peer("p1")?;
    bench.join(&iut, &teller)?;
    let invented = bench.listeners(MEMBERS)?;
    let addresses: Vec<SocketAddr> = invented.addresses().collect();
    let ids: Vec<String> = (1..=MEMBERS)
        .map(|number| format!("invented-{number}"))
        .collect();
    let invent = || -> Outcome {
        let members: Vec<_> = ids.iter().zip(&addresses).collect();
        for few in members.chunks(10) {
            let now = wall_ms();
            let records = few
                .iter()
                .map(|(id, address)| (id.as_str(), record(**address, now)));
            bench.send(&iut, &teller, &teller.gossip_records(records))?;
        }
        Ok(())
    };
    let mut pings = Vec::new();
    let mut before = bench.alive(&iut, &teller)?.timestamp();
    before -= 1;
    for _ in 0..10 {
        // Told again and again, they stay alive and are worth asking.
        invent()?;
        bench.rounds(&iut, &teller, 1)?;
        pings.extend(invented.take());
    }
    let after = bench.alive(&iut, &teller)?.timestamp();
    pings.extend(invented.take());
    pings.retain(|(_, received)| received.timestamp() <= after);
    let others = pings
        .iter()
        .filter(|(_, received)| received.kind() != "PING")
        .count();
    bench.check(
        others == 0,
        "MGP1-DIS-012",
        "nothing but PINGs to addresses that are not validated",
        format!("{others} others"),
    )?;
    if pings.is_empty() {
        return Err(bench.fail(
            "MGP1-DIS-003",
            "PINGs to members whose addresses are not validated",
            "none in ten rounds",
        ));
    }
    // By the node's own clock: `fanout` in each interval begun.
    let intervals = usize::try_from((after - before) / iut.interval_ms + 2).unwrap_or(usize::MAX);
    bench.check(
        pings.len() <= FANOUT * intervals,
        "MGP1-DIS-013",
        format!(
            "at most {} PINGs in {} ms to {MEMBERS} invented members",
            FANOUT * intervals,
            after - before
        ),
        pings.len().to_string(),
    )?;
    // None of these is a configured seed, and none has ever asked for anything.
    let mut last_to: BTreeMap<SocketAddr, u64> = BTreeMap::new();
    for (address, ping) in &pings {
        if let Some(last) = last_to.insert(*address, ping.timestamp()) {
            let between = ping.timestamp().saturating_sub(last);
            // A millisecond of rounding.
            bench.check(
                between + 1 >= iut.suspect_timeout_ms(),
                "MGP1-DIS-013",
                format!(
                    "at least {} ms between two PINGs to {address}, which is not validated",
                    iut.suspect_timeout_ms()
                ),
                format!("{between} ms"),
            )?;
        }
    }
    Ok(())
}

fn silence_to_the_dead(bench: &Bench<'_>) -> Outcome {
    let (iut, watcher) = bench.pair()?;
    let subject = bench.mute("p2")?;
    let mark = watcher.mark();
    hearsay(bench, &iut, &watcher, "p2", subject.address())?;
    let dead = bench.sees_state(&iut, &watcher, mark, "MGP1-LIV-007", "p2", "DEAD")?;
    // A PING of each reconnectInterval would have come, and another.
    bench.rounds(
        &iut,
        &watcher,
        iut.rounds_in(2 * iut.reconnect_interval_ms()),
    )?;
    let later = subject
        .received_since(0)
        .into_iter()
        .find(|received| received.timestamp() > dead.timestamp());
    bench.check(
        later.is_none(),
        "MGP1-DIS-014",
        "nothing to a DEAD member that has never answered",
        later.map_or_else(String::new, |later| format!("a {}", later.kind())),
    )
}

fn late_pongs_validate_nothing(bench: &Bench<'_>) -> Outcome {
    let iut = bench.node_with(|settings| settings.gossip_interval_ms = 50)?;
    let watcher = bench.peer("p1")?;
    bench.join(&iut, &watcher)?;
    let subject = bench.mute("p2")?;
    bench.alive(&iut, &subject)?;
    let first = subject.wait_for(iut.soon(), |received| received.kind() == "PING");
    let first = bench.must(&iut, "MGP1-DIS-003", "a PING to a new member", first)?;
    // Twice suspectTimeout and more, by the node's own clock; its word keeps the member alive meanwhile.
    let late = first.timestamp() + 3 * iut.suspect_timeout_ms();
    while bench.alive(&iut, &subject)?.timestamp() <= late {
        bench.rounds(&iut, &watcher, 1)?;
    }
    let pong = subject.message(
        "PONG",
        json!({"pingId": first.get("data/pingId"), "heartbeats": {}}),
    );
    bench.send(&iut, &subject, &pong)?;
    for _ in 0..4 {
        bench.alive(&iut, &subject)?;
        bench.rounds(&iut, &watcher, 1)?;
    }
    only_pings(bench, &subject).map_err(|verdict| match verdict {
        Verdict::Fail(failure) => bench.fail(
            "MGP1-DIS-015",
            "a PONG after twice suspectTimeout validates nothing",
            failure.actual,
        ),
        other => other,
    })?;
    bench.works(&iut, &watcher)
}
