//! The judge of sent datagrams names the requirement that each of them breaks.

use std::io::Write;

use conformance::oracle::outgoing::{Circumstances, Receiver, Sequence, advise, judge};
use serde_json::{Value, json};

fn message(kind: &str, data: Value) -> Value {
    let own =
        json!({"host": "127.0.0.1", "port": 9001, "state": "ALIVE", "lastSeen": 5, "updated": 5});
    let mut message = json!({
        "protocolVersion": 1, "type": kind, "senderId": "a", "messageId": "m", "timestamp": 5,
        "data": {"membership": {"a": own}},
    });
    for (name, value) in data.as_object().expect("an object") {
        message["data"][name] = value.clone();
    }
    message
}

fn raw(message: &Value) -> Vec<u8> {
    message.to_string().into_bytes()
}

fn zlib(text: &[u8], level: u32) -> Vec<u8> {
    let level = flate2::Compression::new(level);
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

fn broken(datagram: &[u8], known: &Circumstances) -> Vec<&'static str> {
    judge(datagram, known)
        .iter()
        .map(|breach| breach.requirement)
        .collect()
}

fn broken_by(datagram: &[u8]) -> Vec<&'static str> {
    broken(datagram, &Circumstances::default())
}

fn long_gossip(length: usize) -> Vec<u8> {
    let record = json!({"host": "127.0.0.1", "port": 1, "state": "ALIVE", "lastSeen": 5, "updated": 5, "x": "x".repeat(length)});
    let mut message = message("GOSSIP", json!({}));
    message["data"]["membership"]["b"] = record;
    raw(&message)
}

#[test]
fn a_plain_gossip_breaks_nothing() {
    assert_eq!(broken_by(&raw(&message("GOSSIP", json!({})))), [""; 0]);
}

#[test]
fn framing_is_judged() {
    assert_eq!(broken_by(b""), ["MGP1-FRM-001"]);
    assert_eq!(broken_by(b" {}"), ["MGP1-FRM-001"]);
    assert_eq!(broken_by(&long_gossip(1_400)), ["MGP1-FRM-002"]);
    let short = raw(&message("GOSSIP", json!({})));
    assert_eq!(broken_by(&zlib(&short, 9)), ["MGP1-FRM-003"]);
    assert_eq!(broken_by(&zlib(&long_gossip(66_000), 9)), ["MGP1-FRM-017"]);
    let stored = zlib(&long_gossip(700), 0);
    assert_eq!(broken_by(&stored), ["MGP1-FRM-005"]);
    assert_eq!(broken_by(&zlib(&long_gossip(700), 6)), [""; 0]);
}

#[test]
fn texts_that_receivers_reject_are_blamed_on_the_sender() {
    assert_eq!(broken_by(b"{\"a\":1,\"a\":1}"), ["MGP1-JSN-010"]);
    let text = message("GOSSIP", json!({})).to_string();
    let without_version = text.replace("\"protocolVersion\":1,", "");
    assert_eq!(broken_by(without_version.as_bytes()), ["MGP1-ENV-001"]);
    let stale = text.replace("\"lastSeen\":5", "\"lastSeen\":6");
    assert_eq!(broken_by(stale.as_bytes()), ["MGP1-ENV-010"]);
    let float = text.replace("\"updated\":5", "\"updated\":5.0");
    assert!(broken_by(float.as_bytes()).contains(&"MGP1-JSN-015"));
    let skipped = message("GOSSIP", json!({"localData": {"": 1}}));
    assert_eq!(broken_by(&raw(&skipped)), ["MGP1-MSG-004"]);
}

#[test]
fn what_is_known_of_the_sender_counts() {
    let known = Circumstances {
        cluster: Some("c".to_owned()),
        sender_id: Some("b".to_owned()),
        ..Circumstances::default()
    };
    let sent = raw(&message("GOSSIP", json!({})));
    assert_eq!(broken(&sent, &known), ["MGP1-ENV-007", "MGP1-ENV-010"]);
    let wall = 1_000_000_000;
    let known = Circumstances {
        wall: Some(wall),
        ..Circumstances::default()
    };
    let entry = |timestamp: u64, deleted: bool| {
        let entry =
            json!({"timestamp": timestamp, "version": "v", "sourceNode": "a", "deleted": deleted});
        raw(&message("GOSSIP", json!({"localData": {"k": entry}})))
    };
    assert_eq!(broken(&entry(wall + 86_400_000, false), &known), [""; 0]);
    assert_eq!(
        broken(&entry(wall + 86_400_001, false), &known),
        ["MGP1-MRG-008"]
    );
    assert_eq!(broken(&entry(wall - 86_400_000, true), &known), [""; 0]);
    assert_eq!(
        broken(&entry(wall - 86_400_001, true), &known),
        ["MGP1-MRG-014"]
    );
}

#[test]
fn unvalidated_addresses_get_padded_pings_and_small_answers() {
    let to = |answered| Circumstances {
        receiver: Receiver::Unvalidated { answered },
        ..Circumstances::default()
    };
    let ping = message("PING", json!({"pingId": "p"}));
    assert_eq!(broken(&raw(&ping), &to(None)), ["MGP1-MSG-025"]);
    let padded = message("PING", json!({"pingId": "p", "pad": "x".repeat(300)}));
    assert!(raw(&padded).len() >= 480);
    assert_eq!(broken(&raw(&padded), &to(None)), [""; 0]);
    let pong = raw(&message("PONG", json!({"pingId": "p"})));
    assert_eq!(broken(&pong, &to(None)), ["MGP1-DIS-012"]);
    assert_eq!(
        broken(&pong, &to(Some((pong.len() - 1) / 3))),
        ["MGP1-DIS-012"]
    );
    assert_eq!(broken(&pong, &to(Some(pong.len().div_ceil(3)))), [""; 0]);
}

#[test]
fn heartbeats_are_for_members_that_live() {
    let mut gossip = message("GOSSIP", json!({"heartbeats": {"b": 5}}));
    assert_eq!(broken_by(&raw(&gossip)), [""; 0]);
    gossip["data"]["membership"]["b"] =
        json!({"host": "127.0.0.1", "port": 1, "state": "DEAD", "lastSeen": 5, "updated": 5});
    assert_eq!(broken_by(&raw(&gossip)), ["MGP1-MSG-017"]);
    let pong = {
        let mut pong = gossip.clone();
        pong["type"] = json!("PONG");
        pong["data"]["pingId"] = json!("p");
        pong
    };
    assert_eq!(broken_by(&raw(&pong)), [""; 0]);
}

#[test]
fn advice_is_about_canonical_form_and_compression() {
    let advised = |datagram: &[u8]| -> Vec<&'static str> {
        advise(datagram, &Circumstances::default())
            .iter()
            .map(|breach| breach.requirement)
            .collect()
    };
    let plain = conformance::oracle::canonical(&message("GOSSIP", json!({})));
    assert_eq!(advised(plain.as_bytes()), [""; 0]);
    assert_eq!(advised(format!("{plain} ").as_bytes()), ["MGP1-JSN-018"]);
    let long = conformance::oracle::canonical(
        &serde_json::from_slice::<Value>(&long_gossip(700)).expect("JSON"),
    );
    assert_eq!(advised(long.as_bytes()), ["MGP1-FRM-004"]);
}

#[test]
fn timestamps_grow_and_a_message_id_means_one_message() {
    let at = |id: &str, timestamp: u64| {
        let mut message = message("GOSSIP", json!({}));
        message["messageId"] = json!(id);
        message["timestamp"] = json!(timestamp);
        message["data"]["membership"]["a"]["lastSeen"] = json!(timestamp);
        raw(&message)
    };
    let mut sequence = Sequence::default();
    let mut next = |id: &str, timestamp: u64| -> Vec<&'static str> {
        let breaches = sequence.next(&at(id, timestamp));
        breaches.iter().map(|breach| breach.requirement).collect()
    };
    assert_eq!(next("m1", 5), [""; 0]);
    assert_eq!(next("m1", 5), [""; 0], "a copy");
    assert_eq!(next("m2", 6), [""; 0]);
    assert_eq!(next("m1", 5), [""; 0], "a late copy");
    assert_eq!(next("m3", 6), ["MGP1-ENV-011"]);
    assert_eq!(next("m2", 7), ["MGP1-ENV-013"]);
}
