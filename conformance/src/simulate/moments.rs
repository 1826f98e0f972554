//! When a cluster has been left alone for so long that it must have settled.

use std::collections::BTreeSet;

use simulation::time::Micros;
use simulation::world::Fault;

use super::model;
use super::plan::Plan;

/// How long a cluster must be left alone before it counts as quiet: two attempts at healing, one detection, and twice the model's bound.
pub fn settling(plan: &Plan) -> Micros {
    settling_after(plan, model::of(plan).bound())
}

pub(super) fn settling_after(plan: &Plan, bound: Option<u32>) -> Micros {
    let parameters = &plan.parameters;
    let rounds = bound.unwrap_or(UNKNOWN);
    Micros::millis(
        2 * parameters.get("reconnectInterval")
            + parameters.get("failureTimeout")
            + 2 * u64::from(rounds) * parameters.get("gossipInterval"),
    )
}

/// Rounds where the model has no bound.
const UNKNOWN: u32 = 30;

/// Whether hosts come and go by their network class, so that no moment is quiet.
pub(super) fn is_restless(plan: &Plan) -> bool {
    let comes_and_goes = |node: &simulation::scenario::Node| {
        node.class.is_some_and(|class| class.outages().is_some())
    };
    plan.scenario.nodes.iter().any(comes_and_goes)
}

/// Where the run pauses, and whether the cluster is quiet there: long after a disturbance and before the next one.
pub(super) fn moments(plan: &Plan, bound: Option<u32>) -> Vec<(Micros, bool)> {
    let scenario = &plan.scenario;
    let end = (scenario.duration, false);
    if is_restless(plan) {
        return vec![end];
    }
    let settling = settling_after(plan, bound);
    let mut disturbances: Vec<(Micros, Option<&Fault>)> = scenario
        .faults
        .iter()
        .map(|(at, fault)| (*at, Some(fault)))
        .chain(scenario.writes.iter().map(|write| (write.at, None)))
        .chain(scenario.nodes.iter().map(|node| (node.start_at, None)))
        .collect();
    disturbances.sort_by_key(|(at, _)| *at);
    let mut lasting = Lasting::default();
    let mut moments = Vec::new();
    for (index, (at, fault)) in disturbances.iter().enumerate() {
        if let Some(fault) = fault {
            lasting.meet(fault);
        }
        let next = disturbances
            .get(index + 1)
            .map_or(scenario.duration, |(next, _)| *next);
        let moment = *at + settling;
        if lasting.is_quiet() && moment < next.min(scenario.duration) {
            moments.push((moment, true));
        }
    }
    let last = disturbances.last().map_or(Micros::ZERO, |(at, _)| *at);
    moments.push((
        scenario.duration,
        lasting.is_quiet() && last + settling <= scenario.duration,
    ));
    moments
}

/// Times between which nobody starts, no fault happens and none lasts; none where hosts come and go by their network class.
pub(super) fn calm(plan: &Plan) -> Vec<(Micros, Micros)> {
    let scenario = &plan.scenario;
    if is_restless(plan) {
        return Vec::new();
    }
    let mut changes: Vec<(Micros, Option<&Fault>)> = scenario
        .faults
        .iter()
        .map(|(at, fault)| (*at, Some(fault)))
        .chain(scenario.nodes.iter().map(|node| (node.start_at, None)))
        .collect();
    changes.sort_by_key(|(at, _)| *at);
    let mut lasting = Lasting::default();
    let mut since = Micros::ZERO;
    let mut calm = Vec::new();
    for (at, fault) in changes {
        if lasting.is_quiet() {
            calm.push((since, at));
        }
        if let Some(fault) = fault {
            lasting.meet(fault);
        }
        since = at;
    }
    if lasting.is_quiet() {
        calm.push((since, scenario.duration));
    }
    calm
}

/// The faults that last.
#[derive(Debug, Default)]
struct Lasting(BTreeSet<String>);

impl Lasting {
    /// Whether those that run are left alone: who crashed for good does not disturb them.
    fn is_quiet(&self) -> bool {
        self.0.iter().all(|what| what.starts_with("crash "))
    }

    fn meet(&mut self, fault: &Fault) {
        match fault {
            Fault::Cut(name, _) | Fault::Impair(name, _) => {
                self.0.insert(format!("link {name}"));
            }
            Fault::Heal(Some(name)) => {
                self.0.remove(&format!("link {name}"));
            }
            Fault::Heal(None) => self.0.retain(|what| !what.starts_with("link ")),
            Fault::Pause(host) => {
                self.0.insert(format!("pause {host}"));
            }
            Fault::Resume(host) => {
                self.0.remove(&format!("pause {host}"));
            }
            Fault::Crash(host) => {
                self.0.remove(&format!("pause {host}"));
                self.0.insert(format!("crash {host}"));
            }
            Fault::Restart(host, _) => {
                self.0.remove(&format!("crash {host}"));
            }
            Fault::Attach(host, attached) => {
                let what = format!("detached {host}");
                if *attached {
                    self.0.remove(&what);
                } else {
                    self.0.insert(what);
                }
            }
            Fault::Leave(_) | Fault::ClockStep(..) | Fault::ClockDrift(..) => {}
        }
    }
}
