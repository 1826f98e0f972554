//! Rumour mongering: who knows tells others for a while and then loses interest (Demers and others 1987).
//!
//! Two experiments. [`Mongering`] is the rule on a complete graph, where theory says how many are never reached. [`Circle`] is the
//! published listing (lines 378 to 574): people with friends and enthusiasm. The listing keeps *one* state for a person and all
//! stories, so that losing interest in one silences the others; here that can be compared with a state per person and story.

use serde::{Deserialize, Serialize};

use super::{Curve, Outcome, Row, trials};
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

/// To what a person's loss of interest applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// To all stories at once, as the listing has it (`self.state`, line 393).
    Person,
    /// To the story alone.
    PersonAndStory,
}

/// The listing's circle of friends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circle {
    /// How many people: at least 17, so that fifteen friends can be found.
    pub people: u32,
    /// How many hear each story at the start.
    pub sources: u32,
    /// After how many rounds a run is ended.
    pub max_rounds: u32,
    /// How often a person shares a story.
    pub max_shares: u32,
    /// The least and the greatest enthusiasm: the chance that a telling happens.
    pub enthusiasm: (f64, f64),
    /// How many stories start together.
    pub stories: u32,
    /// To what loss of interest applies.
    pub scope: Scope,
}

impl Default for Circle {
    /// The listing: 200 people, two sources, 15 rounds, five shares, enthusiasm 0.3 to 0.9, one story, one state per person.
    fn default() -> Self {
        Circle {
            people: 200,
            sources: 2,
            max_rounds: 15,
            max_shares: 5,
            enthusiasm: (0.3, 0.9),
            stories: 1,
            scope: Scope::Person,
        }
    }
}

/// Why a run in a circle of friends ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Nobody was left who had heard nothing at all.
    EverybodyHeard,
    /// Nobody told any more.
    NobodyTells,
    /// The rounds were used up.
    OutOfRounds,
}

/// How the stories went.
#[derive(Debug, Clone, PartialEq)]
pub struct Evening {
    /// Of each story, how many knew it at the start and after each round.
    pub informed: Vec<Vec<u32>>,
    /// Pairs of person and story that were known and never told on, though the person was never through with them.
    pub silenced: u32,
    /// Why it ended.
    pub ending: Ending,
}

/// What a person knows of a story.
#[derive(Clone, Copy)]
struct Heard {
    shared: u32,
    telling: bool,
}

impl Circle {
    /// One run, with a new circle of friends.
    pub fn simulate(&self, stream: &mut Stream) -> Evening {
        let friends = self.friends(stream);
        let (people, stories) = (self.people as usize, self.stories as usize);
        let mut heard: Vec<Vec<Option<Heard>>> = vec![vec![None; people]; stories];
        // The listing's state: susceptible is None, infected true, removed false.
        let mut tells: Vec<Option<bool>> = vec![None; people];
        for story in &mut heard {
            let mut order: Vec<usize> = (0..people).collect();
            stream.shuffle(&mut order);
            for &source in order.iter().take(self.sources as usize) {
                story[source] = Some(Heard {
                    shared: 0,
                    telling: true,
                });
                tells[source] = Some(true);
            }
        }
        let count = |heard: &[Vec<Option<Heard>>]| -> Vec<u32> {
            heard
                .iter()
                .map(|story| story.iter().flatten().count() as u32)
                .collect()
        };
        let mut informed: Vec<Vec<u32>> =
            count(&heard).into_iter().map(|known| vec![known]).collect();
        let mut ending = Ending::OutOfRounds;
        for _ in 0..self.max_rounds {
            let tellers: Vec<usize> = (0..people)
                .filter(|&person| {
                    (0..stories).any(|story| self.is_telling(&heard[story][person], tells[person]))
                })
                .collect();
            if tellers.is_empty() {
                ending = Ending::NobodyTells;
                break;
            }
            for person in tellers {
                for story in &mut heard {
                    if self.is_telling(&story[person], tells[person]) {
                        self.tell(person, story, &mut tells, &friends[person], stream);
                    }
                }
            }
            for (curve, known) in informed.iter_mut().zip(count(&heard)) {
                curve.push(known);
            }
            if tells.iter().all(Option::is_some) && self.is_done(&heard) {
                ending = Ending::EverybodyHeard;
                break;
            }
        }
        let silenced = heard.iter().map(|story| {
            (0..people)
                .filter(|&person| {
                    story[person].is_some_and(|h| h.shared == 0) && tells[person] == Some(false)
                })
                .count() as u32
        });
        let silenced = if self.scope == Scope::Person {
            silenced.sum()
        } else {
            0
        };
        Evening {
            informed,
            silenced,
            ending,
        }
    }

    /// The listing asks only whether anybody has heard nothing at all; with a state per story, everybody must know each.
    fn is_done(&self, heard: &[Vec<Option<Heard>>]) -> bool {
        self.scope == Scope::Person || heard.iter().all(|story| story.iter().all(Option::is_some))
    }

    fn friends(&self, stream: &mut Stream) -> Vec<(Chance, Vec<u32>)> {
        (0..self.people)
            .map(|person| {
                let enthusiasm = stream.between(self.enthusiasm.0, self.enthusiasm.1);
                let mut friends = Vec::new();
                let count = 5 + stream.below(11);
                stream.others(self.people, person, count, &mut friends);
                (Chance::new(enthusiasm).unwrap_or_default(), friends)
            })
            .collect()
    }

    fn is_telling(&self, heard: &Option<Heard>, tells: Option<bool>) -> bool {
        heard.is_some_and(|heard| match self.scope {
            Scope::Person => tells == Some(true) && heard.shared < self.max_shares,
            Scope::PersonAndStory => heard.telling,
        })
    }

    fn tell(
        &self,
        person: usize,
        story: &mut [Option<Heard>],
        tells: &mut [Option<bool>],
        (enthusiasm, friends): &(Chance, Vec<u32>),
        stream: &mut Stream,
    ) {
        let count = friends.len() as u32;
        let mut chosen = Vec::new();
        stream.others(count + 1, count, 3, &mut chosen);
        for index in chosen {
            let friend = friends[index as usize] as usize;
            if stream.happens(*enthusiasm) && story[friend].is_none() {
                story[friend] = Some(Heard {
                    shared: 0,
                    telling: true,
                });
                tells[friend] = Some(true);
            }
        }
        if let Some(heard) = &mut story[person] {
            heard.shared += 1;
            if heard.shared >= self.max_shares {
                heard.telling = false;
                tells[person] = Some(false);
            }
        }
    }

    /// Many runs of the circle.
    pub fn run(&self, seed: u64, count: usize) -> Outcome {
        let people = f64::from(self.people);
        let runs = trials(seed, "circle", count, |stream| self.simulate(stream));
        let last = |curve: &Vec<u32>| curve.last().copied().unwrap_or_default();
        let how = format!(
            "{count} runs, state per {}",
            match self.scope {
                Scope::Person => "person, as printed",
                Scope::PersonAndStory => "person and story",
            }
        );
        let reached: Vec<f64> = runs
            .iter()
            .flat_map(|run| &run.informed)
            .map(|curve| f64::from(last(curve)) / people)
            .collect();
        let complete = runs
            .iter()
            .filter(|run| run.informed.iter().all(|curve| last(curve) == self.people))
            .count();
        let silenced: Vec<f64> = runs.iter().map(|run| f64::from(run.silenced)).collect();
        let ended = |ending| runs.iter().filter(|run| run.ending == ending).count();
        let mut rows = vec![
            Row::mean(
                "reached, mean share over all stories",
                &reached,
                "share",
                &how,
            ),
            Row::share(
                "runs in which everybody knows every story",
                complete,
                count,
                &how,
            ),
            Row::share(
                "runs ended because everybody had heard something",
                ended(Ending::EverybodyHeard),
                count,
                &how,
            ),
            Row::share(
                "runs ended by decay",
                ended(Ending::NobodyTells),
                count,
                &how,
            )
            .published("fast spread, then natural decay"),
            Row::share(
                "runs ended by the limit of rounds",
                ended(Ending::OutOfRounds),
                count,
                &how,
            ),
        ];
        if self.stories > 1 {
            rows.push(Row::mean(
                "stories never told on by somebody silenced by another story",
                &silenced,
                "stories",
                &how,
            ));
        }
        let longest = runs
            .iter()
            .flat_map(|run| &run.informed)
            .map(Vec::len)
            .max()
            .unwrap_or(1);
        let xs: Vec<f64> = (0..longest).map(|round| round as f64).collect();
        let curves = (0..self.stories as usize)
            .map(|story| {
                let shares: Vec<Vec<f64>> = runs
                    .iter()
                    .map(|run| {
                        run.informed[story]
                            .iter()
                            .map(|known| f64::from(*known) / people)
                            .collect()
                    })
                    .collect();
                Curve::of_trials(
                    format!("story {}", story + 1),
                    "round",
                    "informed (share)",
                    &xs,
                    &shares,
                )
            })
            .collect();
        Outcome {
            model: "rumour".to_owned(),
            description: format!(
                "{} people with 5 to 15 friends, {} story or stories, {how}",
                self.people, self.stories
            ),
            seed,
            trials: count,
            rows,
            curves,
        }
    }
}
