//! The reference model merges as chapter 6 says, and digests are those of chapter 9.

use conformance::oracle::digest::{Tree, leaf, on_the_wire, path};
use conformance::oracle::legacy;
use conformance::oracle::merge::{Limits, Model, entry_order, merge_records};
use conformance::oracle::message::{Entry, Record, check_entry, check_record};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const WALL: u64 = 1_760_000_000_000;

fn entry(changes: Value) -> Entry {
    let plain = json!({"value": 1, "timestamp": WALL, "version": "v", "sourceNode": "a"});
    check_entry("k", &with(plain, changes)).expect("a valid entry")
}

fn record(changes: Value) -> Record {
    let plain = json!({
        "host": "127.0.0.1", "port": 9001, "state": "ALIVE", "lastSeen": 10, "updated": 5,
    });
    check_record("p", &with(plain, changes)).expect("a valid record")
}

fn with(mut value: Value, changes: Value) -> Value {
    for (name, change) in changes.as_object().expect("an object") {
        value[name] = change.clone();
    }
    value
}

fn model() -> Model {
    Model::new("iut", Limits::default())
}

#[test]
fn entries_are_ordered_by_five_criteria_in_turn() {
    let ascending = [
        entry(json!({})),
        entry(json!({"value": 10})),
        entry(json!({"value": 2})),
        entry(json!({"deleted": true, "value": null})),
        entry(json!({"sourceNode": "a."})),
        entry(json!({"sourceNode": "b"})),
        entry(json!({"version": "v0", "sourceNode": "A"})),
        entry(json!({"version": "w"})),
        entry(json!({"timestamp": WALL + 1, "version": "0"})),
    ];
    for (index, smaller) in ascending.iter().enumerate() {
        for greater in &ascending[index + 1..] {
            assert!(
                entry_order(smaller, greater).is_lt(),
                "{smaller:?} < {greater:?}"
            );
            assert!(entry_order(greater, smaller).is_gt());
        }
        assert!(entry_order(smaller, smaller).is_eq());
    }
}

#[test]
fn liveness_and_content_merge_apart() {
    let moved = record(json!({"host": "10.0.0.1", "updated": 8, "lastSeen": 8}));
    let fresh = record(json!({"lastSeen": 20, "state": "SUSPECT"}));
    for merged in [merge_records(&moved, &fresh), merge_records(&fresh, &moved)] {
        assert_eq!(merged.host, "10.0.0.1");
        assert_eq!(
            (merged.updated, merged.last_seen, merged.state.name()),
            (8, 20, "SUSPECT")
        );
    }
    let dead = record(json!({"state": "DEAD"}));
    let alive = record(json!({"metadata": {"a": 1}}));
    for merged in [merge_records(&dead, &alive), merge_records(&alive, &dead)] {
        assert_eq!(merged.state.name(), "DEAD");
        // {"host":"127.0.0.1","metadata":{"a"… is less than …{"},"port": by bytes: '"' is below '}'.
        assert!(merged.metadata.is_empty());
    }
}

fn old_message(timestamp: u64) -> Value {
    json!({"protocolVersion": 0, "type": "GOSSIP", "senderId": "p", "timestamp": timestamp, "data": {
        "localData": {"k": {"value": 1, "timestamp": WALL, "version": "v", "sourceNode": "v0", "deleted": false}},
        "membership": {"q": {"host": "127.0.0.1", "port": 9002}},
    }})
}

#[test]
fn of_the_members_of_an_old_message_the_sender_alone_is_merged_at_its_source() {
    let mut model = model();
    let source = "[::ffff:127.0.0.9]:9001".parse().expect("an address");
    assert!(legacy::merge(&mut model, &old_message(7), source, WALL).is_empty());
    assert_eq!(model.entries["k"].source_node, "v0");
    let ids: Vec<&String> = model.members.keys().collect();
    assert_eq!(ids, ["p"]);
    let held = &model.members["p"];
    assert_eq!((held.host.as_str(), held.port), ("127.0.0.9", 9001));
    assert_eq!((held.last_seen, held.updated), (7, 7));
}

#[test]
fn an_old_message_is_a_heartbeat_where_nothing_else_is_new_and_a_record_where_something_is() {
    let source = "127.0.0.1:9001".parse().expect("an address");
    for (known, updated) in [
        (record(json!({})), 5),
        (record(json!({"port": 9009})), 20),
        (record(json!({"metadata": {"a": 1}})), 20),
        (record(json!({"versions": {"min": 1, "max": 1}})), 20),
    ] {
        let mut model = model();
        model.members.insert("p".to_owned(), known);
        assert!(legacy::merge(&mut model, &old_message(20), source, WALL).is_empty());
        let held = &model.members["p"];
        assert_eq!(
            (held.last_seen, held.updated, held.port),
            (20, updated, 9001)
        );
        assert!(held.metadata.is_empty() && held.versions.is_none());
    }
}

#[test]
fn a_sender_from_where_nobody_can_listen_is_skipped_and_its_entries_are_not() {
    for (source, reason) in [
        ("127.0.0.1:0", "record.shape"),
        ("224.0.0.1:9001", "record.host"),
    ] {
        let mut model = model();
        let source = source.parse().expect("an address");
        let skipped = legacy::merge(&mut model, &old_message(7), source, WALL);
        let expected = json!({"section": "membership", "name": "p", "reason": reason});
        assert_eq!(skipped, [expected]);
        assert!(model.members.is_empty() && model.entries.contains_key("k"));
    }
}

#[test]
fn an_entry_dated_too_far_ahead_is_skipped_and_one_held_so_loses() {
    let mut model = model();
    let ahead = WALL + 86_400_001;
    let dated = entry(json!({"timestamp": ahead}));
    assert_eq!(
        model.merge_entry("k", dated.clone(), WALL),
        Err("entry.future")
    );
    assert_eq!(model.merge_entry("k", dated.clone(), WALL + 1), Ok(()));
    let older = entry(json!({"value": 2}));
    assert_eq!(model.merge_entry("k", older.clone(), WALL + 1), Ok(()));
    assert_eq!(model.entries["k"], dated);
    // The wall clock was set back meanwhile.
    assert_eq!(model.merge_entry("k", older.clone(), WALL), Ok(()));
    assert_eq!(model.entries["k"], older);
}

#[test]
fn a_tombstone_expires_by_its_own_time() {
    let tombstone = || entry(json!({"deleted": true, "value": null}));
    let last = WALL + 86_400_000;
    let mut model = model();
    assert_eq!(
        model.merge_entry("k", tombstone(), last + 1),
        Err("entry.expired")
    );
    assert_eq!(model.merge_entry("k", tombstone(), last), Ok(()));
    model.drop_expired(last);
    assert_eq!(model.entries.len(), 1);
    model.drop_expired(last + 1);
    assert_eq!(model.entries.len(), 0);
    // One for a key that is held still deletes it.
    let older = entry(json!({"timestamp": WALL - 1}));
    assert_eq!(model.merge_entry("k", older, last + 1), Ok(()));
    assert_eq!(model.merge_entry("k", tombstone(), last + 1), Ok(()));
    model.drop_expired(last + 1);
    assert_eq!(model.entries.len(), 0);
}

#[test]
fn full_tables_take_nothing_new() {
    let limits = Limits {
        max_entries: 1,
        max_members: 1,
        max_remembered: 1,
        ..Limits::default()
    };
    let mut model = Model::new("iut", limits);
    assert_eq!(model.merge_entry("a", entry(json!({})), WALL), Ok(()));
    assert_eq!(
        model.merge_entry("b", entry(json!({})), WALL),
        Err("entry.capacity")
    );
    assert_eq!(
        model.merge_entry("a", entry(json!({"version": "w"})), WALL),
        Ok(())
    );
    assert_eq!(model.merge_record("p", record(json!({}))), Ok(()));
    assert_eq!(
        model.merge_record("q", record(json!({}))),
        Err("record.capacity")
    );
    for id in ["x", "y"] {
        assert_eq!(
            model.merge_record(id, record(json!({"state": "DEAD"}))),
            Ok(())
        );
    }
    assert_eq!(model.remembered.keys().collect::<Vec<_>>(), ["y"]);
}

#[test]
fn the_dead_are_remembered_and_return_only_with_newer_evidence() {
    let mut model = model();
    let dead = record(json!({"state": "DEAD", "lastSeen": 10}));
    assert_eq!(model.merge_record("p", dead), Ok(()));
    model.merge_heartbeat("p", 99);
    assert_eq!(
        model.merge_record("p", record(json!({"lastSeen": 10}))),
        Ok(())
    );
    assert!(model.members.is_empty());
    assert_eq!(model.remembered["p"].last_seen, 10);
    assert_eq!(
        model.merge_record("p", record(json!({"lastSeen": 11, "state": "SUSPECT"}))),
        Ok(())
    );
    assert_eq!(model.members["p"].state.name(), "SUSPECT");
    model.merge_heartbeat("p", 12);
    assert_eq!(model.members["p"].state.name(), "ALIVE");
}

#[test]
fn a_message_is_applied_but_for_the_own_id_and_for_strangers_heartbeats() {
    let mut model = model();
    let message = json!({"data": {
        "localData": {"k": entry(json!({})).to_value(), "late": entry(json!({"timestamp": WALL * 2})).to_value()},
        "membership": {"p": record(json!({})).to_value(), "iut": record(json!({})).to_value()},
        "heartbeats": {"p": 30, "stranger": 30},
    }});
    let skipped = model.apply(&message, WALL);
    assert_eq!(
        skipped,
        [json!({"section": "localData", "name": "late", "reason": "entry.future"})]
    );
    assert_eq!(model.members.keys().collect::<Vec<_>>(), ["p"]);
    assert_eq!(model.members["p"].last_seen, 30);
    assert_eq!(model.apply(&message, WALL), skipped, "twice is once");
}

#[test]
fn a_leaf_is_the_hash_of_the_bytes_of_chapter_9() {
    let entry = entry(json!({"timestamp": 258, "version": "v1", "deleted": true, "value": null}));
    let bytes = b"\x00\0\0\0\x02ab\0\0\0\0\0\0\x01\x02\0\0\0\x02v1\0\0\0\x01a\x01";
    let expected: [u8; 32] = Sha256::digest(bytes).into();
    assert_eq!(leaf("ab", &entry), expected);
    assert_eq!(on_the_wire(&expected).len(), 32);
}

#[test]
fn a_digest_is_a_leaf_or_the_hash_of_the_digests_below() {
    let entry = entry(json!({}));
    let keys: Vec<String> = (0..40).map(|index| format!("k{index}")).collect();
    assert_eq!(Tree::default().digest(""), None);
    let single = Tree::of([(&keys[0], &entry)]);
    assert_eq!(single.digest(""), Some(leaf("k0", &entry)));
    let tree = Tree::of(keys.iter().map(|key| (key, &entry)));
    let mut bytes = vec![0x01];
    for value in 0u8..16 {
        if let Some(digest) = tree.digest(&format!("{value:x}")) {
            bytes.push(value);
            bytes.extend_from_slice(&digest);
        }
    }
    let expected: [u8; 32] = Sha256::digest(&bytes).into();
    assert_eq!(tree.digest(""), Some(expected));
    assert_eq!(tree.digest(&path("k7")), Some(leaf("k7", &entry)));
    assert_eq!(tree.children(&path("k7")).len(), 0);
    let reversed = Tree::of(keys.iter().rev().map(|key| (key, &entry)));
    assert_eq!(tree.children(""), reversed.children(""));
}

#[test]
fn the_value_is_in_no_digest_and_all_else_is() {
    let key = "k".to_owned();
    let digest = |changes: Value| Tree::of([(&key, &entry(changes))]).digest("");
    let plain = digest(json!({}));
    assert_eq!(digest(json!({"value": 2})), plain);
    for changes in [
        json!({"timestamp": 1}),
        json!({"version": "w"}),
        json!({"sourceNode": "b"}),
        json!({"deleted": true, "value": null}),
    ] {
        assert_ne!(digest(changes.clone()), plain, "{changes}");
    }
}
