//! The properties themselves can fail: a codec that bends one character is found, and the generator makes nothing but messages.

use std::cell::RefCell;

use crate::meaning;
use crate::support::{OracleCodec, RustCodec, complaint};
use conformance::attach::Adapter;
use conformance::cases::codec::there_and_back;
use conformance::oracle::{Decoded, canonical, decode, json_equal};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::Value;

fn runner() -> TestRunner {
    TestRunner::new(Config {
        cases: 500,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(42),
        ..Config::default()
    })
}

/// Sends random meanings from `a` to `b` and back; a counterexample is shrunk through both.
fn survives_the_way_there_and_back(a: &mut dyn Adapter, b: &mut dyn Adapter) {
    let (a, b) = (RefCell::new(a), RefCell::new(b));
    let outcome = runner().run(&meaning::any(), |meaning| {
        let verdict = there_and_back(&mut **a.borrow_mut(), &mut **b.borrow_mut(), &meaning);
        prop_assert_eq!(complaint(&verdict), None);
        Ok(())
    });
    if let Err(found) = outcome {
        panic!("{found}");
    }
}

#[test]
fn every_generated_meaning_is_its_own_meaning() {
    let decoded = |meaning: Value| {
        let text = canonical(&meaning);
        match decode(text.as_bytes()) {
            Decoded::Accepted { message, skipped } => {
                prop_assert!(skipped.is_empty(), "{:?}", skipped);
                prop_assert!(
                    json_equal(&message, &meaning),
                    "{} became {}",
                    meaning,
                    message
                );
            }
            rejected => prop_assert!(false, "{:?} for {}", rejected, text),
        }
        Ok(())
    };
    if let Err(found) = runner().run(&meaning::any(), decoded) {
        panic!("{found}");
    }
}

#[test]
fn rust_and_the_oracle_relay_every_meaning_unchanged() {
    let mut oracle = OracleCodec {
        spoil: |_, answer| answer,
    };
    let mut rust = RustCodec::default();
    survives_the_way_there_and_back(&mut rust, &mut oracle);
    survives_the_way_there_and_back(&mut oracle, &mut rust);
}

#[test]
fn a_codec_that_bends_one_character_is_found() {
    let mut bent = OracleCodec {
        spoil: |op: &str, answer: Value| match op {
            "decode" => {
                let text = answer.to_string().replace('é', "e\u{301}");
                serde_json::from_str(&text).expect("JSON")
            }
            _ => answer,
        },
    };
    let mut right = OracleCodec {
        spoil: |_, answer| answer,
    };
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        survives_the_way_there_and_back(&mut right, &mut bent);
    }));
    assert!(outcome.is_err(), "nothing was found");
}
