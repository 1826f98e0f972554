//! What all models take, and how their outcome is shown.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Instant;

use clap::Args;
use serde::Serialize;
use simulation::models::{Outcome, Trials, Watch};
use simulation::plot::{svg, text_claims, text_curves, text_table};

use crate::cli::print;
use crate::cli::simulate::{PROGRESS, clear_line, interruption, progress_line, write};

/// How wide the text below a table is.
const WIDTH: usize = 120;

/// Exit status of what the user ended before it was through.
const INTERRUPTED: u8 = 4;

/// What all models take.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// How many participants (default: as published)
    #[arg(long, visible_aliases = ["nodes", "size"])]
    pub(super) participants: Option<u32>,
    /// How many independent trials (default: 100, down to 2 of very many participants)
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    trials: Option<u32>,
    /// All chance comes from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    output: Output,
}

/// Where the outcome goes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Output {
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
    /// Write the curves there as SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

impl Common {
    /// The participants that were asked for, or as published; at least `least`, at most ten million.
    pub(super) fn people(&self, published: u32, least: u32) -> Result<u32, String> {
        match self.participants.unwrap_or(published) {
            people if (least..=10_000_000).contains(&people) => Ok(people),
            people => Err(format!(
                "--participants {people} must be from {least} to 10,000,000"
            )),
        }
    }

    /// Runs a model of this size and shows what it gives. Interrupted, it shows what the trials gave that were over, or under way: the exit
    /// status is then 4.
    pub(super) fn show(
        &self,
        size: u32,
        run: impl FnOnce(&Trials) -> Outcome,
    ) -> Result<u8, String> {
        let trials = self
            .trials
            .unwrap_or((5_000_000 / size.max(1)).clamp(2, 100)) as usize;
        let watch = Watch {
            stop: interruption("stopping after the trials under way"),
            over: AtomicUsize::new(0),
        };
        let started = Instant::now();
        let outcome = std::thread::scope(|scope| {
            let (over, ended) = channel::<()>();
            let watch = &watch;
            scope.spawn(move || {
                while ended.recv_timeout(PROGRESS) == Err(RecvTimeoutError::Timeout) {
                    let done = watch.over.load(Ordering::Relaxed);
                    let seconds = started.elapsed().as_secs_f64();
                    progress_line(&format!("{done} of {trials} trials, {seconds:.1} s"));
                }
            });
            let outcome = run(&Trials::new(self.seed, trials).watched(watch));
            drop(over);
            outcome
        });
        clear_line();
        eprintln!("took {:.2} s", started.elapsed().as_secs_f64());
        self.output.show(&outcome)?;
        if outcome.trials < trials {
            let made = outcome.trials;
            eprintln!("interrupted: {made} of {trials} trials; --trials {made} gives the same");
            return Ok(INTERRUPTED);
        }
        Ok(0)
    }
}

impl Output {
    /// Prints the outcome, and writes its picture if that was asked for.
    pub(super) fn show(&self, outcome: &Outcome) -> Result<(), String> {
        self.show_as(outcome, outcome)
    }

    /// The same for an outcome that is part of something whose JSON holds more.
    pub(super) fn show_as(&self, outcome: &Outcome, whole: &impl Serialize) -> Result<(), String> {
        if self.json {
            let json = serde_json::to_string_pretty(whole).map_err(|e| e.to_string())?;
            print(&format!("{json}\n"));
        } else {
            let claims = text_claims(outcome, WIDTH);
            let claims = if claims.is_empty() {
                claims
            } else {
                format!(
                    "\npublished, and what is true of it (L: line of the document, see spec/errata.md)\n{claims}"
                )
            };
            print(&format!(
                "{}\n{}, seed {}\n\n{}{claims}\n{}",
                outcome.description,
                match outcome.trials {
                    1 => "one run".to_owned(),
                    many => format!("{many} trials"),
                },
                outcome.seed,
                text_table(outcome),
                text_curves(&outcome.curves, 72, 14)
            ));
        }
        if let Some(file) = &self.svg {
            write(file, &svg(&outcome.model, &outcome.curves))?;
        }
        Ok(())
    }
}

/// A share of datagrams that is lost.
pub(super) fn loss(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..1.0).contains(share))
        .ok_or_else(|| "a share from 0 to below 1, such as 0.25".to_owned())
}

/// Refuses what is not a finite number above zero.
pub(super) fn positive(name: &str, value: f64) -> Result<(), String> {
    if value.is_finite() && value > 0.0 && value <= 1e6 {
        Ok(())
    } else {
        Err(format!(
            "{name} {value} must be above 0 and at most 1,000,000"
        ))
    }
}
