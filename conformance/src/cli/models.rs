//! `simulate sir`, `push` and so on: the models of the published document, each claim beside what is measured.

use std::path::PathBuf;

use clap::Args;
use simulation::models::Outcome;
use simulation::models::anti_entropy::Society;
use simulation::models::dissemination::{Dissemination, Strategy};
use simulation::models::listings::Listing;
use simulation::models::rumour::Circle;
use simulation::models::sir::Sir;
use simulation::models::whatsapp::Festival;
use simulation::plot::{svg, text_curves, text_table};

use super::print;

/// What all models take.
#[derive(Debug, Clone, Args)]
pub(super) struct Common {
    /// How many participants (default: as published)
    #[arg(long, visible_alias = "nodes")]
    participants: Option<u32>,
    /// How many independent trials
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    trials: u32,
    /// All chance comes from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
    /// Write the curves there as SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// What the spreading of one rumour takes besides.
#[derive(Debug, Clone, Args)]
pub(super) struct Spreading {
    /// Peers that each contacts in a round
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    fanout: u32,
    /// Share of datagrams that is lost, from 0 to below 1
    #[arg(long, default_value_t = 0.0)]
    loss: f64,
    #[command(flatten)]
    common: Common,
}

impl Common {
    fn people(&self, published: u32) -> Result<u32, String> {
        match self.participants.unwrap_or(published) {
            people @ 2.. => Ok(people),
            _ => Err("--participants must be at least 2".to_owned()),
        }
    }

    fn show(&self, outcome: &Outcome) -> Result<u8, String> {
        if self.json {
            let json = serde_json::to_string_pretty(outcome).map_err(|e| e.to_string())?;
            print(&format!("{json}\n"));
        } else {
            print(&format!(
                "{}\n{}",
                text_table(outcome),
                text_curves(&outcome.curves, 72, 14)
            ));
        }
        if let Some(file) = &self.svg {
            super::simulate::write(file, &svg(&outcome.model, &outcome.curves))?;
        }
        Ok(0)
    }
}

/// The published listing, as printed and mended, unless something else is asked for.
pub(super) fn dissemination(strategy: Strategy, given: &Spreading) -> Result<u8, String> {
    if given.common.participants.is_none() && given.fanout == 1 && given.loss == 0.0 {
        let listing = match strategy {
            Strategy::Push => Listing::Push,
            Strategy::Pull => Listing::Pull,
            Strategy::PushPull => Listing::PushPull,
        };
        let outcome = listing.run(given.common.seed, given.common.trials as usize);
        return given.common.show(&outcome);
    }
    let people = given.common.people(1_000)?;
    let model = Dissemination::new(strategy, people, given.fanout)
        .with_loss(given.loss)
        .filter(|_| given.loss < 1.0)
        .ok_or_else(|| format!("--loss {} must be from 0 to below 1", given.loss))?;
    given
        .common
        .show(&model.run(given.common.seed, given.common.trials as usize))
}

pub(super) fn sir(given: &Common) -> Result<u8, String> {
    let model = Sir {
        population: u64::from(given.people(1_000)?),
        ..Sir::default()
    };
    given.show(&model.run(given.seed, given.trials as usize))
}

pub(super) fn rumour(given: &Common) -> Result<u8, String> {
    let model = Circle {
        people: given.people(200)?,
        ..Circle::default()
    };
    given.show(&model.run(given.seed, given.trials as usize))
}

pub(super) fn anti_entropy(given: &Common) -> Result<u8, String> {
    let model = Society {
        flats: given.people(12)?,
        ..Society::default()
    };
    given.show(&model.run(given.seed, given.trials as usize))
}

pub(super) fn whatsapp(given: &Common) -> Result<u8, String> {
    let model = Festival {
        users: given.people(5_000)?,
        ..Festival::default()
    };
    given.show(&model.run(given.seed, given.trials as usize))
}
