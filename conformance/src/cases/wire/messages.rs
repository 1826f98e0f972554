//! Chapter 5: sections, entries, records, heartbeats, PING and PONG.

use serde_json::{Map, Value, json};

use super::bench::{Bench, Outcome};
use super::case;
use super::ignore::Offences;
use crate::cases::Case;
use crate::oracle;
use crate::wire::message::{self, entry, record, tombstone, with, without};
use crate::wire::{Options, Received, wall_ms};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-MSG-001/sections-that-are-no-objects",
            &["MGP1-ERR-002"],
            "a section of the wrong type after which the rest is merged all the same",
            sections_that_are_no_objects,
        ),
        case(
            "MGP1-MSG-002/bad-items-are-isolated",
            &[
                "MGP1-MSG-005",
                "MGP1-MSG-010",
                "MGP1-MSG-015",
                "MGP1-MSG-016",
            ],
            "one bad entry that takes the whole message with it",
            bad_items_are_isolated,
        ),
        case(
            "MGP1-MSG-003/absent-sections",
            &[],
            "a GOSSIP without entries that is rejected",
            absent_sections,
        ),
        case(
            "MGP1-MSG-004/keys",
            &[],
            "keys counted in characters, or cut",
            keys,
        ),
        case(
            "MGP1-MSG-005/entry-shapes",
            &[],
            "a missing member that gets a default of its own",
            entry_shapes,
        ),
        case(
            "MGP1-MSG-006/tombstone-with-value",
            &[],
            "a tombstone that brings its value back",
            tombstone_with_value,
        ),
        case(
            "MGP1-MSG-007/entry-size",
            &[],
            "an entry that one node can send and its relay cannot",
            entry_size,
        ),
        case(
            "MGP1-MSG-009/record-shapes",
            &["MGP1-MSG-010", "MGP1-MSG-011", "MGP1-MSG-012"],
            "a member with an address that cannot be sent to, or a clock that cannot be passed",
            record_shapes,
        ),
        case(
            "MGP1-MSG-013/record-size",
            &[],
            "a record so large that no message can carry it beside another",
            record_size,
        ),
        case(
            "MGP1-MSG-018/pings-without-id",
            &["MGP1-ERR-003"],
            "a PONG that echoes nothing",
            pings_without_id,
        ),
        case(
            "MGP1-MSG-019/one-pong-to-the-source",
            &["MGP1-MSG-021", "MGP1-MSG-022"],
            "a PONG that goes to the address in the record, or more than one",
            one_pong_to_the_source,
        ),
        case(
            "MGP1-MSG-019/pad-and-unknown-members",
            &["MGP1-JSN-012"],
            "a PING that is rejected for its padding",
            pad_and_unknown_members,
        ),
        case(
            "MGP1-MSG-020/ping-for-another-node",
            &[],
            "a node at a recycled address that vouches for its predecessor",
            ping_for_another_node,
        ),
        case(
            "MGP1-MSG-023/pong-holds-our-record",
            &[],
            "a PONG that does not tell what is believed of the pinger",
            pong_holds_our_record,
        ),
        case(
            "MGP1-MSG-024/floor",
            &["MGP1-LIV-011"],
            "a restarted node with a clock behind that nobody tells of its own past",
            floor,
        ),
        case(
            "MGP1-MRG-021/floor-of-a-member-that-left",
            &["MGP1-MSG-024"],
            "a floor that is forgotten with the member",
            floor_of_a_member_that_left,
        ),
        case(
            "MGP1-MSG-025/first-ping-is-padded-and-raw",
            &["MGP1-DIS-003"],
            "a PING so short that its PONG multiplies traffic",
            first_ping_is_padded_and_raw,
        ),
        case(
            "MGP1-SYN-015/membership-of-a-sync",
            &["MGP1-MRG-018"],
            "a SYNC that is rejected, or merged without its membership, by a node without anti-entropy",
            membership_of_a_sync,
        ),
    ]
}

fn sections_that_are_no_objects(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for section in ["localData", "heartbeats"] {
        for value in [json!([]), json!("x"), json!(0), json!(false)] {
            offences.add_gossip_with(&format!("data/{section}"), value)?;
        }
    }
    for value in [json!([]), json!("x"), json!(7)] {
        offences.add_gossip_with("data/membership", value)?;
    }
    let pong = with(
        with(offences.gossip()?, "type", json!("PONG")),
        "data/pingId",
        json!("q"),
    );
    offences.add_message(
        "a PONG with `heartbeats` = []",
        &with(pong, "data/heartbeats", json!([])),
    );
    offences.are_ignored(&iut, "MGP1-MSG-001")
}

fn bad_items_are_isolated(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let now = wall_ms();
    let mut offences = Offences::new(bench, &peer);
    let name = offences.name();
    let good_entry = entry(json!("good"), now, "v1", "w1");
    let good_record = record(bench.nowhere()?, now);
    let bad = |suffix: &str| format!("{name}{suffix}");
    let local_data = json!({
        "a-good": good_entry,
        bad("null"): null,
        bad("array"): [],
        bad("no-version"): without(good_entry.clone(), "version"),
        bad("float-time"): with(good_entry.clone(), "timestamp", json!(1.5)),
        bad("tombstone"): with(good_entry.clone(), "deleted", json!(true)),
        bad("large"): with(good_entry.clone(), "value", json!("x".repeat(640))),
        "z-good": good_entry,
    });
    let membership = json!({
        "p1": null,
        "a-good": good_record,
        bad("a b"): good_record,
        bad("null"): null,
        bad("no-host"): without(good_record.clone(), "host"),
        bad("name"): with(good_record.clone(), "host", json!("localhost")),
        bad("multicast"): with(good_record.clone(), "host", json!("224.0.0.1")),
        bad("clock"): with(good_record.clone(), "lastSeen", json!(1_u64 << 52)),
        bad("large"): with(good_record.clone(), "metadata", json!({"m": "x".repeat(360)})),
        "z-good": good_record,
    });
    let heartbeats = json!({"a b": 1, "": 1, bad("float"): 1.5, bad("text"): "1", bad("large"): 1_u64 << 52, bad("null"): null});
    let gossip = peer.message(
        "GOSSIP",
        json!({"localData": local_data, "heartbeats": heartbeats}),
    );
    let own = gossip["data"]["membership"]["p1"].clone();
    let gossip = with(gossip, "data/membership", membership);
    offences.add_message(
        "bad entries, records and heartbeats among good ones",
        &with(gossip, "data/membership/p1", own),
    );
    offences.are_ignored_beside(
        &iut,
        "MGP1-MSG-002",
        json!({"a-good": good_entry, "z-good": good_entry}),
        json!({"a-good": good_record, "z-good": good_record}),
    )
}

fn absent_sections(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let now = wall_ms();
    let mark = peer.mark();
    bench.send(
        &iut,
        &peer,
        &peer.message(
            "GOSSIP",
            json!({"localData": {"k": entry(json!(1), now, "v", "w")}}),
        ),
    )?;
    bench.send(
        &iut,
        &peer,
        &peer.message(
            "GOSSIP",
            json!({"membership": {"other": record(bench.nowhere()?, now)}}),
        ),
    )?;
    bench.sees_entry(
        &iut,
        &peer,
        mark,
        "MGP1-MSG-003",
        "k",
        &entry(json!(1), now, "v", "w"),
    )?;
    let seen = peer.wait_since(mark, iut.soon(), |received| {
        received.record("other").is_some()
    });
    bench
        .must(
            &iut,
            "MGP1-MSG-003",
            "the record of a message without entries is gossiped",
            seen,
        )
        .map(|_| ())
}

fn keys(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let now = wall_ms();
    let good = entry(json!("good"), now, "v1", "w1");
    let mut offences = Offences::new(bench, &peer);
    let long_ascii = format!("{:x<257}", offences.name());
    offences.add_message(
        "a key of 257 bytes",
        &peer.gossip_entries([(long_ascii.as_str(), good.clone())]),
    );
    let long_text = format!("{}{}", offences.name(), "ü".repeat(124));
    offences.add_message(
        format!(
            "a key of {} bytes in {} characters",
            long_text.len(),
            long_text.chars().count()
        ),
        &peer.gossip_entries([(long_text.as_str(), good.clone())]),
    );
    let name = offences.name();
    let longest = "ü".repeat(128);
    let mut entries = Map::new();
    for key in [
        "k",
        " ",
        "\u{0}",
        "a/b\"c\\",
        longest.as_str(),
        "e\u{301}",
        "\u{e9}",
    ] {
        entries.insert(key.to_owned(), good.clone());
    }
    let entries = Value::Object(entries);
    let with_empty = with(entries.clone(), "", entry(json!(name), now, "v1", "w1"));
    offences.add_message(
        "an empty key among good ones",
        &peer.message("GOSSIP", json!({"localData": with_empty})),
    );
    offences.are_ignored_beside(&iut, "MGP1-MSG-004", entries, json!({}))
}

fn entry_shapes(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    let good = entry(json!("poison"), wall_ms(), "v1", "w1");
    let mut shapes: Vec<Value> = vec![json!(null), json!([]), json!("x"), json!(5), json!({})];
    for member in ["timestamp", "version", "sourceNode"] {
        shapes.push(without(good.clone(), member));
        shapes.push(with(good.clone(), member, json!(null)));
        shapes.push(with(good.clone(), member, json!([])));
    }
    for (member, value) in [
        ("version", json!("")),
        ("version", json!("a b")),
        ("version", json!("v".repeat(37))),
        ("sourceNode", json!("")),
        ("sourceNode", json!("ä")),
        ("sourceNode", json!("s".repeat(65))),
        ("timestamp", json!(-5)),
        ("deleted", json!(0)),
        ("deleted", json!([])),
    ] {
        shapes.push(with(good.clone(), member, value));
    }
    for shape in shapes {
        let name = offences.name();
        let gossip = peer.gossip_entries([(name.as_str(), shape.clone())]);
        offences.add_message(format!("the entry {shape}"), &gossip);
    }
    offences.are_ignored(&iut, "MGP1-MSG-005")
}

fn tombstone_with_value(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let now = wall_ms();
    let mut offences = Offences::new(bench, &peer);
    let name = offences.name();
    let bad = with(tombstone(now, "v1", "w1"), "value", json!(1));
    let good = without(tombstone(now, "v1", "w1"), "value");
    let gossip = peer.gossip_entries([(name.as_str(), bad), ("good", good.clone())]);
    offences.add_message("a tombstone with the value 1", &gossip);
    offences.are_ignored_beside(&iut, "MGP1-MSG-006", json!({"good": good}), json!({}))
}

/// An entry of exactly that size by chapter 5.
fn entry_of_size(key: &str, size: usize, character: &str) -> Value {
    let with_value = |value: String| entry(json!(value), 1_760_000_000_000, "v1", "w1");
    let around = oracle::canonical(&json!({key: with_value(String::new())})).len() - 2;
    with_value(character.repeat((size - around) / character.len()))
}

fn entry_size(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    let name = offences.name();
    let bad = entry_of_size(&name, 641, "x");
    offences.add_message(
        "an entry of 641 bytes",
        &peer.gossip_entries([(name.as_str(), bad)]),
    );
    let name = offences.name();
    let bad = entry_of_size(&name, 700, "\u{1F600}");
    let good = entry_of_size("good", 640, "x");
    offences.add_message(
        "an entry of about 700 bytes of emoji beside one of 640 bytes",
        &peer.gossip_entries([(name.as_str(), bad), ("good", good.clone())]),
    );
    offences.are_ignored_beside(&iut, "MGP1-MSG-007", json!({"good": good}), json!({}))
}

fn record_shapes(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    let good = record(bench.nowhere()?, wall_ms());
    let mut shapes: Vec<Value> = vec![json!(null), json!([]), json!("x"), json!({})];
    for member in ["host", "port", "state", "lastSeen", "updated"] {
        shapes.push(without(good.clone(), member));
        shapes.push(with(good.clone(), member, json!(null)));
        shapes.push(with(good.clone(), member, json!({})));
    }
    for (member, value) in [
        ("host", json!("localhost")),
        ("host", json!("example.org")),
        ("host", json!("127.0.0.01")),
        ("host", json!("127.1")),
        ("host", json!("2130706433")),
        ("host", json!("[::1]")),
        ("host", json!("fe80::1%lo")),
        ("host", json!(" 127.0.0.1")),
        ("host", json!("")),
        ("host", json!("0.0.0.0")),
        ("host", json!("::")),
        ("host", json!("224.0.0.1")),
        ("host", json!("ff02::1")),
        ("host", json!("255.255.255.255")),
        ("port", json!(0)),
        ("port", json!(65_536)),
        ("port", json!(-1)),
        ("state", json!("UNKNOWN")),
        ("state", json!("")),
        ("lastSeen", json!(1_u64 << 52)),
        ("updated", json!(wall_ms() + 1_000_000)),
        ("metadata", json!("x")),
        ("versions", json!([1, 1])),
        ("versions", json!({"min": 2, "max": 1})),
        ("versions", json!({"min": 0, "max": 1})),
        ("versions", json!({"min": 1})),
    ] {
        shapes.push(with(good.clone(), member, value));
    }
    for shape in shapes {
        let name = offences.name();
        let gossip = peer.gossip_records([(name.as_str(), shape.clone())]);
        offences.add_message(format!("the record {shape}"), &gossip);
    }
    let name = format!("{} x", offences.name());
    let gossip = peer.gossip_records([(name.as_str(), good)]);
    offences.add_message("a record whose name has a space", &gossip);
    offences.are_ignored(&iut, "MGP1-MSG-009")
}

/// A record of exactly that size by chapter 5.
fn record_of_size(
    bench: &Bench<'_>,
    id: &str,
    size: usize,
) -> Result<Value, crate::verdict::Verdict> {
    let plain = record(bench.nowhere()?, wall_ms());
    let as_counted = with(
        with(plain.clone(), "lastSeen", json!((1_u64 << 52) - 1)),
        "updated",
        json!((1_u64 << 52) - 1),
    );
    let as_counted = with(
        with(as_counted, "state", json!("SUSPECT")),
        "metadata",
        json!({"m": ""}),
    );
    let around = oracle::canonical(&json!({id: as_counted})).len() - 2;
    Ok(with(
        plain,
        "metadata",
        json!({"m": "x".repeat(size - around)}),
    ))
}

fn record_size(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    let name = offences.name();
    let (bad, good) = (
        record_of_size(bench, &name, 361)?,
        record_of_size(bench, "good", 360)?,
    );
    let gossip = peer.gossip_records([(name.as_str(), bad), ("good", good.clone())]);
    offences.add_message("a record of 361 bytes beside one of 360", &gossip);
    offences.are_ignored_beside(&iut, "MGP1-MSG-013", json!({}), json!({"good": good}))
}

fn pings_without_id(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    // What they would bring: the record of a poisonous member.
    let poisoned = |offences: &Offences<'_>| -> Result<Value, crate::verdict::Verdict> {
        let place = format!("data/membership/{}", offences.name());
        Ok(with(
            offences.ping(),
            &place,
            record(bench.nowhere()?, wall_ms()),
        ))
    };
    let ping = poisoned(&offences)?;
    offences.add_message("a PING without `pingId`", &without(ping, "data/pingId"));
    for id in [
        json!(null),
        json!(5),
        json!(""),
        json!("a b"),
        json!("p".repeat(37)),
        json!(["p"]),
    ] {
        let ping = with(poisoned(&offences)?, "data/pingId", id.clone());
        offences.add_message(format!("a PING with `pingId` = {id}"), &ping);
        let pong = with(
            with(poisoned(&offences)?, "type", json!("PONG")),
            "data/pingId",
            id.clone(),
        );
        offences.add_message(format!("a PONG with `pingId` = {id}"), &pong);
    }
    for (member, value) in [
        ("targetId", json!(5)),
        ("targetId", json!("")),
        ("targetId", json!("a b")),
        ("full", json!("true")),
        ("full", json!(1)),
    ] {
        let ping = with(
            poisoned(&offences)?,
            &format!("data/{member}"),
            value.clone(),
        );
        offences.add_message(format!("a PING with `{member}` = {value}"), &ping);
    }
    offences.are_ignored(&iut, "MGP1-MSG-018")
}

fn with_ping_id<'a>(received: &'a [Received], ping_id: &str) -> Vec<&'a Received> {
    received
        .iter()
        .filter(|received| received.get("data/pingId") == ping_id)
        .collect()
}

fn one_pong_to_the_source(bench: &Bench<'_>) -> Outcome {
    let iut = bench.node()?;
    let listener = bench.peer("p1")?;
    bench.join(&iut, &listener)?;
    // The same member sends from another socket than the one that its record names.
    let elsewhere = bench.peer_with(Options {
        advertise: Some(listener.address()),
        answers: false,
        ..Options::new("p1")
    })?;
    let (ping, ping_id) = elsewhere.ping(json!({}));
    bench.send_bytes(&iut, &elsewhere, &message::padded(&ping, 600))?;
    let pong = elsewhere.wait_for(iut.soon(), |received| received.kind() == "PONG");
    let pong = bench.must(
        &iut,
        "MGP1-MSG-019",
        "a PONG to the UDP source address of the PING",
        pong,
    )?;
    bench.check(
        pong.get("data/pingId") == ping_id.as_str(),
        "MGP1-MSG-021",
        format!("the pingId {ping_id}"),
        pong.get("data/pingId").to_string(),
    )?;
    bench.rounds(&iut, &listener, 4)?;
    bench.alive(&iut, &listener)?;
    let there = elsewhere.received_since(0);
    bench.check(
        there.len() == 1,
        "MGP1-MSG-022",
        "one PONG and nothing else to that source address",
        format!("{} datagrams: {}", there.len(), kinds(&there)),
    )?;
    let here = listener.received_since(0);
    bench.check(
        with_ping_id(&here, &ping_id).is_empty(),
        "MGP1-MSG-019",
        "no PONG to the address in the record",
        "one came there",
    )?;
    bench.works(&iut, &listener)
}

/// The types of messages, for a report.
fn kinds(received: &[Received]) -> String {
    received
        .iter()
        .map(Received::kind)
        .collect::<Vec<_>>()
        .join(", ")
}

fn pad_and_unknown_members(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    for pad in [
        json!("x".repeat(1_000)),
        json!([1, {"a": null}]),
        json!(null),
        json!(17),
    ] {
        let (ping, ping_id) = peer.ping(
            json!({"pad": pad, "unknown": [1, 2], "localData": 5, "targetId": null, "full": null}),
        );
        bench.send(&iut, &peer, &ping)?;
        let pong = peer.wait_for(iut.soon(), |received| {
            received.kind() == "PONG" && received.get("data/pingId") == ping_id.as_str()
        });
        bench.must(
            &iut,
            "MGP1-MSG-019",
            &format!(
                "a PONG to a PING with `pad` = {}",
                super::bench::brief(&pad)
            ),
            pong,
        )?;
    }
    let (ping, ping_id) = peer.ping(json!({"targetId": iut.id}));
    bench.send(&iut, &peer, &ping)?;
    let pong = peer.wait_for(iut.soon(), |received| {
        received.get("data/pingId") == ping_id.as_str()
    });
    bench.must(
        &iut,
        "MGP1-MSG-019",
        "a PONG to a PING whose targetId is the node",
        pong,
    )?;
    bench.works(&iut, &peer)
}

fn ping_for_another_node(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mark = peer.mark();
    let mut ping_ids = Vec::new();
    let upper = iut.id.to_uppercase();
    for target in ["p1", "stranger", upper.as_str()] {
        let (ping, ping_id) = peer.ping(json!({"targetId": target}));
        bench.send(&iut, &peer, &ping)?;
        ping_ids.push((target.to_owned(), ping_id));
    }
    bench.alive(&iut, &peer)?;
    bench.rounds(&iut, &peer, 1)?;
    let received = peer.received_since(mark);
    for (target, ping_id) in ping_ids {
        bench.check(
            with_ping_id(&received, &ping_id).is_empty(),
            "MGP1-MSG-020",
            format!("no PONG to a PING for `{target}`"),
            "a PONG",
        )?;
    }
    bench.works(&iut, &peer)
}

fn pong_holds_our_record(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let (ping, ping_id) = peer.ping(json!({}));
    bench.send(&iut, &peer, &ping)?;
    let pong = peer.wait_for(iut.soon(), |received| {
        received.kind() == "PONG" && received.get("data/pingId") == ping_id.as_str()
    });
    let pong = bench.must(&iut, "MGP1-MSG-019", "a PONG", pong)?;
    let held = pong.record(peer.id()).unwrap_or_default();
    bench.check(
        oracle::json_equal(&held, &ping["data"]["membership"][peer.id()]),
        "MGP1-MSG-023",
        format!(
            "our record as the PING announced it: {}",
            ping["data"]["membership"][peer.id()]
        ),
        held.to_string(),
    )
}

fn floor(bench: &Bench<'_>) -> Outcome {
    let iut = bench.node()?;
    let past = bench.peer("p1")?;
    bench.join(&iut, &past)?;
    let greatest = past.tick() + 1_000_000;
    let ahead = past.message("GOSSIP", json!({}));
    let ahead = with(
        with(ahead, "timestamp", json!(greatest)),
        "data/membership/p1/lastSeen",
        json!(greatest),
    );
    bench.send(&iut, &past, &ahead)?;
    // It comes back with its clock a day behind.
    let today = bench.peer_with(Options {
        clock: Some(wall_ms() - 86_400_000),
        ..Options::new("p1")
    })?;
    let pong = bench.alive(&iut, &today)?;
    bench.check(
        pong.get("data/heartbeats/p1") == &json!(greatest),
        "MGP1-MSG-024",
        format!("`heartbeats.p1` = {greatest}, the greatest lastSeen that the node has seen of p1"),
        pong.get("data/heartbeats").to_string(),
    )
}

fn floor_of_a_member_that_left(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    // A member that this node hears of for the first time when it leaves is remembered and not listed.
    let gone = bench.peer_with(Options {
        answers: false,
        ..Options::new("gone")
    })?;
    let greatest = gone.tick() + 1_000_000;
    let farewell = gone.farewell("MEMBERSHIP", json!({}));
    let farewell = with(
        with(farewell, "timestamp", json!(greatest)),
        "data/membership/gone/lastSeen",
        json!(greatest),
    );
    bench.send(&iut, &gone, &farewell)?;
    let pong = bench.alive(&iut, &gone)?;
    bench.check(
        pong.get("data/heartbeats/gone") == &json!(greatest),
        "MGP1-MRG-021",
        format!("`heartbeats.gone` = {greatest}, as remembered"),
        pong.get("data/heartbeats").to_string(),
    )?;
    bench.alive(&iut, &peer).map(|_| ())
}

fn first_ping_is_padded_and_raw(bench: &Bench<'_>) -> Outcome {
    let iut = bench.node()?;
    let peer = bench.mute("p1")?;
    bench.alive(&iut, &peer)?;
    let ping = peer.wait_for(iut.soon(), |received| received.kind() == "PING");
    let ping = bench.must(
        &iut,
        "MGP1-DIS-003",
        "a PING to a new member whose address is not validated",
        ping,
    )?;
    bench.check(
        ping.is_raw() && ping.bytes.len() >= message::PADDED_PING,
        "MGP1-MSG-025",
        "a PING of at least 480 bytes, raw",
        format!(
            "{} bytes, {}",
            ping.bytes.len(),
            if ping.is_raw() { "raw" } else { "compressed" }
        ),
    )
}

fn membership_of_a_sync(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mark = peer.mark();
    let sync = peer.message(
        "SYNC",
        json!({"phase": "DIGEST", "prefix": "", "children": {}, "membership": {"from-sync": record(bench.nowhere()?, wall_ms())}}),
    );
    bench.send(&iut, &peer, &sync)?;
    bench.alive(&iut, &peer)?;
    let seen = peer.wait_since(mark, iut.soon(), |received| {
        received.record("from-sync").is_some()
    });
    bench
        .must(
            &iut,
            "MGP1-SYN-015",
            "the record that a SYNC carried is gossiped",
            seen,
        )
        .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_built_to_the_byte() {
        let made = entry_of_size("k", 640, "x");
        assert_eq!(oracle::canonical(&json!({"k": made})).len() - 2, 640);
    }
}
