//! How many rounds a rumour may take, so that a measured cluster can be judged.
//!
//! Two sources, side by side: quantiles by Monte Carlo on a complete graph ([`Yardstick::bound`]), which are exact but for chance and
//! hold for any size, fan-out and loss; and the published asymptotics ([`theory`]), which say how the number grows and leave an
//! unspecified constant. The first decides, the second is a plausibility check.
//!
//! Rounds here are synchronous. Nodes whose rounds are not in phase pass a rumour on several times in an interval, and are faster: a
//! bound in rounds is on the safe side for them, once the latency of a link is small against the interval.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::models::dissemination::{Dissemination, Strategy, rounds_to, share_of};
use crate::models::trials;
use crate::statistics::{self, KolmogorovSmirnov, MannWhitney, kolmogorov_smirnov, mann_whitney};

/// Published bounds for a complete graph and one source. All in rounds, without the constant that the papers leave open.
pub mod theory {
    use crate::models::dissemination::Strategy;

    /// Push with fan-out 1: log2 n + ln n + O(1) in probability.
    ///
    /// A. Frieze and G. Grimmett, "The shortest-path problem for graphs with random arc-lengths", Discrete Applied Mathematics 10
    /// (1985), proved (1 + o(1))(log2 n + ln n); B. Pittel, "On spreading a rumor", SIAM Journal on Applied Mathematics 47 (1987), the
    /// O(1).
    pub fn push(n: u32) -> f64 {
        libm::log2(f64::from(n)) + libm::log(f64::from(n))
    }

    /// Push with fan-out f where each push arrives with probability 1 - loss: growth by the factor 1 + f(1 - loss) until most
    /// know, then the last ones each escape a round with e^(-f(1-loss)): log n / log(1 + f') + ln n / f'.
    ///
    /// The customary extension of Pittel's formula, and equal to it for f' = 1. An estimate for f' > 1, not a theorem cited here.
    pub fn push_with(n: u32, fanout: u32, loss: f64) -> f64 {
        let effective = f64::from(fanout) * (1.0 - loss);
        let n = libm::log(f64::from(n));
        n / libm::log1p(effective) + n / effective
    }

    /// Pull with fan-out 1: log2 n + log2 ln n + O(1).
    ///
    /// The doubling phase takes log2 n rounds; after it the share that does not know is squared in each round (Karp and others 2000,
    /// section 2).
    pub fn pull(n: u32) -> f64 {
        libm::log2(f64::from(n)) + libm::log2(libm::log(f64::from(n)))
    }

    /// Push-pull with fan-out 1: log3 n + O(log log n).
    ///
    /// R. Karp, C. Schindelhauer, S. Shenker and B. Vöcking, "Randomized rumor spreading", FOCS 2000. What is returned is
    /// log3 n + log2 ln n, the shape of their bound with the constant 1.
    pub fn push_pull(n: u32) -> f64 {
        libm::log(f64::from(n)) / libm::log(3.0) + libm::log2(libm::log(f64::from(n)))
    }

    /// The bound of a strategy with fan-out 1 and no loss.
    pub fn of(strategy: Strategy, n: u32) -> f64 {
        match strategy {
            Strategy::Push => push(n),
            Strategy::Pull => pull(n),
            Strategy::PushPull => push_pull(n),
        }
    }

    /// The share that a rumour of m copies per node never reaches: the fixed point of s = e^(-m(1-s)).
    ///
    /// A. Demers and others, "Epidemic algorithms for replicated database maintenance", PODC 1987, section 1.4.
    pub fn residue(copies: f64) -> f64 {
        crate::models::rumour::residue(copies)
    }
}

/// A question to the yardstick.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    /// Who moves the rumour.
    pub strategy: Strategy,
    /// How many nodes: from 2.
    pub nodes: u32,
    /// How many peers each contacts in a round.
    pub fanout: u32,
    /// The chance that a datagram is lost, from 0 to below 1.
    pub loss: f64,
    /// The share of nodes that is to be reached; 1 for all.
    pub share: f64,
}

/// A distribution of rounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rounds {
    /// The rounds of each trial that got there, in order.
    pub sorted: Vec<u32>,
    /// How many trials there were.
    pub trials: usize,
}

impl Rounds {
    /// The least number of rounds in which at least the share `confidence` of trials got there; `None` if fewer ever did.
    pub fn quantile(&self, confidence: f64) -> Option<u32> {
        let rank = ((confidence.clamp(0.0, 1.0) * self.trials as f64).ceil() as usize).max(1);
        self.sorted.get(rank - 1).copied()
    }

    /// The mean of the trials that got there.
    pub fn mean(&self) -> f64 {
        statistics::mean(
            &self
                .sorted
                .iter()
                .copied()
                .map(f64::from)
                .collect::<Vec<_>>(),
        )
    }

    /// The number of rounds that, with this confidence in the sample itself, at most a share 1 - `q` of all runs exceeds: an upper
    /// limit for the quantile, so that a conforming cluster is not failed by the chance of the yardstick's own sample.
    pub fn upper_quantile(&self, q: f64, confidence: f64) -> Option<u32> {
        let n = self.trials as f64;
        let rank = n * q + statistics::normal_quantile(confidence) * (n * q * (1.0 - q)).sqrt();
        let rank = (rank.ceil() as usize + 1).min(self.trials).max(1);
        self.sorted.get(rank - 1).copied()
    }
}

/// Answers questions about rounds, each from the same seed, and remembers what it has worked out.
#[derive(Debug, Clone)]
pub struct Yardstick {
    seed: u64,
    trials: usize,
    known: BTreeMap<(Strategy, u32, u32, u64, u32), Rounds>,
}

impl Default for Yardstick {
    /// 2,000 trials from a fixed seed.
    fn default() -> Self {
        Yardstick::new(33, 2_000)
    }
}

impl Yardstick {
    /// A yardstick of this many trials for each question.
    pub fn new(seed: u64, trials: usize) -> Self {
        Yardstick {
            seed,
            trials: trials.max(1),
            known: BTreeMap::new(),
        }
    }

    /// The distribution of rounds. `None` if the question makes no sense: fewer than two nodes, no fan-out, a loss or share out of
    /// range.
    pub fn rounds(&mut self, question: Question) -> Option<&Rounds> {
        let Question {
            strategy,
            nodes,
            fanout,
            loss,
            share,
        } = question;
        let sensible =
            nodes >= 2 && fanout >= 1 && (0.0..1.0).contains(&loss) && share > 0.0 && share <= 1.0;
        if !sensible {
            return None;
        }
        let goal = share_of(nodes, share).max(1);
        let key = (strategy, nodes, fanout, loss.to_bits(), goal);
        if !self.known.contains_key(&key) {
            let experiment = Dissemination::new(strategy, nodes, fanout).with_loss(loss)?;
            let runs = trials(self.seed, "yardstick", self.trials, |stream| {
                rounds_to(&experiment.simulate(stream), goal)
            });
            let mut sorted: Vec<u32> = runs.into_iter().flatten().collect();
            sorted.sort_unstable();
            self.known.insert(
                key,
                Rounds {
                    sorted,
                    trials: self.trials,
                },
            );
        }
        self.known.get(&key)
    }

    /// In how many rounds all of `nodes` know with probability `confidence`, by push-pull: the rule that a node of this protocol follows
    /// with GOSSIP and SYNC together. `None` as for [`rounds`](Yardstick::rounds), or if the trials were not enough.
    pub fn bound(&mut self, nodes: u32, fanout: u32, loss: f64, confidence: f64) -> Option<u32> {
        self.rounds(Question {
            strategy: Strategy::PushPull,
            nodes,
            fanout,
            loss,
            share: 1.0,
        })?
        .quantile(confidence)
    }
}

/// In how many rounds all of `n` nodes know with probability `confidence`, by push-pull with this fan-out and loss.
///
/// A pure function of its arguments: 2,000 trials from a fixed seed. Whoever asks more than once keeps a [`Yardstick`].
pub fn bound(n: u32, fanout: u32, loss: f64, confidence: f64) -> Option<u32> {
    Yardstick::default().bound(n, fanout, loss, confidence)
}

/// What two samples say of whether their sources differ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// One gives greater values, or another shape: the samples would hardly be so if both were alike.
    Different,
    /// They are alike: the chance that a value of the one exceeds a value of the other is proved to be within the margin of one half.
    Alike,
    /// Neither could be shown. More runs are needed; **this does not mean that they are alike**.
    Undecided,
}

/// A comparison of two compositions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// What follows.
    pub verdict: Verdict,
    /// The confidence with which it was asked.
    pub confidence: f64,
    /// How far the superiority may be from one half for the two to count as alike.
    pub margin: f64,
    /// Whether one gives greater values.
    pub ranks: MannWhitney,
    /// Whether the distributions have different shapes.
    pub shape: KolmogorovSmirnov,
}

/// Compares two samples, such as the rounds to convergence of an all-Rust and a mixed cluster.
///
/// *Different* if one of the two tests rejects at level (1 - confidence) / 2, so that together they err at most with
/// 1 - confidence. Otherwise *alike* if the interval of this confidence for P(first > second) + P(equal)/2 lies within
/// `margin` of one half. `None` if a sample is empty or holds NaN.
///
/// A sensible margin is 0.1: a value of the one exceeds a value of the other in 40 to 60 of 100 cases. It takes about 200 runs on each side
/// to show that with a confidence of 0.95.
pub fn compare(first: &[f64], second: &[f64], confidence: f64, margin: f64) -> Option<Comparison> {
    let ranks = mann_whitney(first, second, confidence)?;
    let shape = kolmogorov_smirnov(first, second)?;
    let level = (1.0 - confidence) / 2.0;
    let within = |value: f64| (value - 0.5).abs() <= margin;
    let verdict = if ranks.p < level || shape.p < level {
        Verdict::Different
    } else if within(ranks.superiority_interval.low) && within(ranks.superiority_interval.high) {
        Verdict::Alike
    } else {
        Verdict::Undecided
    };
    Some(Comparison {
        verdict,
        confidence,
        margin,
        ranks,
        shape,
    })
}
