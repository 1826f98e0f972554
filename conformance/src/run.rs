//! Puts cases to implementations and collects the verdicts.

mod adapter;
mod wire;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::cases::{Case, Needs};
use crate::implementation::{Implementation, Stale};
use crate::requirements;
use crate::verdict::{LoggedDatagram, Verdict};

pub use wire::{repeated, starts, wire_verdict};

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
    /// Why this was known to fail, where the implementation's file says so: then it decides nothing.
    pub known: Option<String>,
    /// The arguments of `conformance run` that name the implementation again, as a shell takes them.
    pub arguments: String,
}

impl Outcome {
    /// An outcome of no case in particular.
    pub fn empty(implementation: &str, needs: Needs, verdict: Verdict, took: Duration) -> Self {
        Self {
            implementation: implementation.to_owned(),
            needs,
            case: String::new(),
            requirements: Vec::new(),
            verdict,
            took,
            transcript: Vec::new(),
            known: None,
            arguments: format!("--impl {implementation}"),
        }
    }

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
    /// Known failures that are none.
    pub stale: Vec<Stale>,
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

/// Runs all the cases on all the implementations. An implementation that cannot be reached costs its own cases only.
pub fn run(implementations: &[Implementation], cases: &[Case], progress: &dyn Progress) -> Results {
    let began = Instant::now();
    let mut results = Results::default();
    for implementation in implementations {
        run_one(implementation, cases, progress, &mut results);
    }
    results.took = began.elapsed();
    results
}

fn run_one(
    implementation: &Implementation,
    cases: &[Case],
    progress: &dyn Progress,
    results: &mut Results,
) {
    // What it claims may only become clear when its adapter has said so.
    let mut implementation = implementation.clone();
    if let Err(why) = implementation.prepare() {
        results.not_run.push(NotRun {
            implementation: implementation.name,
            what: "everything".to_owned(),
            why,
            asked: false,
        });
        return;
    }
    let by = |wanted: &[Needs]| -> Vec<&Case> {
        cases
            .iter()
            .filter(|case| wanted.contains(&case.needs))
            .collect()
    };
    let adapter_cases = by(&[Needs::Codec, Needs::Core]);
    if !adapter_cases.is_empty() {
        if implementation.offers(Needs::Core) {
            adapter::run(&mut implementation, &adapter_cases, progress, results);
        } else {
            results.not_run.push(not_offered(
                &implementation,
                "codec and core",
                "there is no adapter command (`--adapter`, conformance/ADAPTER.md)",
            ));
        }
    }
    let wire_cases = by(&[Needs::Wire]);
    if !wire_cases.is_empty() {
        if implementation.offers(Needs::Wire) {
            wire::run(&implementation, &wire_cases, progress, results);
        } else {
            results.not_run.push(not_offered(
                &implementation,
                "wire",
                "there is no node command (`--wire`)",
            ));
        }
    }
}

fn not_offered(implementation: &Implementation, what: &str, why: &str) -> NotRun {
    NotRun {
        implementation: implementation.name.clone(),
        what: what.to_owned(),
        why: why.to_owned(),
        asked: true,
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
        implementation: implementation.name.clone(),
        needs: case.needs,
        case: case.id.clone(),
        requirements: case.requirements.clone(),
        verdict,
        took: began.elapsed(),
        transcript: Vec::new(),
        known: None,
        arguments: implementation.arguments.clone(),
    }
}

/// Why a case is not for an implementation: it does not claim the profile of the case's main requirement, or claims one that rules the case out.
pub fn reason_to_skip(implementation: &Implementation, case: &Case) -> Option<String> {
    let claims = |profile: &String| implementation.profiles.contains(profile);
    if let Some(profile) = case.without.iter().find(|profile| claims(profile)) {
        return Some(format!("profile {profile} is claimed"));
    }
    let requirement = requirements::find(case.requirements.first()?)?;
    (!claims(&requirement.profile))
        .then(|| format!("profile {} is not claimed", requirement.profile))
}

/// The exit status of a run, as the README documents it.
pub fn exit_status(results: &Results) -> u8 {
    let any = |wanted: fn(&Outcome) -> bool| {
        let unexpected = |outcome: &&Outcome| outcome.known.is_none();
        results.outcomes.iter().filter(unexpected).any(wanted)
    };
    let judged = results
        .outcomes
        .iter()
        .any(|outcome| !matches!(outcome.verdict, Verdict::Error(_) | Verdict::Skipped(_)));
    if any(|outcome| matches!(outcome.verdict, Verdict::Fail(_)) && !outcome.is_advice())
        || !results.stale.is_empty()
    {
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
