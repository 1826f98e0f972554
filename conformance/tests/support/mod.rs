//! Adapters that the tests of the suite talk to. Each test program uses a part of them.
#![allow(dead_code)]

use std::io::Write;

use conformance::attach::{Adapter, AdapterError};
use conformance::oracle::{canonical, decode};
use conformance::verdict::Verdict;
use serde_json::{Value, json};

/// A codec made of the oracle; `spoil` changes its answers to `decode` and `encode`.
pub struct OracleCodec<F: Fn(&str, Value) -> Value + Send> {
    /// Given the operation and the right answer, the answer to give.
    pub spoil: F,
}

impl<F: Fn(&str, Value) -> Value + Send> Adapter for OracleCodec<F> {
    fn request(&mut self, body: Value) -> Result<Value, AdapterError> {
        let op = body["op"].as_str().expect("an operation");
        let answer = match op {
            "decode" => {
                let text = body["datagram"].as_str().expect("hex");
                decode(&hex::decode(text).expect("hex")).to_value()
            }
            "encode" => encode(&body["message"]),
            other => panic!("{other} is no codec operation"),
        };
        Ok((self.spoil)(op, answer))
    }
}

/// Sends raw up to 512 bytes, else as zlib where that is smaller, and refuses what receivers would not take.
fn encode(message: &Value) -> Value {
    let raw = canonical(message).into_bytes();
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(&raw).expect("memory");
    let stream = zlib.finish().expect("memory");
    let datagram = if raw.len() > 512 && stream.len() < raw.len() {
        stream
    } else {
        raw
    };
    let meaning = decode(&datagram).to_value();
    let is_sound = meaning["verdict"] == "accepted" && meaning["skipped"] == json!([]);
    if is_sound && datagram.len() <= 1_400 {
        json!({"datagram": hex::encode(datagram)})
    } else {
        json!({"refused": meaning["reason"]})
    }
}

/// `None` for a pass, else the verdict in one line.
pub fn complaint(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Pass => None,
        Verdict::Fail(failure) => Some(format!(
            "{}: expected {}, actual {}",
            failure.requirement, failure.expected, failure.actual
        )),
        other => Some(format!("{other:?}")),
    }
}
