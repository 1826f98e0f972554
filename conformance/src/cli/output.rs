//! Where the reports of a run go.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use simulation::time::Micros;

use super::simulate::write;
use crate::bundle;
use crate::cases::{Case, Needs};
use crate::report::about::About;
use crate::report::{html, json, junit};
use crate::run::Results;
use crate::simulate::cluster;
use crate::simulate::findings::Findings;
use crate::simulate::invariants::Parameters;
use crate::simulate::plan::{Plan, Sketch};

/// Nodes of the cluster that `--simulation` runs.
const SIMULATED_NODES: u32 = 20;
/// How much virtual time it has.
const SIMULATED_TIME: Micros = Micros::seconds(30);

/// Reports beside the one in the terminal; `docs/reports.md` describes them.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Reports")]
pub(super) struct Output {
    /// Write everything that was found there as JSON (schema: conformance/report.schema.json)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a JUnit XML file there, for CI services
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write a page there that stands alone: matrix, requirements, cases and their datagrams
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Show in the page how a mixed cluster of these implementations converges in virtual time, beside the model
    #[arg(long, requires = "html")]
    simulation: bool,
    /// Write a folder there for each case that did not pass: datagrams decoded and as a capture, versions, seed; `conformance replay` reads it
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
}

impl Output {
    /// Finds out before a long run whether the files can be written.
    ///
    /// # Errors
    /// One line that names the option, the file and what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        for (option, file) in [
            ("--json", &self.json),
            ("--junit", &self.junit),
            ("--html", &self.html),
        ] {
            if let Some(file) = file {
                // What stands there from an earlier run stays until this one has ended.
                OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(file)
                    .map_err(|e| format!("{option} {}: {e}", file.display()))?;
            }
        }
        if let Some(folder) = &self.bundle {
            std::fs::create_dir_all(folder)
                .map_err(|e| format!("--bundle {}: {e}", folder.display()))?;
        }
        Ok(())
    }

    /// Writes what was asked for and says where it is, a line each.
    ///
    /// # Errors
    /// One line that names the file and what is wrong.
    pub(super) fn write(
        &self,
        results: &Results,
        about: &About,
        cases: &[Case],
    ) -> Result<Vec<String>, String> {
        let mut lines = Vec::new();
        let mut put = |file: &Path, text: &str| {
            lines.push(format!("wrote {}", file.display()));
            write(file, text)
        };
        if let Some(file) = &self.json {
            put(file, &format!("{}\n", json::report(results, about, cases)))?;
        }
        if let Some(file) = &self.junit {
            put(file, &junit::report(results, about)?)?;
        }
        if let Some(file) = &self.html {
            let findings = if self.simulation {
                simulated(results, about.seed)?
            } else {
                None
            };
            let page = html::page(results, about, cases, findings.as_ref());
            put(file, &page)?;
        }
        if let Some(folder) = &self.bundle {
            let count = bundle::write_all(folder, results, about)?.len();
            lines.push(format!("wrote {count} bundles below {}", folder.display()));
        }
        Ok(lines)
    }
}

/// A cluster of the implementations whose machines this run has driven; `None` where there was none.
fn simulated(results: &Results, seed: u64) -> Result<Option<Findings>, String> {
    let mut mix: Vec<String> = Vec::new();
    for outcome in results.outcomes.iter().filter(|o| o.needs == Needs::Core) {
        if !mix.contains(&outcome.implementation) {
            mix.push(outcome.implementation.clone());
        }
    }
    if mix.is_empty() {
        return Ok(None);
    }
    let sketch = Sketch {
        nodes: SIMULATED_NODES,
        mix: mix.clone(),
        loss: 0.0,
        seed,
        duration: SIMULATED_TIME,
        links: Vec::new(),
        writes: 5,
    };
    let plan = Plan::read(&sketch.file()?.to_string(), &mix, Parameters::default())
        .map_err(|mistake| mistake.to_string())?;
    cluster::run(&plan, &AtomicBool::new(false), &mut |_| ()).map(Some)
}
