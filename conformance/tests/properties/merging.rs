//! Merging is a join: commutative, associative and idempotent in each implementation, seen through the state of its machine (chapter 6).

use conformance::oracle::json_equal;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::adapters::{Iut, all, config};
use crate::generate::value;

const WALL: u64 = 1_760_000_000_000;

/// A GOSSIP in which few keys, times, versions, writers and values meet, so that every step of the order is decided somewhere.
fn gossip() -> impl Strategy<Value = Value> {
    let entry = (0..3_u64, select(vec!["0", "00", "a"]), select(vec!["p1", "p2", "P1"]), any::<bool>(), value()).prop_map(
        |(after, version, source, deleted, value)| {
            let value = if deleted { Value::Null } else { value };
            json!({"value": value, "timestamp": WALL - 10 + after, "version": version, "sourceNode": source, "deleted": deleted})
        },
    );
    let entries = btree_map(select(vec!["k1", "k2", "é"]), entry, 0..3);
    let record = (0..4_u64, 0..4_u64, select(vec!["ALIVE", "SUSPECT"]), select(vec![9001_u16, 9002]), select(vec!["x", "y"])).prop_map(
        |(seen, updated, state, port, zone)| {
            json!({"host": "127.0.0.1", "port": port, "state": state, "lastSeen": WALL + seen.max(updated), "updated": WALL + updated,
                "metadata": {"zone": zone}})
        },
    );
    let members = btree_map(select(vec!["m1", "m2", "m3"]), record, 0..3);
    let beats = btree_map(
        select(vec!["m1", "m2"]),
        (0..6_u64).prop_map(|n| WALL + n),
        0..2,
    );
    (select(vec!["p1", "p2"]), 1..5_u64, any::<u64>(), entries, members, beats).prop_map(
        |(sender, time, message, entries, members, beats)| {
            let mut membership: Map<String, Value> = members.into_iter().map(|(id, record)| (id.to_owned(), record)).collect();
            let port = if sender == "p1" { 9001 } else { 9002 };
            membership.insert(
                sender.to_owned(),
                json!({"host": "127.0.0.1", "port": port, "state": "ALIVE", "lastSeen": WALL + time, "updated": WALL, "metadata": {}}),
            );
            json!({"protocolVersion": 1, "type": "GOSSIP", "senderId": sender, "messageId": format!("{message:016x}"),
                "timestamp": WALL + time, "data": {"localData": entries, "membership": membership, "heartbeats": beats}})
        },
    )
}

/// The entries and members of a fresh machine after these messages. Heartbeats count only for members already known (MGP1-MRG-019), so all
/// members are introduced first.
fn state_after(iut: &Iut, messages: &[&Value]) -> Value {
    let node = "merging";
    let now = json!({"wall": WALL, "mono": 0});
    let ask = |mut body: Value| {
        body["node"] = json!(node);
        body["now"] = now.clone();
        iut.request(body)
    };
    ask(
        json!({"op": "create", "config": {"nodeId": "iut", "host": "127.0.0.1", "port": 9000, "randomSeed": 1}}),
    );
    let introduction = introduction();
    for message in std::iter::once(&introduction).chain(messages.iter().copied()) {
        let answer = ask(
            json!({"op": "datagram", "from": "127.0.0.1:9001", "datagram": hex::encode(message.to_string())}),
        );
        let reason = answer["outcome"].get("reason").and_then(Value::as_str);
        assert!(
            matches!(reason, None | Some("duplicate.message")),
            "{answer} to {message}"
        );
    }
    let mut state = ask(json!({"op": "state"}));
    iut.request(json!({"op": "destroy", "node": node}));
    json!({"entries": state["entries"].take(), "members": state["members"].take()})
}

fn introduction() -> Value {
    let record = |port: u16| json!({"host": "127.0.0.1", "port": port, "state": "ALIVE", "lastSeen": WALL, "updated": 1});
    json!({"protocolVersion": 1, "type": "GOSSIP", "senderId": "p0", "messageId": "introduction", "timestamp": WALL,
        "data": {"membership": {"p0": record(9003), "m1": record(9011), "m2": record(9012), "m3": record(9013)}}})
}

#[test]
fn the_order_and_the_number_of_messages_do_not_matter() {
    for iut in all() {
        let schedule = vec(gossip(), 2..6).prop_flat_map(|messages| {
            let order: Vec<usize> = (0..messages.len()).collect();
            (
                Just(messages),
                Just(order).prop_shuffle(),
                any::<prop::sample::Index>(),
            )
        });
        TestRunner::new(config(400))
            .run(&schedule, |(messages, order, again)| {
                let straight: Vec<&Value> = messages.iter().collect();
                let mut shuffled: Vec<&Value> = order.iter().map(|i| &messages[*i]).collect();
                // The repeated message is a new message with the same content: a duplicate would be dropped unmerged.
                let mut repeated = messages[again.index(messages.len())].clone();
                repeated["messageId"] = json!("again");
                shuffled.push(&repeated);
                let one = state_after(&iut, &straight);
                let other = state_after(&iut, &shuffled);
                prop_assert!(json_equal(&one, &other), "{one}\n{other}");
                Ok(())
            })
            .unwrap_or_else(|failure| panic!("{}: {failure}", iut.name));
    }
}

#[test]
fn all_implementations_merge_to_the_same_state() {
    let iuts = all();
    TestRunner::new(config(400))
        .run(&vec(gossip(), 1..6), |messages| {
            let messages: Vec<&Value> = messages.iter().collect();
            let mut states = iuts.iter().map(|iut| state_after(iut, &messages));
            if let Some(first) = states.next() {
                for other in states {
                    prop_assert!(json_equal(&first, &other), "{first}\n{other}");
                }
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}
