//! Clusters in virtual time: the same seed gives the same run, random schedules of faults break no invariant, and machines of both
//! languages walk in step with the reference model.
//!
//! `CONFORMANCE_SIMULATE_CASES=200` tries more schedules per mix (default 4), `CONFORMANCE_SIMULATE_STEPS=1000000` more steps of the
//! comparison (default 20,000). `CONFORMANCE_WITHOUT=java` leaves Java out.

mod compositions;
mod double;
mod invariants;
mod program;
mod runs;
mod schedules;
mod steps;

use std::sync::atomic::AtomicBool;

use conformance::simulate::cluster::run;
use conformance::simulate::findings::Findings;
use conformance::simulate::invariants::Parameters;
use conformance::simulate::plan::{Plan, Sketch};
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
