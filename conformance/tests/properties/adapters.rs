//! The implementations that the properties are put to.

use conformance::attach::Adapter;
use conformance::implementation::built_in;
use proptest::test_runner::{Config, RngSeed};
use serde_json::{Value, json};

/// Each implementation that is not left out by `CONFORMANCE_WITHOUT`, by name.
pub fn all() -> Vec<(&'static str, Box<dyn Adapter>)> {
    let without = conformance::without();
    built_in()
        .into_iter()
        .filter(|implementation| !without.iter().any(|name| name == implementation.name))
        .map(|implementation| {
            let adapter = implementation
                .adapter()
                .unwrap_or_else(|why| panic!("{}: {why}", implementation.name));
            (implementation.name, adapter)
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

/// The adapter's answer to one datagram.
pub fn decode(adapter: &mut dyn Adapter, datagram: &[u8]) -> Value {
    adapter
        .request(json!({"op": "decode", "datagram": hex::encode(datagram)}))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The datagram of a meaning, or `None` where it was refused.
pub fn encode(adapter: &mut dyn Adapter, meaning: &Value) -> Option<Vec<u8>> {
    let answer = adapter
        .request(json!({"op": "encode", "message": meaning}))
        .unwrap_or_else(|error| panic!("{error}"));
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
