//! A rumour on a complete graph, beside the theory of how many it never reaches.

use serde::{Deserialize, Serialize};

use crate::models::{Curve, Outcome, Row, trials};
use crate::random::{Chance, Stream};

/// When a participant loses interest in a rumour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// After it has sent this many copies, whoever got them.
    AfterCopies(u32),
    /// With the chance 1/k after each copy, whoever got it: k copies in the mean. From 1.
    BlindCoin(u32),
    /// With the chance 1/k at each contact that knew the rumour already, k from 1.
    Coin(u32),
}

impl Stop {
    /// The share that is never reached, in a large population without loss, in the limit.
    ///
    /// For m copies, or m in the mean, s = e^(-m(1-s)): each of the (1-s)n who know sends m copies, and an s-th part of all escapes every one of them.
    /// For the coin s = e^(-(k+1)(1-s)), Demers and others 1987, section 1.4.
    pub fn residue(self) -> f64 {
        let power = match self {
            Stop::AfterCopies(copies) | Stop::BlindCoin(copies) => f64::from(copies),
            Stop::Coin(k) => f64::from(k) + 1.0,
        };
        residue(power)
    }
}

/// The least solution of s = e^(-power (1-s)), which is 1 up to a power of 1.
pub fn residue(power: f64) -> f64 {
    let mut share = 0.0;
    for _ in 0..10_000 {
        let next = libm::exp(-power * (1.0 - share));
        if (next - share).abs() < 1e-15 {
            return next;
        }
        share = next;
    }
    share
}

/// A rumour on a complete graph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mongering {
    /// How many participants there are: 2 to 2^31.
    pub participants: u32,
    /// How many know at the start.
    pub sources: u32,
    /// How many peers a teller contacts in a round, at most.
    pub fanout: u32,
    /// When it stops.
    pub stop: Stop,
    /// The chance that a copy is lost.
    pub loss: Chance,
}

/// How a rumour went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread {
    /// How many knew at the start and after each round.
    pub informed: Vec<u32>,
    /// Copies sent, lost ones included.
    pub copies: u64,
}

impl Mongering {
    /// One run, until nobody tells any more. Peers are drawn independently, each uniformly among the others.
    pub fn simulate(&self, stream: &mut Stream) -> Spread {
        let n = self.participants;
        let mut knows = vec![false; n as usize];
        let mut active: Vec<(u32, u32)> =
            (0..self.sources.min(n)).map(|source| (source, 0)).collect();
        for (source, _) in &active {
            knows[*source as usize] = true;
        }
        let mut known = active.len() as u32;
        let mut spread = Spread {
            informed: vec![known],
            copies: 0,
        };
        while !active.is_empty() && n > 1 {
            let mut fresh = Vec::new();
            active.retain_mut(|(teller, sent)| {
                for _ in 0..self.fanout.max(1) {
                    spread.copies += 1;
                    *sent += 1;
                    let peer = stream.other(n, *teller) as usize;
                    let arrived = !stream.happens(self.loss);
                    let news = arrived && !knows[peer];
                    if news {
                        knows[peer] = true;
                        fresh.push((peer as u32, 0));
                    }
                    let stops = match self.stop {
                        Stop::AfterCopies(copies) => *sent >= copies,
                        Stop::BlindCoin(k) => stream.below(k.max(1)) == 0,
                        Stop::Coin(k) => arrived && !news && stream.below(k.max(1)) == 0,
                    };
                    if stops {
                        return false;
                    }
                }
                true
            });
            known += fresh.len() as u32;
            active.extend(fresh);
            spread.informed.push(known);
        }
        spread
    }

    /// Many runs, beside the theory of the residue.
    pub fn run(&self, seed: u64, count: usize) -> Outcome {
        let n = f64::from(self.participants);
        let runs = trials(seed, "mongering", count, |stream| self.simulate(stream));
        let reached = |run: &Spread| run.informed.last().copied().unwrap_or_default();
        let missed: Vec<f64> = runs
            .iter()
            .map(|run| 1.0 - f64::from(reached(run)) / n)
            .collect();
        let incomplete = runs
            .iter()
            .filter(|run| reached(run) < self.participants)
            .count();
        let per_head: Vec<f64> = runs.iter().map(|run| run.copies as f64 / n).collect();
        let theory = self.stop.residue();
        let how = format!(
            "{count} runs, {} participants, loss {:.3}",
            self.participants,
            self.loss.as_f64()
        );
        let formula = "fixed point of s = exp(-m(1-s)), no loss, large population";
        let rows = vec![
            Row::mean("never reached, mean share", &missed, "share", &how),
            Row::computed("never reached, theory", theory, "share", formula),
            Row::share("runs that miss somebody", incomplete, count, &how),
            Row::computed(
                "runs that miss somebody, theory",
                1.0 - libm::pow(1.0 - theory, n),
                "share",
                "1 - (1 - s)^n",
            ),
            Row::mean("copies sent per participant", &per_head, "copies", &how),
        ];
        let longest = runs.iter().map(|run| run.informed.len()).max().unwrap_or(1);
        let xs: Vec<f64> = (0..longest).map(|round| round as f64).collect();
        let shares: Vec<Vec<f64>> = runs
            .iter()
            .map(|run| {
                run.informed
                    .iter()
                    .map(|known| f64::from(*known) / n)
                    .collect()
            })
            .collect();
        Outcome {
            model: "mongering".to_owned(),
            description: format!(
                "rumour mongering among {} participants, fan-out {}, stop rule {:?}",
                self.participants, self.fanout, self.stop
            ),
            seed,
            trials: count,
            rows,
            curves: vec![Curve::of_trials(
                "informed",
                "round",
                "informed (share)",
                &xs,
                &shares,
            )],
        }
    }
}
