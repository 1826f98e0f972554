//! Random messages as their meanings (specification, chapter 12), drawn from pools that hold what has broken codecs before.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// Ids that sort differently by byte, by case and by length.
const IDS: [&str; 8] = [
    "a",
    "B",
    "node-1",
    "node-10",
    "node_2",
    "mumbai.bkc:9100",
    "_",
    "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
];

/// Texts with escapes, planes beyond the first, both Unicode forms of one letter, and what other formats treat as special.
const TEXTS: [&str; 16] = [
    "",
    "a",
    "k",
    "\"\\/\u{8}\u{c}\n\r\t",
    "\u{0}",
    "\u{1f}\u{7f}",
    "\u{e9}",
    "e\u{301}",
    "\u{ffff}",
    "\u{1f600}",
    "\u{e000}\u{10000}",
    "\u{2028}\u{2029}",
    "</script>",
    "NaN",
    "__proto__",
    "कांदिवली",
];

/// Numbers that round, print or bind differently in different languages.
fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(|n| json!(n)),
        any::<u64>().prop_map(|n| json!(n)),
        any::<f64>()
            .prop_filter("finite", |d| d.is_finite())
            .prop_map(|d| json!(d)),
        select(vec![
            0.0,
            1e-7,
            1e-6,
            1e20,
            1e21,
            1e22,
            1e23,
            5e-324,
            f64::MAX,
            f64::MIN_POSITIVE,
            0.1,
            -444.940_629_676_511_97,
            9_007_199_254_740_993.0,
            2.470_328_229_206_232_7e-324,
            1.0,
            1e7,
            123_456_789_012_345_680.0,
        ])
        .prop_map(|d: f64| json!(d)),
    ]
}

/// Any JSON value, small.
pub fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number(),
        select(&TEXTS[..]).prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(4, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            btree_map(select(&TEXTS[..]).prop_map(str::to_owned), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn id() -> impl Strategy<Value = String> {
    select(&IDS[..]).prop_map(str::to_owned)
}

fn token() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<u64>().prop_map(|n| format!("{n:016x}")),
        select(vec!["0", "A", "a", "Zz", "_-.:"]).prop_map(str::to_owned)
    ]
}

fn clock() -> impl Strategy<Value = u64> {
    prop_oneof![
        1_760_000_000_000..1_760_000_000_100_u64,
        1..5_u64,
        Just((1 << 52) - 1)
    ]
}

/// An entry with its five members.
pub fn entry() -> impl Strategy<Value = Value> {
    let live = (value(), clock(), token(), id()).prop_map(|(value, timestamp, version, source)| {
        json!({"value": value, "timestamp": timestamp, "version": version, "sourceNode": source, "deleted": false})
    });
    let tombstone = (clock(), token(), id()).prop_map(|(timestamp, version, source)| {
        json!({"value": null, "timestamp": timestamp, "version": version, "sourceNode": source, "deleted": true})
    });
    prop_oneof![4 => live, 1 => tombstone]
}

/// A record; its `updated` does not exceed its `lastSeen`.
pub fn record(states: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let host = select(vec!["127.0.0.1", "10.0.0.7", "::1", "2001:db8::1"]);
    let metadata = prop_oneof![
        3 => Just(json!({})),
        1 => btree_map(select(vec!["zone", "é", ""]).prop_map(str::to_owned), value(), 0..2)
            .prop_map(|members| Value::Object(members.into_iter().collect())),
    ];
    (host, 1..=65_535_u16, select(states), clock(), 0..10_u64, metadata, any::<bool>()).prop_map(
        |(host, port, state, last_seen, before, metadata, versions)| {
            let mut record = json!({"host": host, "port": port, "state": state, "lastSeen": last_seen,
                "updated": last_seen.saturating_sub(before), "metadata": metadata});
            if versions {
                record["versions"] = json!({"min": 1, "max": 1});
            }
            record
        },
    )
}

fn entries() -> impl Strategy<Value = Value> {
    let key = select(&TEXTS[1..]).prop_map(str::to_owned);
    btree_map(key, entry(), 0..5).prop_map(|members| Value::Object(members.into_iter().collect()))
}

fn heartbeats() -> impl Strategy<Value = Value> {
    btree_map(id(), clock(), 0..5).prop_map(|members| {
        members
            .into_iter()
            .map(|(id, seen)| (id, json!(seen)))
            .collect::<Map<_, _>>()
            .into()
    })
}

/// The members of `data` beside `membership`, with the type that they belong to.
fn body() -> impl Strategy<Value = (&'static str, Value)> {
    let ping =
        (token(), proptest::option::of(id()), any::<bool>()).prop_map(|(ping_id, target, full)| {
            let mut data = json!({"pingId": ping_id, "full": full});
            if let Some(target) = target {
                data["targetId"] = json!(target);
            }
            ("PING", data)
        });
    let pages = proptest::option::of((1..9_u64, 0..9_u64)).prop_map(|pages| {
        let mut data = json!({});
        if let Some((page, more)) = pages {
            data["page"] = json!(page);
            data["pages"] = json!(page + more);
        }
        ("MEMBERSHIP", data)
    });
    let prefix = "[0-9a-f]{0,4}";
    let digest =
        (prefix, btree_map("[0-9a-f]", "[0-9a-f]{32}", 0..4)).prop_map(|(prefix, children)| {
            (
                "SYNC",
                json!({"phase": "DIGEST", "prefix": prefix, "children": children}),
            )
        });
    // Every entry lies below the empty prefix; below a longer one only those whose path says so, which none of these need.
    let all_entries = (entries(), any::<bool>()).prop_map(|(local_data, reply)| {
        (
            "SYNC",
            json!({"phase": "ENTRIES", "prefix": "", "localData": local_data, "reply": reply}),
        )
    });
    let no_entries = (prefix, any::<bool>()).prop_map(|(prefix, reply)| {
        (
            "SYNC",
            json!({"phase": "ENTRIES", "prefix": prefix, "localData": {}, "reply": reply}),
        )
    });
    prop_oneof![
        4 => (entries(), heartbeats()).prop_map(|(entries, beats)| ("GOSSIP", json!({"localData": entries, "heartbeats": beats}))),
        1 => ping,
        1 => (token(), heartbeats()).prop_map(|(ping_id, beats)| ("PONG", json!({"pingId": ping_id, "heartbeats": beats}))),
        1 => pages,
        1 => digest,
        1 => all_entries,
        1 => no_entries,
    ]
}

/// The meaning of a valid message of any type. Some do not fit a datagram, and some hold an item that is too large: encoders must say so.
pub fn meaning() -> impl Strategy<Value = Value> {
    let others = btree_map(id(), record(&["ALIVE", "SUSPECT", "DEAD"]), 0..4);
    let cluster = select(vec!["", "mumbai", "A.b_c:d-e"]);
    (body(), others, id(), record(&["ALIVE", "DEAD"]), token(), cluster).prop_map(
        |((kind, mut data), others, sender, own, message_id, cluster)| {
            let mut membership: Map<String, Value> = others.into_iter().collect();
            let timestamp = own["lastSeen"].clone();
            membership.insert(sender.clone(), own);
            data["membership"] = Value::Object(membership);
            json!({"protocolVersion": 1, "cluster": cluster, "type": kind, "senderId": sender, "messageId": message_id,
                "timestamp": timestamp, "data": data})
        },
    )
}
