//! Puts cases to implementations and collects the verdicts.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::attach::qualify;
use crate::cases::{Case, Launcher, Needs, Procedure};
use crate::implementation::Implementation;
use crate::requirements;
use crate::transcript::{self, RecordingAdapter, RecordingLauncher};
use crate::verdict::{LoggedDatagram, Verdict};

/// One case on one implementation, and what came of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Name of the implementation.
    pub implementation: String,
    /// Which kind of attachment carried it.
    pub needs: Needs,
    /// Id of the case.
    pub case: String,
    /// The requirements that it tests.
    pub requirements: Vec<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// How long it took.
    pub took: Duration,
    /// What was exchanged, oldest first, as far as it was kept.
    pub transcript: Vec<LoggedDatagram>,
}

impl Outcome {
    /// Whether its failure is a warning only: the requirement that it broke says SHOULD.
    pub fn is_advice(&self) -> bool {
        let broken = match &self.verdict {
            Verdict::Fail(failure) => &failure.requirement,
            _ => self.requirements.first().unwrap_or(&self.case),
        };
        requirements::find(broken).is_some_and(|requirement| !requirement.keyword.is_absolute())
    }
}

/// Something of an implementation that could not be run at all, and why.
#[derive(Debug, Clone)]
pub struct NotRun {
    /// Name of the implementation.
    pub implementation: String,
    /// What of it was not run.
    pub what: String,
    /// Why, and what to do.
    pub why: String,
    /// Whether the user asked for that (then it is no error).
    pub asked: bool,
}

/// Everything that a run found.
#[derive(Debug, Default)]
pub struct Results {
    /// One per implementation and case.
    pub outcomes: Vec<Outcome>,
    /// What was left out.
    pub not_run: Vec<NotRun>,
    /// What each adapter says of itself, by implementation.
    pub who: Vec<(String, String)>,
    /// Wall time of the run.
    pub took: Duration,
}

/// Told about progress while a run goes on.
pub trait Progress: Sync {
    /// A group of cases begins.
    fn begin(&self, implementation: &str, transport: &str, cases: usize);
    /// One case has ended.
    fn end(&self, outcome: &Outcome);
}

/// Wire cases mostly wait, so more of them run at once than there are processors.
const WIRE_WORKERS: usize = 8;

/// Runs all the cases on all the implementations. An implementation that cannot be reached costs its own cases only.
pub fn run(implementations: &[Implementation], cases: &[Case], progress: &dyn Progress) -> Results {
    let began = Instant::now();
    let mut results = Results::default();
    for implementation in implementations {
        let by = |wanted: &[Needs]| -> Vec<&Case> {
            cases
                .iter()
                .filter(|case| wanted.contains(&case.needs))
                .collect()
        };
        let adapter_cases = by(&[Needs::Codec, Needs::Core]);
        if !adapter_cases.is_empty() {
            run_adapter_cases(implementation, &adapter_cases, progress, &mut results);
        }
        let wire_cases = by(&[Needs::Wire]);
        if !wire_cases.is_empty() {
            run_wire_cases(implementation, &wire_cases, progress, &mut results);
        }
    }
    results.took = began.elapsed();
    results
}

fn run_adapter_cases(
    implementation: &Implementation,
    cases: &[&Case],
    progress: &dyn Progress,
    results: &mut Results,
) {
    let not_run = |why: String| NotRun {
        implementation: implementation.name.to_owned(),
        what: "codec and core".to_owned(),
        why,
        asked: false,
    };
    let mut adapter = match implementation.adapter() {
        Ok(adapter) => adapter,
        Err(why) => return results.not_run.push(not_run(why)),
    };
    match qualify::qualify(adapter.as_mut()) {
        Ok(qualified) => results
            .who
            .push((implementation.name.to_owned(), qualified.who)),
        Err(why) => {
            return results
                .not_run
                .push(not_run(format!("its adapter is not sane: {why}")));
        }
    }
    progress.begin(
        implementation.name,
        implementation.transport(Needs::Core),
        cases.len(),
    );
    for case in cases {
        let mut recording = RecordingAdapter::new(adapter.as_mut());
        let mut outcome = judge(implementation, case, || match &case.procedure {
            Procedure::Adapter(procedure) => procedure(&mut recording),
            Procedure::Wire(_) => {
                Verdict::Error("a wire procedure was put to an adapter".to_owned())
            }
        });
        outcome.transcript = transcript::of(&outcome.verdict, recording.into_datagrams());
        progress.end(&outcome);
        results.outcomes.push(outcome);
    }
}

fn run_wire_cases(
    implementation: &Implementation,
    cases: &[&Case],
    progress: &dyn Progress,
    results: &mut Results,
) {
    let launcher = match implementation.launcher() {
        Ok(launcher) => launcher,
        Err(why) => {
            results.not_run.push(NotRun {
                implementation: implementation.name.to_owned(),
                what: "wire".to_owned(),
                why,
                asked: false,
            });
            return;
        }
    };
    progress.begin(
        implementation.name,
        implementation.transport(Needs::Wire),
        cases.len(),
    );
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..WIRE_WORKERS.min(cases.len()) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let recording = RecordingLauncher::new(launcher.as_ref());
                    let mut outcome =
                        judge(implementation, case, || wire_verdict(case, &recording));
                    outcome.transcript = transcript::of(&outcome.verdict, recording.datagrams());
                    progress.end(&outcome);
                    if let Ok(mut outcomes) = outcomes.lock() {
                        outcomes.push((case.id.clone(), outcome));
                    }
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap_or_default();
    outcomes.sort_by(|a, b| a.0.cmp(&b.0));
    results
        .outcomes
        .extend(outcomes.into_iter().map(|(_, outcome)| outcome));
}

/// Cases side by side hold it together, a case that is repeated alone.
static SIDE_BY_SIDE: RwLock<()> = RwLock::new(());

/// The wire cases of this process that passed only when they were repeated.
static REPEATED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Ids of the wire cases that passed only when they were repeated alone.
pub fn repeated() -> Vec<String> {
    REPEATED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// Carries out one wire case. These run in real time beside others, and a starved process keeps no pace: what did not pass must
/// pass twice in a row with nothing else running, each time against a fresh node. A node that breaks the sentence breaks it alone too, and one that
/// breaks it now and then seldom keeps it twice. The report names what needed that.
pub fn wire_verdict(case: &Case, launcher: &dyn Launcher) -> Verdict {
    match &case.procedure {
        Procedure::Wire(procedure) => {
            let first = {
                let _beside_others = SIDE_BY_SIDE.read().unwrap_or_else(PoisonError::into_inner);
                procedure(launcher)
            };
            if matches!(first, Verdict::Pass | Verdict::Skipped(_)) {
                return first;
            }
            let _alone = SIDE_BY_SIDE.write().unwrap_or_else(PoisonError::into_inner);
            let again = procedure(launcher);
            if again != Verdict::Pass {
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
        Procedure::Adapter(_) => {
            Verdict::Error("an adapter procedure was put to a process".to_owned())
        }
    }
}

/// Runs one case, unless its profile is not claimed; a panic of the suite is an error of the suite.
pub fn judge(
    implementation: &Implementation,
    case: &Case,
    procedure: impl FnOnce() -> Verdict,
) -> Outcome {
    let began = Instant::now();
    let verdict = match reason_to_skip(implementation, case) {
        Some(reason) => Verdict::Skipped(reason),
        None => catch_unwind(AssertUnwindSafe(procedure)).unwrap_or_else(|panic| {
            let what = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            Verdict::Error(format!(
                "the suite panicked: {}",
                what.unwrap_or_else(|| "no message".to_owned())
            ))
        }),
    };
    Outcome {
        implementation: implementation.name.to_owned(),
        needs: case.needs,
        case: case.id.clone(),
        requirements: case.requirements.clone(),
        verdict,
        took: began.elapsed(),
        transcript: Vec::new(),
    }
}

/// Why a case is not for an implementation: it does not claim the profile of the case's main requirement, or claims one that rules the case out.
pub fn reason_to_skip(implementation: &Implementation, case: &Case) -> Option<String> {
    let claims = |profile: &String| implementation.profiles.contains(&profile.as_str());
    if let Some(profile) = case.without.iter().find(|profile| claims(profile)) {
        return Some(format!("profile {profile} is claimed"));
    }
    let requirement = requirements::find(case.requirements.first()?)?;
    (!claims(&requirement.profile))
        .then(|| format!("profile {} is not claimed", requirement.profile))
}

/// The exit status of a run, as the README documents it.
pub fn exit_status(results: &Results) -> u8 {
    let any = |wanted: fn(&Outcome) -> bool| results.outcomes.iter().any(wanted);
    let judged = any(|outcome| !matches!(outcome.verdict, Verdict::Error(_) | Verdict::Skipped(_)));
    if any(|outcome| matches!(outcome.verdict, Verdict::Fail(_)) && !outcome.is_advice()) {
        1
    } else if any(|outcome| matches!(outcome.verdict, Verdict::Error(_)))
        || results.not_run.iter().any(|n| !n.asked)
        || !judged
    {
        3
    } else if any(|outcome| matches!(outcome.verdict, Verdict::Inconclusive(_))) {
        4
    } else {
        0
    }
}
