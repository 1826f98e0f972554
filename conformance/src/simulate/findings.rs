//! What came of a run.

use serde::Serialize;
use simulation::models::{Curve, Point, Scale};
use simulation::plot::{svg, text_curves};

use super::model::{CONFIDENCE, Model, QUANTILE};
use crate::report::datagram;
use crate::verdict::LoggedDatagram;

/// An invariant that did not hold.
#[derive(Debug, Clone)]
pub struct Violation {
    /// Its name.
    pub invariant: &'static str,
    /// What it says.
    pub says: &'static str,
    /// The requirement that is broken.
    pub requirement: &'static str,
    /// The requirements from which the invariant follows.
    pub requirements: Vec<&'static str>,
    /// Virtual time, milliseconds.
    pub at_ms: u64,
    /// Which node, by name and implementation.
    pub node: String,
    /// What is wrong.
    pub line: String,
    /// The node's last datagrams.
    pub datagrams: Vec<LoggedDatagram>,
}

/// How one write came through.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spreading {
    /// Its key.
    pub key: String,
    /// When it was written, milliseconds.
    pub at_ms: u64,
    /// The share of the nodes that hold it, at the end, or have held it.
    pub share: f64,
    /// Milliseconds until half of all nodes held it.
    pub half_ms: Option<f64>,
    /// Milliseconds until nine of ten held it.
    pub nine_tenths_ms: Option<f64>,
    /// Milliseconds until all held it.
    pub all_ms: Option<f64>,
}

/// What came of a run.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Findings {
    /// The name of the scenario.
    pub name: String,
    /// How many nodes of each implementation.
    pub mix: String,
    /// The seed.
    pub seed: u64,
    /// Virtual time reached, milliseconds.
    pub reached_ms: u64,
    /// Virtual time planned, milliseconds.
    pub planned_ms: u64,
    /// Whether the user interrupted it.
    pub interrupted: bool,
    /// How often machines were called.
    pub steps: u64,
    /// Datagrams sent.
    pub datagrams: u64,
    /// Length of the longest, bytes.
    pub largest: usize,
    /// Bytes that a node sent in an interval: mean over all nodes and intervals.
    pub bytes_per_node_interval: f64,
    /// The greatest such number.
    pub most_bytes_per_node_interval: u64,
    /// The length of these intervals, milliseconds.
    pub interval_ms: u64,
    /// The writes.
    pub writes: Vec<Spreading>,
    /// The model beside which the writes are put.
    #[serde(skip)]
    pub model: Model,
    /// The rounds after which all know by the model, in [`QUANTILE`] of all cases.
    pub model_bound: Option<u32>,
    /// Milliseconds until the membership was first complete.
    pub members_complete_ms: Option<u64>,
    /// Completeness of the membership at the end.
    pub members_share: f64,
    /// How often a quiet cluster was looked at.
    pub quiet_looks: u32,
    /// How long a cluster must be left alone before it counts as quiet, in milliseconds; `None` where its nodes come and go by their network
    /// class, so that it never is.
    pub settling_ms: Option<u64>,
    /// The writes that their nodes refused, in order.
    pub refused: Vec<Refused>,
    /// How often a machine's state was looked at.
    pub looks: u64,
    /// SHA-256 over times, addresses and the texts of all datagrams.
    pub trace: String,
    /// What broke: the first violation of each run ends it.
    pub violation: Option<String>,
    /// The curves: keys, model, members.
    pub curves: Vec<Curve>,
    /// All that broke at that moment, in full.
    #[serde(skip)]
    pub broken: Vec<Violation>,
}

/// A write that its node refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// The key.
    pub key: String,
    /// The node.
    pub node: String,
    /// When, in milliseconds of virtual time.
    pub at_ms: u64,
    /// The reason, a code of chapter 12.
    pub why: String,
}

impl Findings {
    /// The report for a terminal.
    pub fn text(&self, replay: &str) -> String {
        let mut out = format!(
            "{}: {}, seed {}, {} of {} s of virtual time{}\n",
            self.name,
            self.mix,
            self.seed,
            seconds(self.reached_ms),
            seconds(self.planned_ms),
            if self.interrupted {
                ", interrupted"
            } else {
                ""
            }
        );
        let members: Vec<Curve> = self
            .curves
            .iter()
            .filter(|c| c.x == TIME)
            .cloned()
            .collect();
        let keys: Vec<Curve> = self
            .curves
            .iter()
            .filter(|c| c.x != TIME)
            .cloned()
            .collect();
        if !self.writes.is_empty() {
            out.push_str("\nkeys: share of nodes that hold each, by intervals since the write\n");
            out.push_str(&text_curves(&keys, 72, 12));
            out.push_str(&format!(
                "  {:<24} {:>9} {:>9} {:>9} {:>9} {:>8}\n",
                "key", "at s", "half ms", "90 % ms", "all ms", "share"
            ));
            let number = |it: Option<f64>| it.map_or("-".to_owned(), |it| format!("{it:.0}"));
            for write in &self.writes {
                out.push_str(&format!(
                    "  {:<24} {:>9} {:>9} {:>9} {:>9} {:>8.4}\n",
                    write.key.chars().take(24).collect::<String>(),
                    seconds(write.at_ms),
                    number(write.half_ms),
                    number(write.nine_tenths_ms),
                    number(write.all_ms),
                    write.share
                ));
            }
        }
        for write in &self.refused {
            let key: String = write.key.chars().take(24).collect();
            let (node, at, why) = (&write.node, seconds(write.at_ms), &write.why);
            out.push_str(&format!("  refused: {key:?} at {node}, {at} s: {why}\n"));
        }
        out.push_str(&self.beside_the_model());
        out.push_str("\nmembers: share of pairs of nodes in which the one lists the other\n");
        out.push_str(&text_curves(&members, 72, 8));
        out.push_str(&format!(
            "  complete first after {}; at the end {:.5}\n",
            self.members_complete_ms
                .map_or("never".to_owned(), |ms| format!("{} s", seconds(ms))),
            self.members_share
        ));
        out.push_str(&format!(
            "\nwire: {} datagrams, the largest {} bytes; {:.0} bytes sent per node and interval of {} s, {} at most\n",
            self.datagrams,
            self.largest,
            self.bytes_per_node_interval,
            seconds(self.interval_ms),
            self.most_bytes_per_node_interval
        ));
        out.push_str(&format!(
            "watched: {} calls, {} states, {} quiet clusters\n",
            self.steps, self.looks, self.quiet_looks
        ));
        if self.quiet_looks == 0 {
            let why = self.settling_ms.map_or(
                "nodes come and go by their network class".to_owned(),
                |ms| {
                    format!(
                        "that takes {} s after the last start, write or fault",
                        seconds(ms)
                    )
                },
            );
            out.push_str(&format!(
                "  no cluster at rest was seen, so EveryLiveMemberGossipedTo and what NoLostWrite says of one were not asked: {why}\n"
            ));
        }
        if self.broken.is_empty() {
            let so_far = if self.interrupted { " so far" } else { "" };
            out.push_str(&format!("broke: nothing{so_far}\n"));
        }
        for broken in &self.broken {
            out.push_str(&broken.text());
        }
        if !self.broken.is_empty() {
            out.push_str(&format!("\nbroken with seed {}\n", self.seed));
        }
        out.push_str(&format!("trace {}\nagain: {replay}\n", self.trace));
        out
    }

    fn beside_the_model(&self) -> String {
        let model = &self.model;
        let what = format!(
            "push in rounds among {}, fan-out {}, loss {}",
            model.nodes, model.fanout, model.loss
        );
        let Some(bound) = self.model_bound else {
            return format!("  model: {what}: no bound\n");
        };
        let limit = model.time(bound).as_millis();
        let all = self.writes.iter().filter_map(|write| write.all_ms);
        let slowest = all.fold(0.0, f64::max);
        let reached = self
            .writes
            .iter()
            .filter(|write| write.all_ms.is_some_and(|ms| ms <= limit as f64));
        format!(
            "  model: {what}: all know after {bound} rounds ({limit} ms) in {} % of cases (Monte Carlo, confidence {}; by Pittel 1987 about {:.1} rounds)\n  \
             measured: {} of {} keys at all nodes within that bound, the slowest of those that reached all after {slowest:.0} ms ({:.2} rounds)\n",
            QUANTILE * 100.0,
            CONFIDENCE,
            model.estimate(),
            reached.count(),
            self.writes.len(),
            slowest / self.interval_ms.max(1) as f64,
        )
    }

    /// The picture: the keys beside the model, and below it the members.
    pub fn svg(&self) -> String {
        let title = format!(
            "{}: {}, {} % loss, seed {}",
            self.name,
            self.mix,
            (self.model.loss * 10_000.0).round() / 100.0,
            self.seed
        );
        svg(&title, &self.curves)
    }
}

impl Violation {
    /// What broke, when, where and against which requirement.
    pub fn line(&self) -> String {
        format!(
            "{} at {} ms, node {}: {}: {}",
            self.invariant, self.at_ms, self.node, self.requirement, self.line
        )
    }

    /// The violation with its datagrams.
    pub fn text(&self) -> String {
        let mut out = format!(
            "\nBROKEN: {} at {} s, node {}: {}: {}\n  {}\n  follows from {}\n",
            self.invariant,
            seconds(self.at_ms),
            self.node,
            self.requirement,
            self.line,
            self.says,
            self.requirements.join(", ")
        );
        for logged in &self.datagrams {
            out.push_str(&format!("  {}\n", datagram::line(logged)));
        }
        out
    }
}

/// The horizontal axis of curves of news.
pub const AXIS: &str = "intervals since the write";
/// Their vertical axis.
pub const SHARE: &str = "share of nodes";
/// The horizontal axis of curves over virtual time.
pub const TIME: &str = "virtual time (s)";

/// A curve of single values.
pub fn plain(name: &str, x: &str, y: &str, points: impl IntoIterator<Item = (f64, f64)>) -> Curve {
    let point = |(x, value)| Point {
        x,
        mean: value,
        p5: value,
        p95: value,
    };
    Curve {
        name: name.to_owned(),
        x: x.to_owned(),
        y: y.to_owned(),
        scale: Scale::Linear,
        points: points.into_iter().map(point).collect(),
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}
