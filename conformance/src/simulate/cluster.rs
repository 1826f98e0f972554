//! Lets a plan happen, and has it watched.
//!
//! Two threads: the *world* calls the machines in the order of virtual time, and the watch follows it with the invariants. What the
//! watch is told depends on the plan alone, and so does what it finds; only how far the world runs ahead of it does not.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use simulation::network::HostId;
use simulation::time::Micros;
use simulation::world::{Boot, World};

use super::findings::Findings;
use super::machine::{Settings, View};
use super::model;
use super::moments::moments;
use super::node::{Cause, Happening, Journal, Maker, Node, Workshop};
use super::plan::Plan;
use super::watch::{Live, Watch};
use crate::attach::AdapterError;

/// Up to this many nodes, every machine's state is looked at after every call; above, once an interval.
const SMALL: usize = 12;
/// Reports that travel together, and how many such bundles the world may be ahead.
const BUNDLE: usize = 256;
const AHEAD: usize = 16;
/// Frames of a virtual machine for Java are laid on the stack of the thread that calls it.
const STACK: usize = 16 << 20;

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

/// A call of a machine, and what the machine held after it, where somebody looked.
pub(super) struct Report {
    /// True time.
    pub(super) at: Micros,
    /// The call.
    pub(super) happening: Happening,
    /// The state.
    pub(super) view: Option<Arc<View>>,
}

enum Message {
    Reports(Vec<Report>),
    Quiet(Micros, Vec<Live>),
}

/// Runs a plan to its end, to the first violation, or until `stop` is set.
///
/// # Errors
/// A machine could not be made or driven: the suite or its adapter broke, or Java is missing.
pub fn run(
    plan: &Plan,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<Findings, String> {
    let nodes = plan.scenario.nodes.iter();
    let names: BTreeSet<&str> = nodes.map(|node| node.implementation.as_str()).collect();
    run_with(plan, Arc::new(Maker::of(names)?), stop, progress)
}

/// The cluster of a plan, as it can be looked at.
pub type Cluster = World<Node, Make>;

/// What is to be shown the cluster, and at which moments.
pub struct Looks<'a> {
    /// The moments; those that the run does not reach are left out.
    pub at: Vec<Micros>,
    /// Who looks.
    pub look: Box<Look<'a>>,
}

/// Looks at a cluster.
pub type Look<'a> = dyn FnMut(&mut Cluster) -> Result<(), AdapterError> + Send + 'a;

/// [`run`] that shows the cluster at some moments.
///
/// # Errors
/// As [`run`], and those of the look.
pub fn run_and_look(
    plan: &Plan,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
    looks: Looks<'_>,
) -> Result<Findings, String> {
    let nodes = plan.scenario.nodes.iter();
    let names: BTreeSet<&str> = nodes.map(|node| node.implementation.as_str()).collect();
    go(
        plan,
        Arc::new(Maker::of(names)?),
        stop,
        progress,
        Some(looks),
    )
}

/// [`run`] with machines from somewhere else.
///
/// # Errors
/// A machine could not be made or driven.
pub fn run_with(
    plan: &Plan,
    workshop: Arc<dyn Workshop>,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<Findings, String> {
    go(plan, workshop, stop, progress, None)
}

fn go(
    plan: &Plan,
    workshop: Arc<dyn Workshop>,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
    looks: Option<Looks<'_>>,
) -> Result<Findings, String> {
    let bound = model::of(plan).bound();
    let (sender, receiver) = sync_channel(AHEAD);
    thread::scope(|scope| {
        let world = thread::Builder::new()
            .name("world".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, move || {
                Living::new(plan, workshop, sender).live(bound, looks)
            })
            .map_err(|why| format!("no thread for the world: {why}"))?;
        let mut watch = Watch::new(plan, bound);
        let mut interrupted = false;
        for message in receiver {
            match message {
                Message::Reports(reports) => {
                    for report in reports {
                        watch.take(report, progress);
                    }
                }
                Message::Quiet(at, live) => watch.quiet(at, live),
            }
            interrupted = stop.load(Ordering::Relaxed);
            if interrupted || watch.has_found() {
                break;
            }
        }
        // Whoever stops listening ends the world.
        let lived = world
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        match lived {
            Err(why) if !interrupted && !watch.has_found() => Err(why),
            _ => Ok(watch.findings(interrupted)),
        }
    })
}

/// Makes the machine of a host.
pub type Make = Box<dyn FnMut(Boot<'_>, Option<Node>) -> Result<Node, AdapterError>>;

/// The world's side of a run.
struct Living<'a> {
    plan: &'a Plan,
    world: Cluster,
    journal: Journal,
    looked: BTreeMap<HostId, Micros>,
    bundle: Vec<Report>,
    sender: SyncSender<Message>,
}

/// Why the world ended before its time.
enum End {
    /// Nobody listens any more.
    Alone,
    /// A machine broke.
    Failed(String),
}

impl<'a> Living<'a> {
    fn new(plan: &'a Plan, workshop: Arc<dyn Workshop>, sender: SyncSender<Message>) -> Self {
        let journal: Journal = Rc::new(RefCell::new(Vec::new()));
        Living {
            plan,
            world: world(plan, workshop, &journal),
            journal,
            looked: BTreeMap::new(),
            bundle: Vec::new(),
            sender,
        }
    }

    fn live(mut self, bound: Option<u32>, mut looks: Option<Looks<'_>>) -> Result<(), String> {
        let quiet = moments(self.plan, bound).into_iter();
        let mut stops: Vec<(Micros, bool, bool)> =
            quiet.map(|(at, is_quiet)| (at, is_quiet, false)).collect();
        let shown = looks.iter().flat_map(|looks| &looks.at);
        stops.extend(shown.map(|at| (*at, false, true)));
        stops.sort_by_key(|(at, ..)| *at);
        for (until, is_quiet, is_shown) in stops {
            let mut reached = self.until(until, is_quiet);
            if let (Ok(()), true, Some(looks)) = (&reached, is_shown, &mut looks) {
                let looked = (looks.look)(&mut self.world);
                reached = looked.map_err(|why| End::Failed(why.to_string()));
            }
            match reached {
                Ok(()) => {}
                Err(End::Alone) => return Ok(()),
                Err(End::Failed(why)) => {
                    // What led to it may show why; whether somebody still listens does not matter.
                    let _ = self.send();
                    return Err(why);
                }
            }
        }
        Ok(())
    }

    fn until(&mut self, until: Micros, is_quiet: bool) -> Result<(), End> {
        let failed = |why: AdapterError| End::Failed(why.to_string());
        loop {
            let step = self.world.step_until(until);
            let step = step.map_err(|why| End::Failed(why.to_string()))?;
            let happenings = std::mem::take(&mut *self.journal.borrow_mut());
            // A host that was paused takes several datagrams in one step: what it holds then is what it holds after the last.
            let lasts: BTreeMap<HostId, usize> = happenings
                .iter()
                .enumerate()
                .map(|(index, happening)| (happening.host, index))
                .collect();
            for (index, happening) in happenings.into_iter().enumerate() {
                let is_last = lasts.get(&happening.host) == Some(&index);
                let report = self.report(happening, is_last).map_err(failed)?;
                self.bundle.push(report);
            }
            if self.bundle.len() >= BUNDLE {
                self.send()?;
            }
            if step.is_none() {
                break;
            }
        }
        self.send()?;
        if is_quiet {
            let live = self.everybody().map_err(failed)?;
            let message = Message::Quiet(self.world.now(), live);
            self.sender.send(message).map_err(|_| End::Alone)?;
        }
        Ok(())
    }

    fn send(&mut self) -> Result<(), End> {
        let bundle = std::mem::take(&mut self.bundle);
        let sent = self.sender.send(Message::Reports(bundle));
        sent.map_err(|_| End::Alone)
    }

    fn report(&mut self, happening: Happening, is_last: bool) -> Result<Report, AdapterError> {
        let (at, host) = (self.world.now(), happening.host);
        if happening.cause == Cause::Start {
            self.looked.remove(&host);
        }
        let interval = Micros::millis(self.plan.parameters.get("gossipInterval"));
        let is_due = match self.looked.get(&host) {
            Some(last) => at.since(*last) >= interval,
            None => true,
        };
        let is_write = matches!(happening.cause, Cause::Write(..)) && happening.refused.is_none();
        let is_small = self.plan.scenario.nodes.len() <= SMALL;
        let view = match is_last && (is_small || is_due) || is_write {
            true => self.view(host)?,
            false => None,
        };
        if view.is_some() {
            self.looked.insert(host, at);
        }
        Ok(Report {
            at,
            happening,
            view: view.map(Arc::new),
        })
    }

    fn view(&mut self, host: HostId) -> Result<Option<View>, AdapterError> {
        let now = self.world.clock_of(host);
        match self.world.host_mut(host) {
            Some(node) => node.view(now),
            None => Ok(None),
        }
    }

    fn everybody(&mut self) -> Result<Vec<Live>, AdapterError> {
        let mut live = Vec::new();
        for host in self.world.ids() {
            if let Some(view) = self.view(host)? {
                live.push((host, self.world.address_of(host), view));
            }
        }
        Ok(live)
    }
}

fn world(plan: &Plan, workshop: Arc<dyn Workshop>, journal: &Journal) -> Cluster {
    let (journal, parameters) = (Rc::clone(journal), plan.parameters.clone());
    let seeds = plan.seeds();
    let make = move |boot: Boot<'_>, _: Option<Node>| {
        let settings = Settings {
            id: boot.spec.name.clone(),
            address: boot.address,
            // 2^53 numbers are what a JSON number holds exactly.
            random_seed: boot.seed >> 11,
            seeds: seeds[boot.id.0 as usize].clone(),
            parameters: parameters.0.clone(),
        };
        let (workshop, journal) = (Arc::clone(&workshop), Rc::clone(&journal));
        let implementation = &boot.spec.implementation;
        Ok(Node::new(
            boot.id,
            implementation,
            settings,
            workshop,
            journal,
        ))
    };
    let make: Make = Box::new(make);
    plan.scenario.world(false, make)
}
