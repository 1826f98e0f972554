//! Random schedules of faults and writes break no invariant; what breaks one shrinks to a scenario file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use conformance::simulate::findings::Findings;
use conformance::simulate::invariants::Parameters;
use conformance::simulate::machine::Call;
use conformance::simulate::plan::Plan;
use conformance::simulate::settling;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};
use serde_json::{Value, json};
use simulation::time::Micros;

use crate::double::{Double, play_with};
use crate::{number, play, with_java, with_python};

/// Parameters that let a cluster settle within seconds.
pub fn quick() -> Parameters {
    Parameters(BTreeMap::from(
        [
            ("gossipInterval", 200),
            ("suspectTimeout", 800),
            ("failureTimeout", 1_500),
            ("reconnectInterval", 1_000),
            ("deadRetention", 4_000),
            ("tombstoneRetention", 20_000),
            ("syncInterval", 1_000),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    ))
}

/// One fault within the first fourteen seconds: longer, at times, than members are remembered as DEAD, and clocks that jump by weeks.
fn fault(nodes: usize) -> impl Strategy<Value = Value> {
    let node = move || (0..nodes).prop_map(|index| format!("n{index}"));
    let span = (1_500_u64..6_000, 300_u64..8_000)
        .prop_map(|(at, length)| (format!("{at}ms"), format!("{}ms", at + length)));
    let side = proptest::collection::btree_set(0..nodes, 1..nodes);
    prop_oneof![
        (span.clone(), side, any::<bool>()).prop_map(move |((at, until), side, both)| {
            let name = |index: &usize| format!("n{index}");
            let others: Vec<String> = (0..nodes)
                .filter(|index| !side.contains(index))
                .map(|index| name(&index))
                .collect();
            let side: Vec<String> = side.iter().map(name).collect();
            json!({"kind": "cut", "at": at, "until": until, "from": side, "to": others, "both_ways": both})
        }),
        (span.clone(), node(), any::<bool>()).prop_map(|((at, until), node, moves)| json!({
            "kind": "crash", "at": at, "until": until, "nodes": [node], "restart_at_new_address": moves})),
        (span.clone(), node()).prop_map(|((at, until), node)| json!({
            "kind": "pause", "at": at, "until": until, "nodes": [node]})),
        (span.clone(), node(), jump()).prop_map(|((at, _), node, by)| json!({
            "kind": "clock_step", "at": at, "nodes": [node], "by": format!("{by}ms")})),
        (span, node(), 0.0..0.9_f64, 0.0..0.5_f64).prop_map(|((at, until), node, loss, twice)| json!({
            "kind": "impair", "at": at, "until": until, "from": "all", "to": [node], "loss": loss, "duplicate": twice})),
    ]
}

/// How far a clock jumps, in milliseconds: within what is allowed, or far beyond it.
fn jump() -> impl Strategy<Value = i64> {
    prop_oneof![-120_000_i64..120_000, -2_000_000_000_i64..2_000_000_000]
}

/// A write or a deletion within the first ten seconds.
fn write(nodes: usize) -> impl Strategy<Value = Value> {
    (0..nodes, 0..3_u32, 500_u64..10_000, 0..100_u32, any::<bool>()).prop_map(
        |(node, key, at, value, delete)| {
            let mut write = json!({"at": format!("{at}ms"), "node": format!("n{node}"), "key": format!("k{key}")});
            if delete {
                write["delete"] = json!(true);
            } else {
                write["value"] = json!(value);
            }
            write
        },
    )
}

fn schedule(mix: &'static [&'static str]) -> impl Strategy<Value = Value> {
    (3..7_usize)
        .prop_flat_map(move |nodes| {
            (
                // What is first shrinks first.
                Just(nodes),
                proptest::collection::vec(fault(nodes), 0..5),
                proptest::collection::vec(write(nodes), 1..8),
                any::<u32>(),
                0.0..0.25_f64,
                0.0..0.1_f64,
                -90_000_i64..90_000,
                proptest::option::of(1_500_u64..14_000),
            )
        })
        .prop_map(move |(nodes, mut faults, writes, seed, loss, twice, skew, leaves)| {
            // One more, of which nothing else is asked.
            let nodes = nodes + usize::from(leaves.is_some());
            if let Some(at) = leaves {
                let last = format!("n{}", nodes - 1);
                faults.push(json!({"kind": "leave", "at": format!("{at}ms"), "nodes": [last]}));
            }
            let mut counts = json!({});
            for (index, name) in mix.iter().enumerate() {
                let count = nodes / mix.len() + usize::from(index < nodes % mix.len());
                counts[*name] = json!(count);
            }
            json!({
                "name": "random schedule", "seed": seed, "duration": "28s", "nodes": nodes, "mix": counts,
                "links": {"default": {"latency": {"uniform": ["1ms", "20ms"]}, "loss": loss, "duplicate": twice, "reorder": 0.05,
                    "reorder_by": "50ms"}},
                "clocks": {"n1": {"skew": format!("{skew}ms")}},
                "faults": faults, "writes": writes,
            })
        })
}

pub fn plan_of(file: &Value) -> Plan {
    Plan::read(&file.to_string(), &[], quick()).expect("the generator makes scenarios")
}

/// What to try: random schedules of that mix, driven that way, and where a failing one goes.
struct Trial<'a> {
    mix: &'static [&'static str],
    play: &'a dyn Fn(&Plan) -> Findings,
    file: PathBuf,
    cases: u64,
}

impl Trial<'_> {
    /// Tries them; the first failing one is shrunk, written as a scenario file, and named with the command that replays it.
    fn run(&self) -> Result<(), String> {
        let config = Config {
            cases: u32::try_from(self.cases).expect("fewer cases"),
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(number("CONFORMANCE_SEED", 1)),
            max_shrink_iters: 400,
            ..Config::default()
        };
        let outcome = TestRunner::new(config).run(&schedule(self.mix), |file| {
            let findings = (self.play)(&plan_of(&file));
            prop_assert!(findings.violation.is_none(), "{:?}", findings.violation);
            prop_assert!(findings.quiet_looks > 0, "the cluster was never quiet");
            Ok(())
        });
        let (why, file) = match outcome {
            Ok(()) => return Ok(()),
            Err(TestError::Fail(why, file)) => (why, file),
            Err(TestError::Abort(why)) => return Err(why.to_string()),
        };
        let text = serde_json::to_string_pretty(&file).expect("JSON");
        std::fs::write(&self.file, text).expect("the folder can be written");
        let given: Vec<String> = quick()
            .0
            .iter()
            .map(|(name, value)| format!(" --parameter {name}={value}"))
            .collect();
        Err(format!(
            "{why}\nseed {}; replay: cargo run -p conformance -- simulate replay {}{}",
            file["seed"],
            self.file.display(),
            given.concat()
        ))
    }
}

fn no_schedule_breaks_an_invariant(mix: &'static [&'static str]) {
    none_breaks_an_invariant(mix, number("CONFORMANCE_SIMULATE_CASES", 24));
}

fn none_breaks_an_invariant(mix: &'static [&'static str], cases: u64) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let trial = Trial {
        mix,
        play: &play,
        file: folder.join(format!("broken-{}.json", mix.join("-"))),
        cases,
    };
    trial.run().unwrap_or_else(|why| panic!("{why}"));
}

#[test]
fn no_schedule_breaks_an_invariant_of_rust() {
    no_schedule_breaks_an_invariant(&["rust"]);
}

#[test]
fn no_schedule_breaks_an_invariant_of_java() {
    if with_java() {
        no_schedule_breaks_an_invariant(&["java"]);
    }
}

#[test]
fn no_schedule_breaks_an_invariant_of_both_together() {
    if with_java() {
        no_schedule_breaks_an_invariant(&["rust", "java"]);
    }
}

#[test]
fn no_schedule_breaks_an_invariant_of_all_three_together() {
    if with_java() && with_python() {
        // A process round trip for each call and each look: a small share of the schedules.
        let cases = number("CONFORMANCE_SIMULATE_CASES", 24).div_ceil(8);
        none_breaks_an_invariant(&["rust", "java", "python"], cases);
    }
}

#[test]
fn random_schedules_come_to_rest_before_they_end() {
    let file = json!({"seed": 1, "duration": "28s", "nodes": 6, "mix": {"rust": 6},
        "links": {"default": {"loss": 0.25}}});
    let settling = settling(&plan_of(&file));
    assert!(settling < Micros::seconds(11), "{settling}");
}

#[test]
fn a_failing_schedule_shrinks_to_a_scenario_file_that_replays() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("broken.json");
    // A machine that accepts deletions and forgets them.
    let careless = |plan: &Plan| {
        play_with(plan, |_, machine| {
            Double::of(machine).calling(|now, call, machine| match call {
                Call::Delete(_) => machine.call(now, Call::Tick),
                other => machine.call(now, other),
            })
        })
    };
    let trial = Trial {
        mix: &["rust"],
        play: &careless,
        file: path.clone(),
        cases: 100,
    };
    let why = trial.run().expect_err("some schedule deletes a key");
    assert!(why.contains("NoLostWrite"), "{why}");
    let command = why
        .lines()
        .find(|line| line.contains("replay: "))
        .expect("a command");
    let arguments: Vec<&str> = command
        .split(" -- ")
        .nth(1)
        .expect("arguments")
        .split(' ')
        .collect();

    let text = std::fs::read_to_string(&path).expect("the file is there");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    assert!(
        command.contains(&format!("seed {}", file["seed"])),
        "{command}"
    );
    let length = |name: &str| file[name].as_array().map_or(0, Vec::len);
    assert_eq!(
        length("faults"),
        0,
        "faults have nothing to do with it: {text}"
    );
    assert!(
        length("writes") <= 2,
        "a write and its deletion are enough: {text}"
    );

    // The same machine fails on it in the same way, twice; a right one runs through, by the command that was printed.
    let plan = Plan::read(&text, &[], quick()).expect("it is a scenario");
    let (first, second) = (careless(&plan), careless(&plan));
    assert!(
        first
            .violation
            .as_ref()
            .is_some_and(|line| line.contains("NoLostWrite"))
    );
    assert_eq!(
        (first.violation, first.trace),
        (second.violation, second.trace)
    );
    let replayed = Command::new(env!("CARGO_BIN_EXE_conformance"))
        .args(&arguments)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&replayed.stdout);
    assert_eq!(replayed.status.code(), Some(0), "{said}");
    assert!(said.contains("broke: nothing"), "{said}");
}
