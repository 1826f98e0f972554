//! The oracle confirms the digest vectors, which two programs in Python have computed, and its responder follows chapter 9.

use std::collections::BTreeMap;

use conformance::cases::vectors::{DigestVector, digest_vectors};
use conformance::oracle::digest::{Tree, on_the_wire};
use conformance::oracle::message::{Entry, check_entry};
use conformance::oracle::sync::{Answer, Store, digest_of, due};
use serde_json::{Value, json};

fn parameter(vector: &DigestVector, name: &str) -> u64 {
    let configured = vector.config.get(name).and_then(Value::as_u64);
    configured.unwrap_or(86_400_000)
}

/// What lies below anything at that wall clock.
fn visible(vector: &DigestVector, wall: i64) -> BTreeMap<String, Entry> {
    let wall = u64::try_from(wall).expect("a wall clock after 1970");
    let retention = parameter(vector, "tombstoneRetention");
    let skew = parameter(vector, "maxFutureSkew");
    let entries = vector.entries.iter().map(|(key, value)| {
        let entry = check_entry(key, value).unwrap_or_else(|why| panic!("{}: {why}", vector.id));
        (key.clone(), entry)
    });
    entries
        .filter(|(_, entry)| !(entry.deleted && entry.timestamp + retention < wall))
        .filter(|(_, entry)| entry.timestamp <= wall + skew)
        .collect()
}

#[test]
fn the_oracle_confirms_every_digest_vector() {
    let vectors = digest_vectors();
    assert!(!vectors.is_empty(), "no digest vectors");
    let mut wrong = Vec::new();
    for vector in &vectors {
        let tree = Tree::of(&visible(vector, vector.wall + vector.step_wall));
        for (prefix, expected) in &vector.digests {
            let digest = tree.digest(prefix).map(|digest| on_the_wire(&digest));
            if digest != *expected {
                let id = &vector.id;
                wrong.push(format!(
                    "{id}: {prefix:?} is {digest:?}, the vector says {expected:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_node_keeps_every_entry_of_a_digest_vector_when_it_receives_it() {
    for vector in digest_vectors() {
        let held = visible(&vector, vector.wall);
        assert_eq!(held.len(), vector.entries.len(), "{}", vector.id);
    }
}

fn store(keys: &[&str]) -> Store {
    let entry = |timestamp| Entry {
        value: json!(1),
        timestamp,
        version: "v1".to_owned(),
        source_node: "p1".to_owned(),
        deleted: false,
    };
    keys.iter()
        .map(|key| ((*key).to_owned(), entry(5)))
        .collect()
}

#[test]
fn the_responder_is_silent_where_nothing_differs() {
    let store = store(&["k", "l"]);
    let question = digest_of(&store, "").to_data();
    assert_eq!(due(&store, &question, &|_| true), []);
    let all = Answer::Entries {
        prefix: String::new(),
        entries: store.clone(),
        reply: true,
    };
    assert_eq!(due(&store, &all.to_data(), &|_| true), []);
}

#[test]
fn the_responder_asks_for_what_it_lacks_and_goes_deeper_where_entries_do_not_fit() {
    let store = store(&["k", "l"]);
    let question = json!({"phase": "DIGEST", "prefix": "", "children": {"0": "00"}});
    // The path of `k` begins with 8, that of `l` with a.
    let about = |answers: &[Answer]| -> Vec<String> {
        answers
            .iter()
            .map(|answer| answer.prefix().to_owned())
            .collect()
    };
    let answers = due(&store, &question, &|_| true);
    assert_eq!(about(&answers), ["0", "8", "a"]);
    assert!(
        matches!(&answers[0], Answer::Entries { entries, reply: true, .. } if entries.is_empty())
    );
    let answers = due(&store, &question, &|_| false);
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, Answer::Digest { .. }))
    );
    assert_eq!(about(&answers), ["0", "8", "a"]);
}

#[test]
fn the_responder_sends_back_what_a_message_lacks_or_has_older() {
    let held = store(&["k", "l"]);
    let mut said = held.clone();
    said.remove("l");
    said.get_mut("k").expect("held").timestamp = 4;
    let question = |reply| {
        Answer::Entries {
            prefix: "8".to_owned(),
            entries: said.clone(),
            reply,
        }
        .to_data()
    };
    let answers = due(&held, &question(true), &|_| true);
    let expected = Answer::Entries {
        prefix: "8".to_owned(),
        entries: store(&["k"]),
        reply: false,
    };
    assert_eq!(answers, [expected]);
    assert_eq!(due(&held, &question(false), &|_| true), []);
    assert!(
        matches!(&due(&held, &question(true), &|_| false)[..], [Answer::Digest { prefix, .. }] if prefix == "8")
    );
}
