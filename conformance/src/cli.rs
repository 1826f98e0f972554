//! The command line: `run`, `replay`, `smoke`, `init`, `list`, `explain`, `simulate`.

mod attached;
mod coverage;
mod hazards;
mod init;
mod models;
mod null;
mod output;
mod replay;
mod simulate;
mod smoke;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::SystemTime;

use clap::{Parser, Subcommand};

use crate::attach::placeholders;
use crate::cases::{self, Case};
use crate::glob::matches;
use crate::implementation;
use crate::report::about::About;
use crate::report::console;
use crate::requirements;
use crate::run::{self, Results};
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

/// Exit status where the suite broke; here, where a report could not be written.
const BROKEN: u8 = 3;

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
    Run {
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        output: output::Output,
    },
    /// Run the case of a failure bundle again, with its seed, on its implementation, and say whether the verdict is the same
    Replay(replay::Replay),
    /// Check step by step that a node or an adapter can be reached at all, before anything is judged
    #[command(after_help = run_help())]
    Smoke(Attached),
    /// Write a commented implementation file
    Init(init::Init),
    /// Be an implementation that implements nothing: what the suite says of it shows what the suite is worth
    Null(null::Null),
    /// List the cases, or with --requirements or --hazards what they cover
    List {
        #[command(flatten)]
        selection: Selection,
        /// List requirements instead of cases
        #[arg(long)]
        requirements: bool,
        /// List the known faults of gossip nodes and how many cases hunt each
        #[arg(long, conflicts_with = "requirements")]
        hazards: bool,
    },
    /// Print a requirement or a hazard, the cases that test it and their verdicts now
    Explain {
        /// The requirement or hazard, for example MGP1-FRM-010 or HAZ-W-18; W-18 and 'case 21', as cases cite hazards, are understood too
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
    let done = match cli.command.unwrap_or_else(|| Command::Run {
        selection: Selection {
            seed: 1,
            ..Selection::default()
        },
        output: output::Output::default(),
    }) {
        Command::Run { selection, output } => run_selection(&selection, &output),
        Command::Replay(replay) => replay_bundle(&replay),
        Command::Smoke(attached) => smoke::main(&attached),
        Command::Null(null) => null::main(&null),
        Command::Init(init) => init::main(&init),
        Command::List { hazards: true, .. } => hazards::list().map(|text| {
            print(&text);
            0
        }),
        Command::List {
            requirements: true, ..
        } => list_requirements(),
        Command::List { selection, .. } => list_cases(&selection),
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

fn run_selection(selection: &Selection, output: &output::Output) -> Result<u8, String> {
    output.check()?;
    let arguments = std::env::args().skip(1).collect();
    let about = About::this_process(selection.seed, SystemTime::now(), arguments);
    let (results, cases) = carry_out(selection)?;
    match output.write(&results, &about, &cases) {
        Ok(lines) => lines.iter().for_each(|line| eprintln!("{line}")),
        Err(why) => {
            eprintln!("conformance: {why}");
            return Ok(BROKEN);
        }
    }
    Ok(run::exit_status(&results))
}

/// The exit status is that of the run, so that `git bisect run` understands it.
fn replay_bundle(replay: &replay::Replay) -> Result<u8, String> {
    let bundle = replay.read()?;
    let words = std::iter::once("conformance").chain(bundle.arguments.iter().map(String::as_str));
    let Ok(Cli {
        command: Some(Command::Run { selection, .. }),
    }) = Cli::try_parse_from(words)
    else {
        return Err("the bundle has arguments that this suite does not know; was it written by another version?".to_owned());
    };
    let (results, _) = carry_out(&selection)?;
    print(&format!("{}\n", replay::comparison(&bundle, &results)));
    Ok(run::exit_status(&results))
}

/// Runs what was selected and prints what came of it.
fn carry_out(selection: &Selection) -> Result<(Results, Vec<Case>), String> {
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
    Ok((results, cases))
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
        let cover = coverage::told(&cases, &requirement.id);
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

/// What `explain` says of a requirement before its cases.
fn explain_requirement(id: &str) -> Result<String, String> {
    let requirement = requirements::find(id)
        .ok_or_else(|| format!("{id} is no requirement of the specification and no hazard; `conformance list --requirements` and `list --hazards` list them"))?;
    let mut text = format!(
        "{} ({}), chapter {} {}\n  {}\n",
        requirement.id,
        requirement.profile,
        requirement.chapter,
        requirement.title,
        requirement.sentence
    );
    if let Some(untested) = requirements::untested_reason(id) {
        text.push_str(&format!(
            "  {}: {}\n",
            untested.kind.name(),
            untested.reason
        ));
    }
    Ok(text)
}

fn explain(id: &str, no_run: bool, attached: &Attached) -> Result<u8, String> {
    if let Some(text) = hazards::explain(id) {
        print(&text);
    } else {
        print(&explain_requirement(id)?);
    }
    let cases: Vec<Case> = cases::all(1)
        .into_iter()
        .filter(|case| case.requirements.iter().any(|r| r == id) || hazards::is_hunted_by(id, case))
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
        let told = if verdicts.is_empty() {
            "not asked".to_owned()
        } else {
            verdicts.join(", ")
        };
        print(&format!("  {}  {}\n    {told}\n", case.id, case.hunts));
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
