//! The digest tree beside its definition, computed by hand.

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::{Digest, DigestTree, Entries, EntryRules, Prefix};
use crate::wire::{Compact, Entry};

const RULES: EntryRules = EntryRules {
    wall_ms: 10_000,
    max_future_skew: 1_000,
    tombstone_retention: 1_000,
    max_entries: 1_000,
};

fn entry(timestamp: u64, version: &str, source: &str, deleted: bool) -> Entry {
    Entry {
        value: Compact::null(),
        timestamp,
        version: version.to_owned(),
        source_node: source.to_owned(),
        deleted,
    }
}

fn prefix(text: &str) -> Prefix {
    Prefix::parse(text).unwrap()
}

fn wire(tree: &mut DigestTree, text: &str) -> Option<String> {
    tree.digest(&prefix(text)).map(Digest::to_wire)
}

/// Two keys whose paths begin with 844e and 844b.
fn two() -> DigestTree {
    let mut tree = DigestTree::default();
    for (key, entry) in [
        ("x2", entry(7, "v", "p1", false)),
        ("x3", entry(8, "w", "p2", true)),
    ] {
        tree.insert(key, Digest::of_entry(key, &entry));
    }
    tree
}

#[test]
fn digests_are_those_computed_by_hand() {
    let mut tree = two();
    for (text, digest) in [
        ("", Some("b2ab503238c8a266a8a2166cd309d1c3")),
        ("8", Some("148eb34500ac8c952cd45b00b5bcc194")),
        ("84", Some("8af55c5183706159204eafa31c520acb")),
        ("844", Some("b526597869379f76b3631c1844ed79e3")),
        ("844e", Some("c4ae20e2a83c8e6877b0772c1d21d2fe")),
        ("844ec", Some("c4ae20e2a83c8e6877b0772c1d21d2fe")),
        ("844d", None),
        ("844ed", None),
        ("9", None),
    ] {
        assert_eq!(wire(&mut tree, text).as_deref(), digest, "below {text:?}");
    }
    let third = entry(9, "u", "p3", false);
    tree.insert("a", Digest::of_entry("a", &third));
    let digest = wire(&mut tree, "").unwrap();
    assert_eq!(digest, "bfe348129492df8fc64c1a5f1f83ac18");
    tree.remove("a");
    let digest = wire(&mut tree, "").unwrap();
    assert_eq!(digest, "b2ab503238c8a266a8a2166cd309d1c3");
}

#[test]
fn a_single_entry_is_its_leaf_below_every_prefix_of_its_path() {
    let mut tree = two();
    tree.remove("x3");
    let path = hex::encode(Sha256::digest("x2"));
    for length in 0..=64 {
        let leaf = wire(&mut tree, &path[..length]);
        assert_eq!(leaf.as_deref(), Some("c4ae20e2a83c8e6877b0772c1d21d2fe"));
        let children = tree.children(&prefix(&path[..length]));
        assert_eq!(children.len(), usize::from(length < 64));
    }
    tree.remove("x2");
    assert_eq!(wire(&mut tree, ""), None);
}

#[test]
fn keys_below_a_prefix_come_by_path() {
    let tree = two();
    assert_eq!(tree.keys(&prefix("84")), ["x3", "x2"]);
    assert_eq!(tree.keys(&prefix("844e")), ["x2"]);
    assert_eq!(tree.count(&prefix("844")), 2);
    assert_eq!(tree.count(&prefix("85")), 0);
}

#[test]
fn only_lower_case_hex_digits_up_to_64_are_a_prefix() {
    for bad in ["A", "g", " ", "0x", &"0".repeat(65)] {
        assert_eq!(Prefix::parse(bad), None);
    }
    assert_eq!(prefix(&"0f".repeat(32)).to_string(), "0f".repeat(32));
}

fn root(store: &mut Entries) -> Option<Digest> {
    store.digest(&Prefix::default())
}

#[test]
fn what_is_dated_too_far_ahead_lies_below_nothing_until_its_time_has_come() {
    let mut store = Entries::default();
    store.settle(&RULES);
    store.put("a", entry(11_001, "v", "p", false));
    assert_eq!(root(&mut store), None);
    let later = EntryRules {
        wall_ms: 10_001,
        ..RULES
    };
    store.settle(&later);
    assert!(root(&mut store).is_some());
    store.settle(&RULES);
    assert_eq!(root(&mut store), None, "clocks may fall");
    assert!(store.get("a").is_some());
}

#[test]
fn an_expired_tombstone_lies_below_nothing() {
    let mut store = Entries::default();
    store.settle(&RULES);
    store.put("a", entry(9_000, "v", "p", true));
    store.settle(&RULES);
    assert!(root(&mut store).is_some());
    store.settle(&EntryRules {
        wall_ms: 10_001,
        ..RULES
    });
    assert_eq!(root(&mut store), None);
}

/// The definition of chapter 9, without anything kept.
fn defined(leaves: &[([u8; 32], [u8; 32])], depth: usize) -> [u8; 32] {
    if let [(_, leaf)] = leaves {
        return *leaf;
    }
    let mut hash = Sha256::new();
    hash.update([1]);
    for digit in 0..16_u8 {
        let nibble = |path: &[u8; 32]| {
            let byte = path[depth / 2];
            if depth.is_multiple_of(2) {
                byte >> 4
            } else {
                byte & 15
            }
        };
        let below: Vec<_> = leaves
            .iter()
            .filter(|(path, _)| nibble(path) == digit)
            .copied()
            .collect();
        if !below.is_empty() {
            hash.update([digit]);
            hash.update(defined(&below, depth + 1));
        }
    }
    hash.finalize().into()
}

proptest! {
    #[test]
    fn any_writes_and_moves_of_the_clock_leave_the_digests_of_the_definition(
        steps in prop::collection::vec((0..40_u8, 8_500..11_500_u64, any::<bool>(), 9_500..10_500_u64), 1..80)
    ) {
        let mut store = Entries::default();
        for (key, timestamp, deleted, wall_ms) in steps {
            let rules = EntryRules { wall_ms, ..RULES };
            store.merge(&format!("k{key}"), &entry(timestamp, "v", "p", deleted), &rules);
            store.settle(&rules);
            let leaves: Vec<_> = store
                .iter()
                .filter(|(_, entry)| rules.may_send(entry))
                .map(|(key, entry)| {
                    let mut bytes = vec![0];
                    bytes.extend(u32::try_from(key.len()).unwrap().to_be_bytes());
                    bytes.extend(key.as_bytes());
                    bytes.extend(entry.timestamp.to_be_bytes());
                    bytes.extend([0, 0, 0, 1, b'v', 0, 0, 0, 1, b'p', u8::from(entry.deleted)]);
                    (Sha256::digest(key).into(), Sha256::digest(&bytes).into())
                })
                .collect();
            let expected = (!leaves.is_empty()).then(|| hex::encode(&defined(&leaves, 0)[..16]));
            prop_assert_eq!(root(&mut store).map(Digest::to_wire), expected);
            prop_assert_eq!(store.count_below(&Prefix::default()), leaves.len());
        }
    }
}
