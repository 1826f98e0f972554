//! Merging is a join: commutative, associative, idempotent (chapter 6).

use proptest::prelude::*;

use crate::protocol::random::{Draw, Random};
use crate::state::{Entries, EntryRules, Member};
use crate::wire::{Compact, Entry, Record, State};

const RULES: EntryRules = EntryRules {
    wall_ms: 1_000,
    max_future_skew: 1_000,
    tombstone_retention: 1_000,
    max_entries: 1_000,
};

fn entry() -> impl Strategy<Value = Entry> {
    let version = prop::sample::select(vec!["a", "ab", "b"]);
    let source = prop::sample::select(vec!["p", "q"]);
    let value = prop::sample::select(vec!["1", "2", "\"x\"", "[]"]);
    (0..4_u64, version, source, value, any::<bool>()).prop_map(
        |(timestamp, version, source, value, deleted)| Entry {
            value: if deleted {
                Compact::null()
            } else {
                Compact::parse(value).unwrap()
            },
            timestamp,
            version: version.to_owned(),
            source_node: source.to_owned(),
            deleted,
        },
    )
}

fn record() -> impl Strategy<Value = Record> {
    let state = prop::sample::select(vec![State::Alive, State::Suspect, State::Dead]);
    (0..4_u64, 0..4_u64, state, 1..4_u16, any::<bool>()).prop_map(|(a, b, state, port, zone)| {
        Record {
            host: "127.0.0.1".to_owned(),
            port,
            state,
            last_seen: a.max(b),
            updated: a.min(b),
            metadata: Compact::parse(if zone { r#"{"z":1}"# } else { "{}" }).unwrap(),
            versions: None,
        }
    })
}

fn shuffled<T: Clone + std::fmt::Debug + 'static>(
    one: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = (Vec<T>, Vec<T>)> {
    prop::collection::vec(one, 1..8)
        .prop_flat_map(|items| (Just(items.clone()), Just(items).prop_shuffle()))
}

fn store(entries: &[Entry]) -> Vec<Entry> {
    let mut store = Entries::default();
    for entry in entries {
        store.merge("k", entry, &RULES);
    }
    store.iter().map(|(_, entry)| entry.clone()).collect()
}

fn member(records: &[Record]) -> Record {
    let mut member = Member::new(records[0].clone(), 0).unwrap();
    for record in records {
        member.merge(record, 0);
    }
    member.record
}

proptest! {
    #[test]
    fn a_draw_gives_each_number_once(seed in any::<u64>(), end in 0..200_usize) {
        let mut random = Random::new(seed);
        let mut draw = Draw::below(end);
        let mut drawn: Vec<_> = std::iter::from_fn(|| draw.next(&mut random)).collect();
        drawn.sort_unstable();
        prop_assert_eq!(drawn, (0..end).collect::<Vec<_>>());
    }

    #[test]
    fn entries_end_alike_in_any_order_and_any_number((one, other) in shuffled(entry())) {
        let twice = [one.clone(), one.clone()].concat();
        prop_assert_eq!(store(&one), store(&other));
        prop_assert_eq!(store(&one), store(&twice));
    }

    #[test]
    fn merging_halves_first_makes_no_difference((one, _) in shuffled(entry()), at in 0..8_usize) {
        let (left, right) = one.split_at(at.min(one.len()));
        let halves = [store(left), store(right)].concat();
        prop_assert_eq!(store(&halves), store(&one));
    }

    #[test]
    fn records_end_alike_in_any_order_and_any_number((one, other) in shuffled(record())) {
        let twice = [one.clone(), one.clone()].concat();
        prop_assert_eq!(member(&one), member(&other));
        prop_assert_eq!(member(&one), member(&twice));
    }

    #[test]
    fn no_bytes_stop_the_machine(bytes in prop::collection::vec(any::<u8>(), 0..200), brace in any::<bool>()) {
        let bytes = if brace { [b"{".as_slice(), &bytes].concat() } else { bytes };
        let mut lab = super::lab::Lab::new(|_| {});
        lab.machine.on_datagram(lab.now(), super::lab::peer(9001), &bytes);
        lab.run_to(1_000);
        prop_assert_eq!(lab.machine.status().counters.values().sum::<u64>(), 1);
    }
}
