//! A message survives every way through the implementations unchanged in meaning, and fits a datagram.

use conformance::attach::Adapter;
use conformance::oracle::{canonical, json_equal};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::adapters::{all, config, decode, encode};
use crate::generate::meaning;

/// MGP1-FRM-002
const MAX_PACKET: usize = 1400;

#[test]
fn a_message_survives_from_every_implementation_through_every_other_and_back() {
    let names: Vec<&str> = all().iter().map(|(name, _)| *name).collect();
    for (i, first) in names.iter().enumerate() {
        for (k, second) in names
            .iter()
            .enumerate()
            .filter(|(k, _)| *k != i || names.len() == 1)
        {
            let mut adapters = all();
            let mut encoded = 0_u32;
            TestRunner::new(config(1500))
                .run(&meaning(), |meaning| {
                    let Some(there) = encode(adapters[i].1.as_mut(), &meaning) else {
                        return refused_with_reason(&meaning, adapters[k].1.as_mut());
                    };
                    encoded += 1;
                    arrives(&meaning, &there, adapters[k].1.as_mut(), second)?;
                    // The other encoder compresses otherwise, so it may refuse what only fits when compressed well.
                    if let Some(back) = encode(adapters[k].1.as_mut(), &meaning) {
                        arrives(&meaning, &back, adapters[i].1.as_mut(), first)?;
                    } else {
                        prop_assert!(
                            canonical(&meaning).len() > MAX_PACKET,
                            "{second} refuses what fits raw"
                        );
                    }
                    Ok(())
                })
                .unwrap_or_else(|failure| panic!("{first} → {second} → {first}: {failure}"));
            assert!(
                encoded > 100,
                "only {encoded} messages were small enough: the generator says little"
            );
        }
    }
}

fn arrives(
    meaning: &serde_json::Value,
    datagram: &[u8],
    reader: &mut dyn Adapter,
    name: &str,
) -> Result<(), TestCaseError> {
    prop_assert!(datagram.len() <= MAX_PACKET, "{} bytes", datagram.len());
    let read = decode(reader, datagram);
    let expected = json!({"verdict": "accepted", "message": meaning, "skipped": []});
    prop_assert!(
        json_equal(&read, &expected),
        "{name} reads {read}\nexpected {expected}"
    );
    Ok(())
}

/// A refusal is right only where the text does not fit raw or an item is over its limit; both must then agree on the items.
fn refused_with_reason(
    meaning: &serde_json::Value,
    other: &mut dyn Adapter,
) -> Result<(), TestCaseError> {
    let text = canonical(meaning);
    let read = decode(other, text.as_bytes());
    let skips = read
        .get("skipped")
        .and_then(|s| s.as_array())
        .is_none_or(|s| !s.is_empty());
    prop_assert!(
        skips || text.len() > MAX_PACKET,
        "refused, but it fits and {read}"
    );
    Ok(())
}
