//! A message survives every way through the implementations unchanged in meaning, and fits a datagram.

use std::cell::Cell;

use conformance::oracle::{canonical, json_equal};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::adapters::{Iut, all, config};
use crate::generate::meaning;

/// MGP1-FRM-002
const MAX_PACKET: usize = 1400;

#[test]
fn a_message_survives_from_every_implementation_through_every_other_and_back() {
    let iuts = all();
    for first in &iuts {
        for second in iuts
            .iter()
            .filter(|second| second.name != first.name || iuts.len() == 1)
        {
            let travelled = Cell::new(0_u32);
            TestRunner::new(config(1500))
                .run(&meaning(), |meaning| {
                    let Some(there) = first.encode(&meaning) else {
                        return is_refused_for_a_reason(&meaning, second);
                    };
                    travelled.set(travelled.get() + 1);
                    arrives(&meaning, &there, second)?;
                    // The other encoder compresses otherwise, so it may refuse what fits only when compressed well.
                    match second.encode(&meaning) {
                        Some(back) => arrives(&meaning, &back, first),
                        None => {
                            prop_assert!(
                                canonical(&meaning).len() > MAX_PACKET,
                                "{} refuses what fits raw",
                                second.name
                            );
                            Ok(())
                        }
                    }
                })
                .unwrap_or_else(|failure| {
                    panic!("{0} → {1} → {0}: {failure}", first.name, second.name)
                });
            assert!(
                travelled.get() > 100,
                "only {} messages were small enough: that says little",
                travelled.get()
            );
        }
    }
}

fn arrives(meaning: &Value, datagram: &[u8], reader: &Iut) -> Result<(), TestCaseError> {
    prop_assert!(datagram.len() <= MAX_PACKET, "{} bytes", datagram.len());
    let read = reader.decode(datagram);
    let expected = json!({"verdict": "accepted", "message": meaning, "skipped": []});
    prop_assert!(
        json_equal(&read, &expected),
        "{} reads {read}\nexpected {expected}",
        reader.name
    );
    Ok(())
}

/// A refusal is right only where the text does not fit raw or an item is over its limit, and then the other must see that too.
fn is_refused_for_a_reason(meaning: &Value, other: &Iut) -> Result<(), TestCaseError> {
    let text = canonical(meaning);
    let read = other.decode(text.as_bytes());
    let skips = read
        .get("skipped")
        .and_then(Value::as_array)
        .is_none_or(|skipped| !skipped.is_empty());
    prop_assert!(
        skips || text.len() > MAX_PACKET,
        "refused, but it fits and {} reads {read}",
        other.name
    );
    Ok(())
}
