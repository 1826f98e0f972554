//! What implementations of nothing pass: no case at all. Each kind is put to every case, through an adapter and over UDP.
//!
//! To leave something undone is easy. So a case that shows that something is rejected, refused or left undone also asks for something that only a
//! working implementation does; one that does not shows up here.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use conformance::attach::qualify;
use conformance::cases::{
    self, Case, Launcher, Needs, NodeProcess, NodeSettings, NotLaunched, Procedure, Timing,
};
use conformance::null::{Kind, NodeOptions, NullAdapter, NullNode};
use conformance::seed;
use conformance::verdict::Verdict;

/// Times that each case is asked of the adapter that answers by chance: what one of a hundred answers would pass, it passes.
const DRAWS: usize = 20;

/// Ids of the cases that such an adapter passes. Each case meets an adapter of its own, so that what chance answers to one does not hang on
/// the cases before it.
fn passed_by_adapter(kind: Kind, draws: usize) -> Vec<String> {
    let mut passed = Vec::new();
    for case in cases::all(seed::DEFAULT) {
        let Procedure::Adapter(procedure) = &case.procedure else {
            continue;
        };
        let passes = |draw| {
            let chance = seed::number(&format!("null {draw}: {}", case.id));
            procedure(&mut NullAdapter::new(kind, chance)) == Verdict::Pass
        };
        if (0..draws).any(passes) {
            passed.push(case.id);
        }
    }
    passed
}

#[test]
fn null_adapters_pass_nothing() {
    for kind in Kind::ALL {
        let draws = if kind == Kind::Random { DRAWS } else { 1 };
        let passed = passed_by_adapter(kind, draws);
        assert!(passed.is_empty(), "{} passes: {passed:#?}", kind.name());
    }
}

#[test]
fn no_null_adapter_qualifies() {
    for kind in Kind::ALL {
        let refused = qualify::qualify(&mut NullAdapter::new(kind, 1));
        assert!(refused.is_err(), "{} qualifies", kind.name());
    }
}

/// Real time, and nearly all of it waiting for what never comes: everything at once.
#[test]
fn null_nodes_pass_nothing() {
    let cases: Vec<Case> = cases::all(seed::DEFAULT)
        .into_iter()
        .filter(|case| case.needs == Needs::Wire)
        .collect();
    let launchers = Kind::ALL.map(NullLauncher::new);
    let asked: Vec<(&NullLauncher, &Case)> = cases
        .iter()
        .flat_map(|case| launchers.iter().map(move |launcher| (launcher, case)))
        .collect();
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..at_once(asked.len()) {
            scope.spawn(|| {
                while let Some((launcher, case)) = asked.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Procedure::Wire(procedure) = &case.procedure else {
                        continue;
                    };
                    let verdict = procedure(*launcher);
                    if !is_in_order(launcher.kind, &verdict) {
                        let what = format!("{}, {}: {verdict:?}", launcher.kind.name(), case.id);
                        wrong.lock().expect("no panic").push(what);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no panic");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A verdict that a null node may get. A case that could not be carried out has not shown that it cannot be passed. One that stays open says which
/// half of its proof was missing: of a node that says nothing at all, the first.
fn is_in_order(kind: Kind, verdict: &Verdict) -> bool {
    const DEAD: &str = "the node did not prove itself alive before the case began";
    match verdict {
        Verdict::Pass | Verdict::Error(_) => false,
        Verdict::Fail(_) | Verdict::Skipped(_) => true,
        Verdict::Inconclusive(gap) => {
            let names_the_half = kind != Kind::Silent || gap.missing.starts_with(DEAD);
            names_the_half && !gap.missing.is_empty() && !gap.advice.is_empty()
        }
    }
}

/// Sockets that a case takes at the most.
const SOCKETS: usize = 8;

/// How many cases may run at once: as many as there are, where the system lets a process have so many sockets.
fn at_once(cases: usize) -> usize {
    let wanted = (cases + 10) * SOCKETS;
    let granted = open_files(wanted as u64);
    usize::try_from(granted).unwrap_or(usize::MAX) / SOCKETS - 10
}

/// Asks the system for that many open files, and returns how many there may be.
#[cfg(unix)]
fn open_files(wanted: u64) -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(wanted).min(wanted);
    let current = limit.current.unwrap_or(wanted);
    if current >= most {
        return current.min(wanted);
    }
    let raised = Rlimit {
        current: Some(most),
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => most,
        Err(_) => current,
    }
}

/// What other systems let a process have is not asked.
#[cfg(not(unix))]
fn open_files(wanted: u64) -> u64 {
    wanted.min(2_000)
}

/// Starts null nodes on threads of this process, and takes them for ready as soon as they listen. No run does so: a node that answers no PING
/// is never put to the cases.
struct NullLauncher {
    kind: Kind,
    started: AtomicU64,
}

impl NullLauncher {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            started: AtomicU64::new(0),
        }
    }
}

impl Launcher for NullLauncher {
    fn launch(&self, settings: &NodeSettings) -> Result<Box<dyn NodeProcess>, NotLaunched> {
        let node = NullNode::bind(
            self.kind,
            NodeOptions {
                id: settings.id.clone(),
                listen: settings.listen,
                seeds: settings.seeds.clone(),
                gossip_interval_ms: settings.gossip_interval_ms,
                random_seed: self.started.fetch_add(1, Ordering::Relaxed),
            },
        )
        .map_err(|error| NotLaunched::Failed(error.to_string()))?;
        Ok(Box::new(
            Running {
                address: node.address(),
                stop: Arc::default(),
                node: Some(node),
                thread: None,
            }
            .resumed(),
        ))
    }

    fn timing(&self, gossip_interval_ms: u64) -> Timing {
        Timing::in_proportion(gossip_interval_ms)
    }
}

/// A null node and the thread that it runs on; while it is stopped, the node itself.
struct Running {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    node: Option<NullNode>,
    thread: Option<JoinHandle<NullNode>>,
}

impl Running {
    fn resumed(mut self) -> Self {
        self.go_on();
        self
    }
}

impl NodeProcess for Running {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn is_running(&mut self) -> bool {
        self.node.is_some() || self.thread.is_some()
    }

    /// It takes its leave as badly as anything else.
    fn terminate(&mut self, _: Duration) -> Option<i32> {
        self.kill();
        Some(143)
    }

    fn kill(&mut self) {
        self.stop();
        self.node = None;
    }

    fn stop(&mut self) -> bool {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            self.node = thread.join().ok();
        }
        true
    }

    fn go_on(&mut self) {
        self.stop.store(false, Ordering::Relaxed);
        if let Some(mut node) = self.node.take() {
            let stop = Arc::clone(&self.stop);
            self.thread = Some(std::thread::spawn(move || {
                node.run(&stop);
                node
            }));
        }
    }

    fn log_tail(&self) -> String {
        String::new()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}
