//! The Rust machine and the reference model hold the same after the same messages, and a machine that merges wrongly is caught.

mod support;

use conformance::attach::rust::RustInProcess;
use conformance::attach::{Adapter, AdapterError};
use conformance::cases::{Procedure, model};
use conformance::verdict::Verdict;
use serde_json::Value;
use support::complaint;

fn verdicts(adapter: &mut dyn Adapter) -> Vec<Verdict> {
    let run = |procedure: &Procedure, adapter: &mut dyn Adapter| match procedure {
        Procedure::Adapter(procedure) => procedure(adapter),
        Procedure::Wire(_) => panic!("no wire case compares with the model"),
    };
    model::cases()
        .iter()
        .map(|case| run(&case.procedure, adapter))
        .collect()
}

#[test]
fn the_rust_machine_agrees_with_the_model() {
    let complaints: Vec<String> = verdicts(&mut RustInProcess::default())
        .iter()
        .filter_map(complaint)
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// A machine to which every tenth datagram does not get through.
struct Lossy {
    machine: RustInProcess,
    count: usize,
}

impl Adapter for Lossy {
    fn request(&mut self, body: Value) -> Result<Value, AdapterError> {
        if body["op"] == "datagram" {
            self.count += 1;
            if self.count.is_multiple_of(10) {
                return Ok(Value::Null);
            }
        }
        self.machine.request(body)
    }
}

#[test]
fn a_machine_that_misses_a_message_is_caught() {
    let mut lossy = Lossy {
        machine: RustInProcess::default(),
        count: 0,
    };
    for verdict in verdicts(&mut lossy) {
        assert!(matches!(verdict, Verdict::Fail(_)), "{verdict:?}");
    }
}
