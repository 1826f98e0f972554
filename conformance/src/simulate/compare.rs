//! Whether clusters of two compositions behave alike.
//!
//! Many small clusters of either composition, each with a seed of its own; from each, one number for every measure; and the two
//! samples of every measure are put to the tests of [`simulation::yardstick::compare`].

use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use simulation::time::Micros;
use simulation::yardstick::{Comparison, Verdict, compare};

use super::cluster::run;
use super::findings::Findings;
use super::invariants::Parameters;
use super::plan::{Plan, Sketch};

/// How far from one half the chance that the one exceeds the other may be for both to count as alike.
pub const MARGIN: f64 = 0.1;

/// One composition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Implementations, dealt out evenly.
    pub mix: Vec<String>,
    /// Parameters of chapter 11 that differ from their defaults.
    pub parameters: Parameters,
}

/// What is compared.
#[derive(Debug, Clone)]
pub struct Question {
    /// The two compositions.
    pub sides: [Side; 2],
    /// Nodes of a cluster.
    pub nodes: u32,
    /// Share of datagrams that is lost.
    pub loss: f64,
    /// How long a cluster runs.
    pub duration: Micros,
    /// Clusters of each composition.
    pub trials: u32,
    /// All chance comes from it.
    pub seed: u64,
    /// With this confidence a difference is called one, over all measures together.
    pub confidence: f64,
}

/// A name, and how it is read off what came of a cluster.
type Gauge = (&'static str, fn(&Findings) -> f64);

/// What one cluster is measured by.
const MEASURES: [Gauge; 4] = [
    ("news: ms until half of all nodes hold a key", |it| {
        slowest(it, |write| write.half_ms)
    }),
    ("news: ms until all nodes hold a key", |it| {
        slowest(it, |write| write.all_ms)
    }),
    ("members: ms until all list all", |it| {
        it.members_complete_ms
            .map_or(it.planned_ms as f64, |ms| ms as f64)
    }),
    ("wire: bytes per node and interval", |it| {
        it.bytes_per_node_interval
    }),
];

/// The mean over the keys; one that did not come through counts as the whole run.
fn slowest(findings: &Findings, of: impl Fn(&super::findings::Spreading) -> Option<f64>) -> f64 {
    let never = findings.planned_ms as f64;
    let all = findings
        .writes
        .iter()
        .map(|write| of(write).unwrap_or(never));
    all.sum::<f64>() / findings.writes.len().max(1) as f64
}

/// What came of one measure.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measure {
    /// What was measured.
    pub name: &'static str,
    /// The median of either side.
    pub medians: [f64; 2],
    /// What the tests say.
    pub comparison: Comparison,
}

/// What came of a comparison.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// Clusters of each composition that ran.
    pub trials: u32,
    /// The confidence that was asked for, over all measures together.
    pub confidence: f64,
    /// Whether it was interrupted.
    pub interrupted: bool,
    /// Measure by measure.
    pub measures: Vec<Measure>,
    /// What follows: one difference is a difference, and alike is only what is alike in all.
    pub verdict: Verdict,
}

/// Runs the clusters and compares them. `progress` is told how many clusters have run.
///
/// # Errors
/// A question that makes no sense, a machine that could not be driven, or a cluster that broke an invariant.
pub fn ask(
    question: &Question,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(u32),
) -> Result<Compared, String> {
    if question.trials < 2 {
        return Err("--trials must be at least 2".to_owned());
    }
    if !(question.confidence > 0.0 && question.confidence < 1.0) {
        return Err(format!(
            "--confidence {} must be between 0 and 1",
            question.confidence
        ));
    }
    let mut samples = [const { Vec::new() }; 2];
    for trial in 0..question.trials {
        for (index, side) in question.sides.iter().enumerate() {
            // Seeds of their own: what both sides have in common would make them look alike.
            let seed = question.seed * 1_000_000 + u64::from(2 * trial) + index as u64;
            let plan = plan(question, side, seed)?;
            let findings = run(&plan, stop, &mut |_| {})?;
            if findings.interrupted {
                break;
            }
            if let Some(broken) = &findings.violation {
                return Err(format!("a cluster broke with seed {seed}: {broken}"));
            }
            samples[index].push(findings);
            progress(2 * trial + index as u32 + 1);
        }
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    judge(question, &samples, stop.load(Ordering::Relaxed))
}

fn plan(question: &Question, side: &Side, seed: u64) -> Result<Plan, String> {
    let sketch = Sketch {
        nodes: question.nodes,
        mix: side.mix.clone(),
        loss: question.loss,
        seed,
        duration: question.duration,
        links: Vec::new(),
        writes: 3,
    };
    Plan::read(
        &sketch.file()?.to_string(),
        &side.mix,
        side.parameters.clone(),
    )
}

fn judge(
    question: &Question,
    samples: &[Vec<Findings>; 2],
    interrupted: bool,
) -> Result<Compared, String> {
    let trials = samples[0].len().min(samples[1].len());
    // Bonferroni: all measures together err at most as often as one may.
    let confidence = 1.0 - (1.0 - question.confidence) / MEASURES.len() as f64;
    let measures: Option<Vec<Measure>> = MEASURES
        .iter()
        .map(|(name, of)| {
            let [first, second] = samples
                .each_ref()
                .map(|side| side[..trials].iter().map(of).collect::<Vec<f64>>());
            Some(Measure {
                name,
                medians: [median(&first), median(&second)],
                comparison: compare(&first, &second, confidence, MARGIN)?,
            })
        })
        .collect();
    let measures = measures.ok_or("nothing was measured yet")?;
    let verdicts = || measures.iter().map(|measure| measure.comparison.verdict);
    let verdict = if verdicts().any(|it| it == Verdict::Different) {
        Verdict::Different
    } else if verdicts().all(|it| it == Verdict::Alike) {
        Verdict::Alike
    } else {
        Verdict::Undecided
    };
    Ok(Compared {
        trials: trials as u32,
        confidence: question.confidence,
        interrupted,
        measures,
        verdict,
    })
}

fn median(values: &[f64]) -> f64 {
    simulation::statistics::quantile(values, 0.5)
}

impl Compared {
    /// The report for a terminal.
    pub fn text(&self, names: [&str; 2]) -> String {
        let mut out = format!(
            "{} beside {}: {} clusters each{}\n\n  {:<45} {:>10} {:>10} {:>7} {:>17} {:>9} {:>9}  verdict\n",
            names[0],
            names[1],
            self.trials,
            if self.interrupted {
                ", interrupted"
            } else {
                ""
            },
            "measure (medians)",
            names[0],
            names[1],
            "P(a>b)",
            "interval",
            "p ranks",
            "p shape"
        );
        for measure in &self.measures {
            let comparison = &measure.comparison;
            let ranks = &comparison.ranks;
            let interval = ranks.superiority_interval;
            out.push_str(&format!(
                "  {:<45} {:>10.1} {:>10.1} {:>7.3} {:>17} {:>9.2e} {:>9.2e}  {}\n",
                measure.name,
                measure.medians[0],
                measure.medians[1],
                ranks.superiority,
                format!("{:.3} to {:.3}", interval.low, interval.high),
                ranks.p,
                comparison.shape.p,
                word(comparison.verdict)
            ));
        }
        out.push_str(&format!(
            "\n  tests: Mann-Whitney (ranks) and Kolmogorov-Smirnov (shape), two-sided; all together err with at most {:.4} (Bonferroni)\n  \
             alike: the interval for P(a > b) + P(a = b)/2 lies within {MARGIN} of one half\n\n{}\n",
            1.0 - self.confidence,
            match self.verdict {
                Verdict::Different => format!("DIFFERENT with confidence {}", self.confidence),
                Verdict::Alike => format!("alike with confidence {}", self.confidence),
                Verdict::Undecided => format!(
                    "no difference found with confidence {}; too few clusters to call all measures alike within the margin",
                    self.confidence
                ),
            }
        ));
        out
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Different => "DIFFERENT",
        Verdict::Alike => "alike",
        Verdict::Undecided => "undecided",
    }
}
