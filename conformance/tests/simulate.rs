//! Clusters in virtual time: the same seed gives the same run, random schedules of faults break no invariant, and machines of both
//! languages walk in step with the reference model.
//!
//! `CONFORMANCE_SIMULATE_CASES=200` tries more schedules per mix (default 4), `CONFORMANCE_SIMULATE_STEPS=1000000` more steps of the
//! comparison (default 20,000). `CONFORMANCE_WITHOUT=java` leaves Java out.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use conformance::attach::Adapter;
use conformance::attach::java::JavaJni;
use conformance::attach::rust::RustInProcess;
use conformance::simulate::cluster::{run, settling};
use conformance::simulate::differential::{Contestant, compare};
use conformance::simulate::findings::Findings;
use conformance::simulate::invariants::Parameters;
use conformance::simulate::plan::{Plan, Sketch};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};
use serde_json::{Value, json};
use simulation::time::Micros;

fn with_java() -> bool {
    let is_out = conformance::without().iter().any(|name| name == "java");
    if is_out {
        println!("NOT RUN: java, because CONFORMANCE_WITHOUT names it");
    }
    !is_out
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} must be a number"))
    })
}

fn play(plan: &Plan) -> Findings {
    run(plan, &AtomicBool::new(false), &mut |_| {}).expect("the machines can be driven")
}

fn sketch(mix: &[&str], seed: u64) -> Plan {
    let mix: Vec<String> = mix.iter().map(|name| (*name).to_owned()).collect();
    let sketch = Sketch {
        nodes: 6,
        mix: mix.clone(),
        loss: 0.25,
        seed,
        duration: Micros::seconds(15),
        links: Vec::new(),
        writes: 3,
    };
    let file = sketch.file().expect("in range").to_string();
    Plan::read(&file, &mix, Parameters::default()).expect("a scenario")
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let mixes: &[&[&str]] = if with_java() {
        &[&["rust"], &["rust", "java"]]
    } else {
        &[&["rust"]]
    };
    for mix in mixes {
        let first = play(&sketch(mix, 7));
        assert_eq!(first.violation, None);
        assert_eq!(first.trace, play(&sketch(mix, 7)).trace, "{mix:?}");
        assert_ne!(first.trace, play(&sketch(mix, 8)).trace, "{mix:?}");
    }
}

#[test]
fn news_beats_the_bound_of_the_model() {
    let findings = play(&sketch(&["rust"], 3));
    let bound = f64::from(findings.model_bound.expect("a bound")) * findings.interval_ms as f64;
    assert_eq!(findings.writes.len(), 3);
    for write in &findings.writes {
        let all = write.all_ms.expect("everybody hears of it");
        assert!(
            all <= bound,
            "{} took {all} ms, the bound is {bound}",
            write.key
        );
    }
}

/// Parameters that let a cluster settle within seconds.
fn quick() -> Parameters {
    Parameters(BTreeMap::from(
        [
            ("gossipInterval", 200),
            ("suspectTimeout", 800),
            ("failureTimeout", 1_500),
            ("reconnectInterval", 1_000),
            ("deadRetention", 4_000),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    ))
}

/// One fault within the first ten seconds, healed before the eleventh.
fn fault(nodes: usize) -> impl Strategy<Value = Value> {
    let node = move || (0..nodes).prop_map(|index| format!("n{index}"));
    let span = (1_500_u64..6_000, 300_u64..5_000)
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
        (span.clone(), node(), -120_000_i64..120_000).prop_map(|((at, _), node, by)| json!({
            "kind": "clock_step", "at": at, "nodes": [node], "by": format!("{by}ms")})),
        (span, node(), 0.0..0.9_f64, 0.0..0.5_f64).prop_map(|((at, until), node, loss, twice)| json!({
            "kind": "impair", "at": at, "until": until, "from": "all", "to": [node], "loss": loss, "duplicate": twice})),
    ]
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
                Just(nodes),
                any::<u32>(),
                0.0..0.25_f64,
                0.0..0.1_f64,
                proptest::collection::vec(fault(nodes), 0..5),
                proptest::collection::vec(write(nodes), 1..8),
                -90_000_i64..90_000,
            )
        })
        .prop_map(move |(nodes, seed, loss, twice, faults, writes, skew)| {
            let mut counts = json!({});
            for (index, name) in mix.iter().enumerate() {
                let count = nodes / mix.len() + usize::from(index < nodes % mix.len());
                counts[*name] = json!(count);
            }
            json!({
                "name": "random schedule", "seed": seed, "duration": "22s", "nodes": nodes, "mix": counts,
                "links": {"default": {"latency": {"uniform": ["1ms", "20ms"]}, "loss": loss, "duplicate": twice, "reorder": 0.05,
                    "reorder_by": "50ms"}},
                "clocks": {"n1": {"skew": format!("{skew}ms")}},
                "faults": faults, "writes": writes,
            })
        })
}

fn plan_of(file: &Value) -> Plan {
    Plan::read(&file.to_string(), &[], quick()).expect("the generator makes scenarios")
}

/// Tries random schedules; a failing one is shrunk, written as a scenario file, and named with the command that replays it.
fn no_schedule_breaks_an_invariant(mix: &'static [&'static str]) {
    let config = Config {
        cases: u32::try_from(number("CONFORMANCE_SIMULATE_CASES", 4)).expect("fewer cases"),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(number("CONFORMANCE_SEED", 1)),
        max_shrink_iters: 200,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&schedule(mix), |file| {
        let findings = play(&plan_of(&file));
        prop_assert!(findings.quiet_looks > 0, "the cluster was never quiet");
        prop_assert!(findings.violation.is_none(), "{:?}", findings.violation);
        Ok(())
    });
    if let Err(TestError::Fail(why, file)) = outcome {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let path = folder.join(format!("broken-{}.json", mix.join("-")));
        let text = serde_json::to_string_pretty(&file).expect("JSON");
        std::fs::write(&path, text).expect("the target folder can be written");
        let given: Vec<String> = quick()
            .0
            .iter()
            .map(|(name, value)| format!("--parameter {name}={value}"))
            .collect();
        panic!(
            "{why}\nreplay: cargo run -p conformance -- simulate replay {} {}",
            path.display(),
            given.join(" ")
        );
    }
    outcome.expect("the runner finished");
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
fn random_schedules_come_to_rest_before_they_end() {
    let file = json!({"seed": 1, "duration": "22s", "nodes": 6, "mix": {"rust": 6},
        "links": {"default": {"loss": 0.25}}});
    let settling = settling(&plan_of(&file));
    assert!(settling < Micros::seconds(11), "{settling}");
}

#[test]
fn machines_and_the_reference_model_walk_in_step() {
    const STEPS: usize = 400;
    let mut rust = RustInProcess::new();
    let mut java = with_java().then(|| JavaJni::new().expect("Java"));
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
