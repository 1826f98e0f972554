//! The codec cases pass a right codec and catch wrong ones.

use conformance::attach::{Adapter, AdapterError};
use conformance::cases::{Case, Procedure, codec};
use conformance::oracle::{canonical, decode};
use conformance::verdict::Verdict;
use serde_json::{Value, json};

/// A codec made of the oracle; `spoil` changes its answers to `decode` and `encode`.
struct Codec<F: Fn(&str, Value) -> Value + Send> {
    spoil: F,
}

impl<F: Fn(&str, Value) -> Value + Send> Adapter for Codec<F> {
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
    use std::io::Write;
    let raw = canonical(message).into_bytes();
    let meaning = decode(&raw).to_value();
    let is_sound = meaning["verdict"] == "accepted" && meaning["skipped"] == json!([]);
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(&raw).expect("memory");
    let stream = zlib.finish().expect("memory");
    let datagram = if raw.len() > 512 && stream.len() < raw.len() {
        stream
    } else {
        raw
    };
    if is_sound && datagram.len() <= 1_400 {
        json!({"datagram": hex::encode(datagram)})
    } else {
        json!({"refused": meaning["reason"]})
    }
}

fn run(case: &Case, adapter: &mut dyn Adapter) -> Verdict {
    match &case.procedure {
        Procedure::Adapter(procedure) => procedure(adapter),
        Procedure::Wire(_) => panic!("{} is no codec case", case.id),
    }
}

/// The ids of the cases that do not pass.
fn caught(spoil: impl Fn(&str, Value) -> Value + Send) -> Vec<String> {
    let mut adapter = Codec { spoil };
    codec::cases()
        .iter()
        .filter(|case| run(case, &mut adapter) != Verdict::Pass)
        .map(|case| case.id.clone())
        .collect()
}

fn assert_caught(spoil: impl Fn(&str, Value) -> Value + Send, id: &str) {
    let ids = caught(spoil);
    assert!(ids.iter().any(|it| it == id), "{id} is not among {ids:?}");
}

#[test]
fn a_right_codec_passes_every_case() {
    let mut adapter = Codec {
        spoil: |_, answer| answer,
    };
    for case in codec::cases() {
        assert_eq!(run(&case, &mut adapter), Verdict::Pass, "{}", case.id);
    }
}

#[test]
fn the_rust_codec_passes_every_case() {
    let mut adapter = mumbai_gossip::adapter::Adapter::new();
    struct InProcess<'a>(&'a mut mumbai_gossip::adapter::Adapter);
    impl Adapter for InProcess<'_> {
        fn request(&mut self, mut body: Value) -> Result<Value, AdapterError> {
            body["id"] = json!(1);
            let answer = self.0.handle(&body);
            Ok(answer["ok"].clone())
        }
    }
    let mut failed = Vec::new();
    for case in codec::cases() {
        match run(&case, &mut InProcess(&mut adapter)) {
            Verdict::Pass => {}
            verdict => failed.push(format!("{}: {verdict:?}", case.id)),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn an_inflater_without_checksum_is_caught() {
    let spoil = |op: &str, answer: Value| match (op, answer["reason"].as_str()) {
        ("decode", Some("inflate.corrupt")) => {
            json!({"verdict": "accepted", "message": {}, "skipped": []})
        }
        _ => answer,
    };
    assert_caught(spoil, "MGP1-FRM-014/every-bit");
}

#[test]
fn an_inflater_that_hands_out_what_it_has_is_caught() {
    let spoil = |op: &str, answer: Value| match (op, answer["reason"].as_str()) {
        ("decode", Some("inflate.truncated")) => {
            json!({"verdict": "rejected", "step": "json", "reason": "json.syntax"})
        }
        _ => answer,
    };
    assert_caught(spoil, "MGP1-FRM-013/every-prefix");
}

#[test]
fn a_parser_that_is_one_unit_off_is_caught() {
    fn nudge(value: &mut Value) {
        match value {
            Value::Number(number) if number.is_f64() => {
                let double = number.as_f64().unwrap_or(0.0);
                *value = json!(f64::from_bits(double.to_bits() - 1));
            }
            Value::Array(elements) => elements.iter_mut().for_each(nudge),
            Value::Object(members) => members.values_mut().for_each(nudge),
            _ => {}
        }
    }
    let spoil = |op: &str, mut answer: Value| {
        if op == "decode" {
            nudge(&mut answer);
        }
        answer
    };
    assert_caught(spoil, "MGP1-JSN-016/random-doubles");
    assert_caught(spoil, "MGP1-JSN-017/relay");
}

#[test]
fn a_serialiser_with_its_own_white_space_is_caught() {
    let spoil = |op: &str, answer: Value| match answer["datagram"].as_str() {
        Some(datagram) if op == "encode" && datagram.starts_with("7b") => {
            json!({"datagram": format!("7b20{}", &datagram[2..])})
        }
        _ => answer,
    };
    assert_caught(spoil, "MGP1-JSN-018/canonical");
}

#[test]
fn constant_answers_pass_next_to_nothing() {
    let accept = json!({"verdict": "accepted", "message": {}, "skipped": []});
    let reject = json!({"verdict": "rejected", "step": "json", "reason": "json.syntax"});
    let nothing = json!({});
    for constant in [accept, reject, nothing] {
        let passed = codec::cases().len() - caught(|_, _| constant.clone()).len();
        let share = passed as f64 / codec::cases().len() as f64;
        assert!(share < 0.25, "{constant} passes {passed} cases");
    }
}
