//! What the suite says of adapters and nodes that do not do what they should. This program is also those adapters: with the argument
//! `misbehave` it answers requests, and does one thing wrong.

mod commands;
mod misbehave;
mod run;
mod tutorial;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() == Some("misbehave") {
        return misbehave::main(&words.next().unwrap_or_default());
    }
    let mut trials = Vec::new();
    for (name, check) in tutorial::TESTS
        .iter()
        .chain(run::TESTS)
        .chain(commands::TESTS)
    {
        let check: fn() -> Result<(), String> = *check;
        trials.push(Trial::test(*name, move || check().map_err(Failed::from)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A named check; an error is what went wrong.
type Test = (&'static str, fn() -> Result<(), String>);

/// The command of an adapter that does that wrong.
fn adapter(fault: &str) -> String {
    let own = std::env::current_exe().expect("its own path");
    format!("'{}' misbehave {fault}", own.display())
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}
