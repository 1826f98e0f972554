//! The published listing: people with friends and enthusiasm.

use serde::{Deserialize, Serialize};

use crate::models::{Curve, Outcome, Row, trials};
use crate::random::{Chance, Stream};

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
