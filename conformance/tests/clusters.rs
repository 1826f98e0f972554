//! Real clusters over loopback UDP: every scenario passes with nodes of Rust, of Java, of Python, of Rust and Java together, and of all
//! three together. All nodes of one language live in one adapter: that of Python is a process of its own.
//!
//! Filter by composition or scenario: `cargo test -p conformance --test clusters -- rust+java`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use conformance::attach::Adapter;
use conformance::clusters::{Scenario, scenarios};
use conformance::implementation::{Implementation, built_in};
use conformance::verdict::Verdict;
use libtest_mimic::{Arguments, Failed, Trial};

/// Each scenario runs half a dozen real nodes; more at once than this and a loaded machine misses their timers.
const THREADS: usize = 2;

/// Who makes up the cluster; the scenarios deal their nodes out in turn.
const COMPOSITIONS: [&[&str]; 5] = [
    &["rust"],
    &["java"],
    &["python"],
    &["rust", "java"],
    &["rust", "java", "python"],
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    if let Err(usage) = conformance::check_without() {
        eprintln!("{usage}");
        return ExitCode::from(2);
    }
    arguments.test_threads.get_or_insert(THREADS);
    let left_out: BTreeMap<&str, String> = ["rust", "java", "python"]
        .into_iter()
        .filter_map(|name| Some((name, conformance::left_out(name)?)))
        .collect();
    let mut trials = Vec::new();
    for composition in COMPOSITIONS {
        let is_out = composition.iter().any(|name| left_out.contains_key(name));
        for scenario in scenarios() {
            let name = format!("{}::{}", composition.join("+"), scenario.id);
            trials.push(
                Trial::test(name, move || run(&scenario, composition)).with_ignored_flag(is_out),
            );
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    for (name, why) in left_out {
        println!("NOT RUN: clusters with {name}, because {why}");
    }
    conclusion.exit_code()
}

fn run(scenario: &Scenario, composition: &[&str]) -> Result<(), Failed> {
    let built_in = built_in();
    let adapter_of = |name: &&str| -> Result<Box<dyn Adapter>, String> {
        built_in
            .iter()
            .find(|implementation| implementation.name == *name)
            .ok_or_else(|| format!("there is no implementation {name}"))
            .and_then(Implementation::adapter)
    };
    let mut adapters = composition
        .iter()
        .map(adapter_of)
        .collect::<Result<Vec<_>, _>>()?;
    let mut nodes: Vec<&mut dyn Adapter> = adapters
        .iter_mut()
        .map(|adapter| &mut **adapter as &mut dyn Adapter)
        .collect();
    match scenario.run(&mut nodes) {
        Verdict::Pass => Ok(()),
        Verdict::Fail(failure) => Err(format!(
            "{}\n  expected {}\n  actual   {}",
            failure.requirement, failure.expected, failure.actual
        )
        .into()),
        other => Err(format!("{other:?}").into()),
    }
}
