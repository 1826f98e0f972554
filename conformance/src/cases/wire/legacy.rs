//! Chapter 10 over UDP: the suite speaks the two published dialects, and an ordinary peer sees what the node makes of that.

use serde_json::{Value, json};

use super::bench::{Bench, Iut, Outcome, SOON};
use super::case;
use super::ignore::Offences;
use crate::cases::Case;
use crate::fixtures;
use crate::oracle::legacy::{judge_answer, ping_of};
use crate::verdict::Verdict;
use crate::wire::message;
use crate::wire::{Peer, Received, wall_ms};

/// Rounds in which what must not be sent would have been.
const ROUNDS: usize = 8;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-LEG-001/both-dialects-in-both-frames",
            &["MGP1-LEG-004", "MGP1-LEG-006"],
            "a dialect told by its frame; entries and senders that are learnt and not told on",
            both_dialects_in_both_frames,
        ),
        case(
            "MGP1-LEG-002/bad-messages",
            &["MGP1-ERR-002", "MGP1-ERR-003"],
            "an old message that is used before it is checked",
            bad_messages,
        ),
        case(
            "MGP1-LEG-003/named-cluster",
            &["MGP1-ENV-006"],
            "messages of a network without a name that reach a cluster with one",
            named_cluster,
        ),
        case(
            "MGP1-LEG-005/bad-entries-beside-good-ones",
            &["MGP1-MSG-002"],
            "one bad entry that costs the rest of the message",
            bad_entries_beside_good_ones,
        ),
        case(
            "MGP1-LEG-006/only-the-sender",
            &["MGP1-LEG-007"],
            "a member made of what an old node says of another one",
            only_the_sender,
        ),
        case(
            "MGP1-LEG-008/published-pings",
            &["MGP1-DIS-012", "MGP1-ENV-004"],
            "an answer that the published nodes cannot read",
            published_pings,
        ),
        case(
            "MGP1-LEG-009/nothing-else-over-udp",
            &["MGP1-DIS-012"],
            "a node that gossips to old nodes, in their dialect or in its own",
            nothing_else_of_version_0,
        ),
    ]
}

fn legacy_node(bench: &Bench<'_>) -> Result<(Iut, Peer), Verdict> {
    let iut = bench.node_with(|settings| settings.legacy = true)?;
    let peer = bench.peer("p1")?;
    bench.join(&iut, &peer)?;
    Ok((iut, peer))
}

/// A message of `v0-java` from that sender, now.
fn java(sender: &Peer, kind: &str, data: &Value) -> Value {
    json!({
        "type": kind, "senderId": sender.id(), "data": data,
        "timestamp": wall_ms(), "messageId": sender.fresh_id(),
    })
}

/// A message of `v0-python` from that sender, now.
fn python(sender: &Peer, kind: &str, data: &Value) -> Value {
    json!({
        "message_type": kind, "sender_id": sender.id(), "data": data,
        "timestamp": seconds(wall_ms()), "message_id": sender.fresh_id(),
    })
}

/// Seconds as the published Python node writes them. The clock of this century is a double without loss.
fn seconds(milliseconds: u64) -> Value {
    let text = format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
    serde_json::from_str(&text).unwrap_or_default()
}

fn packed(text: &Value) -> Vec<u8> {
    message::zlib(text.to_string().as_bytes(), 6)
}

fn both_dialects_in_both_frames(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = legacy_node(bench)?;
    for (number, dialect) in ["java", "java", "python", "python"].into_iter().enumerate() {
        let old = bench.mute(&format!("old-{number}"))?;
        let key = format!("key-{number}");
        let now = wall_ms();
        let mark = peer.mark();
        let (text, version) = if dialect == "java" {
            let entry = json!({"value": {"a": [1.5]}, "timestamp": now, "version": "dba21c83", "sourceNode": "x"});
            let data = json!({"localData": {&key: entry}, "membership": {}});
            (java(&old, "GOSSIP", &data), "dba21c83")
        } else {
            let entry =
                json!({"value": {"a": [1.5]}, "timestamp": seconds(now), "version": 361_740});
            let data = json!({"local_state": {&key: entry}, "membership": {}});
            (python(&old, "gossip", &data), "0361740")
        };
        let bytes = if number % 2 == 0 {
            text.to_string().into_bytes()
        } else {
            packed(&text)
        };
        bench.send_bytes(&iut, &old, &bytes)?;
        let mapped = message::entry(json!({"a": [1.5]}), now, version, "v0");
        bench.sees_entry(&iut, &peer, mark, "MGP1-LEG-004", &key, &mapped)?;
        sees_record_at(bench, &iut, &peer, mark, &old)?;
    }
    Ok(())
}

/// Waits until the node gossips an old sender's record: its UDP source address, no metadata, ALIVE.
fn sees_record_at(
    bench: &Bench<'_>,
    iut: &Iut,
    peer: &Peer,
    mark: usize,
    old: &Peer,
) -> Result<Value, Verdict> {
    let seen = peer.wait_since(mark, SOON, |received| received.record(old.id()).is_some());
    let what = format!("the node gossips a record of `{}`", old.id());
    let seen = bench.must_within(iut, "MGP1-LEG-006", &what, seen, SOON)?;
    let record = seen.record(old.id()).unwrap_or_default();
    let at = format!(
        "{}:{}",
        record["host"].as_str().unwrap_or("?"),
        record["port"]
    );
    bench.check(
        at == old.address().to_string(),
        "MGP1-LEG-006",
        format!("the UDP source address {}", old.address()),
        at,
    )?;
    bench.check(
        record["metadata"]
            .as_object()
            .is_none_or(serde_json::Map::is_empty)
            && record["versions"].is_null(),
        "MGP1-LEG-006",
        "no metadata",
        record.to_string(),
    )?;
    Ok(record)
}

fn bad_messages(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = legacy_node(bench)?;
    let mut offences = Offences::new(bench, &peer);
    let now = wall_ms();
    for (what, change) in [
        ("no type of a known name", json!({"type": null})),
        ("a number as type", json!({"type": 1})),
        ("no message id", json!({"messageId": null})),
        ("a message id with a space", json!({"messageId": "a b"})),
        ("a time as text", json!({"timestamp": now.to_string()})),
        ("a time of 2^52", json!({"timestamp": 1_u64 << 52})),
        ("data that is a list", json!({"data": []})),
        ("a type that nobody knows", json!({"type": "HELLO"})),
    ] {
        let name = offences.name();
        let mut text = json!({
            "type": "PING", "senderId": name, "data": {"pingId": name},
            "timestamp": now, "messageId": name,
        });
        for (member, value) in change.as_object().into_iter().flatten() {
            text[member] = value.clone();
        }
        offences.add_message(what, &text);
    }
    for (what, time) in [
        ("seconds as text", json!("1760000000.5")),
        ("seconds below 0", json!(-1.0)),
        ("seconds that overflow", json!(1e306)),
    ] {
        let name = offences.name();
        let text = json!({
            "message_type": "ping", "sender_id": name, "data": {"ping_id": name},
            "timestamp": time, "message_id": name,
        });
        offences.add(what, packed(&text));
    }
    let name = offences.name();
    let neither = json!({"kind": "PING", "senderId": name, "data": {"pingId": name}, "timestamp": now, "messageId": name});
    offences.add_message("neither dialect", &neither);
    offences.are_ignored(&iut, "MGP1-LEG-002")
}

fn named_cluster(bench: &Bench<'_>) -> Outcome {
    let iut = bench.node_with(|settings| {
        settings.legacy = true;
        "bom".clone_into(&mut settings.cluster);
    })?;
    let peer = bench.peer_with(crate::wire::Options {
        cluster: "bom".to_owned(),
        ..crate::wire::Options::new("p1")
    })?;
    bench.join(&iut, &peer)?;
    let mut offences = Offences::new(bench, &peer);
    for cluster in [Value::Null, json!("bom")] {
        for kind in ["GOSSIP", "PING"] {
            let name = offences.name();
            let entry = json!({"value": name, "timestamp": wall_ms(), "version": "v1"});
            let mut text = json!({
                "type": kind, "senderId": name, "timestamp": wall_ms(), "messageId": name,
                "data": {"pingId": name, "localData": {&name: entry}},
            });
            if !cluster.is_null() {
                text["cluster"] = cluster.clone();
            }
            offences.add_message(format!("a {kind} of version 0, cluster {cluster}"), &text);
        }
    }
    offences.are_ignored(&iut, "MGP1-LEG-003")
}

fn bad_entries_beside_good_ones(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = legacy_node(bench)?;
    let mut offences = Offences::new(bench, &peer);
    let now = wall_ms();
    let good =
        |value: &str| json!({"value": value, "timestamp": now, "version": "v1", "sourceNode": "x"});
    let shapes = [
        json!(null),
        json!(7),
        json!({"value": 1}),
        json!({"value": 1, "timestamp": now.to_string(), "version": "v1"}),
        json!({"value": 1, "timestamp": now, "version": 7}),
        json!({"value": "x".repeat(700), "timestamp": now, "version": "v1"}),
        json!({"value": 1, "timestamp": now + 200_000_000, "version": "v1"}),
    ];
    for shape in &shapes {
        let name = offences.name();
        let text = json!({
            "type": "GOSSIP", "senderId": "old", "timestamp": now, "messageId": name,
            "data": {"localData": {&name: shape, "good": good("good")}},
        });
        offences.add_message(format!("an entry {}", super::bench::brief(shape)), &text);
    }
    let taken = message::entry(json!("good"), now, "v1", "v0");
    offences.are_ignored_beside(&iut, "MGP1-LEG-005", json!({"good": taken}), json!({}))
}

fn only_the_sender(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = legacy_node(bench)?;
    let old = bench.mute("old")?;
    let mark = peer.mark();
    let named = bench.nowhere()?;
    let far = wall_ms() + 1_000_000_000;
    let listed = |state: &str| json!({"host": named.ip().to_string(), "port": named.port(), "state": state, "lastSeen": far, "metadata": {}});
    let members = json!({"phantom": listed("ALIVE"), "p1": listed("DEAD"), "old": listed("DEAD"), "name": {"host": "localhost", "port": 9100}, "bad": 7});
    let gossip = java(
        &old,
        "GOSSIP",
        &json!({"localData": {}, "membership": members}),
    );
    bench.send(&iut, &old, &gossip)?;
    let record = sees_record_at(bench, &iut, &peer, mark, &old)?;
    bench.check(
        record["lastSeen"] == gossip["timestamp"] && record["updated"] == gossip["timestamp"],
        "MGP1-LEG-006",
        format!("both clocks at {}", gossip["timestamp"]),
        record.to_string(),
    )?;
    for received in bench.rounds(&iut, &peer, ROUNDS)? {
        for phantom in ["phantom", "name", "bad"] {
            bench.check(
                received.state_of(phantom).is_none(),
                "MGP1-LEG-007",
                "no member from an old node's list",
                format!("the node tells of `{phantom}`"),
            )?;
        }
        let told = received
            .record("p1")
            .map_or(Value::Null, |record| record["state"].clone());
        bench.check(
            told.is_null() || told == "ALIVE",
            "MGP1-LEG-007",
            "a live member stays ALIVE whatever an old node says of it",
            told.to_string(),
        )?;
    }
    Ok(())
}

fn published_pings(bench: &Bench<'_>) -> Outcome {
    let (iut, _peer) = legacy_node(bench)?;
    for name in ["java-ping-synthetic", "python-ping"] {
        let bytes = captured(name)?;
        let old = bench.mute("old")?;
        let answer = ask(bench, &iut, &old, &bytes)?;
        judge(bench, &iut, &bytes, &answer)?;
    }
    for (kind, old) in [
        ("PING", bench.mute("old-java")?),
        ("ping", bench.mute("old-python")?),
    ] {
        for packed_too in [false, true] {
            let text = if kind == "PING" {
                java(&old, kind, &json!({"pingId": old.fresh_id()}))
            } else {
                python(
                    &old,
                    kind,
                    &json!({"ping_id": old.fresh_id(), "sender_port": old.address().port()}),
                )
            };
            let bytes = if packed_too {
                packed(&text)
            } else {
                text.to_string().into_bytes()
            };
            let answer = ask(bench, &iut, &old, &bytes)?;
            judge(bench, &iut, &bytes, &answer)?;
        }
    }
    Ok(())
}

/// Bytes that a published node sent.
fn captured(name: &str) -> Result<Vec<u8>, Verdict> {
    let id = format!("MGP1-LEG-001/capture-{name}");
    fixtures::legacy_vectors()
        .iter()
        .find(|vector| vector.heading.id == id)
        .map(|vector| vector.data.datagram.clone())
        .ok_or_else(|| Verdict::Error(format!("there is no vector {id}")))
}

/// Sends a PING of version 0 and waits for what is no message of version 1.
fn ask(bench: &Bench<'_>, iut: &Iut, old: &Peer, ping: &[u8]) -> Result<Received, Verdict> {
    let mark = old.mark();
    bench.send_bytes(iut, old, ping)?;
    let answer = old.wait_since(mark, SOON, |received| received.message().is_none());
    let expected = "a PONG in the dialect of the PING";
    bench.must_within(iut, "MGP1-LEG-008", expected, answer, SOON)
}

fn judge(bench: &Bench<'_>, iut: &Iut, ping: &[u8], answer: &Received) -> Outcome {
    let (dialect, ping_id) = ping_of(ping)
        .ok_or_else(|| Verdict::Error("the suite made no PING of version 0".to_owned()))?;
    judge_answer(&answer.bytes, &iut.id, (&dialect, &ping_id, ping.len()))
        .map(|_| ())
        .map_err(|(requirement, expected, actual)| bench.fail(requirement, expected, actual))
}

fn nothing_else_of_version_0(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = legacy_node(bench)?;
    let (old, older) = (bench.mute("old")?, bench.mute("older")?);
    let marks = [(&old, old.mark()), (&older, older.mark())];
    for _ in 0..ROUNDS {
        bench.send(&iut, &old, &java(&old, "GOSSIP", &json!({"localData": {}})))?;
        bench.send_bytes(
            &iut,
            &older,
            &packed(&python(&older, "gossip", &json!({"local_state": {}}))),
        )?;
        bench.rounds(&iut, &peer, 1)?;
    }
    for (old, mark) in marks {
        for received in old.received_since(mark) {
            bench.check(
                received.kind() == "PING",
                "MGP1-LEG-009",
                "nothing but PINGs of version 1 to an old node that sent no PING",
                format!(
                    "{} bytes: {}",
                    received.bytes.len(),
                    received.message().unwrap_or(&Value::Null)
                ),
            )?;
        }
    }
    bench.works(&iut, &peer)
}
