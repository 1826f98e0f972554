//! The command line: `run`, `smoke`, `init`, `list`, `explain`, `simulate`.

mod attached;
mod init;
mod models;
mod null;
mod simulate;
mod smoke;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::attach::placeholders;
use crate::cases::{self, Case};
use crate::glob::matches;
use crate::implementation;
use crate::report::console;
use crate::requirements;
use crate::run;
use attached::Attached;

/// What the exit status says; the first that applies.
const EXIT_STATUS: &str = "\
Exit status:
  0  conformant: every MUST that was tested holds
  1  a MUST was broken, or a known failure of an implementation file is none
  2  bad usage: a flag or an implementation file
  3  the suite or an adapter broke, or something could not be run
  4  something stayed inconclusive";

/// Exit status of bad usage; clap's own.
const USAGE: u8 = 2;

/// Proves a Mumbai Gossip Protocol implementation right, or shows which sentence of the specification it breaks.
///
/// Without a subcommand it runs the suite over the implementations of its repository.
#[derive(Debug, Parser)]
#[command(name = "conformance", version, about, after_help = EXIT_STATUS)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the suite (the default)
    #[command(after_help = run_help())]
    Run(Selection),
    /// Check step by step that a node or an adapter can be reached at all, before anything is judged
    #[command(after_help = run_help())]
    Smoke(Attached),
    /// Write a commented implementation file
    Init(init::Init),
    /// Be an implementation that implements nothing: what the suite says of it shows what the suite is worth
    Null(null::Null),
    /// List the cases, or with --requirements the requirements and what covers them
    List {
        #[command(flatten)]
        selection: Selection,
        /// List requirements instead of cases
        #[arg(long)]
        requirements: bool,
    },
    /// Print a requirement, the cases that test it and their verdicts now
    Explain {
        /// The requirement, for example MGP1-FRM-010
        id: String,
        /// Show the cases without running them
        #[arg(long)]
        no_run: bool,
        #[command(flatten)]
        attached: Attached,
    },
    /// Clusters in virtual time, and the models that they are measured against
    #[command(subcommand)]
    Simulate(simulate::Simulate),
}

/// Which cases on which implementations.
#[derive(Debug, Clone, Default, clap::Args)]
struct Selection {
    #[command(flatten)]
    attached: Attached,
    /// Cases to run: an id, or a pattern with *, such as 'MGP1-FRM-*' (repeatable; default: all)
    #[arg(long = "case", value_name = "PATTERN")]
    cases: Vec<String>,
    /// Seed of everything that the suite draws at random; printed with every failure
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Reads the arguments, does what they say and returns the exit status.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(usage) = crate::check_without() {
        eprintln!("conformance: {usage}");
        return ExitCode::from(USAGE);
    }
    let done = match cli.command.unwrap_or_else(|| {
        Command::Run(Selection {
            seed: 1,
            ..Selection::default()
        })
    }) {
        Command::Run(selection) => run_selection(&selection),
        Command::Smoke(attached) => smoke::main(&attached),
        Command::Null(null) => null::main(&null),
        Command::Init(init) => init::main(&init),
        Command::List {
            selection,
            requirements: false,
        } => list_cases(&selection),
        Command::List {
            requirements: true, ..
        } => list_requirements(),
        Command::Explain {
            id,
            no_run,
            attached,
        } => explain(&id, no_run, &attached),
        Command::Simulate(what) => simulate::main(&what),
    };
    match done {
        Ok(status) => ExitCode::from(status),
        Err(usage) => {
            eprintln!("conformance: {usage}");
            ExitCode::from(USAGE)
        }
    }
}

fn run_help() -> String {
    format!("{}\n{EXIT_STATUS}", placeholders::help())
}

fn run_selection(selection: &Selection) -> Result<u8, String> {
    let cases = select_cases(selection)?;
    let chosen = selection.attached.choose()?;
    let mut results = run::run(&chosen.implementations, &cases, &console::Ticker::new());
    results.not_run.extend(chosen.left_out);
    let all = cases::all(selection.seed);
    let ids = all.iter().map(|case| case.id.as_str());
    for implementation in &chosen.implementations {
        results.stale.extend(implementation::apply(
            &implementation.known_failures,
            &implementation.name,
            &mut results.outcomes,
            ids.clone(),
        ));
    }
    print(&console::render(
        &results,
        selection.seed,
        std::io::stdout().is_terminal(),
    ));
    Ok(run::exit_status(&results))
}

fn list_cases(selection: &Selection) -> Result<u8, String> {
    let mut text = String::new();
    for case in select_cases(selection)? {
        text.push_str(&format!(
            "{:<55} {:<6} {}\n",
            case.id,
            format!("{:?}", case.needs).to_lowercase(),
            case.hunts
        ));
    }
    print(&text);
    Ok(0)
}

fn list_requirements() -> Result<u8, String> {
    let cases = cases::all(1);
    let mut text = String::new();
    for requirement in requirements::all() {
        let count = cases
            .iter()
            .filter(|case| case.requirements.contains(&requirement.id))
            .count();
        let cover = match (count, requirements::untested_reason(&requirement.id)) {
            (0, Some(untested)) => format!("{}: {}", untested.kind.name(), untested.reason),
            (0, None) => "NO CASE".to_owned(),
            (1, _) => "1 case".to_owned(),
            (n, _) => format!("{n} cases"),
        };
        text.push_str(&format!(
            "{} {:<12} {:<10} {cover}\n",
            requirement.id,
            requirement.profile,
            requirement.keyword.name()
        ));
    }
    print(&text);
    Ok(0)
}

fn explain(id: &str, no_run: bool, attached: &Attached) -> Result<u8, String> {
    let requirement = requirements::find(id)
        .ok_or_else(|| format!("{id} is no requirement of the specification; `conformance list --requirements` lists them"))?;
    print(&format!(
        "{} ({}), chapter {} {}\n  {}\n",
        requirement.id,
        requirement.profile,
        requirement.chapter,
        requirement.title,
        requirement.sentence
    ));
    if let Some(untested) = requirements::untested_reason(id) {
        print(&format!(
            "  {}: {}\n",
            untested.kind.name(),
            untested.reason
        ));
    }
    let cases: Vec<Case> = cases::all(1)
        .into_iter()
        .filter(|case| case.requirements.iter().any(|r| r == id))
        .collect();
    if no_run {
        for case in &cases {
            print(&format!("  {}  {}\n", case.id, case.hunts));
        }
        return Ok(0);
    }
    let chosen = attached.choose()?;
    let mut results = run::run(&chosen.implementations, &cases, &console::Ticker::new());
    results.not_run.extend(chosen.left_out);
    for case in &cases {
        let verdicts: Vec<String> = results
            .outcomes
            .iter()
            .filter(|outcome| outcome.case == case.id)
            .map(|outcome| format!("{} {}", outcome.implementation, console::word(outcome)))
            .collect();
        print(&format!(
            "  {}  {}\n    {}\n",
            case.id,
            case.hunts,
            verdicts.join(", ")
        ));
    }
    for left_out in &results.not_run {
        print(&format!(
            "  not run: {} {}: {}\n",
            left_out.implementation, left_out.what, left_out.why
        ));
    }
    Ok(run::exit_status(&results))
}

fn select_cases(selection: &Selection) -> Result<Vec<Case>, String> {
    let all = cases::all(selection.seed);
    if let Some(pattern) = selection
        .cases
        .iter()
        .find(|pattern| !all.iter().any(|case| matches(pattern, &case.id)))
    {
        return Err(format!(
            "--case '{pattern}' matches no case; `conformance list` lists them"
        ));
    }
    let wanted = |case: &Case| {
        selection.cases.is_empty()
            || selection
                .cases
                .iter()
                .any(|pattern| matches(pattern, &case.id))
    };
    Ok(all.into_iter().filter(wanted).collect())
}

/// A reader that went away (`| head`) is no reason to panic.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
