//! The implementations that the properties are put to.

use std::cell::RefCell;

use conformance::attach::Adapter;
use conformance::implementation::built_in;
use proptest::test_runner::{Config, RngSeed};
use serde_json::{Value, json};

/// An implementation under test, as a property's closure can hold it.
pub struct Iut {
    /// Its name.
    pub name: String,
    adapter: RefCell<Box<dyn Adapter>>,
}

/// Each implementation that is not left out ([`conformance::left_out`]); of one that is, why.
pub fn all() -> Vec<Iut> {
    built_in()
        .into_iter()
        .filter(|implementation| {
            let left_out = conformance::left_out(&implementation.name);
            if let Some(why) = &left_out {
                println!("NOT RUN: {}, because {why}", implementation.name);
            }
            left_out.is_none()
        })
        .map(|implementation| {
            let adapter = implementation
                .adapter()
                .unwrap_or_else(|why| panic!("{}: {why}", implementation.name));
            Iut {
                name: implementation.name,
                adapter: RefCell::new(adapter),
            }
        })
        .collect()
}

/// The same cases at every run, unless the seed says otherwise.
pub fn config(cases: u32) -> Config {
    let seed = std::env::var("CONFORMANCE_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let wanted = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(cases);
    Config {
        cases: wanted,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    }
}

impl Iut {
    /// Sends one request and returns its `ok`.
    pub fn request(&self, body: Value) -> Value {
        self.adapter
            .borrow_mut()
            .request(body)
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// Its answer to one datagram.
    pub fn decode(&self, datagram: &[u8]) -> Value {
        self.request(json!({"op": "decode", "datagram": hex::encode(datagram)}))
    }

    /// The datagram of a meaning, or `None` where it was refused.
    pub fn encode(&self, meaning: &Value) -> Option<Vec<u8>> {
        let answer = self.request(json!({"op": "encode", "message": meaning}));
        match answer.get("datagram").and_then(Value::as_str) {
            Some(text) => Some(hex::decode(text).expect("the datagram in hexadecimal")),
            None => {
                assert!(
                    answer.get("refused").is_some(),
                    "neither datagram nor refused: {answer}"
                );
                None
            }
        }
    }
}
