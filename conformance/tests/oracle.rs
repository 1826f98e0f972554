//! The oracle says what the specification says.

use std::io::Write;

use conformance::oracle::{Decoded, canonical, decode, json, json_equal};
use flate2::{Compression, write::ZlibEncoder};
use serde_json::{Value, json};

fn own() -> Value {
    json!({"host": "127.0.0.1", "port": 9001, "state": "ALIVE", "lastSeen": 5, "updated": 5})
}

fn entry(value: Value) -> Value {
    json!({"value": value, "timestamp": 1, "version": "v", "sourceNode": "a"})
}

/// A valid message of `a` whose `data` also holds these members.
fn message(kind: &str, data: Value) -> Value {
    let mut message = json!({
        "protocolVersion": 1, "type": kind, "senderId": "a", "messageId": "m", "timestamp": 5,
        "data": {"membership": {"a": own()}},
    });
    for (name, value) in data.as_object().expect("an object") {
        if name == "membership" {
            for (id, record) in value.as_object().expect("an object") {
                message["data"]["membership"][id] = record.clone();
            }
        } else {
            message["data"][name] = value.clone();
        }
    }
    message
}

fn gossip(data: Value) -> Value {
    message("GOSSIP", data)
}

/// A value with some of its members replaced.
fn with(mut value: Value, changes: Value) -> Value {
    for (name, change) in changes.as_object().expect("an object") {
        value[name] = change.clone();
    }
    value
}

fn reason_of(datagram: &[u8]) -> &'static str {
    match decode(datagram) {
        Decoded::Rejected { reason, .. } => reason,
        Decoded::Accepted { .. } => "accepted",
    }
}

fn reason_of_message(message: &Value) -> &'static str {
    reason_of(message.to_string().as_bytes())
}

fn accepted(message: &Value) -> (Value, Vec<Value>) {
    match decode(message.to_string().as_bytes()) {
        Decoded::Accepted { message, skipped } => (message, skipped),
        rejected => panic!("{rejected:?} for {message}"),
    }
}

/// The reasons for which items of a message are skipped, in their order.
fn skips_of(message: &Value) -> Vec<String> {
    let reason = |item: &Value| item["reason"].as_str().expect("a string").to_owned();
    accepted(message).1.iter().map(reason).collect()
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

/// The reason for an object with one member `x`; without fault it is no message for want of a version.
fn json_reason(member: &str) -> &'static str {
    reason_of(format!("{{\"x\":{member}}}").as_bytes())
}

const VALID_JSON: &str = "version.unsupported";

#[test]
fn the_first_byte_tells_the_frame() {
    assert_eq!(reason_of(b""), "size.empty");
    let unknown: [&[u8]; 9] = [
        b" {}",
        b"\xEF\xBB\xBF{}",
        b"\x1f\x8b\x08",
        b"x",
        b"[]",
        &[0x78],
        &[0x78, 0x9D],
        &[0x78, 0xBB],
        &[0x88, 0x1C],
    ];
    for datagram in unknown {
        assert_eq!(reason_of(datagram), "frame.unknown", "{datagram:02x?}");
    }
    let text = gossip(json!({})).to_string();
    assert_eq!(decode(text.as_bytes()), decode(&zlib(text.as_bytes())));
}

#[test]
fn a_stream_is_judged_as_a_whole() {
    let stream = zlib(gossip(json!({})).to_string().as_bytes());
    for end in 2..stream.len() {
        assert_eq!(reason_of(&stream[..end]), "inflate.truncated", "{end}");
    }
    let mut trailing = stream.clone();
    trailing.push(0);
    assert_eq!(reason_of(&trailing), "inflate.trailing");
    let mut flipped = stream;
    *flipped.last_mut().expect("not empty") ^= 1;
    assert_eq!(reason_of(&flipped), "inflate.corrupt");
}

#[test]
fn a_text_may_be_65536_bytes_and_not_one_more() {
    let padded = |length: usize| {
        let mut text = gossip(json!({})).to_string().into_bytes();
        text.resize(length, b' ');
        zlib(&text)
    };
    assert_eq!(reason_of(&padded(65_536)), "accepted");
    assert_eq!(reason_of(&padded(65_537)), "inflate.too-big");
    assert_eq!(reason_of(&padded(1_000_000)), "inflate.too-big");
}

#[test]
fn the_rules_of_json_are_told_apart() {
    for encoding in [
        &b"{\"x\":\"\xFF\"}"[..],
        b"{\"x\":\"\xED\xA0\x80\"}",
        b"{\"\xC0\xA2\":1}",
    ] {
        assert_eq!(reason_of(encoding), "json.encoding");
    }
    assert_eq!(reason_of(&zlib(b" {}")), "json.not-object");
    assert_eq!(reason_of(&zlib(b"")), "json.not-object");
    for broken in [
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "1e",
        "NaN",
        "tru",
        "'a'",
        "[1,]",
        "[1",
        "\"\\x\"",
        "\"\\u12\"",
        "{\"a\"}",
        "{,}",
        "{\"a\":1,}",
        "1}//",
        "\u{a0}1",
        "\"\t\"",
        "}{",
        "\"\0\"",
    ] {
        assert_eq!(json_reason(broken), "json.syntax", "{broken}");
    }
    assert_eq!(reason_of(b"{} \t\r\n"), VALID_JSON);
    assert_eq!(reason_of(b"{}\0"), "json.syntax");
    for duplicate in [
        "1,\"\\u0078\":2",
        "{\"a\":1,\"\\u0061\":1}",
        "[[{\"\":1,\"\":1}]]",
    ] {
        assert_eq!(json_reason(duplicate), "json.duplicate", "{duplicate}");
    }
    for lone in [
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\ud800\"",
        "\"\\ud800x\"",
        "{\"\\udfff\":1}",
    ] {
        assert_eq!(json_reason(lone), "json.surrogate", "{lone}");
    }
    for fine in [
        "\"\\ud83d\\ude00\"",
        "\"\\u0000\\/\\b\"",
        "{\"\":[ ] , \"a\" : { } }",
        "1E+2",
        "-0.0",
        "0e99999",
        "\"\u{7f}\u{ffff}\u{2028}\"",
    ] {
        assert_eq!(json_reason(fine), VALID_JSON, "{fine}");
    }
}

#[test]
fn depth_and_number_limits_are_exact() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(json_reason(&nested(31)), VALID_JSON);
    assert_eq!(json_reason(&nested(32)), "json.depth");
    assert_eq!(json_reason(&"1".repeat(64)), VALID_JSON);
    assert_eq!(json_reason(&"1".repeat(65)), "json.number");
    assert_eq!(json_reason("1.7976931348623157e308"), VALID_JSON);
    assert_eq!(json_reason("1e400"), "json.number");
    assert_eq!(json_reason("-1e400"), "json.number");
    assert_eq!(json_reason("1e-400"), VALID_JSON);
}

#[test]
fn numbers_are_rounded_correctly_and_printed_as_ecmascript_prints_them() {
    for (token, printed) in [
        ("9007199254740993", "9007199254740992"),
        ("2.4703282292062328e-324", "5e-324"),
        ("-444.94062967951197", "-444.94062967951197"),
        ("1e23", "1e+23"),
        ("100.0", "100"),
        ("-0", "0"),
        ("0.000001", "0.000001"),
        ("1e-7", "1e-7"),
        ("18446744073709551616", "18446744073709552000"),
    ] {
        let text = format!("{{\"v\":{token}}}");
        let value = json::parse(text.as_bytes()).expect("valid JSON");
        assert_eq!(canonical(&value["v"]), printed);
    }
}

#[test]
fn canonical_form_sorts_by_utf16_and_escapes_little() {
    let value = json!({"\u{e000}": 1, "\u{1f600}": 2, "a": [true, null, "\u{1f}\"\\\n\u{7f}/é"]});
    assert_eq!(
        canonical(&value),
        "{\"a\":[true,null,\"\\u001f\\\"\\\\\\n\u{7f}/é\"],\"\u{1f600}\":2,\"\u{e000}\":1}"
    );
}

#[test]
fn json_equality_compares_numbers_as_doubles_and_nothing_loosely() {
    assert!(json_equal(
        &json!({"a": 1, "b": -0.0}),
        &json!({"b": 0, "a": 1.0})
    ));
    for (a, b) in [
        (json!(1), json!("1")),
        (json!(0), json!(false)),
        (json!(null), json!({})),
        (json!([1, 2]), json!([2, 1])),
        (json!({"a": 1}), json!({"a": 1, "b": null})),
        (json!("é"), json!("e\u{301}")),
    ] {
        assert!(!json_equal(&a, &b), "{a} and {b}");
    }
}

#[test]
fn the_envelope_is_checked_in_order() {
    for (changes, reason) in [
        (json!({}), "accepted"),
        (json!({"protocolVersion": null}), "version.bad"),
        (json!({"protocolVersion": "1", "cluster": 1}), "version.bad"),
        (json!({"protocolVersion": 1.5}), "version.bad"),
        (json!({"protocolVersion": -1}), "version.bad"),
        (json!({"protocolVersion": 0}), "version.unsupported"),
        (json!({"protocolVersion": 2}), "version.unsupported"),
        (json!({"cluster": "a b", "type": 1}), "cluster.bad"),
        (json!({"cluster": "c".repeat(33)}), "cluster.bad"),
        (json!({"cluster": "c".repeat(32)}), "accepted"),
        (json!({"cluster": null}), "accepted"),
        (json!({"type": null, "senderId": ""}), "envelope.type"),
        (
            json!({"senderId": "", "messageId": ""}),
            "envelope.senderId",
        ),
        (
            json!({"messageId": "m".repeat(37), "timestamp": ""}),
            "envelope.messageId",
        ),
        (
            json!({"timestamp": 4503599627370496u64, "data": 1}),
            "envelope.timestamp",
        ),
        (json!({"data": []}), "envelope.data"),
        (json!({"data": {}}), "envelope.self"),
        (json!({"data": {"membership": []}}), "envelope.self"),
        (json!({"senderId": "b"}), "envelope.self"),
        (json!({"timestamp": 6, "type": "X"}), "envelope.self"),
        (json!({"type": "gossip"}), "type.unknown"),
    ] {
        let message = with(gossip(json!({})), changes);
        assert_eq!(reason_of_message(&message), reason, "{message}");
    }
}

#[test]
fn a_sender_may_call_itself_dead_but_not_suspect() {
    for (state, expected) in [
        ("DEAD", "accepted"),
        ("SUSPECT", "envelope.self"),
        ("dead", "envelope.self"),
    ] {
        let record = with(own(), json!({"state": state}));
        let message = gossip(json!({"membership": {"a": record}}));
        assert_eq!(reason_of_message(&message), expected);
    }
}

#[test]
fn a_meaning_has_every_default_and_no_stranger() {
    let data = json!({
        "pingId": "p", "pad": "xxx", "targetId": null, "other": 1,
        "membership": {"a": with(own(), json!({"other": 1}))},
    });
    let sent = with(message("PING", data), json!({"other": 1}));
    let own = with(own(), json!({"metadata": {}}));
    assert_eq!(
        accepted(&sent).0,
        json!({
            "protocolVersion": 1, "cluster": "", "type": "PING", "senderId": "a", "messageId": "m",
            "timestamp": 5, "data": {"membership": {"a": own}, "pingId": "p", "full": false},
        })
    );
    let bare = json!({"timestamp": 1, "version": "v", "sourceNode": "a", "x": 1});
    let sent = gossip(json!({"localData": {"k": bare}}));
    assert_eq!(
        accepted(&sent).0["data"]["localData"]["k"],
        json!({"value": null, "timestamp": 1, "version": "v", "sourceNode": "a", "deleted": false})
    );
}

#[test]
fn bodies_are_checked_by_type() {
    let digest = |length: usize| json!({"a": "0".repeat(length)});
    for (kind, data, expected) in [
        ("GOSSIP", json!({"localData": []}), "body.localData"),
        (
            "GOSSIP",
            json!({"localData": null, "heartbeats": null}),
            "accepted",
        ),
        ("GOSSIP", json!({"heartbeats": 1}), "body.heartbeats"),
        (
            "PING",
            json!({"pingId": "p", "heartbeats": 1, "localData": 1}),
            "accepted",
        ),
        ("PING", json!({"targetId": 1}), "body.pingId"),
        (
            "PING",
            json!({"pingId": "p", "targetId": ""}),
            "body.targetId",
        ),
        ("PING", json!({"pingId": "p", "full": 1}), "body.full"),
        ("PONG", json!({"pingId": ""}), "body.pingId"),
        (
            "PONG",
            json!({"pingId": "p", "heartbeats": []}),
            "body.heartbeats",
        ),
        ("MEMBERSHIP", json!({}), "accepted"),
        ("MEMBERSHIP", json!({"page": 1}), "body.page"),
        ("MEMBERSHIP", json!({"page": 0, "pages": 1}), "body.page"),
        ("MEMBERSHIP", json!({"page": 2, "pages": 1}), "body.page"),
        ("MEMBERSHIP", json!({"page": 2, "pages": 2}), "accepted"),
        ("SYNC", json!({"prefix": ""}), "body.phase"),
        (
            "SYNC",
            json!({"phase": "DIGEST", "prefix": "A"}),
            "body.prefix",
        ),
        (
            "SYNC",
            json!({"phase": "DIGEST", "prefix": "a"}),
            "body.children",
        ),
        (
            "SYNC",
            json!({"phase": "DIGEST", "prefix": "", "children": digest(31)}),
            "body.children",
        ),
        (
            "SYNC",
            json!({"phase": "DIGEST", "prefix": "", "children": digest(32)}),
            "accepted",
        ),
        (
            "SYNC",
            json!({"phase": "DIGEST", "prefix": "a".repeat(64), "children": digest(32)}),
            "body.children",
        ),
        (
            "SYNC",
            json!({"phase": "ENTRIES", "prefix": "", "reply": 1}),
            "body.reply",
        ),
        (
            "SYNC",
            json!({"phase": "ENTRIES", "prefix": "", "localData": 1}),
            "body.localData",
        ),
        (
            "SYNC",
            json!({"phase": "ENTRIES", "prefix": ""}),
            "accepted",
        ),
    ] {
        let message = message(kind, data);
        assert_eq!(reason_of_message(&message), expected, "{message}");
    }
}

#[test]
fn invalid_items_are_skipped_one_by_one_in_utf16_order() {
    let sent = gossip(json!({
        "localData": {
            "": entry(json!(1)),
            "\u{e000}": 1,
            "\u{1f600}": with(entry(json!(1)), json!({"sourceNode": "", "deleted": 1})),
            "good": entry(json!(1)),
            "t": with(entry(json!(1)), json!({"deleted": true})),
            "x".repeat(257): entry(json!(1)),
            "z": entry(json!("x".repeat(600))),
        },
        "membership": {"b b": own(), "c": {"host": "127.0.0.1"}},
        "heartbeats": {"": 1, "d": "1", "e": 4503599627370496u64, "f": 4503599627370495u64},
    }));
    assert_eq!(
        skips_of(&sent),
        [
            "entry.key",
            "entry.tombstone-value",
            "entry.key",
            "entry.size",
            "entry.shape",
            "entry.shape",
            "record.id",
            "record.shape",
            "heartbeat.id",
            "heartbeat.value",
            "heartbeat.value"
        ]
    );
    let (meaning, skipped) = accepted(&sent);
    assert_eq!(skipped[4]["name"], "\u{1f600}");
    let data = &meaning["data"];
    assert_eq!(
        data["localData"].as_object().map(|kept| kept.len()),
        Some(1)
    );
    assert_eq!(data["heartbeats"], json!({"f": 4503599627370495u64}));
}

#[test]
fn an_entry_may_be_640_canonical_bytes_and_a_record_360() {
    let shortest = r#""k":{"sourceNode":"a","timestamp":1,"value":"","version":"v"}"#.len();
    for (size, skips) in [(640, 0), (641, 1)] {
        let value = json!("x".repeat(size - shortest));
        let sent = gossip(json!({"localData": {"k": entry(value)}}));
        assert_eq!(skips_of(&sent).len(), skips, "{size}");
    }
    let shortest = concat!(
        r#""b":{"host":"127.0.0.1","lastSeen":4503599627370495,"metadata":{"m":""},"port":9001,"#,
        r#""state":"SUSPECT","updated":4503599627370495}"#
    )
    .len();
    for (size, skips) in [(360, 0), (361, 1)] {
        let metadata = json!({"m": "x".repeat(size - shortest)});
        let record = with(own(), json!({"metadata": metadata}));
        let sent = gossip(json!({"membership": {"b": record}}));
        assert_eq!(skips_of(&sent).len(), skips, "{size}");
    }
}

#[test]
fn hosts_are_addresses_that_one_node_can_have() {
    let usable = [
        "10.0.0.1",
        "::1",
        "fe80::1",
        "::ffff:10.0.0.1",
        "2001:DB8::1.2.3.4",
        "0.0.0.1",
    ];
    let unusable = [
        "localhost",
        "010.0.0.1",
        "10.1",
        "[::1]",
        "fe80::1%eth0",
        "",
        "0.0.0.0",
        "::",
        "::ffff:0.0.0.0",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
        "::ffff:255.255.255.255",
        " 10.0.0.1",
        "1::2::3",
        "10.0.0.256",
        "0x7f.0.0.1",
        "12345::",
    ];
    let skips = |host: &str| {
        let record = with(own(), json!({"host": host}));
        skips_of(&gossip(json!({"membership": {"b": record}})))
    };
    for host in usable {
        assert_eq!(skips(host), [""; 0], "{host}");
    }
    for host in unusable {
        assert_eq!(skips(host), ["record.host"], "{host}");
    }
}

#[test]
fn a_record_that_breaks_several_rules_is_skipped_for_the_first() {
    for (changes, reason) in [
        (json!({"port": 0, "host": "x"}), "record.shape"),
        (json!({"port": 65536}), "record.shape"),
        (json!({"versions": {"min": 0, "max": 1}}), "record.shape"),
        (json!({"versions": {"min": 2, "max": 1}}), "record.shape"),
        (json!({"metadata": []}), "record.shape"),
        (json!({"host": "x", "updated": 6}), "record.host"),
        (
            json!({"updated": 6, "metadata": {"m": "x".repeat(400)}}),
            "record.clock",
        ),
        (json!({"lastSeen": 4503599627370496u64}), "record.clock"),
        (json!({"lastSeen": 9007199254740992u64}), "record.shape"),
    ] {
        let record = with(own(), changes);
        let sent = gossip(json!({"membership": {"b": record}}));
        assert_eq!(skips_of(&sent), [reason], "{sent}");
    }
}

#[test]
fn entries_outside_the_prefix_of_a_sync_are_skipped() {
    // The path of "k" begins with 8254.
    let sync = |prefix: &str| {
        let entries = json!({"k": entry(json!(1))});
        let data = json!({"phase": "ENTRIES", "prefix": prefix, "localData": entries});
        message("SYNC", data)
    };
    assert_eq!(skips_of(&sync("8254")), [""; 0]);
    assert_eq!(skips_of(&sync("8255")), ["entry.prefix"]);
}
