//! Machines of all languages and the reference model, step by step.

use conformance::attach::Adapter;
use conformance::attach::java::JavaJni;
use conformance::attach::rust::RustInProcess;
use conformance::implementation::built_in;
use conformance::oracle::legacy;
use conformance::simulate::differential::{Contestant, compare};
use serde_json::{Value, json};

use crate::{number, with_java, with_python};

#[test]
fn machines_and_the_reference_model_walk_in_step() {
    const STEPS: usize = 400;
    /// Python answers over standard input and output, which takes many times as long as a call.
    const PYTHON_IN_ONE_OF: usize = 10;
    let mut rust = RustInProcess::new();
    let mut java = with_java().then(|| JavaJni::new().expect("Java"));
    let mut python = with_python().then(|| {
        let present = built_in();
        let found = present.iter().find(|it| it.name == "python");
        let python = found.expect("it is in the checkout");
        python.stdio_adapter().expect("an adapter")
    });
    let wanted = number("CONFORMANCE_SIMULATE_STEPS", 20_000) as usize;
    let mut compared = 0;
    let mut seed = number("CONFORMANCE_SEED", 1) * 1_000_000;
    while compared < wanted {
        let mut contestants = vec![Contestant {
            name: "rust",
            adapter: &mut rust,
        }];
        if let Some(java) = &mut java {
            contestants.push(Contestant {
                name: "java",
                adapter: java,
            });
        }
        if compared < wanted.div_ceil(PYTHON_IN_ONE_OF)
            && let Some(python) = &mut python
        {
            contestants.push(Contestant {
                name: "python",
                adapter: python,
            });
        }
        compared += compare(&mut contestants, seed, STEPS).unwrap_or_else(|why| panic!("{why}"));
        seed += 1;
    }
}

/// A machine that does not hear of every hundredth datagram.
struct Deaf(RustInProcess, u32);

impl Adapter for Deaf {
    fn request(&mut self, mut body: Value) -> Result<Value, conformance::attach::AdapterError> {
        if body["op"] == "datagram" {
            self.1 += 1;
            if self.1.is_multiple_of(100) {
                body["op"] = json!("tick");
            }
        }
        self.0.request(body)
    }
}

#[test]
fn a_machine_that_misses_a_datagram_falls_out_of_step() {
    let (mut right, mut deaf) = (RustInProcess::new(), Deaf(RustInProcess::new(), 0));
    let mut contestants = [
        Contestant {
            name: "right",
            adapter: &mut right,
        },
        Contestant {
            name: "deaf",
            adapter: &mut deaf,
        },
    ];
    let outcome = compare(&mut contestants, 1, 400);
    assert!(outcome.is_err_and(|why| why.to_string().contains("deaf")));
}

/// Schedules whose machines are to receive version 0 have seeds like this one.
const RECEIVES_VERSION_0: u64 = 0;

/// Where a machine falls out of step with the reference model.
fn falls_out(adapter: &mut dyn Adapter) -> String {
    let name = "doctored";
    let outcome = compare(&mut [Contestant { name, adapter }], RECEIVES_VERSION_0, 400);
    outcome.expect_err("it is not right").to_string()
}

/// A machine that was not told to receive version 0.
struct Modern(RustInProcess);

impl Adapter for Modern {
    fn request(&mut self, mut body: Value) -> Result<Value, conformance::attach::AdapterError> {
        if let Some(config) = body["config"].as_object_mut() {
            config.remove("legacy");
        }
        self.0.request(body)
    }
}

#[test]
fn a_machine_that_rejects_version_0_falls_out_of_step() {
    let why = falls_out(&mut Modern(RustInProcess::new()));
    assert!(why.contains("differs in outcome"), "{why}");
    assert!(why.contains("version.unsupported"), "{why}");
}

/// A machine that answers nothing of version 0.
struct Curt(RustInProcess);

impl Adapter for Curt {
    fn request(&mut self, body: Value) -> Result<Value, conformance::attach::AdapterError> {
        let mut answer = self.0.request(body)?;
        if let Some(sent) = answer["sent"].as_array_mut() {
            sent.retain(|one| {
                let digits = one["datagram"].as_str().unwrap_or_default();
                !hex::decode(digits).is_ok_and(|bytes| legacy::names_no_version(&bytes))
            });
        }
        Ok(answer)
    }
}

#[test]
fn a_machine_that_leaves_an_old_ping_unanswered_falls_out_of_step() {
    let why = falls_out(&mut Curt(RustInProcess::new()));
    assert!(why.contains("differs in version 0 sent"), "{why}");
}

/// A machine that takes every source address for another one.
struct Elsewhere(RustInProcess);

impl Adapter for Elsewhere {
    fn request(&mut self, mut body: Value) -> Result<Value, conformance::attach::AdapterError> {
        if body["from"].is_string() {
            body["from"] = json!("127.0.0.1:9999");
        }
        self.0.request(body)
    }
}

#[test]
fn a_machine_that_mistakes_where_an_old_message_came_from_falls_out_of_step() {
    let why = falls_out(&mut Elsewhere(RustInProcess::new()));
    let places = ["members", "outcome", "version 0 sent", "its own clock"];
    let is_found = |place: &&str| why.contains(&format!("differs in {place}"));
    assert!(places.iter().any(is_found), "{why}");
}
