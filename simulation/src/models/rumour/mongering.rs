//! A rumour on a complete graph, in the variants of Demers and others 1987, section 1.4.

use serde::{Deserialize, Serialize};

use super::demers;
use crate::models::{Curve, Outcome, Row, Trials};
use crate::random::{Chance, Stream, Successes};
use crate::statistics;

/// When a participant loses interest in a rumour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// Blind, with a counter: after it has sent this many copies, whoever got them.
    AfterCopies(u32),
    /// Blind, with a coin: with the chance 1/k after each copy, whoever got it: k copies in the mean. From 1.
    BlindCoin(u32),
    /// With feedback and a coin: with the chance 1/k at each contact that knew the rumour already, k from 1.
    Coin(u32),
    /// With feedback and a counter: after k rounds of vain contacts, k from 1. As in the tables of the paper it is judged by the round: who
    /// is told by two in one round needed both, a round in which somebody needed the rumour sets the counter back to zero, and one in which
    /// all contacts knew it counts one.
    Counter(u32),
}

/// Who opens a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Who is infective tells.
    Push,
    /// Everybody asks, in every round; who is infective answers with the rumour.
    Pull,
}

impl Stop {
    /// The share that is never reached when rumours are pushed, in a large population without loss, in the limit; `None` where there
    /// is no closed formula.
    ///
    /// For m copies, or m in the mean, s = e^(-m(1-s)): each of the (1-s)n who know sends m copies, and an s-th part of all escapes every one of them.
    /// For the coin with feedback s = e^(-(k+1)(1-s)), Demers and others 1987, section 1.4.
    pub fn residue(self) -> Option<f64> {
        let power = match self {
            Stop::AfterCopies(copies) | Stop::BlindCoin(copies) => f64::from(copies),
            Stop::Coin(k) => f64::from(k) + 1.0,
            Stop::Counter(_) => return None,
        };
        Some(residue(power))
    }

    /// In words, such as `feedback, counter, k = 2`.
    pub fn describe(self) -> String {
        match self {
            Stop::AfterCopies(k) => format!("blind, counter, k = {k}"),
            Stop::BlindCoin(k) => format!("blind, coin, k = {k}"),
            Stop::Coin(k) => format!("feedback, coin, k = {k}"),
            Stop::Counter(k) => format!("feedback, counter, k = {k}"),
        }
    }
}

impl Direction {
    /// `push` or `pull`.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::Push => "push",
            Direction::Pull => "pull",
        }
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
    /// Who opens a contact.
    pub direction: Direction,
    /// How many peers are contacted in a round, at most.
    pub fanout: u32,
    /// When a participant stops.
    pub stop: Stop,
    /// The chance that a copy is lost.
    pub loss: Chance,
}

/// How a rumour went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread {
    /// How many knew at the start and after each round: the infective and the removed.
    pub informed: Vec<u32>,
    /// How many still told at the start and after each round: the infective.
    pub active: Vec<u32>,
    /// Copies sent, lost ones included.
    pub copies: u64,
}

impl Spread {
    /// How many knew at the end.
    pub fn reached(&self) -> u32 {
        self.informed.last().copied().unwrap_or_default()
    }

    /// Rounds until a participant heard it, mean over those who did: Demers' t_ave.
    pub fn average_delay(&self) -> f64 {
        let weighted: f64 = self
            .informed
            .windows(2)
            .zip(1u32..)
            .map(|(two, round)| f64::from(two[1] - two[0]) * f64::from(round))
            .sum();
        weighted / f64::from(self.reached().max(1))
    }

    /// The round in which the last one heard it who ever did: Demers' t_last.
    pub fn last_delay(&self) -> u32 {
        let position = self.informed.iter().position(|k| *k == self.reached());
        position.unwrap_or_default() as u32
    }
}

/// Since when a participant knows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Knows {
    Nothing,
    SinceThisRound,
    SinceBefore,
}

/// A participant who knows and tells.
struct Teller {
    who: u32,
    /// Copies or vain contacts so far, by the stop rule.
    count: u32,
}

impl Teller {
    fn new(who: u32) -> Self {
        Teller { who, count: 0 }
    }

    /// The counter with feedback at the end of a round; whether it says to stop.
    fn judges(&mut self, needed: bool, vain: bool, k: u32) -> bool {
        if needed {
            self.count = 0;
            return false;
        }
        vain && self.counts_to(k)
    }

    fn counts_to(&mut self, k: u32) -> bool {
        self.count += 1;
        self.count >= k
    }
}

impl Mongering {
    /// One run, until nobody tells any more. Peers are drawn independently, each uniformly among the others.
    pub fn simulate(&self, stream: &mut Stream) -> Spread {
        let n = self.participants;
        let mut knows = match self.direction {
            Direction::Push => vec![Knows::Nothing; n as usize],
            Direction::Pull => Vec::new(),
        };
        let mut tellers: Vec<Teller> = (0..self.sources.min(n)).map(Teller::new).collect();
        let mut known = tellers.len() as u32;
        for teller in knows.iter_mut().take(tellers.len()) {
            *teller = Knows::SinceBefore;
        }
        let mut spread = Spread {
            informed: vec![known],
            active: vec![known],
            copies: 0,
        };
        while !tellers.is_empty() && n > 1 {
            let fresh = match self.direction {
                Direction::Push => self.push(&mut tellers, &mut knows, &mut spread.copies, stream),
                Direction::Pull => self.pull(&mut tellers, known, &mut spread.copies, stream),
            };
            known += fresh.len() as u32;
            tellers.extend(fresh.into_iter().map(Teller::new));
            spread.informed.push(known);
            spread.active.push(tellers.len() as u32);
        }
        spread
    }

    fn push(
        &self,
        tellers: &mut Vec<Teller>,
        knows: &mut [Knows],
        copies: &mut u64,
        stream: &mut Stream,
    ) -> Vec<u32> {
        let mut fresh = Vec::new();
        tellers.retain_mut(|teller| {
            let (mut needed, mut vain) = (false, false);
            for _ in 0..self.fanout.max(1) {
                *copies += 1;
                let peer = stream.other(self.participants, teller.who) as usize;
                let arrived = !stream.happens(self.loss);
                let before = knows[peer];
                if arrived && before == Knows::Nothing {
                    knows[peer] = Knows::SinceThisRound;
                    fresh.push(peer as u32);
                }
                needed |= arrived && before != Knows::SinceBefore;
                vain |= arrived && before == Knows::SinceBefore;
                let stops = match self.stop {
                    Stop::AfterCopies(k) => teller.counts_to(k),
                    Stop::BlindCoin(k) => stream.below(k.max(1)) == 0,
                    Stop::Coin(k) => {
                        arrived && before != Knows::Nothing && stream.below(k.max(1)) == 0
                    }
                    Stop::Counter(_) => false,
                };
                if stops {
                    return false;
                }
            }
            match self.stop {
                Stop::Counter(k) => !teller.judges(needed, vain, k),
                _ => true,
            }
        });
        for &who in &fresh {
            knows[who as usize] = Knows::SinceBefore;
        }
        fresh
    }

    /// Everybody asks; the rumour's state is that at the beginning of the round. Gives a number for each who has learned.
    ///
    /// Nothing comes of asking somebody who does not tell, so only the requests that reach a teller are drawn. Which of the ignorant, and of
    /// those who have stopped, it is that asks makes no difference.
    fn pull(
        &self,
        tellers: &mut Vec<Teller>,
        known: u32,
        copies: &mut u64,
        stream: &mut Stream,
    ) -> Vec<u32> {
        let active = tellers.len() as u32;
        let requests = u64::from(self.fanout.max(1));
        // The requests of so many people that reach one of so many tellers, by their numbers.
        let reaching = |people: u32, tellers: u32| {
            let chance = f64::from(tellers) / f64::from(self.participants - 1);
            Successes::of(u64::from(people) * requests, chance)
        };
        // Of each teller: copies sent in this round, and how many of them came to somebody who needed them.
        let mut asked = vec![(0u32, 0u32); tellers.len()];
        let mut fresh: Vec<u32> = Vec::new();
        let mut ignorant = reaching(self.participants - known, active);
        while let Some(request) = ignorant.next(stream) {
            let (sent, needed) = &mut asked[stream.below(active) as usize];
            *sent += 1;
            if !stream.happens(self.loss) {
                *needed += 1;
                let asker = (request / requests) as u32;
                if fresh.last() != Some(&asker) {
                    fresh.push(asker);
                }
            }
        }
        let mut stopped = reaching(known - active, active);
        while stopped.next(stream).is_some() {
            asked[stream.below(active) as usize].0 += 1;
        }
        // A teller asks others than itself.
        let mut telling = reaching(active, active - 1);
        while let Some(request) = telling.next(stream) {
            let asker = (request / requests) as u32;
            asked[stream.other(active, asker) as usize].0 += 1;
        }
        let mut asked = asked.into_iter();
        tellers.retain_mut(|teller| {
            let (sent, needed) = asked.next().unwrap_or_default();
            *copies += u64::from(sent);
            if sent == 0 {
                return true;
            }
            !match self.stop {
                Stop::AfterCopies(k) => (0..sent).any(|_| teller.counts_to(k)),
                Stop::BlindCoin(k) => (0..sent).any(|_| stream.below(k.max(1)) == 0),
                Stop::Coin(k) => needed == 0 && stream.below(k.max(1)) == 0,
                Stop::Counter(k) => teller.judges(needed > 0, true, k),
            }
        });
        fresh
    }

    /// Many runs, beside the theory of the residue and, where there is one, the line of Demers' tables.
    pub fn run(&self, trials: &Trials) -> Outcome {
        let n = f64::from(self.participants);
        let runs = trials.run(|trial| self.simulate(&mut trial.stream("mongering")));
        let count = runs.len();
        let how = format!(
            "{count} runs, {} participants, loss {:.3}",
            self.participants,
            self.loss.as_f64()
        );
        let mut rows = self.measures("", &runs, &how);
        let per_head = statistics::mean(
            &runs
                .iter()
                .map(|run| run.copies as f64 / n)
                .collect::<Vec<_>>(),
        );
        let incomplete = runs
            .iter()
            .filter(|run| run.reached() < self.participants)
            .count();
        rows.push(Row::share(
            "runs that miss somebody",
            incomplete,
            count,
            &how,
        ));
        if self.direction == Direction::Push {
            rows.push(Row::computed(
                "never reached, by the traffic",
                libm::exp(-per_head * (1.0 - self.loss.as_f64())),
                "share",
                "e^(-m), with the m that was measured (Demers and others 1987, section 1.4)",
            ));
            if let Some(theory) = self.stop.residue() {
                rows.push(Row::computed(
                    "never reached, theory",
                    theory,
                    "share",
                    "fixed point of s = exp(-m(1-s)), no loss, large population",
                ));
                rows.push(Row::computed(
                    "runs that miss somebody, theory",
                    1.0 - libm::pow(1.0 - theory, n),
                    "share",
                    "1 - (1 - s)^n",
                ));
            }
        }
        Outcome {
            model: format!(
                "Rumour mongering: {}, {}",
                self.direction.name(),
                self.stop.describe()
            ),
            description: format!(
                "rumour mongering among {} participants: {}, {}, fan-out {}, loss {:.3}",
                self.participants,
                self.direction.name(),
                self.stop.describe(),
                self.fanout,
                self.loss.as_f64()
            ),
            seed: trials.seed,
            trials: count,
            rows,
            curves: self.curves(&runs),
        }
    }

    /// Residue, traffic and delays of some runs, each beside Demers' figure for the same rule, if there is one.
    pub(super) fn measures(&self, prefix: &str, runs: &[Spread], how: &str) -> Vec<Row> {
        let n = f64::from(self.participants);
        let of = |what: &dyn Fn(&Spread) -> f64| -> Vec<f64> { runs.iter().map(what).collect() };
        let measured = [
            (
                "residue s, never reached",
                of(&|run| f64::from(self.participants - run.reached()) / n),
                "share",
            ),
            (
                "traffic m, copies per participant",
                of(&|run| run.copies as f64 / n),
                "copies",
            ),
            ("delay t_ave", of(&Spread::average_delay), "rounds"),
            (
                "delay t_last",
                of(&|run| f64::from(run.last_delay())),
                "rounds",
            ),
        ];
        let line = demers::line(self);
        measured
            .into_iter()
            .enumerate()
            .map(|(index, (name, values, unit))| {
                let name = format!("{prefix}{name}");
                let row = match unit {
                    "share" => Row::mean_share(name, &values, u64::from(self.participants), how),
                    _ => Row::mean(name, &values, unit, how),
                };
                match line {
                    Some(line) => {
                        row.published(line.figures[index], line.table, line.remark(index))
                    }
                    None => row,
                }
            })
            .collect()
    }

    fn curves(&self, runs: &[Spread]) -> Vec<Curve> {
        let n = f64::from(self.participants);
        vec![
            self.curve(runs, "susceptible", &|informed, _| n - f64::from(informed)),
            self.curve(runs, "infective", &|_, active| f64::from(active)),
            self.curve(runs, "removed", &|informed, active| {
                f64::from(informed - active)
            }),
        ]
    }

    /// The share that knows, round by round.
    pub(super) fn informed(&self, runs: &[Spread]) -> Curve {
        self.curve(runs, "informed", &|informed, _| f64::from(informed))
    }

    fn curve(&self, runs: &[Spread], name: &str, of: &dyn Fn(u32, u32) -> f64) -> Curve {
        let n = f64::from(self.participants);
        let longest = runs.iter().map(|run| run.informed.len()).max().unwrap_or(1);
        let xs: Vec<f64> = (0..longest).map(|round| round as f64).collect();
        let shares: Vec<Vec<f64>> = runs
            .iter()
            .map(|run| {
                let rounds = run.informed.iter().zip(&run.active);
                rounds
                    .map(|(informed, active)| of(*informed, *active) / n)
                    .collect()
            })
            .collect();
        Curve::of_trials(name, "round", "participants (share)", &xs, &shares)
    }
}
