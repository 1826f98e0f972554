//! The codec cases pass a right codec and catch wrong ones.

mod support;

use conformance::attach::Adapter;
use conformance::attach::rust::RustInProcess;
use conformance::cases::{Case, Procedure, codec};
use conformance::requirements;
use conformance::verdict::Verdict;
use serde_json::{Value, json};
use support::{OracleCodec, complaint};

fn run(case: &Case, adapter: &mut dyn Adapter) -> Verdict {
    match &case.procedure {
        Procedure::Adapter(procedure) => procedure(adapter),
        Procedure::Wire(_) => panic!("{} is no codec case", case.id),
    }
}

/// The ids of the cases that do not pass.
fn caught(spoil: impl Fn(&str, Value) -> Value + Send) -> Vec<String> {
    let mut adapter = OracleCodec { spoil };
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

/// One line for each case of the claimed profiles that an adapter does not pass.
fn complaints(adapter: &mut dyn Adapter, claimed: &[&str]) -> Vec<String> {
    let is_claimed = |requirement: &String| {
        let found = requirements::find(requirement);
        found.is_some_and(|found| claimed.contains(&found.profile.as_str()))
    };
    let complain = |case: &Case| {
        let complaint = complaint(&run(case, adapter))?;
        Some(format!("{}: {complaint}", case.id))
    };
    codec::cases()
        .iter()
        .filter(|case| case.requirements.iter().all(is_claimed))
        .filter_map(complain)
        .collect()
}

#[test]
fn a_right_codec_passes_every_case() {
    let mut right = OracleCodec {
        spoil: |_, answer| answer,
    };
    let claimed = ["core", "membership", "anti-entropy"];
    let complaints = complaints(&mut right, &claimed);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn the_rust_codec_passes_every_case() {
    let claimed = ["core", "membership"];
    let complaints = complaints(&mut RustInProcess::default(), &claimed);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
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
            Value::Number(number) if number.is_f64() && number.as_f64() != Some(0.0) => {
                let double = number.as_f64().unwrap_or(1.0);
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
