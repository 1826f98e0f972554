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
    /// Of each story, how many of those still told it: its infected. Who knows it and does not is removed.
    pub telling: Vec<Vec<u32>>,
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
        let telling_now = |heard: &[Vec<Option<Heard>>], tells: &[Option<bool>]| -> Vec<u32> {
            heard
                .iter()
                .map(|story| {
                    let infected = |(heard, tells): &(&Option<Heard>, &Option<bool>)| {
                        self.is_telling(heard, **tells)
                    };
                    story.iter().zip(tells).filter(infected).count() as u32
                })
                .collect()
        };
        let singly = |counts: Vec<u32>| counts.into_iter().map(|count| vec![count]).collect();
        let mut informed: Vec<Vec<u32>> = singly(count(&heard));
        let mut telling: Vec<Vec<u32>> = singly(telling_now(&heard, &tells));
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
            for (curve, infected) in telling.iter_mut().zip(telling_now(&heard, &tells)) {
                curve.push(infected);
            }
            // Nobody among friends could know this; the listing does, and asks only whether anybody has heard nothing at all.
            if self.scope == Scope::Person && tells.iter().all(Option::is_some) {
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
            telling,
            silenced,
            ending,
        }
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

    /// Many runs of the circle, as printed and mended: with a state per person and story, and until nobody tells any more.
    pub fn run(&self, seed: u64, count: usize) -> Outcome {
        let mut rows = Vec::new();
        let mut curves = Vec::new();
        for scope in [Scope::Person, Scope::PersonAndStory] {
            let circle = match scope {
                Scope::Person => Circle { scope, ..*self },
                Scope::PersonAndStory => Circle {
                    scope,
                    max_rounds: UNTIL_QUIET,
                    ..*self
                },
            };
            let runs = trials(seed, "circle", count, |stream| circle.simulate(stream));
            rows.extend(circle.rows(&runs, count));
            curves.extend(circle.curves(&runs, scope == Scope::PersonAndStory));
        }
        Outcome {
            model: "Rumours among friends".to_owned(),
            description: format!(
                "{} people with 5 to 15 friends each, {} from {} people, {} shares at most, enthusiasm {} to {}, {} rounds at most",
                self.people,
                match self.stories {
                    1 => "one story".to_owned(),
                    many => format!("{many} stories at once, each"),
                },
                self.sources,
                self.max_shares,
                self.enthusiasm.0,
                self.enthusiasm.1,
                self.max_rounds
            ),
            seed,
            trials: count,
            rows,
            curves,
        }
    }

    fn rows(&self, runs: &[Evening], count: usize) -> Vec<Row> {
        let people = f64::from(self.people);
        let variant = self.scope.name();
        let how = format!("{count} runs, {variant}");
        let is_listing = *self == Circle::default();
        let last = |curve: &[u32]| f64::from(curve.last().copied().unwrap_or_default());
        let mut rows = Vec::new();
        for story in 0..self.stories as usize {
            let of = |what: &dyn Fn(&Evening) -> f64| -> Vec<f64> {
                runs.iter().map(|run| what(run) / people).collect()
            };
            let name = |what: &str| {
                if self.stories > 1 {
                    format!("{variant}: story {}, {what} at the end", story + 1)
                } else {
                    format!("{variant}: {what} at the end")
                }
            };
            let share = |what: &str, values: &[f64]| Row::mean(name(what), values, "share", &how);
            rows.push(share(
                "susceptible",
                &of(&|run| people - last(&run.informed[story])),
            ));
            rows.push(share("infected", &of(&|run| last(&run.telling[story]))));
            rows.push(share(
                "removed",
                &of(&|run| last(&run.informed[story]) - last(&run.telling[story])),
            ));
        }
        let complete = runs.iter().filter(|run| {
            run.informed
                .iter()
                .all(|curve| last(curve) == f64::from(self.people))
        });
        rows.push(Row::share(
            format!("{variant}: runs in which everybody knows every story"),
            complete.count(),
            count,
            &how,
        ));
        for (ending, name) in [
            (Ending::EverybodyHeard, "because everybody had heard"),
            (Ending::NobodyTells, "by decay"),
            (Ending::OutOfRounds, "by the limit of rounds"),
        ] {
            let row = Row::share(
                format!("{variant}: runs ended {name}"),
                runs.iter().filter(|run| run.ending == ending).count(),
                count,
                &how,
            );
            rows.push(if is_listing && ending == Ending::NobodyTells {
                row.published("fast spread, then natural decay", "L569", DECAY)
            } else {
                row
            });
        }
        if self.stories > 1 {
            let silenced: Vec<f64> = runs.iter().map(|run| f64::from(run.silenced)).collect();
            rows.push(
                Row::mean(
                    format!(
                        "{variant}: stories never told on by somebody silenced by another story"
                    ),
                    &silenced,
                    "stories",
                    &how,
                )
                .published(
                    "REMOVED: knows the story, stopped sharing it",
                    "L385",
                    SILENCED,
                ),
            );
        }
        rows
    }

    /// In full: susceptible, infected and removed of up to two stories, otherwise who is informed. Not in full: who is informed, of a single story.
    fn curves(&self, runs: &[Evening], in_full: bool) -> Vec<Curve> {
        let people = f64::from(self.people);
        let longest = runs
            .iter()
            .flat_map(|run| &run.informed)
            .map(Vec::len)
            .max()
            .unwrap_or(1);
        let xs: Vec<f64> = (0..longest).map(|round| round as f64).collect();
        let curve = |story: usize, name: &str, of: &dyn Fn(f64, f64) -> f64| {
            let shares: Vec<Vec<f64>> = runs
                .iter()
                .map(|run| {
                    let rounds = run.informed[story].iter().zip(&run.telling[story]);
                    rounds
                        .map(|(informed, telling)| {
                            of(f64::from(*informed), f64::from(*telling)) / people
                        })
                        .collect()
                })
                .collect();
            let name = if self.stories > 1 {
                format!("story {}, {name}", story + 1)
            } else {
                name.to_owned()
            };
            Curve::of_trials(name, "round", "people (share)", &xs, &shares)
        };
        let informed = |story| {
            let name = format!("informed, {}", self.scope.name());
            curve(story, &name, &|informed, _| informed)
        };
        match (in_full, self.stories) {
            (true, 1 | 2) => (0..self.stories as usize)
                .flat_map(|story| {
                    [
                        curve(story, "susceptible", &|informed, _| people - informed),
                        curve(story, "infected", &|_, telling| telling),
                        curve(story, "removed", &|informed, telling| informed - telling),
                    ]
                })
                .collect(),
            (true, _) => (0..self.stories as usize).map(informed).collect(),
            (false, 1) => vec![informed(0)],
            (false, _) => Vec::new(),
        }
    }
}

/// Long after every story has died away: it takes some five rounds a generation.
const UNTIL_QUIET: u32 = 10_000;
const DECAY: &str = "Of ten runs about six end because everybody had heard it and two or three because fifteen rounds are over; decay ends \
    about one in eight. Both other ends need somebody who sees all people, or a clock. Mended, every run ends by decay, and two of five leave somebody out, so that \
    rumours need anti-entropy behind them.";
const SILENCED: &str = "The listing keeps one state for a person and all stories (L393): who has shared one story often enough falls silent about every \
    other, and a new story makes a silent one tell the old ones again. With a state per person and story nobody is silenced.";

impl Scope {
    /// `as printed` or `mended`.
    pub const fn name(self) -> &'static str {
        match self {
            Scope::Person => "as printed",
            Scope::PersonAndStory => "mended",
        }
    }
}
