//! Clusters in virtual time: the same seed gives the same run, random schedules of faults break no invariant, and machines of all
//! languages walk in step with the reference model.
//!
//! `CONFORMANCE_SIMULATE_CASES=200` tries more schedules per mix (default 4), `CONFORMANCE_SIMULATE_STEPS=1000000` more steps of the
//! comparison (default 20,000; Python takes part in a tenth of them). `CONFORMANCE_WITHOUT=java,python` leaves Java and Python out.

mod compositions;
mod double;
mod innocent;
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
    takes_part("java")
}

fn with_python() -> bool {
    takes_part("python")
}

fn takes_part(name: &str) -> bool {
    let left_out = conformance::left_out(name);
    if let Some(why) = &left_out {
        println!("NOT RUN: {name}, because {why}");
    }
    left_out.is_none()
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
