//! Whatever is done to a datagram, every implementation says of it what the oracle says.

use conformance::oracle::{self, canonical, json_equal};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::adapters::{all, config};
use crate::damage::{Damage, damage, zlib};
use crate::generate::meaning;

/// The same answer; where one text breaks several rules of chapters 2 or 3 at once, any of their reasons (chapter 3).
fn agree(one: &Value, other: &Value) -> bool {
    json_equal(one, other)
        || (one.get("verdict") == other.get("verdict")
            && one.get("step") == other.get("step")
            && matches!(
                one.get("step").and_then(Value::as_str),
                Some("json" | "inflate")
            ))
}

/// `1.0`, `1e3` and `-0` in the place of an integer are implementation-defined (chapter 3).
fn is_ruled_on(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    !text.contains("-0") && !text.contains(".0") && !text.contains('e') && !text.contains('E')
}

fn every_reading_agrees(datagrams: impl Strategy<Value = Vec<u8>>, cases: u32) {
    let iuts = all();
    TestRunner::new(config(cases))
        .run(&datagrams, |datagram| {
            let expected = oracle::decode(&datagram).to_value();
            for iut in &iuts {
                let answer = iut.decode(&datagram);
                prop_assert!(
                    agree(&answer, &expected),
                    "{} says {answer}\nthe oracle {expected}\nof {}",
                    iut.name,
                    hex::encode(&datagram)
                );
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}

fn damaged(bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    damages.iter().fold(bytes, |mut bytes, damage| {
        damage.apply(&mut bytes);
        bytes
    })
}

#[test]
fn a_damaged_text_is_read_alike_by_all() {
    let texts = (meaning(), vec(damage(), 1..4))
        .prop_map(|(meaning, damages)| damaged(canonical(&meaning).into_bytes(), &damages))
        .prop_filter("the specification rules on it", |text| {
            is_ruled_on(text) || oracle::json::parse(text).is_err()
        });
    every_reading_agrees(texts, 3000);
}

#[test]
fn a_damaged_text_inside_a_sound_stream_is_read_alike_by_all() {
    let streams = (meaning(), vec(damage(), 0..3))
        .prop_map(|(meaning, damages)| damaged(canonical(&meaning).into_bytes(), &damages))
        .prop_filter("the specification rules on it", |text| {
            is_ruled_on(text) || oracle::json::parse(text).is_err()
        })
        .prop_map(|text| zlib(&text));
    every_reading_agrees(streams, 1000);
}

#[test]
fn a_damaged_stream_is_read_alike_by_all() {
    let streams = (meaning(), vec(damage(), 1..3))
        .prop_map(|(meaning, damages)| damaged(zlib(canonical(&meaning).as_bytes()), &damages));
    every_reading_agrees(streams, 2000);
}
