//! How many rounds more it takes when there are more participants.
//!
//! The document ends with "gossip protocols are O(log n) convergent but resilient to failures" (line 2233). Here the three strategies are
//! run among a hundred participants, a thousand and so on, and push-pull once more with datagrams lost.

use super::dissemination::{Dissemination, Strategy};
use super::{Curve, Outcome, Row, Trials};
use crate::statistics::mean;
use crate::yardstick::theory;

const LOGARITHMIC: &str = "True of all three: each ten times as many participants cost the same number of rounds more. For push that number is log2 10 + ln 10 = 5.62 \
    (Frieze and Grimmett 1985, Pittel 1987); for pull it nears log2 10 = 3.32, and for push-pull log3 10 = 2.10 (Karp and others 2000), both plus what a double logarithm grows by.";
const RESILIENT: &str = "True of lost datagrams: the growth stays logarithmic, and only its factor is greater. It says nothing of failures that last: crashes, cuts and wrong clocks are what \
    `simulate cluster` and the errata are about.";

/// Trials among a hundred thousand participants and more.
const TRIALS_OF_MANY: usize = 5;
/// So many participants are many.
const MANY: u32 = 100_000;

/// The experiment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// The greatest number of participants: from 1,000. The least is 100, and each is ten times the one before.
    pub participants: u32,
    /// How many peers each contacts in a round: from 1.
    pub fanout: u32,
    /// The share of datagrams that is lost where some are: from 0 to below 1.
    pub loss: f64,
}

impl Default for Growth {
    /// Up to a million, one contact a round, a quarter lost.
    fn default() -> Self {
        Growth {
            participants: 1_000_000,
            fanout: 1,
            loss: 0.25,
        }
    }
}

/// A strategy, and whether datagrams are lost.
type Way = (Strategy, bool);

const WAYS: [Way; 4] = [
    (Strategy::Push, false),
    (Strategy::Pull, false),
    (Strategy::PushPull, false),
    (Strategy::PushPull, true),
];

impl Growth {
    /// The numbers of participants.
    pub fn sizes(&self) -> Vec<u32> {
        let tenfold = std::iter::successors(Some(100u32), |size| size.checked_mul(10));
        tenfold
            .take_while(|size| *size <= self.participants)
            .collect()
    }

    /// Many runs of each strategy among each number of participants; few among very many.
    pub fn run(&self, trials: &Trials) -> Outcome {
        let sizes = self.sizes();
        // Of each trial: of each strategy, the rounds among each number of participants.
        let runs = trials.run(|trial| {
            WAYS.map(|way| {
                let sizes = sizes
                    .iter()
                    .filter(|size| **size < MANY || trial.index < TRIALS_OF_MANY);
                let rounds = sizes.map(|size| {
                    let name = format!("growth {} {} {size}", way.0.name(), way.1);
                    let experiment = self.experiment(way, *size);
                    (experiment.simulate(&mut trial.stream(&name)).len() - 1) as f64
                });
                rounds.collect::<Vec<f64>>()
            })
        });
        // Of a strategy among one number of participants, the rounds in all trials.
        let rounds = |way: usize, size: usize| -> Vec<f64> {
            runs.iter()
                .filter_map(|run| run[way].get(size).copied())
                .collect()
        };
        let mut rows = Vec::new();
        for (number, way) in WAYS.into_iter().enumerate() {
            rows.push(self.slope(way, &sizes, &|size| rounds(number, size)));
        }
        for (number, way) in WAYS.into_iter().enumerate() {
            for (place, size) in sizes.iter().enumerate() {
                let rounds = rounds(number, place);
                let how = format!("{} runs until all know", rounds.len());
                let name = format!("{}, {}", self.name(way), grouped(*size));
                rows.push(Row::mean(name, &rounds, "rounds", how));
            }
        }
        let curves = WAYS.into_iter().enumerate().map(|(number, way)| {
            let samples = sizes.iter().enumerate();
            let samples = samples.map(|(place, size)| (f64::from(*size), rounds(number, place)));
            Curve::of_samples(
                self.name(way),
                "participants",
                "rounds until all know",
                samples,
            )
            .logarithmic()
        });
        let theory = sizes
            .iter()
            .map(|size| (f64::from(*size), vec![theory::push(*size)]));
        let theory = Curve::of_samples(
            "push in theory: log2 n + ln n",
            "participants",
            "rounds until all know",
            theory,
        )
        .logarithmic();
        let mut curves: Vec<Curve> = curves.collect();
        if self.fanout == 1 {
            curves.push(theory);
        }
        Outcome {
            model: "Rounds by participants".to_owned(),
            description: format!(
                "rounds until all know among 100 to {} participants, fan-out {}, and with {:.4} of all datagrams lost; {TRIALS_OF_MANY} trials from {} participants on",
                grouped(sizes.last().copied().unwrap_or_default()),
                self.fanout,
                self.loss,
                grouped(MANY)
            ),
            seed: trials.seed,
            trials: runs.len(),
            rows,
            curves,
        }
    }

    fn experiment(&self, (strategy, lossy): Way, participants: u32) -> Dissemination {
        let experiment = Dissemination::new(strategy, participants, self.fanout);
        let loss = if lossy { self.loss } else { 0.0 };
        experiment.with_loss(loss).unwrap_or(experiment)
    }

    fn name(&self, (strategy, lossy): Way) -> String {
        if lossy {
            format!("{}, {} % lost", strategy.name(), self.loss * 100.0)
        } else {
            strategy.name().to_owned()
        }
    }

    /// Rounds more for each ten times as many participants: from the least to the greatest, over the steps between them.
    fn slope(&self, way: Way, sizes: &[u32], rounds: &dyn Fn(usize) -> Vec<f64>) -> Row {
        let last = sizes.len().saturating_sub(1);
        let growth = (mean(&rounds(last)) - mean(&rounds(0))) / last.max(1) as f64;
        let name = format!("{}: rounds more for ten times as many", self.name(way));
        let how = "difference of the means at both ends, by the powers of ten between them";
        let row = Row::computed(name, growth, "rounds", how);
        if way.1 {
            row.published("resilient to failures", "L2233", RESILIENT)
        } else {
            row.published("O(log n) convergent", "L2233", LOGARITHMIC)
        }
    }
}

/// Thousands apart.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let parts: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|part| std::str::from_utf8(part).unwrap_or_default())
        .collect();
    parts.join(",")
}
