//! Push, pull and push-pull in rounds, on a complete graph, with peers that are chosen truly uniformly.
//!
//! In a round every active participant chooses `fanout` different peers among all others, informed or not, itself excluded.
//! Rounds are synchronous: who learns in a round acts from the next one on.

use serde::{Deserialize, Serialize};

use super::{Curve, Outcome, Row, Trials, trials};
use crate::random::{Chance, Stream};

/// Who moves the rumour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Who knows sends to its peers: one datagram per contact.
    Push,
    /// Who does not know asks its peers: a request and, if the peer knows, a reply.
    Pull,
    /// Everybody contacts its peers, and one contact carries both directions: a request that tells, a reply that tells.
    PushPull,
}

/// One experiment in dissemination.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dissemination {
    /// Who moves the rumour.
    pub strategy: Strategy,
    /// How many participants there are: 2 to 2^31.
    pub participants: u32,
    /// How many peers each contacts in a round: from 1.
    pub fanout: u32,
    /// How many know at the start: from 1.
    pub sources: u32,
    /// The chance that a request, or a push, arrives.
    pub request: Chance,
    /// The chance that a reply arrives.
    pub reply: Chance,
    /// After how many rounds a run is ended.
    pub max_rounds: u32,
}

impl Dissemination {
    /// An experiment from one source, without loss, that gives up after 1,000 rounds.
    pub fn new(strategy: Strategy, participants: u32, fanout: u32) -> Self {
        Dissemination {
            strategy,
            participants,
            fanout,
            sources: 1,
            request: Chance::ALWAYS,
            reply: Chance::ALWAYS,
            max_rounds: 1000,
        }
    }

    /// The same with every datagram lost with this probability: a pull needs two that arrive, a push one.
    ///
    /// `None` if it is no probability.
    pub fn with_loss(mut self, loss: f64) -> Option<Self> {
        let arrives = Chance::new(1.0 - loss)?;
        self.request = arrives;
        self.reply = arrives;
        Some(self)
    }

    /// One run: how many know at the start and after each round, until everybody does or the rounds are used up.
    pub fn simulate(&self, stream: &mut Stream) -> Vec<u32> {
        let n = self.participants;
        let mut crowd = Crowd::new(n, self.sources.max(1).min(n));
        let mut counts = vec![crowd.informed.len() as u32];
        let mut peers = Vec::with_capacity(self.fanout as usize);
        for _ in 0..self.max_rounds {
            if crowd.informed.len() as u32 == n {
                break;
            }
            match self.strategy {
                Strategy::Push => self.push(&mut crowd, &mut peers, stream),
                Strategy::Pull => self.pull(&mut crowd, &mut peers, stream),
                Strategy::PushPull => self.push_pull(&mut crowd, &mut peers, stream),
            }
            counts.push(crowd.informed.len() as u32);
        }
        counts
    }

    fn push(&self, crowd: &mut Crowd, peers: &mut Vec<u32>, stream: &mut Stream) {
        for teller in 0..crowd.informed.len() {
            self.contacts(crowd.informed[teller], peers, stream);
            for &peer in peers.iter() {
                // Whether it arrives matters only to a peer that does not know yet.
                if !crowd.knows(peer) && self.arrives(self.request, stream) {
                    crowd.tell(peer);
                }
            }
        }
    }

    fn pull(&self, crowd: &mut Crowd, peers: &mut Vec<u32>, stream: &mut Stream) {
        let mut learned = Vec::new();
        crowd.ignorant.retain(|&asker| {
            self.contacts(asker, peers, stream);
            let answered = peers.iter().any(|&peer| {
                known(&crowd.known, peer)
                    && self.arrives(self.request, stream)
                    && self.arrives(self.reply, stream)
            });
            if answered {
                learned.push(asker);
            }
            !answered
        });
        for participant in learned {
            crowd.tell(participant);
        }
    }

    fn push_pull(&self, crowd: &mut Crowd, peers: &mut Vec<u32>, stream: &mut Stream) {
        let mut learned = Vec::new();
        for me in 0..self.participants {
            self.contacts(me, peers, stream);
            let mine = crowd.knows(me);
            for &peer in peers.iter() {
                let theirs = crowd.knows(peer);
                if mine == theirs || !self.arrives(self.request, stream) {
                    continue;
                }
                if mine {
                    learned.push(peer);
                } else if self.arrives(self.reply, stream) {
                    learned.push(me);
                }
            }
        }
        for participant in learned {
            crowd.tell(participant);
        }
    }

    fn contacts(&self, me: u32, peers: &mut Vec<u32>, stream: &mut Stream) {
        if self.fanout == 1 {
            peers.clear();
            peers.push(stream.other(self.participants, me));
        } else {
            stream.others(self.participants, me, self.fanout, peers);
        }
    }

    fn arrives(&self, chance: Chance, stream: &mut Stream) -> bool {
        chance == Chance::ALWAYS || stream.happens(chance)
    }

    /// Rounds until at least `goal` participants know, in each of `count` runs; `None` for a run that never got there.
    pub fn rounds_to(&self, goal: u32, seed: u64, count: usize) -> Vec<Option<u32>> {
        trials(seed, "dissemination", count, |stream| {
            rounds_to(&self.simulate(stream), goal)
        })
    }

    /// The whole experiment: rounds to 95 %, to everybody, and the curve between.
    pub fn run(&self, trials: &Trials) -> Outcome {
        let n = self.participants;
        let runs = trials.run(|trial| self.simulate(&mut trial.stream("dissemination")));
        let count = runs.len();
        let how = format!("{count} runs in synchronous rounds, peers drawn uniformly without self");
        let mut rows = Vec::new();
        for (name, goal) in [
            ("half", n.div_ceil(2)),
            ("95 %", share_of(n, 0.95)),
            ("all", n),
        ] {
            let rounds: Vec<f64> = runs
                .iter()
                .filter_map(|run| rounds_to(run, goal))
                .map(f64::from)
                .collect();
            rows.push(Row::mean(
                format!("rounds to {name}, mean"),
                &rounds,
                "rounds",
                &how,
            ));
            rows.push(Row::quantile(
                format!("rounds to {name}, 95th percentile"),
                &rounds,
                0.95,
                "rounds",
                &how,
            ));
            rows.push(Row::share(
                format!("runs that reach {name}"),
                rounds.len(),
                count,
                &how,
            ));
        }
        let longest = runs.iter().map(Vec::len).max().unwrap_or(1);
        let xs: Vec<f64> = (0..longest).map(|round| round as f64).collect();
        let shares: Vec<Vec<f64>> = runs
            .iter()
            .map(|run| {
                run.iter()
                    .map(|known| f64::from(*known) / f64::from(n))
                    .collect()
            })
            .collect();
        let name = self.strategy.name();
        Outcome {
            model: format!("{name} among {n}, fan-out {}", self.fanout),
            description: format!(
                "{name} among {n} participants from {} source(s), fan-out {}, requests arrive with {:.4}, replies with {:.4}",
                self.sources,
                self.fanout,
                self.request.as_f64(),
                self.reply.as_f64()
            ),
            seed: trials.seed,
            trials: count,
            rows,
            curves: vec![Curve::of_trials(
                name,
                "round",
                "informed (share)",
                &xs,
                &shares,
            )],
        }
    }
}

impl Strategy {
    /// `push`, `pull` or `push-pull`.
    pub const fn name(self) -> &'static str {
        match self {
            Strategy::Push => "push",
            Strategy::Pull => "pull",
            Strategy::PushPull => "push-pull",
        }
    }
}

/// The first round after which at least `goal` know.
pub fn rounds_to(counts: &[u32], goal: u32) -> Option<u32> {
    counts
        .iter()
        .position(|known| *known >= goal)
        .map(|round| round as u32)
}

/// The least number of participants that is at least this share of `n`.
pub fn share_of(n: u32, share: f64) -> u32 {
    // A hair below, so that 0.95 of 100 is 95 though 0.95 is not exactly 95 / 100.
    (f64::from(n) * share - 1e-9).ceil() as u32
}

/// Who knows. The participants are alike, so the sources may as well be the first ones.
struct Crowd {
    known: Vec<u64>,
    informed: Vec<u32>,
    /// Kept for pull alone, which empties it by itself.
    ignorant: Vec<u32>,
}

impl Crowd {
    fn new(n: u32, sources: u32) -> Self {
        let mut crowd = Crowd {
            known: vec![0; (n as usize).div_ceil(64)],
            informed: Vec::with_capacity(n as usize),
            ignorant: (sources..n).collect(),
        };
        for source in 0..sources {
            crowd.tell(source);
        }
        crowd
    }

    fn knows(&self, participant: u32) -> bool {
        known(&self.known, participant)
    }

    fn tell(&mut self, participant: u32) {
        let (word, bit) = (participant as usize / 64, 1u64 << (participant % 64));
        if self.known[word] & bit == 0 {
            self.known[word] |= bit;
            self.informed.push(participant);
        }
    }
}

fn known(words: &[u64], participant: u32) -> bool {
    words[participant as usize / 64] >> (participant % 64) & 1 == 1
}
