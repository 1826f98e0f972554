//! The reference model of chapter 6 confirms the merge vectors: what they expect of entries, members and remembered members
//! follows from the specification alone. What they expect of the own record is chapter 7, and is not asked of the model.

use conformance::cases::pattern::matches;
use conformance::cases::vectors::{MergeVector, merge_vectors};
use conformance::oracle::merge::{Limits, Model};
use conformance::oracle::{Decoded, decode};
use serde_json::Value;

const OWN_ID: &str = "iut";

#[test]
fn the_model_confirms_every_merge_vector_in_every_order() {
    let vectors = merge_vectors();
    assert!(!vectors.is_empty(), "no merge vectors");
    let wrong: Vec<String> = vectors
        .iter()
        .flat_map(|vector| {
            orders(vector.messages.len())
                .into_iter()
                .filter_map(move |order| disagreement(vector, &order))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every order of so many messages, and each with every message twice.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![vec![]];
    for next in 0..count {
        orders = orders
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                (0..=order.len()).map(move |at| {
                    let mut longer = order.clone();
                    longer.insert(at, next);
                    longer
                })
            })
            .collect();
    }
    let twice: Vec<Vec<usize>> = orders
        .iter()
        .map(|order| order.iter().flat_map(|index| [*index, *index]).collect())
        .collect();
    orders.extend(twice);
    orders
}

fn disagreement(vector: &MergeVector, order: &[usize]) -> Option<String> {
    let wall = u64::try_from(vector.wall).expect("a wall clock after 1970");
    let cluster = vector.config.get("cluster").cloned().unwrap_or_default();
    let mut model = Model::new(OWN_ID, limits(vector));
    for index in order {
        let arrival = &vector.messages[*index];
        let datagram = match (&arrival.message, &arrival.datagram) {
            (Some(message), _) => message.to_string().into_bytes(),
            (None, digits) => hex::decode(digits.as_deref().unwrap_or_default()).expect("hex"),
        };
        let Decoded::Accepted { message, .. } = decode(&datagram) else {
            continue;
        };
        // MGP1-ENV-006 and MGP1-ENV-015
        let cluster = cluster.as_str().unwrap_or_default();
        if message["cluster"] == cluster && message["senderId"] != OWN_ID {
            model.apply(&message, wall);
        }
    }
    let state = model.to_value();
    let expect = &vector.expect;
    let tables = [
        ("entries", &expect.entries),
        ("members", &expect.members),
        ("remembered", &expect.remembered),
    ];
    for (table, patterns) in tables {
        for (name, pattern) in patterns {
            let pattern = without_validation(pattern);
            let path = format!("{table}.{name}");
            if let Err(found) = matches(&pattern, state[table].get(name), &path) {
                let (expected, actual) = found.lines();
                let id = &vector.id;
                return Some(format!(
                    "{id} in order {order:?}: {actual}, the vector says {expected}"
                ));
            }
        }
    }
    None
}

/// The model has no addresses to validate.
fn without_validation(pattern: &Value) -> Value {
    let mut pattern = pattern.clone();
    if let Some(members) = pattern.as_object_mut() {
        members.remove("validated");
    }
    pattern
}

fn limits(vector: &MergeVector) -> Limits {
    let defaults = Limits::default();
    let number = |name: &str, default: u64| {
        let configured = vector.config.get(name).and_then(Value::as_u64);
        configured.unwrap_or(default)
    };
    let size = |name: &str, default: usize| number(name, default as u64) as usize;
    Limits {
        max_future_skew: number("maxFutureSkew", defaults.max_future_skew),
        tombstone_retention: number("tombstoneRetention", defaults.tombstone_retention),
        max_entries: size("maxEntries", defaults.max_entries),
        max_members: size("maxMembers", defaults.max_members),
        max_remembered: size("maxRemembered", defaults.max_remembered),
        // A vector of those that do not claim it says so.
        anti_entropy: !vector
            .without
            .iter()
            .any(|profile| profile == "anti-entropy"),
    }
}
