//! What looks like a fault and is asked for by the specification accuses nobody.

use conformance::simulate::findings::Findings;
use serde_json::{Value, json};

use crate::play;
use crate::schedules::plan_of;

/// A run of three Rust nodes, or as many as are given, with quick timeouts and tombstones that last twenty seconds.
fn run(file: Value) -> Findings {
    let mut whole = json!({"name": "innocent", "seed": 3, "duration": "40s", "nodes": 3, "mix": {"rust": 3},
        "links": {"default": {"latency": {"uniform": ["1ms", "20ms"]}}}});
    for (name, value) in file.as_object().expect("an object") {
        whole[name] = value.clone();
    }
    play(&plan_of(&whole))
}

fn write(at: &str, node: &str, value: u32) -> Value {
    json!({"at": at, "node": node, "key": "k", "value": value})
}

fn delete(at: &str, node: &str) -> Value {
    json!({"at": at, "node": node, "key": "k", "delete": true})
}

fn step(at: &str, node: &str, by: &str) -> Value {
    json!({"kind": "clock_step", "at": at, "nodes": [node], "by": by})
}

#[test]
fn a_tombstone_that_has_expired_is_no_lost_write() {
    let writes = json!([write("5s", "n0", 1), delete("8s", "n0")]);
    let findings = run(json!({"writes": writes}));
    assert_eq!(findings.violation, None);
    assert!(findings.quiet_looks > 0, "after the tombstone has expired");
}

#[test]
fn nor_is_what_it_beat_once_its_writer_has_crashed() {
    let crash = json!({"kind": "crash", "at": "5s", "until": "5300ms", "nodes": ["n2"]});
    let writes = json!([write("2s", "n1", 1), delete("2100ms", "n2")]);
    let findings = run(json!({"writes": writes, "faults": [crash]}));
    assert_eq!(findings.violation, None);
}

#[test]
fn a_tombstone_that_is_old_by_the_clock_of_its_receiver_takes_the_entry_with_it() {
    let faults = json!([
        step("1500ms", "n0", "16605ms"),
        {"kind": "pause", "at": "5392ms", "until": "9964ms", "nodes": ["n0"]},
    ]);
    let writes = json!([write("1072ms", "n2", 0), delete("5479ms", "n1")]);
    let findings = run(json!({"writes": writes, "faults": faults}));
    assert_eq!(findings.violation, None);
}

#[test]
fn a_write_dated_too_far_ahead_is_neither_lost_nor_late() {
    let faults = json!([step("2s", "n1", "25h")]);
    let findings = run(json!({"writes": [write("3s", "n1", 1)], "faults": faults}));
    assert_eq!(findings.violation, None);
    let faults = json!([step("2s", "n1", "720h"), step("4s", "n1", "-720h")]);
    let findings = run(json!({"writes": [write("3s", "n1", 1)], "faults": faults}));
    assert_eq!(findings.violation, None);
}

#[test]
fn a_write_that_loses_at_once_need_not_arrive() {
    let faults = json!([step("1700ms", "n2", "-713h")]);
    let writes = json!([
        write("3s", "n0", 1),
        delete("4s", "n0"),
        write("6s", "n2", 2)
    ]);
    let findings = run(json!({"writes": writes, "faults": faults}));
    assert_eq!(findings.violation, None);
}

#[test]
fn who_starts_again_after_a_write_is_given_time() {
    let crash = json!({"kind": "crash", "at": "4140ms", "until": "10417ms", "nodes": ["n2"]});
    let findings = run(
        json!({"seed": 33_201_503, "writes": [write("9314ms", "n0", 0)], "faults": [crash],
        "links": {"default": {"latency": {"uniform": ["1ms", "20ms"]}, "loss": 0.16}}}),
    );
    assert_eq!(findings.violation, None);
}

#[test]
fn a_write_that_its_node_refuses_is_told_and_not_awaited() {
    let key = "k".repeat(3_000);
    let write = json!({"at": "3s", "node": "n0", "key": key, "value": 1});
    let findings = run(json!({"writes": [write]}));
    assert_eq!(findings.violation, None);
    let [refused] = findings.refused.as_slice() else {
        panic!("{:?}", findings.refused);
    };
    assert_eq!((refused.node.as_str(), refused.at_ms), ("n0", 3_000));
    assert!(findings.text("").contains("refused: \"kkk"));
}

#[test]
fn a_run_too_short_for_rest_says_what_it_did_not_look_at() {
    let findings = run(json!({"duration": "3s"}));
    assert_eq!(findings.quiet_looks, 0);
    let text = findings.text("");
    assert!(
        text.contains("no cluster at rest was seen, so EveryLiveMemberGossipedTo"),
        "{text}"
    );
}
