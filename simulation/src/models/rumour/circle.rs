//! The published listing: people with friends and enthusiasm.

use serde::{Deserialize, Serialize};

use super::people::People;
use crate::models::{Curve, Outcome, Row, Trials};
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
    /// How often a person shares a story: up to 65,535.
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

/// Whose friends are whom, and how keen each is to tell them.
struct Friends {
    enthusiasm: Vec<Chance>,
    /// The friends of all, one person's after the other's.
    friends: Vec<u32>,
    /// Where each person's friends begin, and where the last one's end.
    begin: Vec<u32>,
}

impl Friends {
    /// The share of all pairs of one person's friends of whom one counts the other among its own.
    fn clustering(&self) -> f64 {
        let (mut pairs, mut close) = (0u32, 0u32);
        for person in 0..self.enthusiasm.len() as u32 {
            let friends = self.of(person);
            for (index, one) in friends.iter().enumerate() {
                for other in &friends[..index] {
                    pairs += 1;
                    let close_friends =
                        self.of(*one).contains(other) || self.of(*other).contains(one);
                    close += u32::from(close_friends);
                }
            }
        }
        f64::from(close) / f64::from(pairs.max(1))
    }

    fn of(&self, person: u32) -> &[u32] {
        let person = person as usize;
        &self.friends[self.begin[person] as usize..self.begin[person + 1] as usize]
    }
}

/// Who knows a story.
struct Story {
    heard: People,
    /// Who has shared it often enough. Only who has heard it ever is.
    exhausted: People,
    /// How often each shared it.
    shared: Vec<u16>,
}

/// What is so at one moment.
struct State {
    stories: Vec<Story>,
    /// Who tells at all, whichever story: the listing's infected. Everybody, where loss of interest is of a story alone.
    infected: People,
    /// Who has heard nothing at all.
    susceptible: People,
}

impl State {
    /// Who tells a story.
    fn tellers(&self, story: &Story) -> People {
        story.heard.and_not(&self.infected, &story.exhausted)
    }

    /// Of each story, how many know it and how many tell it.
    fn record(&self, evening: &mut Evening) {
        for (number, story) in self.stories.iter().enumerate() {
            evening.informed[number].push(story.heard.count());
            evening.telling[number].push(self.tellers(story).count());
        }
    }
}

impl Circle {
    /// One run, with a new circle of friends.
    pub fn simulate(&self, stream: &mut Stream) -> Evening {
        let friends = self.friends(stream);
        let stories = self.stories as usize;
        let nobody = People::none(self.people);
        let mut state = State {
            stories: Vec::with_capacity(stories),
            infected: match self.scope {
                Scope::Person => nobody.clone(),
                Scope::PersonAndStory => People::all(self.people),
            },
            susceptible: People::all(self.people),
        };
        let mut chosen = Vec::new();
        for _ in 0..stories {
            let mut story = Story {
                heard: nobody.clone(),
                exhausted: nobody.clone(),
                shared: vec![0; self.people as usize],
            };
            // All but an imagined person: exactly everybody.
            stream.others(self.people + 1, self.people, self.sources, &mut chosen);
            for &source in &chosen {
                story.heard.insert(source);
                state.infected.insert(source);
                state.susceptible.remove(source);
            }
            state.stories.push(story);
        }
        let mut evening = Evening {
            informed: vec![Vec::new(); stories],
            telling: vec![Vec::new(); stories],
            silenced: 0,
            ending: Ending::OutOfRounds,
        };
        state.record(&mut evening);
        for _ in 0..self.max_rounds {
            // Who hears something in a round begins to tell in the next one.
            let mut tellers = nobody.clone();
            for story in &state.stories {
                tellers.extend(&state.tellers(story));
            }
            if tellers == nobody {
                evening.ending = Ending::NobodyTells;
                break;
            }
            for person in tellers.iter() {
                for story in 0..stories {
                    self.tell(person, story, &mut state, &friends, &mut chosen, stream);
                }
            }
            state.record(&mut evening);
            // Nobody among friends could know this; the listing does, and asks only whether anybody has heard nothing at all.
            if self.scope == Scope::Person && state.susceptible == nobody {
                evening.ending = Ending::EverybodyHeard;
                break;
            }
        }
        if self.scope == Scope::Person {
            let silenced = state.stories.iter().map(|story| {
                let silent = story.heard.and_not(&story.heard, &state.infected);
                let never = |person: &u32| story.shared[*person as usize] == 0;
                silent.iter().filter(never).count() as u32
            });
            evening.silenced = silenced.sum();
        }
        evening
    }

    fn friends(&self, stream: &mut Stream) -> Friends {
        let mut all = Friends {
            enthusiasm: Vec::with_capacity(self.people as usize),
            friends: Vec::with_capacity(10 * self.people as usize),
            begin: vec![0],
        };
        let mut chosen = Vec::new();
        for person in 0..self.people {
            let enthusiasm = stream.between(self.enthusiasm.0, self.enthusiasm.1);
            all.enthusiasm
                .push(Chance::new(enthusiasm).unwrap_or_default());
            let count = 5 + stream.below(11);
            stream.others(self.people, person, count, &mut chosen);
            all.friends.extend(&chosen);
            all.begin.push(all.friends.len() as u32);
        }
        all
    }

    /// Lets a person share a story with three friends, if the person tells it.
    fn tell(
        &self,
        person: u32,
        story: usize,
        state: &mut State,
        friends: &Friends,
        chosen: &mut Vec<u32>,
        stream: &mut Stream,
    ) {
        let story = &mut state.stories[story];
        let tells = story.heard.contains(person)
            && state.infected.contains(person)
            && !story.exhausted.contains(person);
        if !tells {
            return;
        }
        let (theirs, enthusiasm) = (friends.of(person), friends.enthusiasm[person as usize]);
        let count = theirs.len() as u32;
        stream.others(count + 1, count, 3, chosen);
        for &index in chosen.iter() {
            let friend = theirs[index as usize];
            // Whether the person is keen to tell matters only to a friend who has not heard it.
            if !story.heard.contains(friend) && stream.happens(enthusiasm) {
                story.heard.insert(friend);
                state.infected.insert(friend);
                state.susceptible.remove(friend);
            }
        }
        let shared = &mut story.shared[person as usize];
        *shared += 1;
        if u32::from(*shared) >= self.max_shares {
            story.exhausted.insert(person);
            if self.scope == Scope::Person {
                state.infected.remove(person);
            }
        }
    }

    /// Many runs of the circle, as printed and mended: with a state per person and story, and until nobody tells any more.
    pub fn run(&self, trials: &Trials) -> Outcome {
        let printed = Circle {
            scope: Scope::Person,
            ..*self
        };
        let mended = Circle {
            scope: Scope::PersonAndStory,
            max_rounds: UNTIL_QUIET,
            ..*self
        };
        // The same friends and sources for both.
        let is_listing = *self == Circle::default();
        let runs = trials.run(|trial| {
            let stream = || trial.stream("circle");
            let clustering = is_listing.then(|| self.friends(&mut stream()).clustering());
            let as_printed = printed.simulate(&mut stream());
            (clustering, (as_printed, mended.simulate(&mut stream())))
        });
        let count = runs.len();
        let (clustered, (as_printed, as_mended)): (Vec<_>, (Vec<_>, Vec<_>)) =
            runs.into_iter().unzip();
        let mut rows = Vec::new();
        let clustered: Vec<f64> = clustered.into_iter().flatten().collect();
        if is_listing {
            let name = "as printed: pairs of one's friends who are friends themselves";
            let how = format!("{count} circles; friends: one names the other");
            let row = Row::mean_share(name, &clustered, u64::from(self.people), how);
            rows.push(row.published("small-world network", "L477", SMALL_WORLD));
        }
        rows.extend(printed.rows(&as_printed, count));
        rows.extend(mended.rows(&as_mended, count));
        let mut curves = printed.curves(&as_printed);
        curves.extend(mended.curves(&as_mended));
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
            seed: trials.seed,
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
            let share = |what: &str, values: &[f64]| {
                Row::mean_share(name(what), values, u64::from(self.people), &how)
            };
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

    /// Susceptible, infected and removed of up to two stories; of more, who is informed.
    fn curves(&self, runs: &[Evening]) -> Vec<Curve> {
        let people = f64::from(self.people);
        let longest = runs
            .iter()
            .flat_map(|run| &run.informed)
            .map(Vec::len)
            .max()
            .unwrap_or(1);
        let xs: Vec<f64> = (0..longest).map(|round| round as f64).collect();
        let y = format!("people (share), {}", self.scope.name());
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
            Curve::of_trials(name, "round", &y, &xs, &shares)
        };
        let of_story = |story: usize| {
            if self.stories > 2 {
                return vec![curve(story, "informed", &|informed, _| informed)];
            }
            vec![
                curve(story, "susceptible", &|informed, _| people - informed),
                curve(story, "infected", &|_, telling| telling),
                curve(story, "removed", &|informed, telling| informed - telling),
            ]
        };
        (0..self.stories as usize).flat_map(of_story).collect()
    }
}

/// Long after every story has died away: it takes some five rounds a generation.
const UNTIL_QUIET: u32 = 10_000;
const DECAY: &str = "Of ten runs about six end because everybody had heard it and two because fifteen rounds are over; decay ends \
    hardly two. Both other ends need somebody who sees all people, or a clock. Mended, every run ends by decay, and two of five leave somebody out, so that \
    rumours need anti-entropy behind them.";
const SMALL_WORLD: &str = "Friends are drawn at random among all, and in one direction: one may tell somebody who will never tell back. Two friends of one person know each other no more \
    often than any two; in the small worlds of Watts and Strogatz (Nature 393, 1998) with ten neighbours it is up to two of three.";
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
