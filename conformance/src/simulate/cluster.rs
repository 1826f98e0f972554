//! Lets a plan happen, and watches.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};
use simulation::models::Curve;
use simulation::models::dissemination::{Dissemination, Strategy};
use simulation::models::trials;
use simulation::network::HostId;
use simulation::time::Micros;
use simulation::world::{Boot, Fault, World, WorldError};
use simulation::yardstick::{Question, Yardstick};

use super::findings::{Findings, Spreading, TIME, Violation, plain};
use super::invariants::{self, Invariant, Moment, Parameters, Quiet, Sight};
use super::letter::{Letter, Reader};
use super::machine::Settings;
use super::node::{Cause, Happening, Journal, Maker, Node};
use super::plan::Plan;
use super::spread::Spread;
use crate::attach::AdapterError;
use crate::verdict::{Direction, LoggedDatagram};

/// How many seeds each node is configured with: the first hosts.
const SEEDS: usize = 3;
/// Datagrams of a node that are shown with a violation.
const SHOWN: usize = 8;
/// Up to this many nodes, every machine's state is looked at after every call; above, once an interval.
const SMALL: usize = 12;

/// What a run reports while it goes on.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Virtual time reached.
    pub at: Micros,
    /// Calls of machines so far.
    pub steps: u64,
    /// Completeness of the membership.
    pub members: f64,
}

type Maker1 = Box<dyn FnMut(Boot<'_>, Option<Node>) -> Result<Node, AdapterError>>;
/// The world in which the machines of a plan live.
pub type Cluster = World<Node, Maker1>;

/// Runs a plan to its end, to the first violation, or until `stop` is set.
///
/// # Errors
/// A machine could not be made or driven: the suite or its adapter broke, or Java is missing.
pub fn run(
    plan: &Plan,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<Findings, String> {
    run_and_look(plan, stop, progress, &[], &mut |_| Ok(()))
}

/// The same, and shows the cluster to `look` at each of these moments that is reached.
///
/// # Errors
/// As [`run`], and those of `look`.
pub fn run_and_look(
    plan: &Plan,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
    looks: &[Micros],
    look: &mut dyn FnMut(&Cluster) -> Result<(), AdapterError>,
) -> Result<Findings, String> {
    let names: BTreeSet<&str> = plan
        .scenario
        .nodes
        .iter()
        .map(|node| node.implementation.as_str())
        .collect();
    let maker = Maker::of(names)?;
    let journal = Journal::default();
    let mut world = world(plan, maker, &journal);
    let mut watch = Watch::new(plan, Rc::clone(&journal));
    let mut interrupted = false;
    let mut moments: Vec<(Micros, bool, bool)> = moments(plan)
        .into_iter()
        .map(|(at, is_quiet)| (at, is_quiet, false))
        .chain(looks.iter().map(|at| (*at, false, true)))
        .collect();
    moments.sort_by_key(|(at, ..)| *at);
    for (until, is_quiet, is_look) in moments {
        let done = world.run_to(until, |world, _| {
            interrupted = stop.load(Ordering::Relaxed);
            watch.step(world, progress);
            watch.broken.is_some() || watch.failed.is_some() || interrupted
        });
        done.map_err(|error: WorldError<AdapterError>| error.to_string())?;
        if let Some(failed) = watch.failed.take() {
            return Err(failed.to_string());
        }
        if interrupted || watch.broken.is_some() {
            break;
        }
        if is_look {
            look(&world).map_err(|error| error.to_string())?;
        }
        if is_quiet {
            watch.quiet(&world).map_err(|error| error.to_string())?;
        }
    }
    Ok(watch.findings(&world, interrupted))
}

fn world(plan: &Plan, maker: Maker, journal: &Journal) -> Cluster {
    let (journal, parameters) = (Rc::clone(journal), plan.parameters.clone());
    let hosts = plan.scenario.hosts();
    let nodes = plan.scenario.nodes.iter();
    let known: Vec<Option<Vec<SocketAddr>>> = nodes
        .map(|node| {
            let seeds = node.seeds.as_ref()?;
            Some(
                seeds
                    .iter()
                    .map(|it| hosts[it.0 as usize].address)
                    .collect(),
            )
        })
        .collect();
    let make = move |boot: Boot<'_>, _: Option<Node>| {
        let settings = Settings {
            id: boot.spec.name.clone(),
            address: boot.address,
            // 2^53 numbers are what a JSON number holds exactly.
            random_seed: boot.seed >> 11,
            seeds: match &known[boot.id.0 as usize] {
                Some(seeds) => seeds.clone(),
                None => boot.peers.iter().take(SEEDS).copied().collect(),
            },
            parameters: parameters.0.clone(),
        };
        let (maker, journal) = (maker.clone(), Rc::clone(&journal));
        let implementation = &boot.spec.implementation;
        Ok(Node::new(boot.id, implementation, settings, maker, journal))
    };
    let make: Maker1 = Box::new(make);
    plan.scenario.world(false, make)
}

/// How long a cluster must be left alone before it counts as quiet: two attempts at healing, one detection, and twice the model's bound.
pub fn settling(plan: &Plan) -> Micros {
    let parameters = &plan.parameters;
    let loss = plan.scenario.link.loss.as_f64().min(0.9);
    let rounds = bound(plan.scenario.nodes.len(), parameters, loss).unwrap_or(30);
    Micros::millis(
        2 * parameters.get("reconnectInterval")
            + parameters.get("failureTimeout")
            + 2 * u64::from(rounds) * parameters.get("gossipInterval"),
    )
}

fn bound(nodes: usize, parameters: &Parameters, loss: f64) -> Option<u32> {
    let mut yardstick = Yardstick::new(33, if nodes > 300 { 200 } else { 2_000 });
    let question = Question {
        strategy: Strategy::Push,
        nodes: nodes as u32,
        fanout: parameters.get("fanout") as u32,
        loss,
        share: 1.0,
    };
    yardstick.rounds(question)?.quantile(0.999)
}

/// Where the run pauses, and whether the cluster is quiet there: long after a disturbance and before the next one.
fn moments(plan: &Plan) -> Vec<(Micros, bool)> {
    let scenario = &plan.scenario;
    let end = (scenario.duration, false);
    let comes_and_goes = |node: &simulation::scenario::Node| {
        node.class.is_some_and(|class| class.outages().is_some())
    };
    if scenario.nodes.iter().any(comes_and_goes) {
        return vec![end];
    }
    let settling = settling(plan);
    let mut disturbances: Vec<(Micros, Option<&Fault>)> = scenario
        .faults
        .iter()
        .map(|(at, fault)| (*at, Some(fault)))
        .chain(scenario.writes.iter().map(|write| (write.at, None)))
        .chain(scenario.nodes.iter().map(|node| (node.start_at, None)))
        .collect();
    disturbances.sort_by_key(|(at, _)| *at);
    let mut open: BTreeSet<String> = BTreeSet::new();
    let mut moments = Vec::new();
    for (index, (at, fault)) in disturbances.iter().enumerate() {
        match fault {
            Some(Fault::Cut(name, _) | Fault::Impair(name, _)) => {
                open.insert(format!("link {name}"));
            }
            Some(Fault::Heal(Some(name))) => {
                open.remove(&format!("link {name}"));
            }
            Some(Fault::Heal(None)) => open.retain(|what| !what.starts_with("link ")),
            Some(Fault::Pause(host)) => {
                open.insert(format!("pause {host}"));
            }
            Some(Fault::Resume(host) | Fault::Crash(host)) => {
                open.remove(&format!("pause {host}"));
            }
            Some(Fault::Attach(host, attached)) => {
                if *attached {
                    open.remove(&format!("detached {host}"));
                } else {
                    open.insert(format!("detached {host}"));
                }
            }
            _ => {}
        }
        let next = disturbances
            .get(index + 1)
            .map_or(scenario.duration, |(next, _)| *next);
        let moment = *at + settling;
        if open.is_empty() && moment < next.min(scenario.duration) {
            moments.push((moment, true));
        }
    }
    let last = disturbances.last().map_or(Micros::ZERO, |(at, _)| *at);
    moments.push((
        scenario.duration,
        open.is_empty() && last + settling <= scenario.duration,
    ));
    moments
}

struct Watch<'a> {
    plan: &'a Plan,
    journal: Journal,
    ids: Vec<String>,
    invariants: Vec<Box<dyn Invariant>>,
    reader: Reader,
    spread: Spread,
    left: BTreeSet<HostId>,
    looked: BTreeMap<HostId, Micros>,
    recent: BTreeMap<HostId, VecDeque<LoggedDatagram>>,
    completeness: Vec<(Micros, f64)>,
    next_sample: Micros,
    complete_at: Option<Micros>,
    hash: Sha256,
    steps: u64,
    looks: u64,
    quiet_looks: u32,
    datagrams: u64,
    largest: usize,
    broken: Option<Violation>,
    failed: Option<AdapterError>,
}

impl<'a> Watch<'a> {
    fn new(plan: &'a Plan, journal: Journal) -> Self {
        let ids: Vec<String> = plan
            .scenario
            .hosts()
            .into_iter()
            .map(|host| host.name)
            .collect();
        Watch {
            plan,
            journal,
            spread: Spread::new(&ids),
            ids,
            invariants: invariants::all(),
            reader: Reader::default(),
            left: BTreeSet::new(),
            looked: BTreeMap::new(),
            recent: BTreeMap::new(),
            completeness: Vec::new(),
            next_sample: Micros::ZERO,
            complete_at: None,
            hash: Sha256::new(),
            steps: 0,
            looks: 0,
            quiet_looks: 0,
            datagrams: 0,
            largest: 0,
            broken: None,
            failed: None,
        }
    }

    fn interval(&self) -> Micros {
        Micros::millis(self.plan.parameters.get("gossipInterval"))
    }

    fn step(&mut self, world: &Cluster, progress: &mut dyn FnMut(Progress)) {
        let at = world.now();
        let happenings = std::mem::take(&mut *self.journal.borrow_mut());
        for happening in happenings {
            if self.broken.is_some() || self.failed.is_some() {
                return;
            }
            self.steps += 1;
            if let Err(error) = self.take(world, at, &happening) {
                self.failed = Some(error);
            }
        }
        if at >= self.next_sample {
            for host in world.ids() {
                if world.host(host).is_none() {
                    self.spread.stopped(host);
                }
            }
            let members = self.spread.completeness();
            self.completeness.push((at, members));
            if members >= 1.0 && self.complete_at.is_none() && self.steps > self.ids.len() as u64 {
                self.complete_at = Some(at);
            }
            self.next_sample = at + Micros(self.interval().0 / 10);
            progress(Progress {
                at,
                steps: self.steps,
                members,
            });
        }
    }

    fn take(
        &mut self,
        world: &Cluster,
        at: Micros,
        happening: &Happening,
    ) -> Result<(), AdapterError> {
        let host = happening.host;
        let received = match &happening.cause {
            Cause::Datagram(from, bytes) => Some((*from, self.reader.read(bytes))),
            _ => None,
        };
        let sent: Vec<_> = happening
            .sent
            .iter()
            .map(|outgoing| (outgoing.to, self.reader.read(&outgoing.bytes)))
            .collect();
        self.record(at, happening, received.as_ref(), &sent);
        match happening.cause {
            Cause::Start => {
                self.spread.started(host);
                self.left.remove(&host);
                self.looked.remove(&host);
            }
            Cause::Leave => {
                self.left.insert(host);
                self.spread.stopped(host);
            }
            _ => {}
        }
        let letter = received.as_ref().map(|(_, letter)| &**letter);
        for event in &happening.events {
            self.spread.reported(host, at, event, letter);
        }
        let moment = Moment {
            at,
            happening,
            id: &self.ids[host.0 as usize],
            address: world.address_of(host),
            received,
            sent,
            parameters: &self.plan.parameters,
        };
        let mut wrong = None;
        for invariant in &mut self.invariants {
            if let Err(line) = invariant.step(&moment) {
                wrong = wrong.or(Some((blame(invariant.as_ref()), line)));
            }
        }
        let wrote = match &happening.cause {
            Cause::Write(key, _) if happening.refused.is_none() => Some(key),
            _ => None,
        };
        let is_due = self.ids.len() <= SMALL
            || self
                .looked
                .get(&host)
                .is_none_or(|last| at.since(*last) >= self.interval());
        if (is_due || wrote.is_some())
            && let Some(node) = world.host(host)
            && let Some(view) = node.view(world.clock_of(host))?
        {
            self.looks += 1;
            self.looked.insert(host, at);
            if let Some((key, stamp)) = wrote.and_then(|key| view.entries.get_key_value(key)) {
                self.spread.wrote(host, at, key, stamp.clone());
            }
            let sight = Sight {
                host,
                id: &self.ids[host.0 as usize],
                wall: happening.now.wall,
                view: &view,
                parameters: &self.plan.parameters,
            };
            for invariant in &mut self.invariants {
                if let Err(line) = invariant.look(&sight) {
                    wrong = wrong.or(Some((blame(invariant.as_ref()), line)));
                }
            }
        }
        if let Some((blame, line)) = wrong {
            self.broken = Some(self.violation(blame, at, Some(host), line));
        }
        Ok(())
    }

    /// Enters a call into the trace and into the node's last datagrams.
    fn record(
        &mut self,
        at: Micros,
        happening: &Happening,
        received: Option<&(std::net::SocketAddr, Rc<Letter>)>,
        sent: &[(std::net::SocketAddr, Rc<Letter>)],
    ) {
        let host = happening.host;
        let what = match &happening.cause {
            Cause::Start => "start".to_owned(),
            Cause::Wake => "wake".to_owned(),
            Cause::Leave => "leave".to_owned(),
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
            self.hash.update(&letter.text);
            log(Direction::Received, *from, letter);
        }
        for (to, letter) in sent {
            self.datagrams += 1;
            self.largest = self.largest.max(letter.bytes.len());
            self.hash.update(format!("\nto {to}\n"));
            self.hash.update(&letter.text);
            log(Direction::Sent, *to, letter);
        }
        self.hash.update(b"\n");
    }

    fn quiet(&mut self, world: &Cluster) -> Result<(), AdapterError> {
        let mut live = Vec::new();
        for host in world.ids().filter(|host| !self.left.contains(host)) {
            if let Some(node) = world.host(host)
                && let Some(view) = node.view(world.clock_of(host))?
            {
                let id = self.ids[host.0 as usize].clone();
                live.push((host, id, world.address_of(host), view));
            }
        }
        self.quiet_looks += 1;
        let quiet = Quiet {
            at: world.now(),
            live: &live,
            parameters: &self.plan.parameters,
        };
        let mut wrong = None;
        for invariant in &mut self.invariants {
            if let Err(line) = invariant.quiet(&quiet) {
                wrong = wrong.or(Some((blame(invariant.as_ref()), line)));
            }
        }
        if let Some((blame, line)) = wrong {
            self.broken = Some(self.violation(blame, world.now(), None, line));
        }
        Ok(())
    }

    fn violation(&self, blame: Blame, at: Micros, host: Option<HostId>, line: String) -> Violation {
        let node = host.map_or("all".to_owned(), |host| {
            let implementation = &self.plan.scenario.nodes[host.0 as usize].implementation;
            format!("{} ({implementation})", self.ids[host.0 as usize])
        });
        let datagrams = host.and_then(|host| self.recent.get(&host)).cloned();
        Violation {
            invariant: blame.0,
            says: blame.1,
            requirements: blame.2.to_vec(),
            at_ms: at.as_millis(),
            node,
            line,
            datagrams: datagrams.unwrap_or_default().into(),
        }
    }

    fn findings(self, world: &Cluster, interrupted: bool) -> Findings {
        let scenario = &self.plan.scenario;
        let interval = self.interval();
        let counters = world.counters();
        let rows = counters.rows();
        let cells = (rows.len() * self.ids.len()).max(1);
        let most = rows.iter().flatten().map(|cell| cell.bytes_sent).max();
        let loss = scenario.link.loss.as_f64().min(0.99);
        let bound = bound(self.ids.len(), &self.plan.parameters, loss);
        let curves = self.curves(bound, loss);
        let broken = self.broken;
        Findings {
            name: scenario.name.clone(),
            mix: mix(self.plan),
            seed: scenario.seed,
            reached_ms: world.now().as_millis(),
            planned_ms: scenario.duration.as_millis(),
            interrupted,
            steps: self.steps,
            datagrams: self.datagrams,
            largest: self.largest,
            bytes_per_node_interval: counters.total().bytes_sent as f64 / cells as f64,
            most_bytes_per_node_interval: most.unwrap_or(0),
            interval_ms: interval.as_millis(),
            writes: self.spread.tracks.iter().map(spreading).collect(),
            model_bound: bound,
            members_complete_ms: self.complete_at.map(Micros::as_millis),
            members_share: self.spread.completeness(),
            quiet_looks: self.quiet_looks,
            looks: self.looks,
            trace: hex::encode(self.hash.finalize()),
            violation: broken.as_ref().map(|it| {
                format!(
                    "{} at {} ms, {}: {}",
                    it.invariant, it.at_ms, it.node, it.line
                )
            }),
            curves,
            broken,
        }
    }

    fn curves(&self, bound: Option<u32>, loss: f64) -> Vec<Curve> {
        const AXIS: &str = "intervals since the write";
        const SHARE: &str = "share of nodes";
        let interval = self.interval();
        let mut curves = Vec::new();
        if !self.spread.tracks.is_empty() {
            let most = f64::from(bound.unwrap_or(10));
            let xs: Vec<f64> = (0..=144)
                .map(|step| f64::from(step) * most / 144.0)
                .collect();
            let count = self.ids.len() as f64;
            let shares: Vec<Vec<f64>> = self
                .spread
                .tracks
                .iter()
                .map(|track| {
                    xs.iter()
                        .map(|x| {
                            let until = track.at + Micros((x * interval.0 as f64) as u64);
                            let has = |first: &&Option<Micros>| first.is_some_and(|at| at <= until);
                            track.first.iter().filter(has).count() as f64 / count
                        })
                        .collect()
                })
                .collect();
            curves.push(Curve::of_trials("measured", AXIS, SHARE, &xs, &shares));
            let fanout = self.plan.parameters.get("fanout") as u32;
            let model = Dissemination::new(Strategy::Push, self.ids.len() as u32, fanout);
            if let Some(model) = model.with_loss(loss) {
                let runs: Vec<Vec<f64>> = trials(33, "model", 100, |stream| {
                    let counts = model.simulate(stream);
                    counts
                        .iter()
                        .map(|known| f64::from(*known) / count)
                        .collect()
                });
                let rounds: Vec<f64> = (0..=bound.unwrap_or(10)).map(f64::from).collect();
                curves.push(Curve::of_trials(
                    "model: push in rounds",
                    AXIS,
                    SHARE,
                    &rounds,
                    &runs,
                ));
            }
        }
        let members = self
            .completeness
            .iter()
            .map(|(at, share)| (at.as_seconds(), *share));
        curves.push(plain("members", TIME, "share of pairs", members));
        curves
    }
}

type Blame = (&'static str, &'static str, &'static [&'static str]);

fn blame(invariant: &dyn Invariant) -> Blame {
    (invariant.name(), invariant.says(), invariant.requirements())
}

fn mix(plan: &Plan) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for node in &plan.scenario.nodes {
        *counts.entry(&node.implementation).or_default() += 1;
    }
    let parts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    parts.join(" + ")
}

fn spreading(track: &super::spread::Track) -> Spreading {
    let count = track.first.len();
    let mut times: Vec<Micros> = track.first.iter().flatten().copied().collect();
    times.sort_unstable();
    let after = |needed: usize| {
        let at = times.get(needed.max(1) - 1)?;
        Some(at.since(track.at).0 as f64 / 1_000.0)
    };
    Spreading {
        key: track.key.clone(),
        at_ms: track.at.as_millis(),
        share: times.len() as f64 / count as f64,
        half_ms: after(count.div_ceil(2)),
        nine_tenths_ms: after((count * 9).div_ceil(10)),
        all_ms: after(count),
    }
}
