//! Push, pull and push-pull exactly as the published listings have them (lines 69 to 201 of the document), and their mends.
//!
//! As printed none of the three runs: they use `random` without importing it. With the import, push may draw the teller itself;
//! pull asks only peers that are known to know, and push-pull tells only those that are known not to. Nobody in a network has
//! such an oracle, so the latter two show how much of their speed it gave them.

use serde::{Deserialize, Serialize};

use super::dissemination::{Dissemination, Strategy, rounds_to};
use super::{Curve, Outcome, Row, Trials};
use crate::random::{Chance, Stream};

const PUSH: &str = "Never four, five in one run of sixteen, mostly six. The listing stops at once with a NameError (L78), as it does not \
    import random. A seller draws its three customers among all, itself and the informed included, and three tellings of ten fail.";
const PULL: &str = "With one to three informed among a hundred, four of five know after the first round: the listing lets a customer \
    choose only among those who know already (L128), which nobody can. Who asks anybody at all does start slowly, and needs about four times as many rounds.";
const PUSH_PULL: &str = "Both phases know beforehand who knows and who does not (L174, L184). Without that oracle, one contact that carries both \
    directions needs the rounds in the mended rows. With nobody informed the listing ends in an IndexError.";

const WASTE: &str = "True: at the end it takes more than twenty tellings for each who learns, and in the first round three bring nearly two.";
const THRIFT: &str =
    "True, with or without the oracle: at the end nearly every question is answered.";

/// Participants of each listing.
pub const PARTICIPANTS: u32 = 100;
/// How many must know for a listing to stop.
pub const GOAL: u32 = 95;

/// Which listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Listing {
    /// The vendors of line 69.
    Push,
    /// The customers of line 118.
    Pull,
    /// The street-smart ones of line 164.
    PushPull,
}

impl Listing {
    /// The sources with which the listing starts.
    pub const fn sources(self) -> u32 {
        match self {
            Listing::Push | Listing::PushPull => 1,
            Listing::Pull => 3,
        }
    }

    /// The listing without its faults: peers are drawn among all others, and one contact of push-pull carries both directions.
    pub fn mended(self) -> Dissemination {
        let chance = |p| Chance::new(p).unwrap_or_default();
        let (strategy, fanout, request, reply) = match self {
            Listing::Push => (Strategy::Push, 3, chance(0.7), Chance::ALWAYS),
            Listing::Pull => (Strategy::Pull, 1, Chance::ALWAYS, chance(0.8)),
            Listing::PushPull => (Strategy::PushPull, 2, chance(0.6), chance(0.7)),
        };
        Dissemination {
            request,
            reply,
            sources: self.sources(),
            ..Dissemination::new(strategy, PARTICIPANTS, fanout)
        }
    }

    /// One run of the listing as printed: how many know at the start and after each round, until the goal is reached.
    pub fn as_printed(self, stream: &mut Stream) -> Vec<u32> {
        self.as_printed_from(self.sources(), stream)
    }

    /// The same from another number of sources, at least 1.
    pub fn as_printed_from(self, sources: u32, stream: &mut Stream) -> Vec<u32> {
        let mut knows: Vec<bool> = (0..PARTICIPANTS)
            .map(|participant| participant < sources)
            .collect();
        let mut counts = vec![sources];
        let mut known = sources;
        while known < GOAL {
            let learned = match self {
                Listing::Push => push(&knows, stream),
                Listing::Pull => pull(&knows, stream),
                Listing::PushPull => push_pull(&knows, stream),
            };
            for participant in learned {
                knows[participant as usize] = true;
            }
            known = knows.iter().filter(|known| **known).count() as u32;
            counts.push(known);
        }
        counts
    }

    /// What the document says of how many contacts a strategy wastes in the end, where, and what is true.
    const fn efficiency(self) -> Option<(&'static str, &'static str, &'static str)> {
        match self {
            Listing::Push => Some(("inefficient when most are informed", "L110", WASTE)),
            Listing::Pull => Some(("efficient when most are informed", "L155", THRIFT)),
            Listing::PushPull => None,
        }
    }

    /// Contacts for each who learned in the round in which the goal was reached: three of each teller, or one of each asker. `None` for
    /// push-pull, and if the goal never was reached.
    fn contacts_per_learner(self, counts: &[u32]) -> Option<f64> {
        let round = counts.iter().position(|known| *known >= GOAL)?;
        let before = *counts.get(round.checked_sub(1)?)?;
        let contacts = match self {
            Listing::Push => 3 * before,
            Listing::Pull => PARTICIPANTS - before,
            Listing::PushPull => return None,
        };
        Some(f64::from(contacts) / f64::from(counts[round] - before))
    }

    /// As printed and mended, side by side.
    pub fn run(self, trials: &Trials) -> Outcome {
        let runs = trials.run(|trial| {
            let printed = self.as_printed(&mut trial.stream("as printed"));
            (printed, self.mended().simulate(&mut trial.stream("mended")))
        });
        let count = runs.len();
        let (printed, mended): (Vec<_>, Vec<_>) = runs.into_iter().unzip();
        let name = match self {
            Listing::Push => "push",
            Listing::Pull => "pull",
            Listing::PushPull => "push-pull",
        };
        let mut rows = Vec::new();
        for (variant, runs) in [("as printed", &printed), ("mended", &mended)] {
            let how = format!(
                "{count} runs, {} source(s), {PARTICIPANTS} participants, {variant}",
                self.sources()
            );
            let rounds: Vec<f64> = runs
                .iter()
                .filter_map(|run| rounds_to(run, GOAL))
                .map(f64::from)
                .collect();
            let first: Vec<f64> = runs
                .iter()
                .filter_map(|run| run.get(1).copied())
                .map(f64::from)
                .collect();
            let mut to_goal = Row::mean(
                format!("rounds to 95 %, {variant}"),
                &rounds,
                "rounds",
                &how,
            );
            let mut after_one = Row::mean(
                format!("informed after the first round, {variant}"),
                &first,
                "participants",
                &how,
            );
            if variant == "as printed" {
                match self {
                    Listing::Push => to_goal = to_goal.published("4 to 5 rounds", "L103", PUSH),
                    Listing::Pull => {
                        after_one = after_one.published("slow initial spread", "L155", PULL);
                    }
                    Listing::PushPull => {
                        to_goal = to_goal.published("best of both worlds", "L166", PUSH_PULL);
                    }
                }
            }
            rows.push(to_goal);
            rows.push(Row::quantile(
                format!("rounds to 95 %, {variant}, 95th percentile"),
                &rounds,
                0.95,
                "rounds",
                &how,
            ));
            rows.push(after_one);
            let contacts = runs.iter().filter_map(|run| self.contacts_per_learner(run));
            let contacts: Vec<f64> = contacts.collect();
            if let (Some((says, place, truth)), false) = (self.efficiency(), contacts.is_empty()) {
                let name =
                    format!("contacts for each who learns, in the last of these rounds, {variant}");
                let row = Row::mean(name, &contacts, "contacts", &how);
                rows.push(row.published(says, place, truth));
            }
        }
        let longest = printed
            .iter()
            .chain(&mended)
            .map(Vec::len)
            .max()
            .unwrap_or(1);
        let xs: Vec<f64> = (0..longest).map(|round| round as f64).collect();
        let shares = |runs: &[Vec<u32>]| -> Vec<Vec<f64>> {
            runs.iter()
                .map(|run| {
                    run.iter()
                        .map(|known| f64::from(*known) / f64::from(PARTICIPANTS))
                        .collect()
                })
                .collect()
        };
        let curve = |label: &str, runs: &[Vec<u32>]| {
            Curve::of_trials(
                format!("{name}, {label}"),
                "round",
                "informed (share)",
                &xs,
                &shares(runs),
            )
        };
        Outcome {
            model: format!("The {name} listing, as printed and mended"),
            description: format!(
                "the published {name} listing with `import random`, and the same without its faults"
            ),
            seed: trials.seed,
            trials: count,
            rows,
            curves: vec![
                curve("as printed (ends at 95 %)", &printed),
                curve("mended", &mended),
            ],
        }
    }
}

fn holders(knows: &[bool], state: bool) -> Vec<u32> {
    (0..PARTICIPANTS)
        .filter(|participant| knows[*participant as usize] == state)
        .collect()
}

/// Everybody who knows draws three of all, itself included; each telling succeeds with 0.7.
fn push(knows: &[bool], stream: &mut Stream) -> Vec<u32> {
    let succeeds = Chance::new(0.7).unwrap_or_default();
    let mut learned = Vec::new();
    for _ in holders(knows, true) {
        learned.extend(
            sample(PARTICIPANTS, 3, stream)
                .into_iter()
                .filter(|_| stream.happens(succeeds)),
        );
    }
    learned
}

/// Everybody who does not know asks somebody who does, and succeeds with 0.8.
fn pull(knows: &[bool], stream: &mut Stream) -> Vec<u32> {
    let succeeds = Chance::new(0.8).unwrap_or_default();
    holders(knows, false)
        .into_iter()
        .filter(|_| stream.happens(succeeds))
        .collect()
}

/// Who knows tells two of those who do not (0.6); who does not asks, with 0.4, one of those who do (0.7).
fn push_pull(knows: &[bool], stream: &mut Stream) -> Vec<u32> {
    let chance = |p| Chance::new(p).unwrap_or_default();
    let ignorant = holders(knows, false);
    let mut learned = Vec::new();
    for _ in holders(knows, true) {
        let targets = sample(ignorant.len() as u32, 2, stream);
        learned.extend(
            targets
                .into_iter()
                .filter(|_| stream.happens(chance(0.6)))
                .map(|index| ignorant[index as usize]),
        );
    }
    learned.extend(
        ignorant
            .into_iter()
            .filter(|_| stream.happens(chance(0.4)) && stream.happens(chance(0.7))),
    );
    learned
}

/// `k` different numbers below `n`, or all of them if there are fewer.
fn sample(n: u32, k: u32, stream: &mut Stream) -> Vec<u32> {
    let mut chosen = Vec::new();
    // Everybody but an imagined participant n: exactly 0 to n - 1.
    stream.others(n + 1, n, k, &mut chosen);
    chosen
}
