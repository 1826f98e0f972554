//! Cases that start node processes. They mostly wait, so many run at once; what does not pass is asked once more, alone.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use super::{NotRun, Progress, Results, judge};
use crate::cases::{Case, Launcher, Needs, NodeSettings, NotLaunched, Procedure, Timing};
use crate::implementation::Implementation;
use crate::transcript::{self, RecordingLauncher};
use crate::verdict::Verdict;

/// Cases that run at once: more than there are processors.
const WORKERS: usize = 8;
/// Round length of the node that shows whether any starts.
const INTERVAL_MS: u64 = 100;
/// Cases that are asked once more before it is plain that the machine is not to blame.
const REPEATED_AT_MOST: usize = 10;

/// Runs the cases against processes of the implementation, once one has shown that it starts.
pub(super) fn run(
    implementation: &Implementation,
    cases: &[&Case],
    progress: &dyn Progress,
    results: &mut Results,
) {
    let launcher = match implementation.launcher().and_then(|launcher| {
        starts(launcher.as_ref())?;
        Ok(launcher)
    }) {
        Ok(launcher) => launcher,
        Err(why) => {
            return results.not_run.push(NotRun {
                implementation: implementation.name.clone(),
                what: "wire".to_owned(),
                why,
                asked: false,
            });
        }
    };
    progress.begin(
        &implementation.name,
        &pace(implementation, launcher.as_ref(), cases.len()),
        cases.len(),
    );
    CONFIRMED.store(0, Ordering::Relaxed);
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS.min(cases.len()) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let recording = RecordingLauncher::new(launcher.as_ref());
                    let mut outcome =
                        judge(implementation, case, || wire_verdict(case, &recording));
                    outcome.transcript = transcript::of(&outcome.verdict, recording.datagrams());
                    progress.end(&outcome);
                    outcomes
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push((case.id.clone(), outcome));
                }
            });
        }
    });
    let mut outcomes = outcomes
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_by(|a, b| a.0.cmp(&b.0));
    results
        .outcomes
        .extend(outcomes.into_iter().map(|(_, outcome)| outcome));
}

/// Starts one node and ends it: what is wrong with the command is told once, not with every case.
///
/// # Errors
/// What was run, what came of it and what to try.
pub fn starts(launcher: &dyn Launcher) -> Result<(), String> {
    let settings = NodeSettings {
        id: "iut".to_owned(),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        advertise: None,
        seeds: Vec::new(),
        cluster: String::new(),
        gossip_interval_ms: INTERVAL_MS,
        legacy: false,
        set: Vec::new(),
    };
    match launcher.launch(&settings) {
        Ok(_) => Ok(()),
        Err(NotLaunched::Failed(why) | NotLaunched::NotOffered(why)) => {
            Err(format!("no node starts: {why}"))
        }
    }
}

/// How the cases are carried, and how long that takes where the node chooses its own timing.
fn pace(implementation: &Implementation, launcher: &dyn Launcher, cases: usize) -> String {
    let transport = implementation.transport(Needs::Wire);
    let timing = launcher.timing(INTERVAL_MS);
    if timing == Timing::in_proportion(INTERVAL_MS) {
        return transport.to_owned();
    }
    let minutes = (cases * SECONDS_AT_DEFAULT_TIMING).div_ceil(60 * WORKERS.min(cases.max(1)));
    format!(
        "{transport}, with some times at their defaults because the command has no placeholder for them (`conformance run --help`): up to {minutes} min"
    )
}

/// Mean time of a case on a node that cannot be told its intervals.
const SECONDS_AT_DEFAULT_TIMING: usize = 20;

/// Cases side by side hold it together, a case that is repeated alone.
static SIDE_BY_SIDE: RwLock<()> = RwLock::new(());

/// The wire cases of this process that passed only when they were repeated.
static REPEATED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// How many cases did not pass alone either.
static CONFIRMED: AtomicUsize = AtomicUsize::new(0);

/// Ids of the wire cases that passed only when they were repeated alone.
pub fn repeated() -> Vec<String> {
    REPEATED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// Carries out one wire case. These run in real time beside others, and a starved process keeps no pace: what did not pass must
/// pass twice in a row with nothing else running, each time against a fresh node. A node that breaks the sentence breaks it alone too, and one that
/// breaks it now and then seldom keeps it twice. The report names what needed that. Once that many cases did not pass alone either, the node
/// is to blame, and the first verdict counts.
pub fn wire_verdict(case: &Case, launcher: &dyn Launcher) -> Verdict {
    let Procedure::Wire(procedure) = &case.procedure else {
        return Verdict::Error("an adapter procedure was put to a process".to_owned());
    };
    let first = {
        let _beside_others = SIDE_BY_SIDE.read().unwrap_or_else(PoisonError::into_inner);
        procedure(launcher)
    };
    if matches!(first, Verdict::Pass | Verdict::Skipped(_))
        || CONFIRMED.load(Ordering::Relaxed) >= REPEATED_AT_MOST
    {
        return first;
    }
    let _alone = SIDE_BY_SIDE.write().unwrap_or_else(PoisonError::into_inner);
    let again = procedure(launcher);
    if again != Verdict::Pass {
        CONFIRMED.fetch_add(1, Ordering::Relaxed);
        return again;
    }
    let once_more = procedure(launcher);
    if once_more == Verdict::Pass {
        REPEATED
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(case.id.clone());
    }
    once_more
}
