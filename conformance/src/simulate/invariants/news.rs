//! News comes through in time.

use simulation::network::HostId;
use simulation::time::Micros;

use super::walls::Walls;
use super::{Invariant, Moment, Parameters, breach};
use crate::oracle::outgoing::Breach;
use crate::simulate::model::{self, CONFIDENCE, Model, QUANTILE};
use crate::simulate::moments;
use crate::simulate::plan::Plan;
use crate::simulate::spread::Spread;

/// In a cluster whose nodes all list each other and that nothing disturbs, a write reaches all within the bound of the epidemic model.
pub struct NewsWithinModelBound {
    model: Model,
    bound: Option<u32>,
    /// Times between which nothing goes wrong.
    calm: Vec<(Micros, Micros)>,
    /// Writes that were looked at when they were made.
    met: usize,
    /// Those that are to be judged: which, and until when all must hold it.
    open: Vec<(usize, Micros)>,
    walls: Walls,
    parameters: Parameters,
}

impl NewsWithinModelBound {
    /// For a run of that plan beside the bound of its model.
    pub fn new(plan: &Plan, bound: Option<u32>) -> Self {
        NewsWithinModelBound {
            model: model::of(plan),
            bound,
            calm: moments::calm(plan),
            met: 0,
            open: Vec::new(),
            walls: Walls::default(),
            parameters: plan.parameters.clone(),
        }
    }
}

impl Invariant for NewsWithinModelBound {
    fn name(&self) -> &'static str {
        "NewsWithinModelBound"
    }
    fn says(&self) -> &'static str {
        "in a cluster whose nodes all list each other and that nothing disturbs, a write of one of them that all must keep reaches all of them within the rounds that pushing needs by the epidemic model in 999 of 1,000 cases"
    }
    fn requirements(&self) -> &'static [&'static str] {
        &["MGP1-DIS-002", "MGP1-DIS-009"]
    }

    fn step(&mut self, moment: &Moment<'_>) -> Result<(), Breach> {
        self.walls.see(moment);
        Ok(())
    }

    fn news(&mut self, at: Micros, spread: &Spread, ids: &[String]) -> Result<(), Breach> {
        let Some(bound) = self.bound else {
            return Ok(());
        };
        let new = self.met..spread.tracks.len();
        self.met = new.end;
        for index in new {
            let until = at + self.model.time(bound);
            let is_calm = self
                .calm
                .iter()
                .any(|(from, to)| *from <= at && until <= *to);
            let track = &spread.tracks[index];
            let (stamp, parameters) = (track.stamp(), &self.parameters);
            let everybody_keeps_it = self.walls.at(at).is_some_and(|walls| {
                !walls.is_ahead(stamp, parameters) && !walls.is_expired(stamp, parameters)
            });
            // Who has left tells nobody.
            let is_told = spread.is_running(track.writer) && everybody_keeps_it && !track.is_beaten;
            if is_calm && is_told && spread.completeness() >= 1.0 {
                self.open.push((index, until));
            }
        }
        // They were made in order, and all have the same time.
        while let Some((index, until)) = self.open.first().copied()
            && until < at
        {
            self.open.remove(0);
            let track = &spread.tracks[index];
            let late = (0..ids.len()).find(|host| {
                let is_running = spread.is_running_since(HostId(*host as u32), track.at);
                is_running && track.first[*host].is_none()
            });
            if let Some(id) = late.map(|host| &ids[host]) {
                return breach(
                    "MGP1-DIS-002",
                    format!(
                        "{id} does not hold {:?} by {until}, written at {}: more than the {bound} rounds of the model ({} nodes, fan-out {}, loss {}; quantile {QUANTILE}, confidence {CONFIDENCE})",
                        track.key, track.at, self.model.nodes, self.model.fanout, self.model.loss
                    ),
                );
            }
        }
        Ok(())
    }
}
