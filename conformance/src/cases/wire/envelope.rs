//! Chapter 4: the envelope, ids, clusters, duplicates.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::bench::{Bench, Outcome, brief};
use super::case;
use super::ignore::Offences;
use crate::cases::Case;
use crate::wire::message::{self, entry, record_in, with, without};
use crate::wire::{Options, Received, wall_ms};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-ENV-001/every-message",
            &["MGP1-ENV-010", "MGP1-ENV-007"],
            "a sender that leaves out the version, its own record or its cluster in some type of message",
            every_message,
        ),
        case(
            "MGP1-ENV-002/version-bad",
            &["MGP1-ERR-003"],
            "a version that is compared after a conversion",
            version_bad,
        ),
        case(
            "MGP1-ENV-003/version-unsupported",
            &["MGP1-ERR-003"],
            "a node that reads a later version as its own, or an old dialect as version 1",
            version_unsupported,
        ),
        case(
            "MGP1-ENV-005/cluster-bad",
            &[],
            "a cluster name that is cut or converted",
            cluster_bad,
        ),
        case(
            "MGP1-ENV-006/cluster-mismatch-in-every-type",
            &["MGP1-ERR-003"],
            "a node that looks at the cluster in GOSSIP and not in PING, PONG or MEMBERSHIP",
            cluster_mismatch_in_every_type,
        ),
        case(
            "MGP1-ENV-006/same-cluster-accepted",
            &["MGP1-ENV-007"],
            "a node that cannot live in a named cluster",
            same_cluster_accepted,
        ),
        case(
            "MGP1-ENV-008/broken-envelopes",
            &["MGP1-ERR-002"],
            "a member that is used before it is checked",
            broken_envelopes,
        ),
        case(
            "MGP1-ENV-009/no-own-record",
            &["MGP1-ERR-002"],
            "a sender that is added with an address or a clock that it never announced",
            no_own_record,
        ),
        case(
            "MGP1-ENV-011/timestamps-increase",
            &["MGP1-LIV-001"],
            "a clock read in milliseconds that gives two messages one timestamp",
            timestamps_increase,
        ),
        case(
            "MGP1-ENV-012/ids-are-random",
            &[],
            "ids from a counter, a clock or 32 random bits, which collide after a restart",
            ids_are_random,
        ),
        case(
            "MGP1-ENV-013/copies-are-alike",
            &["MGP1-ENV-011"],
            "one messageId for two contents, of which each receiver knows another",
            copies_are_alike,
        ),
        case(
            "MGP1-ENV-015/sender-with-our-id",
            &["MGP1-ERR-003"],
            "a node that merges or answers what comes under its own name",
            sender_with_our_id,
        ),
        case(
            "MGP1-ENV-016/duplicate-is-unanswered",
            &["MGP1-MSG-019"],
            "a PING that is answered once per copy",
            duplicate_is_unanswered,
        ),
        case(
            "MGP1-ENV-016/duplicate-is-not-applied",
            &[],
            "a message id that is checked for PINGs only, or without its sender",
            duplicate_is_not_applied,
        ),
        case(
            "MGP1-ENV-018/rejected-message-is-not-remembered",
            &["MGP1-ERR-002"],
            "an id that is remembered before the message is checked, so that anybody can suppress a message",
            rejected_message_is_not_remembered,
        ),
        case(
            "MGP1-ENV-019/unknown-type-over-udp",
            &["MGP1-ERR-003"],
            "a type that falls into a default branch",
            unknown_type,
        ),
    ]
}

fn every_message(bench: &Bench<'_>) -> Outcome {
    let cluster = "bom:1_a.B-c";
    let iut = bench.node_with(|settings| settings.cluster = cluster.to_owned())?;
    let peer = bench.peer_with(Options {
        cluster: cluster.to_owned(),
        ..Options::new("p1")
    })?;
    bench.join(&iut, &peer)?;
    bench.rounds(&iut, &peer, 3)?;
    bench.works(&iut, &peer)?;
    for received in peer.received_since(0) {
        let what = format!("a {}", received.kind());
        bench.check(
            received.get("protocolVersion") == &json!(1),
            "MGP1-ENV-001",
            "`protocolVersion` 1 in every message",
            format!("{what} decoded as {}", brief(&received.decoded.to_value())),
        )?;
        bench.check(
            received.get("cluster") == cluster,
            "MGP1-ENV-007",
            "the cluster in every message",
            format!("{what} with the cluster {}", received.get("cluster")),
        )?;
        let own = received.record(&iut.id).unwrap_or_default();
        bench.check(
            own["lastSeen"] == *received.get("timestamp"),
            "MGP1-ENV-010",
            "the node's own record with `lastSeen` = `timestamp` in every message",
            format!("{what} of {} with {own}", received.timestamp()),
        )?;
        bench.check(
            own["port"] == iut.address.port() && own["host"] == iut.address.ip().to_string(),
            "MGP1-ENV-010",
            format!("a record that names the node's address, {}", iut.address),
            own.to_string(),
        )?;
    }
    Ok(())
}

fn version_bad(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for version in [
        json!("1"),
        json!(1.5),
        json!(-1),
        json!([1]),
        json!({}),
        json!(true),
    ] {
        offences.add_gossip_with("protocolVersion", version)?;
    }
    let ping = with(offences.ping(), "protocolVersion", json!("1"));
    offences.add_message("a PING of version \"1\"", &ping);
    offences.are_ignored(&iut, "MGP1-ENV-002")
}

fn version_unsupported(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for version in [2, 255, 4_294_967_297_u64, 9_007_199_254_740_991] {
        offences.add_gossip_with("protocolVersion", json!(version))?;
        let ping = with(offences.ping(), "protocolVersion", json!(version));
        offences.add_message(format!("a PING of version {version}"), &ping);
    }
    offences.are_ignored(&iut, "MGP1-ENV-003")
}

fn cluster_bad(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for cluster in [
        json!(0),
        json!(false),
        json!([]),
        json!({}),
        json!("a b"),
        json!("ä"),
        json!("c".repeat(33)),
        json!("c\u{0}"),
    ] {
        offences.add_gossip_with("cluster", cluster)?;
    }
    offences.are_ignored(&iut, "MGP1-ENV-005")
}

fn cluster_mismatch_in_every_type(bench: &Bench<'_>) -> Outcome {
    for (ours, theirs) in [
        ("", "other"),
        ("ours", "other"),
        ("ours", "OURS"),
        ("ours", ""),
    ] {
        let iut = bench.node_with(|settings| settings.cluster = ours.to_owned())?;
        let peer = bench.peer_with(Options {
            cluster: ours.to_owned(),
            ..Options::new("p1")
        })?;
        bench.join(&iut, &peer)?;
        let mut offences = Offences::new(bench, &peer);
        for kind in ["GOSSIP", "MEMBERSHIP", "PONG", "PING", "SYNC"] {
            let of_kind = with(
                with(offences.gossip()?, "type", json!(kind)),
                "data/pingId",
                json!(offences.name()),
            );
            let of_kind = with(
                with(of_kind, "data/phase", json!("ENTRIES")),
                "data/prefix",
                json!(""),
            );
            let foreign = if theirs.is_empty() {
                without(of_kind, "cluster")
            } else {
                with(of_kind, "cluster", json!(theirs))
            };
            offences.add_message(
                format!("a {kind} of the cluster `{theirs}` to one of `{ours}`"),
                &foreign,
            );
        }
        offences.are_ignored(&iut, "MGP1-ENV-006")?;
    }
    Ok(())
}

fn same_cluster_accepted(bench: &Bench<'_>) -> Outcome {
    let cluster = "c".repeat(32);
    let iut = bench.node_with(|settings| settings.cluster = cluster.clone())?;
    let peer = bench.peer_with(Options {
        cluster,
        ..Options::new("p1")
    })?;
    bench.join(&iut, &peer)?;
    let sent = entry(json!(1), wall_ms(), "v1", peer.id());
    let mark = peer.mark();
    bench.send(&iut, &peer, &peer.gossip_entries([("k", sent.clone())]))?;
    bench.sees_entry(&iut, &peer, mark, "MGP1-ENV-006", "k", &sent)
}

fn broken_envelopes(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for member in ["type", "senderId", "messageId", "timestamp", "data"] {
        offences.add_gossip_without(member)?;
        for value in [json!(null), json!({"a": 1}), json!([]), json!(true)] {
            if (member, &value) != ("data", &json!({"a": 1})) {
                offences.add_gossip_with(member, value)?;
            }
        }
    }
    for id in ["", "a b", "ä", "a/b", "x\u{0}", &"s".repeat(65)] {
        let gossip = offences.gossip()?;
        let own = gossip["data"]["membership"]["p1"].clone();
        let renamed = with(gossip, "senderId", json!(id));
        let mut membership = renamed["data"]["membership"].clone();
        membership[id] = own;
        offences.add_message(
            format!("`senderId` = {id:?}"),
            &with(renamed, "data/membership", membership),
        );
    }
    for id in ["", "a b", "ä", &"m".repeat(37)] {
        offences.add_gossip_with("messageId", json!(id))?;
    }
    let gossip = offences.gossip()?;
    let gossip = with(
        with(gossip, "timestamp", json!(1_u64 << 52)),
        "data/membership/p1/lastSeen",
        json!(1_u64 << 52),
    );
    offences.add_message("a timestamp of 2^52", &gossip);
    offences.are_ignored(&iut, "MGP1-ENV-008")
}

fn no_own_record(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for path in [
        "data/membership/p1",
        "data/membership",
        "data/membership/p1/host",
        "data/membership/p1/lastSeen",
    ] {
        offences.add_gossip_without(path)?;
    }
    for (path, value) in [
        ("data/membership/p1/state", json!("SUSPECT")),
        ("data/membership/p1/state", json!("LEFT")),
        ("data/membership/p1/lastSeen", json!(5)),
        ("data/membership/p1/updated", json!(1_u64 << 51)),
        ("data/membership/p1/host", json!("localhost")),
        ("data/membership/p1/host", json!("0.0.0.0")),
        ("data/membership/p1/port", json!(0)),
        ("data/membership/p1/metadata", json!({"m": "x".repeat(400)})),
    ] {
        offences.add_gossip_with(path, value)?;
    }
    let ping = without(offences.ping(), "data/membership");
    offences.add_message("a PING without the sender's record", &ping);
    offences.are_ignored(&iut, "MGP1-ENV-009")
}

fn timestamps_increase(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    // PONGs as fast as they come: several in each millisecond.
    for number in 0..200 {
        bench.send(&iut, &peer, &peer.ping(json!({})).0)?;
        if number % 20 == 19 {
            bench.alive(&iut, &peer)?;
        }
    }
    bench.alive(&iut, &peer)?;
    bench.rounds(&iut, &peer, 2)?;
    bench.works(&iut, &peer)?;
    let mut by_message: BTreeMap<String, u64> = BTreeMap::new();
    let mut last = 0;
    for received in peer.received_since(0) {
        let id = received.get("messageId").to_string();
        let timestamp = received.timestamp();
        if by_message.insert(id, timestamp).is_some() {
            continue;
        }
        // One socket to one socket on loopback: the order of receipt is the order of sending.
        bench.check(
            timestamp > last,
            "MGP1-ENV-011",
            format!("a timestamp greater than {last}, that of the message before"),
            format!("{timestamp} in a {}", received.kind()),
        )?;
        last = timestamp;
    }
    Ok(())
}

/// How many bytes all of them begin with alike; of a single one that is not known, and nothing.
fn common_start(ids: &BTreeSet<String>) -> usize {
    // In order, so the first and the last differ the earliest.
    match (ids.first(), ids.last()) {
        (Some(first), Some(last)) if first != last => first
            .bytes()
            .zip(last.bytes())
            .take_while(|(a, b)| a == b)
            .count(),
        _ => 0,
    }
}

fn ids_are_random(bench: &Bench<'_>) -> Outcome {
    let mut message_ids = Vec::new();
    let mut ping_ids = Vec::new();
    for _ in 0..2 {
        let peer = bench.peer("p1")?;
        let iut = bench.node_with(|settings| settings.seeds = vec![peer.address()])?;
        bench.join(&iut, &peer)?;
        for number in 0..100 {
            bench.send(&iut, &peer, &peer.ping(json!({})).0)?;
            if number % 20 == 19 {
                bench.alive(&iut, &peer)?;
            }
        }
        bench.alive(&iut, &peer)?;
        bench.works(&iut, &peer)?;
        let ids = |path: &str, only: &dyn Fn(&Received) -> bool| {
            let ids: BTreeSet<String> = peer
                .received_since(0)
                .iter()
                .filter(|received| only(received))
                .filter_map(|received| received.get(path).as_str().map(str::to_owned))
                .collect();
            ids
        };
        message_ids.push(ids("messageId", &|_| true));
        ping_ids.push(ids("data/pingId", &|received| received.kind() == "PING"));
    }
    for (what, runs) in [("messageId", &message_ids), ("pingId", &ping_ids)] {
        let common: Vec<_> = runs[0].intersection(&runs[1]).collect();
        bench.check(
            common.is_empty(),
            "MGP1-ENV-012",
            format!("no `{what}` of one run comes again in the next"),
            format!("{common:?}"),
        )?;
        // 64 bits need 11 of the 66 characters of the alphabet; what all of a run begin with alike (a prefix, the head of a clock) is not random.
        let shortest = runs
            .iter()
            .flat_map(|run| run.iter().map(|id| id.len() - common_start(run)))
            .min()
            .unwrap_or(0);
        bench.check(
            shortest >= 11,
            "MGP1-ENV-012",
            format!("a `{what}` with at least 11 characters after what all of a run begin with"),
            format!(
                "{shortest}, as in {:?}",
                runs[0].iter().take(3).collect::<Vec<_>>()
            ),
        )?;
    }
    let all: Vec<&String> = message_ids.iter().flatten().collect();
    let bits = estimated_bits(&all);
    bench.check(
        bits >= 48.0,
        "MGP1-ENV-012",
        "ids that differ as ids with 64 random bits do: at least 48 bits by the number of different characters per place",
        format!("{bits:.0} bits in {} ids such as {:?}", all.len(), all.first()),
    )
}

/// How many bits the ids can carry at most, going by the characters seen at each place. A low guess: a sample never shows all of an alphabet.
fn estimated_bits(ids: &[&String]) -> f64 {
    let longest = ids.iter().map(|id| id.len()).max().unwrap_or(0);
    (0..longest)
        .map(|place| {
            let seen: BTreeSet<u8> = ids
                .iter()
                .filter_map(|id| id.as_bytes().get(place).copied())
                .collect();
            f64::from(u32::try_from(seen.len()).unwrap_or(1).max(1)).log2()
        })
        .sum()
}

fn copies_are_alike(bench: &Bench<'_>) -> Outcome {
    let iut = bench.node()?;
    let peers = [bench.peer("p1")?, bench.peer("p2")?, bench.peer("p3")?];
    for peer in &peers {
        bench.join(&iut, peer)?;
    }
    bench.works(&iut, &peers[0])?;
    for peer in &peers {
        bench.rounds(&iut, peer, 3)?;
    }
    let mut by_id: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut by_timestamp: BTreeMap<u64, String> = BTreeMap::new();
    for received in peers.iter().flat_map(|peer| peer.received_since(0)) {
        let id = received.get("messageId").to_string();
        let first = by_id
            .entry(id.clone())
            .or_insert_with(|| received.bytes.clone());
        bench.check(
            *first == received.bytes,
            "MGP1-ENV-013",
            format!("one content under the messageId {id}"),
            "two",
        )?;
        let other = by_timestamp
            .entry(received.timestamp())
            .or_insert_with(|| id.clone());
        bench.check(
            *other == id,
            "MGP1-ENV-011",
            format!("one message of the timestamp {}", received.timestamp()),
            format!("{other} and {id}"),
        )?;
    }
    Ok(())
}

fn sender_with_our_id(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    // An old clock: nothing to refute.
    let own = record_in("ALIVE", bench.nowhere()?, 5);
    for what in ["a GOSSIP", "a PING"] {
        let message = if what == "a PING" {
            offences.ping()
        } else {
            offences.gossip()?
        };
        let message = with(
            with(message, "senderId", json!(iut.id)),
            "timestamp",
            json!(5),
        );
        let message = with(message, &format!("data/membership/{}", iut.id), own.clone());
        offences.add_message(format!("{what} under the node's own id"), &message);
    }
    offences.are_ignored(&iut, "MGP1-ENV-015")
}

fn pongs_to(received: &[Received], ping_id: &str) -> usize {
    received
        .iter()
        .filter(|received| received.kind() == "PONG" && received.get("data/pingId") == ping_id)
        .count()
}

fn duplicate_is_unanswered(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let (ping, ping_id) = peer.ping(json!({}));
    let compressed = message::zlib(&message::text(&ping), 6);
    for _ in 0..3 {
        bench.send(&iut, &peer, &ping)?;
        bench.send_bytes(&iut, &peer, &compressed)?;
    }
    bench.alive(&iut, &peer)?;
    bench.rounds(&iut, &peer, 1)?;
    let pongs = pongs_to(&peer.received_since(0), &ping_id);
    bench.check(
        pongs == 1,
        "MGP1-ENV-016",
        "one PONG to six copies of one PING, raw and compressed",
        format!("{pongs}"),
    )?;
    bench.works(&iut, &peer)
}

fn duplicate_is_not_applied(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let other = bench.peer("p2")?;
    let message_id = peer.fresh_id();
    let under_id = |message: Value| with(message, "messageId", json!(message_id));
    let first = entry(json!(1), wall_ms(), "v1", "p1");
    let mark = peer.mark();
    bench.send(
        &iut,
        &peer,
        &under_id(peer.gossip_entries([("first", first.clone())])),
    )?;
    bench.sees_entry(&iut, &peer, mark, "MGP1-MRG-004", "first", &first)?;
    let mut offences = Offences::new(bench, &peer);
    let again = under_id(offences.gossip()?);
    offences.add_message("another message under the same messageId", &again);
    offences.are_ignored(&iut, "MGP1-ENV-016")?;
    // The history is per sender.
    let mark = peer.mark();
    bench.send(
        &iut,
        &other,
        &under_id(other.gossip_entries([("second", first.clone())])),
    )?;
    bench.sees_entry(&iut, &peer, mark, "MGP1-ENV-016", "second", &first)
}

fn rejected_message_is_not_remembered(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    for (key, path, broken) in [
        ("body", "data/heartbeats", json!(7)),
        ("type", "type", json!("HELLO")),
        ("self", "data/membership/p1/state", json!("SUSPECT")),
        ("cluster", "cluster", json!("other")),
    ] {
        let sent = entry(json!(1), wall_ms(), "v1", "p1");
        let good = peer.gossip_entries([(key, sent.clone())]);
        let mark = peer.mark();
        bench.send(&iut, &peer, &with(good.clone(), path, broken))?;
        bench.send(&iut, &peer, &good)?;
        bench.alive(&iut, &peer)?;
        let seen = peer.wait_since(mark, iut.soon(), |received| received.entry(key).is_some());
        bench.must(
            &iut,
            "MGP1-ENV-018",
            &format!("a message is taken whose id came before in one with a bad `{path}`"),
            seen,
        )?;
    }
    Ok(())
}

fn unknown_type(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for kind in [
        "",
        "HELLO",
        "Gossip",
        "GOSSIP\u{0}",
        "ping",
        "PING_REQ",
        "null",
    ] {
        let message = with(
            with(offences.gossip()?, "type", json!(kind)),
            "data/pingId",
            json!(offences.name()),
        );
        offences.add_message(format!("the type {kind:?}"), &message);
    }
    offences.are_ignored(&iut, "MGP1-ENV-019")
}
