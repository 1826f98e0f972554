//! `simulate`: clusters in virtual time, and the models that they are measured against.
//!
//! Exit status: 0 where all held, 1 where an invariant broke or two compositions differ, 2 for bad usage, 3 where a machine could not be
//! driven, 4 where the user interrupted it before anything broke, or a comparison could not decide.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use simulation::time::Micros;
use simulation::yardstick::Verdict;

use super::models::{self, Model};
use super::print;
use crate::report::html;
use crate::simulate::cluster::{self, Progress};
use crate::simulate::compare::{self, Question, Side};
use crate::simulate::invariants::Parameters;
use crate::simulate::plan::{Plan, Sketch};

/// How often progress is shown.
pub(super) const PROGRESS: Duration = Duration::from_millis(500);

#[derive(Debug, Subcommand)]
pub(super) enum Simulate {
    /// Run a cluster of protocol machines in virtual time and watch its invariants
    Cluster(Cluster),
    /// Run the cluster of a scenario file
    Replay {
        /// The scenario file, TOML or JSON
        file: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Run many clusters of two compositions and test whether they behave alike
    Compare(Compare),
    #[command(flatten)]
    Model(Model),
}

#[derive(Debug, Args)]
pub(super) struct Cluster {
    /// How many nodes
    #[arg(long, default_value_t = 20)]
    nodes: u32,
    /// Implementations, dealt out evenly: rust, java, python; python runs in a process of its own and takes much longer
    #[arg(long, value_delimiter = ',', default_value = "rust,java")]
    mix: Vec<String>,
    /// Share of datagrams that is lost, from 0 to below 1
    #[arg(long, default_value_t = 0.0)]
    loss: f64,
    /// All chance comes from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How much virtual time: 30s, 2m
    #[arg(long, default_value = "30s", value_parser = time)]
    duration: Micros,
    /// Network classes, dealt out evenly: 4G_5G, 3G_4G, 2G_Edge, intermittent; or `published` for the published shares
    #[arg(long, value_delimiter = ',')]
    links: Vec<String>,
    /// How many keys are written
    #[arg(long, default_value_t = 5)]
    writes: u32,
    /// A scenario file, TOML or JSON, instead of the above; --mix is for nodes to which it gives no implementation
    #[arg(long)]
    scenario: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct Compare {
    /// Implementations of the first composition, dealt out evenly: rust, java, python (much slower)
    #[arg(long, value_delimiter = ',', default_value = "rust")]
    mix_a: Vec<String>,
    /// Those of the second
    #[arg(long, value_delimiter = ',', default_value = "java")]
    mix_b: Vec<String>,
    /// Clusters of each composition: the more, the smaller the difference that can be ruled out; "undecided" says that there were too few
    #[arg(long, default_value_t = 200)]
    trials: u32,
    /// How many nodes a cluster has
    #[arg(long, default_value_t = 8)]
    nodes: u32,
    /// Share of datagrams that is lost, from 0 to below 1
    #[arg(long, default_value_t = 0.1)]
    loss: f64,
    /// How much virtual time a cluster has
    #[arg(long, default_value = "15s", value_parser = time)]
    duration: Micros,
    /// All chance comes from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// With this confidence a difference is called one
    #[arg(long, default_value_t = 0.99)]
    confidence: f64,
    /// A parameter of chapter 11 for the nodes of the first composition alone (repeatable)
    #[arg(long = "parameter-a", value_name = "NAME=NUMBER", value_parser = parameter)]
    parameters_a: Vec<(String, u64)>,
    /// The same for the second composition
    #[arg(long = "parameter-b", value_name = "NAME=NUMBER", value_parser = parameter)]
    parameters_b: Vec<(String, u64)>,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Output {
    /// A parameter of chapter 11 for all nodes, such as fanout=4 (repeatable)
    #[arg(long = "parameter", value_name = "NAME=NUMBER", value_parser = parameter)]
    parameters: Vec<(String, u64)>,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
    /// Write the curves there as SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write a page there that stands alone, with the curves beside the model and the figures
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

pub(super) fn time(text: &str) -> Result<Micros, String> {
    Micros::parse(text)
        .filter(|time| *time > Micros::ZERO)
        .ok_or_else(|| "a time above zero with its unit, such as 30s".to_owned())
}

fn parameter(text: &str) -> Result<(String, u64), String> {
    let wrong = || "a name of chapter 11 and a number, such as fanout=4".to_owned();
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    if !mumbai_gossip::protocol::Parameters::NAMES.contains(&name) {
        return Err(format!("chapter 11 has no parameter {name:?}"));
    }
    Ok((name.to_owned(), value.parse().map_err(|_| wrong())?))
}

/// Runs the subcommand and returns the exit status.
pub(super) fn main(simulate: &Simulate) -> Result<u8, String> {
    crate::attach::java::expect_a_long_run();
    match simulate {
        Simulate::Compare(arguments) => compare(arguments),
        Simulate::Model(model) => models::main(model),
        Simulate::Cluster(arguments) => {
            let parameters = given(&arguments.output);
            let (plan, replay) = match &arguments.scenario {
                Some(file) => {
                    let replay = format!(
                        "conformance simulate cluster --scenario {} --mix {}",
                        file.display(),
                        arguments.mix.join(",")
                    );
                    (read(file, &arguments.mix, parameters)?, replay)
                }
                None => sketch(arguments, parameters)?,
            };
            run(&plan, &arguments.output, &replay)
        }
        Simulate::Replay { file, output } => {
            let mix = ["rust".to_owned(), "java".to_owned()];
            let plan = read(file, &mix, given(output))?;
            run(
                &plan,
                output,
                &format!("conformance simulate replay {}", file.display()),
            )
        }
    }
}

fn given(output: &Output) -> Parameters {
    Parameters(output.parameters.iter().cloned().collect())
}

fn compare(arguments: &Compare) -> Result<u8, String> {
    let side = |mix: &[String], parameters: &[(String, u64)]| Side {
        mix: mix.to_vec(),
        parameters: Parameters(parameters.iter().cloned().collect()),
    };
    let question = Question {
        sides: [
            side(&arguments.mix_a, &arguments.parameters_a),
            side(&arguments.mix_b, &arguments.parameters_b),
        ],
        nodes: arguments.nodes,
        loss: arguments.loss,
        duration: arguments.duration,
        trials: arguments.trials,
        seed: arguments.seed,
        confidence: arguments.confidence,
    };
    let stop = interruption("stopping");
    let mut shown = Instant::now();
    let compared = compare::ask(&question, &stop, &mut |clusters| {
        if shown.elapsed() >= PROGRESS {
            shown = Instant::now();
            progress_line(&format!("{clusters} of {} clusters", 2 * arguments.trials));
        }
    })?;
    clear_line();
    if arguments.json {
        let json = serde_json::to_string_pretty(&compared).map_err(|e| e.to_string())?;
        print(&format!("{json}\n"));
    } else {
        let name = |mix: &[String], parameters: &[(String, u64)]| {
            let changes = parameters
                .iter()
                .map(|(name, value)| format!(" {name}={value}"));
            mix.join("+") + &changes.collect::<String>()
        };
        print(&compared.text([
            &name(&arguments.mix_a, &arguments.parameters_a),
            &name(&arguments.mix_b, &arguments.parameters_b),
        ]));
    }
    Ok(match (compared.verdict, compared.interrupted) {
        (Verdict::Different, _) => 1,
        (_, true) | (Verdict::Undecided, _) => 4,
        (Verdict::Alike, false) => 0,
    })
}

/// Shows how far a long run is; on a terminal the next such line takes its place.
pub(super) fn progress_line(text: &str) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{text}\r");
    } else {
        eprintln!("{text}");
    }
}

pub(super) fn clear_line() {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
}

fn read(file: &Path, mix: &[String], parameters: Parameters) -> Result<Plan, String> {
    let text = std::fs::read_to_string(file).map_err(|e| {
        format!(
            "{}: {e}; a scenario file is a text in TOML or JSON (docs/scenarios.md)",
            file.display()
        )
    })?;
    Plan::read_file(file, &text, mix, parameters)
        .map_err(|mistake| format!("{}: {mistake}", file.display()))
}

fn sketch(arguments: &Cluster, parameters: Parameters) -> Result<(Plan, String), String> {
    let sketch = Sketch {
        nodes: arguments.nodes,
        mix: arguments.mix.clone(),
        loss: arguments.loss,
        seed: arguments.seed,
        duration: arguments.duration,
        links: arguments.links.clone(),
        writes: arguments.writes,
    };
    let file = sketch.file()?;
    let plan = Plan::read(&file.to_string(), &arguments.mix, parameters)?;
    let mut replay = format!(
        "conformance simulate cluster --nodes {} --mix {} --loss {} --seed {} --duration {} --writes {}",
        arguments.nodes,
        arguments.mix.join(","),
        arguments.loss,
        arguments.seed,
        arguments.duration,
        arguments.writes
    );
    if !arguments.links.is_empty() {
        replay.push_str(&format!(" --links {}", arguments.links.join(",")));
    }
    Ok((plan, replay))
}

fn run(plan: &Plan, output: &Output, replay: &str) -> Result<u8, String> {
    let mut replay = replay.to_owned();
    for (name, value) in &output.parameters {
        replay.push_str(&format!(" --parameter {name}={value}"));
    }
    let stop = interruption("stopping");
    let mut shown = Instant::now();
    let started = Instant::now();
    let mut progress = |now: Progress| {
        if shown.elapsed() >= PROGRESS {
            shown = Instant::now();
            progress_line(&format!(
                "{:>8.1} of {:.0} s of virtual time, {} calls, members {:.4}",
                now.at.as_seconds(),
                plan.scenario.duration.as_seconds(),
                now.steps,
                now.members
            ));
        }
    };
    let findings = match cluster::run(plan, &stop, &mut progress) {
        Ok(findings) => findings,
        Err(why) => {
            eprintln!(
                "conformance: {why}\nseed {}; again: {replay}",
                plan.scenario.seed
            );
            return Ok(3);
        }
    };
    clear_line();
    eprintln!("took {:.1} s", started.elapsed().as_secs_f64());
    if output.json {
        let mut json = serde_json::to_value(&findings).map_err(|e| e.to_string())?;
        json["again"] = replay.as_str().into();
        print(&format!("{json:#}\n"));
        if let Some(broken) = &findings.violation {
            eprintln!(
                "conformance: broke: {broken}\nseed {}; again: {replay}",
                findings.seed
            );
        }
    } else {
        print(&findings.text(&replay));
    }
    if let Some(file) = &output.svg {
        write(file, &findings.svg())?;
    }
    if let Some(file) = &output.html {
        write(file, &html::simulation(&findings, &replay))?;
    }
    Ok(match (findings.broken.is_empty(), findings.interrupted) {
        (false, _) => 1,
        (true, true) => 4,
        (true, false) => 0,
    })
}

pub(super) fn write(file: &Path, text: &str) -> Result<(), String> {
    std::fs::File::create(file)
        .and_then(|mut out| out.write_all(text.as_bytes()))
        .map_err(|e| format!("{}: {e}", file.display()))
}

/// Set by the first Ctrl-C, so that what was found so far can be shown; the second one ends the process.
/// `stopping` says what is still waited for.
pub(super) fn interruption(stopping: &'static str) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&stop);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else {
            return;
        };
        while runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            if set.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
            eprintln!("\n{stopping}; once more to give up what was found");
        }
    });
    stop
}
