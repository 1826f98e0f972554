//! Random meanings that every conforming node accepts. Strings come from pools: a regular expression is a hundred times slower.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

const CLOCK_END: u64 = 1 << 52;

/// A meaning of any type.
pub fn any() -> impl Strategy<Value = Value> {
    (
        cluster(),
        node_id(),
        token(),
        0..CLOCK_END,
        record(),
        body(),
    )
        .prop_map(
            |(cluster, sender, message_id, timestamp, own, (kind, mut data))| {
                let mut own = own;
                own["lastSeen"] = json!(timestamp);
                own["updated"] = json!(own["updated"].as_u64().unwrap_or(0).min(timestamp));
                if own["state"] == "SUSPECT" {
                    own["state"] = json!("ALIVE");
                }
                data["membership"][&sender] = own;
                json!({
                    "protocolVersion": 1, "cluster": cluster, "type": kind, "senderId": sender,
                    "messageId": message_id, "timestamp": timestamp, "data": data,
                })
            },
        )
}

fn body() -> impl Strategy<Value = (&'static str, Value)> {
    let records = || btree_map(node_id(), record(), 0..3);
    let heartbeats = || btree_map(node_id(), 0..CLOCK_END, 0..6);
    let entries = || btree_map(key(), entry(), 0..4);
    let gossip = (entries(), records(), heartbeats()).prop_map(|(entries, records, heartbeats)| {
        (
            "GOSSIP",
            json!({"localData": entries, "membership": records, "heartbeats": heartbeats}),
        )
    });
    let ping = (
        records(),
        token(),
        proptest::option::of(node_id()),
        proptest::bool::ANY,
    )
        .prop_map(|(records, ping_id, target, full)| {
            let mut data = json!({"membership": records, "pingId": ping_id, "full": full});
            if let Some(target) = target {
                data["targetId"] = json!(target);
            }
            ("PING", data)
        });
    let pong = (records(), token(), heartbeats()).prop_map(|(records, ping_id, heartbeats)| {
        (
            "PONG",
            json!({"membership": records, "pingId": ping_id, "heartbeats": heartbeats}),
        )
    });
    let pages = (records(), 1u64..9, 0u64..9).prop_map(|(records, page, more)| {
        (
            "MEMBERSHIP",
            json!({"membership": records, "page": page, "pages": page + more}),
        )
    });
    let leave = records().prop_map(|records| ("MEMBERSHIP", json!({"membership": records})));
    prop_oneof![4 => gossip, 1 => ping, 1 => pong, 1 => pages, 1 => leave]
}

fn cluster() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "c",
        "prod.eu-1:A_b",
        "cccccccccccccccccccccccccccccccc",
    ])
}

fn node_id() -> impl Strategy<Value = String> {
    prop_oneof![
        (0u32..40).prop_map(|number| format!("node-{number}")),
        select(vec!["a", "A", "mumbai_bkc", "10", "9", "-", "x.y:z"]).prop_map(str::to_owned),
        Just("n".repeat(64)),
    ]
}

fn token() -> impl Strategy<Value = String> {
    prop_oneof![
        (0u64..u64::MAX).prop_map(|number| format!("{number:x}")),
        select(vec![
            "v",
            "0",
            "fT2_0aXq3Lw",
            ":",
            "tttttttttttttttttttttttttttttttttttt"
        ])
        .prop_map(str::to_owned),
    ]
}

/// Text that codecs are known to bend.
fn text() -> impl Strategy<Value = String> {
    let pool = [
        "",
        "a",
        "é",
        "e\u{301}",
        "\u{0}",
        "\u{1f}",
        "\u{7f}",
        "\u{2028}",
        "\u{ffff}",
        "\u{1f600}",
        "\u{e000}",
        "\"",
        "\\",
        "/",
        "\n",
        "null",
        "1",
        "__proto__",
        "İ",
        "<>&'",
    ];
    vec(select(pool.to_vec()), 0..4).prop_map(|parts| parts.concat())
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        (0u32..50).prop_map(|number| format!("key/{number}")),
        text().prop_map(|text| if text.is_empty() {
            "k".to_owned()
        } else {
            text
        }),
    ]
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-1000i64..1000).prop_map(Value::from),
        select(vec![
            9007199254740991i64,
            -9007199254740991,
            1 << 60,
            i64::MIN
        ])
        .prop_map(Value::from),
        proptest::num::f64::NORMAL.prop_map(Value::from),
        select(vec![
            0.1,
            -0.5,
            5e-324,
            1.7976931348623157e308,
            1e21,
            1e-7,
            1e23
        ])
        .prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        proptest::bool::ANY.prop_map(Value::from),
        number(),
        text().prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            object(inner),
        ]
    })
}

fn object(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    btree_map(text(), inner, 0..3)
        .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>()))
}

fn entry() -> impl Strategy<Value = Value> {
    let timestamp = prop_oneof![0u64..(1 << 53), Just((1 << 53) - 1), Just(0)];
    (
        value(),
        timestamp,
        token(),
        node_id(),
        proptest::bool::weighted(0.2),
    )
        .prop_map(|(value, timestamp, version, source, deleted)| {
            json!({
                "value": if deleted { Value::Null } else { value }, "timestamp": timestamp,
                "version": version, "sourceNode": source, "deleted": deleted,
            })
        })
}

fn record() -> impl Strategy<Value = Value> {
    let host = select(vec![
        "127.0.0.1",
        "10.1.2.3",
        "::1",
        "2001:db8::1",
        "::ffff:10.0.0.1",
    ]);
    let state = select(vec!["ALIVE", "SUSPECT", "DEAD"]);
    let metadata = object(prop_oneof![number(), text().prop_map(Value::from)]);
    let versions = proptest::option::of((1u64..4, 0u64..4));
    (
        host,
        1u16..,
        state,
        0..CLOCK_END,
        0..CLOCK_END,
        metadata,
        versions,
    )
        .prop_map(|(host, port, state, one, other, metadata, versions)| {
            let mut record = json!({
                "host": host, "port": port, "state": state, "lastSeen": one.max(other),
                "updated": one.min(other), "metadata": metadata,
            });
            if let Some((min, more)) = versions {
                record["versions"] = json!({"min": min, "max": min + more});
            }
            record
        })
}
