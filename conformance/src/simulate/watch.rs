//! Follows a world: shows every call to the invariants, measures how far news and members have come, and keeps the trace.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::rc::Rc;

use sha2::{Digest, Sha256};
use simulation::network::HostId;
use simulation::time::Micros;

use super::cluster::{Progress, Report};
use super::curves;
use super::findings::{Findings, Refused, Violation};
use super::invariants::{self, Invariant, Moment, Quiet, Sight};
use super::letter::{Letter, Reader, Sent};
use super::machine::View;
use super::model::{self, Model};
use super::moments;
use super::node::{Cause, Happening};
use super::plan::Plan;
use super::spread::Spread;
use super::traffic::Traffic;
use crate::oracle::outgoing::Breach;
use crate::verdict::{Direction, LoggedDatagram};

/// Datagrams of a node that are shown with a violation.
const SHOWN: usize = 8;

/// A host that runs: its number, where it listens, and what it holds.
pub(super) type Live = (HostId, SocketAddr, View);

/// The watch over one run.
pub(super) struct Watch<'a> {
    plan: &'a Plan,
    ids: Vec<String>,
    model: Model,
    bound: Option<u32>,
    invariants: Vec<Box<dyn Invariant>>,
    reader: Reader,
    spread: Spread,
    left: BTreeSet<HostId>,
    recent: BTreeMap<HostId, VecDeque<LoggedDatagram>>,
    completeness: Vec<(Micros, f64)>,
    next_sample: Micros,
    complete_at: Option<Micros>,
    traffic: Traffic,
    hash: Sha256,
    at: Micros,
    steps: u64,
    looks: u64,
    quiet_looks: u32,
    refused: Vec<Refused>,
    broken: Vec<Violation>,
}

impl<'a> Watch<'a> {
    /// Over a run of this plan, beside the bound of its model.
    pub(super) fn new(plan: &'a Plan, bound: Option<u32>) -> Self {
        let hosts = plan.scenario.hosts().into_iter();
        let ids: Vec<String> = hosts.map(|host| host.name).collect();
        let model = model::of(plan);
        Watch {
            plan,
            model,
            bound,
            invariants: invariants::all(plan, bound),
            reader: Reader::default(),
            spread: Spread::new(&ids),
            traffic: Traffic::new(ids.len(), model.interval),
            ids,
            left: BTreeSet::new(),
            recent: BTreeMap::new(),
            completeness: Vec::new(),
            next_sample: Micros::ZERO,
            complete_at: None,
            hash: Sha256::new(),
            at: Micros::ZERO,
            steps: 0,
            looks: 0,
            quiet_looks: 0,
            refused: Vec::new(),
            broken: Vec::new(),
        }
    }

    /// Whether an invariant was found broken. What comes after that is not looked at.
    pub(super) fn has_found(&self) -> bool {
        !self.broken.is_empty()
    }

    /// Takes the next call.
    pub(super) fn take(&mut self, report: Report, progress: &mut dyn FnMut(Progress)) {
        if self.has_found() {
            return;
        }
        let Report {
            at,
            happening,
            view,
        } = report;
        self.at = at;
        self.steps += 1;
        let host = happening.host;
        let received = match &happening.cause {
            Cause::Datagram(from, bytes) => Some((*from, self.reader.received(bytes))),
            _ => None,
        };
        let sent = happening.sent.iter();
        let sent = self
            .reader
            .sent(sent.map(|outgoing| (outgoing.to, outgoing.bytes.as_slice())));
        self.record(at, &happening, received.as_ref(), &sent);
        if let (Cause::Write(key, _), Some(why)) = (&happening.cause, &happening.refused) {
            self.refused.push(Refused {
                key: key.clone(),
                node: self.ids[host.0 as usize].clone(),
                at_ms: at.as_millis(),
                why: why.clone(),
            });
        }
        match happening.cause {
            Cause::Start => {
                self.spread.started(host, at);
                self.left.remove(&host);
            }
            Cause::Leave => {
                self.left.insert(host);
                self.spread.stopped(host);
            }
            Cause::Crash => self.spread.stopped(host),
            _ => {}
        }
        let letter = received.as_ref().map(|(_, letter)| &**letter);
        for event in &happening.events {
            self.spread.reported(host, at, event, letter);
        }
        let moment = Moment {
            at,
            happening: &happening,
            id: &self.ids[host.0 as usize],
            address: happening.address,
            received,
            sent,
            parameters: &self.plan.parameters,
        };
        let mut found: Vec<(usize, Breach)> = Vec::new();
        for (index, invariant) in self.invariants.iter_mut().enumerate() {
            found.extend(invariant.step(&moment).err().map(|breach| (index, breach)));
        }
        if let Some(view) = view {
            self.looks += 1;
            if let Cause::Write(key, _) = &happening.cause
                && happening.refused.is_none()
                && let Some(stamp) = view.entries.get(key)
            {
                self.spread.wrote(host, at, key, stamp.clone());
            }
            let sight = Sight {
                host,
                id: &self.ids[host.0 as usize],
                now: happening.now,
                view: &view,
                parameters: &self.plan.parameters,
            };
            for (index, invariant) in self.invariants.iter_mut().enumerate() {
                found.extend(invariant.look(&sight).err().map(|breach| (index, breach)));
            }
        }
        self.violations(found, Some(host));
        let mut late = Vec::new();
        for (index, invariant) in self.invariants.iter_mut().enumerate() {
            let breach = invariant.news(at, &self.spread, &self.ids).err();
            late.extend(breach.map(|breach| (index, breach)));
        }
        self.violations(late, None);
        self.sample(at, progress);
    }

    fn sample(&mut self, at: Micros, progress: &mut dyn FnMut(Progress)) {
        if at < self.next_sample {
            return;
        }
        let members = self.spread.completeness();
        self.completeness.push((at, members));
        if members >= 1.0 && self.complete_at.is_none() && self.steps > self.ids.len() as u64 {
            self.complete_at = Some(at);
        }
        self.next_sample = at + Micros(self.model.interval.0 / 10);
        progress(Progress {
            at,
            steps: self.steps,
            members,
        });
    }

    /// Enters a call into the trace and into the node's last datagrams.
    fn record(
        &mut self,
        at: Micros,
        happening: &Happening,
        received: Option<&(SocketAddr, Rc<Letter>)>,
        sent: &[Sent],
    ) {
        let host = happening.host;
        let what = match &happening.cause {
            Cause::Start => "start".to_owned(),
            Cause::Wake => "wake".to_owned(),
            Cause::Leave => "leave".to_owned(),
            Cause::Crash => "crash".to_owned(),
            Cause::Write(key, Some(value)) => format!("write {key:?} {value}"),
            Cause::Write(key, None) => format!("delete {key:?}"),
            Cause::Datagram(from, _) => format!("from {from}"),
        };
        self.hash.update(format!("{} {host} {what}\n", at.0));
        let recent = self.recent.entry(host).or_default();
        let mut log = |direction, peer, letter: &Letter| {
            recent.push_back(LoggedDatagram {
                at_ms: at.as_millis(),
                direction,
                peer: Some(peer),
                bytes: letter.bytes.clone(),
            });
            if recent.len() > SHOWN {
                recent.pop_front();
            }
        };
        if let Some((from, letter)) = received {
            self.hash.update(letter.digest);
            log(Direction::Received, *from, letter);
        }
        for Sent { to, letter, .. } in sent {
            self.traffic.sent(at, host, letter.bytes.len());
            self.hash.update(format!("\nto {to}\n"));
            self.hash.update(letter.digest);
            log(Direction::Sent, *to, letter);
        }
        self.hash.update(b"\n");
    }

    /// Looks at everybody in a cluster that has been left alone for long enough.
    pub(super) fn quiet(&mut self, at: Micros, live: Vec<Live>) {
        if self.has_found() {
            return;
        }
        self.at = at;
        self.quiet_looks += 1;
        let live: Vec<_> = live
            .into_iter()
            .filter(|(host, ..)| !self.left.contains(host))
            .map(|(host, address, view)| (host, self.ids[host.0 as usize].clone(), address, view))
            .collect();
        let quiet = Quiet {
            at,
            live: &live,
            parameters: &self.plan.parameters,
        };
        let mut found = Vec::new();
        for (index, invariant) in self.invariants.iter_mut().enumerate() {
            found.extend(invariant.quiet(&quiet).err().map(|breach| (index, breach)));
        }
        self.violations(found, None);
    }

    fn violations(&mut self, found: Vec<(usize, Breach)>, host: Option<HostId>) {
        for (index, breach) in found {
            let invariant = &self.invariants[index];
            let node = host.map_or("all".to_owned(), |host| {
                let implementation = &self.plan.scenario.nodes[host.0 as usize].implementation;
                format!("{} ({implementation})", self.ids[host.0 as usize])
            });
            let datagrams = host.and_then(|host| self.recent.get(&host)).cloned();
            self.broken.push(Violation {
                invariant: invariant.name(),
                says: invariant.says(),
                requirement: breach.requirement,
                requirements: invariant.requirements().to_vec(),
                at_ms: self.at.as_millis(),
                node,
                line: breach.line,
                datagrams: datagrams.unwrap_or_default().into(),
            });
        }
    }

    /// What came of it.
    pub(super) fn findings(self, interrupted: bool) -> Findings {
        let scenario = &self.plan.scenario;
        let is_whole = self.broken.is_empty() && !interrupted;
        let reached = if is_whole { scenario.duration } else { self.at };
        let curves = curves::of(&self.spread, &self.completeness, &self.model, self.bound);
        let writes = self.spread.tracks.iter();
        Findings {
            name: scenario.name.clone(),
            mix: mix(self.plan),
            seed: scenario.seed,
            reached_ms: reached.as_millis(),
            planned_ms: scenario.duration.as_millis(),
            interrupted,
            steps: self.steps,
            datagrams: self.traffic.datagrams,
            largest: self.traffic.largest,
            bytes_per_node_interval: self.traffic.mean(reached),
            most_bytes_per_node_interval: self.traffic.most(),
            interval_ms: self.model.interval.as_millis(),
            writes: writes.map(curves::spreading).collect(),
            refused: self.refused,
            model: self.model,
            model_bound: self.bound,
            members_complete_ms: self.complete_at.map(Micros::as_millis),
            members_share: self.spread.completeness(),
            quiet_looks: self.quiet_looks,
            settling_ms: (!moments::is_restless(self.plan))
                .then(|| moments::settling_after(self.plan, self.bound).as_millis()),
            looks: self.looks,
            trace: hex::encode(self.hash.finalize()),
            violation: self.broken.first().map(Violation::line),
            curves,
            broken: self.broken,
        }
    }
}

fn mix(plan: &Plan) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for node in &plan.scenario.nodes {
        *counts.entry(&node.implementation).or_default() += 1;
    }
    let counts = counts.iter();
    let parts: Vec<String> = counts
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    parts.join(" + ")
}
