//! `simulate sir`, `push` and so on: the systems of the published document, each claim beside what is true.

mod demos;
mod rumour;
mod show;

use clap::{Args, Subcommand};
use simulation::models::anti_entropy::Society;
use simulation::models::dissemination::{Dissemination, Strategy};
use simulation::models::growth::Growth;
use simulation::models::listings::Listing;
use simulation::models::sir::Sir;
use simulation::models::whatsapp::Festival;
use simulation::time::Micros;

use super::simulate::time;
use show::{Common, positive};

/// The models and demos of the document.
#[derive(Debug, Subcommand)]
pub(super) enum Model {
    /// The SIR model of a rumour in a train: equations, and people one by one
    Sir(SirArguments),
    /// A rumour that those who know push
    Push(Spreading),
    /// A rumour for which those who do not know ask
    Pull(Spreading),
    /// A rumour that goes both ways
    PushPull(Spreading),
    /// Rounds until all know, among a hundred participants, a thousand and so on, by all three strategies
    Growth(GrowthArguments),
    /// Rumour mongering: among friends as published, or by the rules of Demers and others 1987
    ///
    /// Without --feedback, --blind, --counter, --coin, --k, --pull, --push, --loss or --fanout it is the published circle of friends, as printed and mended.
    #[command(alias = "rumour")]
    Rumor(rumour::Rumour),
    /// The books of a building society, by Merkle digests
    AntiEntropy(SocietyArguments),
    /// The messenger network on a festival evening: direct, multi-hop, store-and-forward and adaptive delivery over eight edge servers
    Whatsapp(FestivalArguments),
    /// The published Java demo: five offices, as protocol machines in virtual time
    Offices(demos::Demo),
    /// The published Python demo: five suburbs, as protocol machines in virtual time
    Suburbs(demos::Demo),
}

/// What the SIR model takes besides.
#[derive(Debug, Clone, Args)]
pub(super) struct SirArguments {
    /// Tellings per teller and minute
    #[arg(long, default_value_t = 2.5)]
    beta: f64,
    /// How often per minute a teller stops
    #[arg(long, default_value_t = 0.1)]
    gamma: f64,
    /// How many know at the start
    #[arg(long, default_value_t = 1)]
    sources: u32,
    #[command(flatten)]
    common: Common,
}

/// What the spreading of one rumour takes besides.
#[derive(Debug, Clone, Args)]
pub(super) struct Spreading {
    /// Peers that each contacts in a round; with --participants, --loss or this it is not the published listing
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    fanout: u32,
    /// Share of datagrams that is lost, from 0 to below 1
    #[arg(long, default_value_t = 0.0, value_parser = show::loss)]
    loss: f64,
    #[command(flatten)]
    common: Common,
}

/// What the comparison of sizes takes besides.
#[derive(Debug, Clone, Args)]
pub(super) struct GrowthArguments {
    /// Peers that each contacts in a round
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    fanout: u32,
    /// Share of datagrams that is lost where some are, from 0 to below 1
    #[arg(long, default_value_t = 0.25, value_parser = show::loss)]
    loss: f64,
    #[command(flatten)]
    common: Common,
}

/// What the building society takes besides.
#[derive(Debug, Clone, Args)]
pub(super) struct SocietyArguments {
    /// With how many others each flat exchanges in a round
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1000))]
    partners: u32,
    /// How many entries each book starts with
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=1000))]
    months: u32,
    /// Seconds between the entries of neighbouring flats; 0 gives equal times
    #[arg(long, default_value_t = 3600, value_parser = clap::value_parser!(u64).range(..=1_000_000))]
    spacing: u64,
    #[command(flatten)]
    common: Common,
}

/// What the festival takes besides.
#[derive(Debug, Clone, Args)]
pub(super) struct FestivalArguments {
    /// How many messages are sent
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    messages: u32,
    /// In what time: 1s, 5m
    #[arg(long, default_value = "1s", value_parser = time)]
    within: Micros,
    /// After how many attempts a leg is given up
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1000))]
    max_attempts: u32,
    /// How many of a hundred messages stay in the sender's city
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=100))]
    local_percent: u32,
    #[command(flatten)]
    common: Common,
}

/// Runs the subcommand and returns the exit status.
pub(super) fn main(model: &Model) -> Result<u8, String> {
    match model {
        Model::Sir(given) => sir(given),
        Model::Push(given) => dissemination(Strategy::Push, given),
        Model::Pull(given) => dissemination(Strategy::Pull, given),
        Model::PushPull(given) => dissemination(Strategy::PushPull, given),
        Model::Growth(given) => growth(given),
        Model::Rumor(given) => rumour::main(given),
        Model::AntiEntropy(given) => anti_entropy(given),
        Model::Whatsapp(given) => whatsapp(given),
        Model::Offices(given) => demos::main(&demos::OFFICES, given),
        Model::Suburbs(given) => demos::main(&demos::SUBURBS, given),
    }
}

/// The published listing, as printed and mended, unless something else is asked for.
fn dissemination(strategy: Strategy, given: &Spreading) -> Result<u8, String> {
    let common = &given.common;
    if common.participants.is_none() && given.fanout == 1 && given.loss == 0.0 {
        let listing = match strategy {
            Strategy::Push => Listing::Push,
            Strategy::Pull => Listing::Pull,
            Strategy::PushPull => Listing::PushPull,
        };
        return common.show(100, |trials| listing.run(trials));
    }
    let people = common.people(1_000, 2)?;
    let model = Dissemination::new(strategy, people, given.fanout)
        .with_loss(given.loss)
        .ok_or_else(|| format!("--loss {} must be from 0 to below 1", given.loss))?;
    common.show(people, |trials| model.run(trials))
}

fn sir(given: &SirArguments) -> Result<u8, String> {
    let people = given.common.people(1_000, 2)?;
    positive("--beta", given.beta)?;
    positive("--gamma", given.gamma)?;
    if !(1..people).contains(&given.sources) {
        return Err(format!(
            "--sources {} must be from 1 to below the {people} participants",
            given.sources
        ));
    }
    let model = Sir {
        beta: given.beta,
        gamma: given.gamma,
        population: u64::from(people),
        sources: u64::from(given.sources),
    };
    given.common.show(people, |trials| model.run(trials))
}

fn growth(given: &GrowthArguments) -> Result<u8, String> {
    let model = Growth {
        participants: given.common.people(Growth::default().participants, 1_000)?,
        fanout: given.fanout,
        loss: given.loss,
    };
    // Most trials leave out the greatest sizes.
    given.common.show(1, |trials| model.run(trials))
}

fn anti_entropy(given: &SocietyArguments) -> Result<u8, String> {
    let model = Society {
        flats: given.common.people(12, 2)?,
        partners: given.partners,
        months: given.months,
        spacing: given.spacing,
        ..Society::default()
    };
    // A flat compares its book many times.
    let size = model.flats.saturating_mul(2);
    given.common.show(size, |trials| model.run(trials))
}

fn whatsapp(given: &FestivalArguments) -> Result<u8, String> {
    let model = Festival {
        users: given.common.people(5_000, 2)?,
        messages: given.messages,
        within: given.within,
        max_attempts: given.max_attempts,
        local_percent: given.local_percent,
        ..Festival::default()
    };
    // Each message is many events.
    let size = model.users.max(model.messages.saturating_mul(2));
    given.common.show(size, |trials| model.run(trials))
}
