//! Real clusters over loopback UDP: every scenario passes with nodes of two adapters. Here both are Rust; any two that offer `live` will do.

use conformance::attach::rust::RustInProcess;
use conformance::clusters::{Scenario, scenarios};
use conformance::verdict::Verdict;
use libtest_mimic::{Arguments, Failed, Trial};

fn verdict_of(scenario: &Scenario) -> Result<(), Failed> {
    let (mut first, mut second) = (RustInProcess::new(), RustInProcess::new());
    match scenario.run(&mut [&mut first, &mut second]) {
        Verdict::Pass => Ok(()),
        Verdict::Fail(failure) => Err(format!(
            "{}\n  expected {}\n  actual   {}",
            failure.requirement, failure.expected, failure.actual
        )
        .into()),
        other => Err(format!("{other:?}").into()),
    }
}

fn main() {
    let trials = scenarios()
        .into_iter()
        .map(|scenario| Trial::test(scenario.id, move || verdict_of(&scenario)))
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
