//! The properties themselves can fail: a codec that bends one character is found, and the generator makes nothing but messages.

use std::cell::RefCell;

use conformance::cases::codec::there_and_back;
use conformance::oracle::{Decoded, canonical, decode, json_equal};
use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use serde_json::Value;

use crate::adapters::config;
use crate::generate::meaning;
use crate::support::{OracleCodec, complaint};

/// A meaning that every encoder must take: it fits raw, and no item in it is too large.
fn sendable() -> impl Strategy<Value = Value> {
    meaning().prop_filter("fits a datagram", |meaning| {
        let text = canonical(meaning);
        text.len() <= 1400 && matches!(decode(text.as_bytes()), Decoded::Accepted { skipped, .. } if skipped.is_empty())
    })
}

#[test]
fn every_generated_meaning_is_its_own_meaning() {
    TestRunner::new(config(1000))
        .run(&meaning(), |meaning| {
            let text = canonical(&meaning);
            match decode(text.as_bytes()) {
                Decoded::Accepted { message, skipped } if skipped.is_empty() => {
                    prop_assert!(json_equal(&message, &meaning), "{meaning} became {message}");
                }
                Decoded::Accepted { skipped, .. } => {
                    let too_large = |item: &Value| {
                        item["reason"]
                            .as_str()
                            .is_some_and(|reason| reason.ends_with(".size"))
                    };
                    prop_assert!(skipped.iter().all(too_large), "{skipped:?}");
                }
                rejected => prop_assert!(false, "{rejected:?} for {text}"),
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}

/// What the way from one codec to the other and back does to random messages.
fn there_and_back_through<F: Fn(&str, Value) -> Value + Send>(
    other: OracleCodec<F>,
) -> Result<(), TestError<Value>> {
    let right = RefCell::new(OracleCodec {
        spoil: |_: &str, answer| answer,
    });
    let other = RefCell::new(other);
    TestRunner::new(config(500)).run(&sendable(), |meaning| {
        let verdict = there_and_back(&mut *right.borrow_mut(), &mut *other.borrow_mut(), &meaning);
        prop_assert_eq!(complaint(&verdict), None);
        Ok(())
    })
}

#[test]
fn a_right_codec_passes() {
    assert_eq!(
        there_and_back_through(OracleCodec {
            spoil: |_: &str, answer| answer
        }),
        Ok(())
    );
}

#[test]
fn a_codec_that_bends_one_character_is_found() {
    let bent = OracleCodec {
        spoil: |op: &str, answer: Value| match op {
            "decode" => serde_json::from_str(&answer.to_string().replace('\u{e9}', "e\u{301}"))
                .expect("JSON"),
            _ => answer,
        },
    };
    assert!(there_and_back_through(bent).is_err(), "nothing was found");
}
