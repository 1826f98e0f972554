//! What is measured of a cluster, alike for every system.

use simulation::models::{Curve, Point, Scale};
use simulation::network::{Latency, Link, Network};
use simulation::random::Chance;
use simulation::statistics::{mean, quantile};
use simulation::time::Micros;

/// Time between the rounds of every system.
pub const INTERVAL: Micros = Micros::millis(1_000);
/// Keys that each node writes at the beginning.
pub const KEYS: usize = 3;
/// How long a cluster may find itself before the first write.
pub const WARM_UP: Micros = Micros::millis(30_000);
/// A write that has not come everywhere by then counts as incomplete.
pub const PATIENCE: Micros = Micros::millis(30_000);
/// How long nothing is written before a write: two intervals of it are the quiet traffic.
pub const QUIET: Micros = Micros::millis(4_000);

/// Under what a system is measured.
pub struct Conditions {
    pub nodes: u32,
    /// The share of datagrams lost, 0 to 1.
    pub loss: f64,
    pub trials: usize,
    pub seed: u64,
}

impl Conditions {
    /// The network of every system: log-normal latency of median 5 ms, as between the machines of one data centre under load.
    pub fn network(&self) -> Network {
        let latency = Latency::LogNormal {
            median: Micros::millis(5),
            sigma: 0.4,
        };
        let loss = Chance::new(self.loss).unwrap_or(Chance::NEVER);
        let link = Link {
            latency,
            ..Link::default()
        };
        Network::new(self.seed, link.with_loss(loss))
    }
}

/// All datagrams that a cluster sent.
#[derive(Default)]
pub struct Traffic {
    /// Bytes by millisecond.
    bytes: Vec<u64>,
    pub greatest: usize,
}

impl Traffic {
    pub fn sent(&mut self, at: Micros, length: usize) {
        let place = at.as_millis() as usize;
        if place >= self.bytes.len() {
            self.bytes.resize(place + 1, 0);
        }
        self.bytes[place] += length as u64;
        self.greatest = self.greatest.max(length);
    }

    pub fn between(&self, from: Micros, to: Micros) -> u64 {
        let end = (to.as_millis() as usize).min(self.bytes.len());
        let start = (from.as_millis() as usize).min(end);
        self.bytes[start..end].iter().sum()
    }
}

/// One write.
pub struct Trial {
    pub at: Micros,
    /// When each node held the new value, the writer included, after the write.
    pub arrivals: Vec<Option<Micros>>,
}

impl Trial {
    /// After how long this share of the nodes held it.
    fn reached(&self, share: f64) -> Option<f64> {
        let mut times: Vec<_> = self.arrivals.iter().flatten().collect();
        times.sort_unstable();
        let count = (share * self.arrivals.len() as f64).ceil() as usize;
        Some(times.get(count.max(1) - 1)?.as_seconds() * 1e3)
    }
}

/// What was found out about a system.
pub struct Measured {
    pub name: String,
    /// When every node first held every other one alive.
    pub joined: Option<Micros>,
    pub trials: Vec<Trial>,
    pub traffic: Traffic,
}

pub fn heading() -> String {
    [
        "| system | nodes | loss | joined, s | writes | to half, ms | to all: mean, ms | p95 | max | mean, intervals | complete | quiet, B/node/interval | around the write, B/node | greatest datagram, B |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    .join("\n")
}

pub fn row(measured: &Measured, conditions: &Conditions) -> String {
    let trials = &measured.trials;
    let nodes = f64::from(conditions.nodes);
    let half: Vec<f64> = trials.iter().filter_map(|t| t.reached(0.5)).collect();
    let all: Vec<f64> = trials.iter().filter_map(|t| t.reached(1.0)).collect();
    let sent = |from: &dyn Fn(Micros) -> Micros, to: &dyn Fn(Micros) -> Micros| {
        let bytes: Vec<f64> = trials
            .iter()
            .map(|t| measured.traffic.between(from(t.at), to(t.at)) as f64 / nodes)
            .collect();
        mean(&bytes)
    };
    let before = |intervals: u64| move |at: Micros| at.since(Micros(INTERVAL.0 * intervals));
    let quiet = sent(&before(2), &before(0)) / 2.0;
    let around = sent(&before(1), &|at| at + INTERVAL);
    format!(
        "| {} | {} | {:.0} % | {} | {} | {:.0} | {:.0} | {:.0} | {:.0} | {:.3} | {:.0} % | {:.0} | {:.0} | {} |",
        measured.name,
        conditions.nodes,
        conditions.loss * 100.0,
        measured.joined.map_or_else(
            || "never".to_owned(),
            |at| format!("{:.1}", at.as_seconds())
        ),
        trials.len(),
        mean(&half),
        mean(&all),
        quantile(&all, 0.95),
        quantile(&all, 1.0),
        mean(&all) * 1e3 / INTERVAL.0 as f64,
        100.0 * all.len() as f64 / trials.len() as f64,
        quiet,
        around,
        measured.traffic.greatest,
    )
}

/// The share of nodes that hold the new value over time.
pub fn curve(measured: &Measured) -> Curve {
    /// Milliseconds between two points, and how far the curve goes.
    const STEP: usize = 20;
    const END: usize = 3_000;
    let share = |trial: &Trial, ms: usize| {
        let limit = Micros::millis(ms as u64);
        let held = trial.arrivals.iter().flatten();
        held.filter(|at| **at <= limit).count() as f64 / trial.arrivals.len() as f64
    };
    let point = |ms: usize| {
        let shares: Vec<f64> = measured.trials.iter().map(|t| share(t, ms)).collect();
        Point {
            x: ms as f64,
            mean: mean(&shares),
            p5: quantile(&shares, 0.05),
            p95: quantile(&shares, 0.95),
        }
    };
    Curve {
        name: measured.name.clone(),
        x: "milliseconds since the write".to_owned(),
        y: "share of nodes that hold it".to_owned(),
        scale: Scale::Linear,
        points: (0..=END).step_by(STEP).map(point).collect(),
    }
}
