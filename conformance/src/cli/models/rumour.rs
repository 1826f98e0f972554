//! `simulate rumor`: the published circle of friends, or mongering on a complete graph.

use clap::Args;
use simulation::models::rumour::{Circle, Direction, Mongering, Stop, demers};
use simulation::random::Chance;

use super::show::{self, Common};

/// What rumour mongering takes besides.
#[derive(Debug, Clone, Args)]
pub(crate) struct Rumour {
    /// How many stories start at once, among friends
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=6))]
    stories: Option<u32>,
    /// How often a person shares a story, among friends (default 5)
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1000))]
    max_shares: Option<u32>,
    /// The least and the greatest chance that a friend tells at all, among friends (default 0.3 0.9)
    #[arg(long, num_args = 2, value_names = ["LEAST", "GREATEST"], value_parser = enthusiasm)]
    enthusiasm: Option<Vec<f64>>,
    /// After how many rounds it is ended, among friends (default 15)
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: Option<u32>,
    /// How many know at the start (default 2 among friends, else 1)
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    sources: Option<u32>,
    /// Mongering: a teller minds whether its peer knew already (the default)
    #[arg(long, conflicts_with = "blind")]
    feedback: bool,
    /// Mongering: a teller does not mind
    #[arg(long)]
    blind: bool,
    /// Mongering: it stops after k of them (the default)
    #[arg(long, conflicts_with = "coin")]
    counter: bool,
    /// Mongering: it stops after each with the chance 1/k
    #[arg(long)]
    coin: bool,
    /// Mongering: the k of its rule (default 1)
    #[arg(long, short, value_parser = clap::value_parser!(u32).range(1..=1000))]
    k: Option<u32>,
    /// Mongering: who knows tells (the default)
    #[arg(long, conflicts_with = "pull")]
    push: bool,
    /// Mongering: everybody asks
    #[arg(long)]
    pull: bool,
    /// Mongering: contacts in a round (default 1)
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1000))]
    fanout: Option<u32>,
    /// Mongering: share of copies that is lost, from 0 to below 1 (default 0)
    #[arg(long, value_parser = show::loss)]
    loss: Option<f64>,
    /// Measures all three tables of Demers and others 1987 again
    #[arg(long)]
    demers: bool,
    #[command(flatten)]
    common: Common,
}

fn enthusiasm(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|chance| (0.0..=1.0).contains(chance))
        .ok_or_else(|| "a chance from 0 to 1, such as 0.7".to_owned())
}

pub(super) fn main(given: &Rumour) -> Result<u8, String> {
    let among_friends = given.stories.is_some()
        || given.max_shares.is_some()
        || given.enthusiasm.is_some()
        || given.rounds.is_some();
    let mongering = given.feedback
        || given.blind
        || given.counter
        || given.coin
        || given.k.is_some()
        || given.push
        || given.pull
        || given.fanout.is_some()
        || given.loss.is_some();
    match (given.demers, mongering, among_friends) {
        (true, false, false) if given.sources.is_none() && given.common.participants.is_none() => {
            given.common.show(demers::SITES, demers::run)
        }
        (true, ..) => Err("--demers is of 1,000 sites and all its rules: leave out the others' flags".to_owned()),
        (false, true, true) => Err("--stories, --max-shares, --enthusiasm and --rounds are for rumours among friends; the flags of mongering do not go with them".to_owned()),
        (false, true, false) => complete_graph(given),
        (false, false, _) => friends(given),
    }
}

fn friends(given: &Rumour) -> Result<u8, String> {
    let published = Circle::default();
    // Everybody must be able to find fifteen friends.
    let people = given.common.people(published.people, 17)?;
    let enthusiasm = match given.enthusiasm.as_deref() {
        Some([least, greatest]) if least <= greatest => (*least, *greatest),
        Some(_) => return Err("--enthusiasm takes the least first, such as 0.3 0.9".to_owned()),
        None => published.enthusiasm,
    };
    let model = Circle {
        people,
        sources: sources(given, published.sources, people)?,
        max_rounds: given.rounds.unwrap_or(published.max_rounds),
        max_shares: given.max_shares.unwrap_or(published.max_shares),
        stories: given.stories.unwrap_or(published.stories),
        enthusiasm,
        ..published
    };
    // People have friends, and there are two variants.
    let size = people.saturating_mul(20).saturating_mul(model.stories);
    given
        .common
        .show(size.max(50_000), |trials| model.run(trials))
}

fn complete_graph(given: &Rumour) -> Result<u8, String> {
    let people = given.common.people(demers::SITES, 2)?;
    let k = given.k.unwrap_or(1);
    let model = Mongering {
        participants: people,
        sources: sources(given, 1, people)?,
        direction: if given.pull {
            Direction::Pull
        } else {
            Direction::Push
        },
        fanout: given.fanout.unwrap_or(1),
        stop: match (given.blind, given.coin) {
            (true, true) => Stop::BlindCoin(k),
            (true, false) => Stop::AfterCopies(k),
            (false, true) => Stop::Coin(k),
            (false, false) => Stop::Counter(k),
        },
        loss: Chance::new(given.loss.unwrap_or(0.0)).unwrap_or_default(),
    };
    given
        .common
        .show(people.saturating_mul(10).max(50_000), |trials| {
            model.run(trials)
        })
}

fn sources(given: &Rumour, published: u32, people: u32) -> Result<u32, String> {
    match given.sources.unwrap_or(published) {
        sources if sources <= people => Ok(sources),
        sources => Err(format!(
            "--sources {sources} must be at most the {people} participants"
        )),
    }
}
