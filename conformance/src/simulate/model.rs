//! The epidemic model beside which a cluster is put: how long news may take in a cluster of this size, fan-out and loss.
//!
//! Push in synchronous rounds on a complete graph: the least that a node must do (MGP1-DIS-002). Its quantiles are those of
//! [`simulation::yardstick`], which names the papers. Nodes push news at once and ask for what they lack besides (chapters 8 and 9), so
//! a right cluster is faster; one that is slower does not gossip as it must.

use simulation::models::dissemination::{Dissemination, Strategy};
use simulation::models::{Curve, trials};
use simulation::network::Link;
use simulation::time::Micros;
use simulation::yardstick::{Question, Yardstick, theory};

use super::findings::{AXIS, SHARE};
use super::plan::Plan;

/// Of so many clusters that do what the model does, this share is within the bound.
pub const QUANTILE: f64 = 0.999;
/// How sure it is that the yardstick's own sample does not make the bound too small.
pub const CONFIDENCE: f64 = 0.99;
/// Runs behind a bound: enough for the upper limit of that quantile.
const TRIALS: usize = 4_000;
/// Runs behind a curve.
const CURVE_TRIALS: usize = 100;
const SEED: u64 = 33;
/// Datagrams of an exchange that moves entries both ways (MGP1-SYN-005, MGP1-SYN-009).
const EXCHANGE: i32 = 3;
/// Rounds last up to a tenth longer than `gossipInterval`, and the first one may just have begun.
const ROUND_PERCENT: u64 = 110;

/// The model of one cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Model {
    /// How many nodes.
    pub nodes: u32,
    /// `fanout`, at most all others.
    pub fanout: u32,
    /// Share of datagrams that are lost.
    pub loss: f64,
    /// `gossipInterval`.
    pub interval: Micros,
}

/// The model of a plan, with the loss of its links on the average: the default one, and those by which nodes of a network class reach it. Outages
/// are not in it.
pub fn of(plan: &Plan) -> Model {
    let nodes = plan.scenario.nodes.len() as u32;
    let fanout = plan.parameters.get("fanout") as u32;
    Model {
        nodes,
        fanout: fanout.min(nodes.saturating_sub(1)),
        loss: loss(plan),
        interval: Micros::millis(plan.parameters.get("gossipInterval")),
    }
}

/// The mean loss between two nodes.
fn loss(plan: &Plan) -> f64 {
    let arrives = |link: &Link| 1.0 - link.loss.as_f64();
    let access: Vec<f64> = plan
        .scenario
        .nodes
        .iter()
        .map(|node| node.class.map_or(1.0, |class| arrives(&class.access())))
        .collect();
    let count = access.len() as f64;
    let (sum, squares) = (
        access.iter().sum::<f64>(),
        access.iter().map(|it| it * it).sum::<f64>(),
    );
    // Over all pairs of two different nodes.
    let pairs = if count < 2.0 {
        1.0
    } else {
        (sum * sum - squares) / (count * (count - 1.0))
    };
    let loss = 1.0 - arrives(&plan.scenario.link) * pairs;
    (loss * 1e6).round() / 1e6
}

impl Model {
    /// The rounds after which all know, in [`QUANTILE`] of all cases. `None` where there is no spreading: one node, or nothing arrives.
    pub fn bound(&self) -> Option<u32> {
        let mut yardstick = Yardstick::new(SEED, TRIALS);
        let question = Question {
            strategy: Strategy::Push,
            nodes: self.nodes,
            fanout: self.fanout,
            loss: self.loss,
            share: 1.0,
        };
        yardstick
            .rounds(question)?
            .upper_quantile(QUANTILE, CONFIDENCE)
    }

    /// The rounds of anti-entropy after which all hold what one held, in [`QUANTILE`] of all cases: push-pull with one partner, from A. Demers
    /// and others, "Epidemic algorithms for replicated database maintenance", PODC 1987. `None` as for [`bound`](Model::bound).
    ///
    /// An exchange is a DIGEST and two ENTRIES; where one of the three is lost, it counts as lost to both.
    pub fn repair_bound(&self) -> Option<u32> {
        let mut yardstick = Yardstick::new(SEED, TRIALS);
        let question = Question {
            strategy: Strategy::PushPull,
            nodes: self.nodes,
            fanout: 1,
            loss: 1.0 - (1.0 - self.loss).powi(EXCHANGE),
            share: 1.0,
        };
        yardstick
            .rounds(question)?
            .upper_quantile(QUANTILE, CONFIDENCE)
    }

    /// How long so many rounds take at most.
    pub fn time(&self, rounds: u32) -> Micros {
        Micros(self.interval.0 * u64::from(rounds + 1) * ROUND_PERCENT / 100)
    }

    /// The published estimate of the rounds until all know, as a check of the bound's size.
    pub fn estimate(&self) -> f64 {
        theory::push_with(self.nodes, self.fanout, self.loss)
    }

    /// The share that knows after each round, over many runs.
    pub fn curve(&self, rounds: u32) -> Option<Curve> {
        let model = Dissemination::new(Strategy::Push, self.nodes, self.fanout);
        let model = model.with_loss(self.loss)?;
        let count = f64::from(self.nodes);
        let runs: Vec<Vec<f64>> = trials(SEED, "model", CURVE_TRIALS, |stream| {
            let counts = model.simulate(stream);
            counts
                .iter()
                .map(|known| f64::from(*known) / count)
                .collect()
        });
        let rounds: Vec<f64> = (0..=rounds).map(f64::from).collect();
        Some(Curve::of_trials(
            "model: push in rounds",
            AXIS,
            SHARE,
            &rounds,
            &runs,
        ))
    }
}
