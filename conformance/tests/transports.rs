//! The same case gives the same verdict whatever carries it: a function call, JNI, or lines on standard input and output. A difference is a fault
//! of the suite.

use conformance::attach::{Adapter, AdapterError};
use conformance::cases::{self, Case, Needs, Procedure};
use conformance::fixtures;
use conformance::implementation::{Transport, built_in};
use serde_json::{Value, json};

/// All vectors are decoded and encoded; of the cases in virtual time it is every so many.
const EVERY_CORE_CASE: usize = 4;

fn sample() -> Vec<Case> {
    let is_vector = |id: &str| {
        fixtures::decode_vectors()
            .iter()
            .any(|vector| vector.heading.id == id)
            || fixtures::encode_vectors()
                .iter()
                .any(|vector| vector.heading.id == id)
    };
    let (codec, others): (Vec<_>, Vec<_>) = cases::all(1)
        .into_iter()
        .filter(|case| case.needs != Needs::Wire)
        .partition(|case| case.needs == Needs::Codec);
    codec
        .into_iter()
        .filter(|case| is_vector(&case.id))
        .chain(others.into_iter().step_by(EVERY_CORE_CASE))
        .collect()
}

/// Asks both and answers for the first; a machine has no chance of its own, so the answers are the same to the last member.
struct Twins<'a> {
    direct: &'a mut dyn Adapter,
    stdio: &'a mut dyn Adapter,
    differences: Vec<String>,
}

impl Adapter for Twins<'_> {
    fn request(&mut self, body: Value) -> Result<Value, AdapterError> {
        let asked = body.to_string();
        let direct = self.direct.request(body.clone());
        let stdio = self.stdio.request(body);
        let (a, b) = (comparable(&direct), comparable(&stdio));
        if a != b {
            self.differences
                .push(format!("{asked}\n  directly {a}\n  stdio    {b}"));
        }
        direct
    }
}

/// An answer without what belongs to the transport: `number`, which JNI alone uses, and the words of a refusal, which may name a handle.
fn comparable(answer: &Result<Value, AdapterError>) -> Value {
    match answer {
        Ok(Value::Object(members)) => {
            let mut members = members.clone();
            members.remove("number");
            Value::Object(members)
        }
        Ok(other) => other.clone(),
        Err(AdapterError::Refused { code, .. }) => json!({"refused": code}),
        Err(other) => json!({"broke": other.to_string()}),
    }
}

#[test]
fn an_answer_and_a_verdict_do_not_depend_on_the_transport() {
    let without = conformance::without();
    for implementation in built_in() {
        if without.contains(&implementation.name) || implementation.transport == Transport::Stdio {
            continue;
        }
        let mut direct = implementation.adapter().expect("an adapter");
        let mut stdio = implementation.stdio_adapter().expect("an adapter");
        for case in sample() {
            let Procedure::Adapter(procedure) = &case.procedure else {
                continue;
            };
            let mut twins = Twins {
                direct: direct.as_mut(),
                stdio: &mut stdio,
                differences: Vec::new(),
            };
            procedure(&mut twins);
            assert!(
                twins.differences.is_empty(),
                "{} {}: {}",
                implementation.name,
                case.id,
                twins.differences.join("\n")
            );
        }
        stdio.finish().expect("it ends with its input");
    }
}
