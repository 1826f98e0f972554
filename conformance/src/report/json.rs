//! The report as data: everything that a run found, in the form of `report.schema.json`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::about::About;
use super::{Counts, datagram, reason, standing, through};
use crate::cases::Case;
use crate::groups;
use crate::requirements::{self, Requirement};
use crate::run::{self, Outcome, Results};
use crate::verdict::{LoggedDatagram, Verdict};

/// The JSON Schema of the report.
pub const SCHEMA: &str = include_str!("../../report.schema.json");

/// Datagrams that this report has of a case that passed: the first half and the last half of that number.
const PASSED_KEPT: usize = 8;

/// Bytes that it has of each of these.
const PASSED_LENGTH: usize = 1_400;

/// The report. `cases` are those that the run was asked for; they say what each is there to catch.
pub fn report(results: &Results, about: &About, cases: &[Case]) -> Value {
    let hunts: BTreeMap<&str, &str> = cases
        .iter()
        .map(|case| (case.id.as_str(), case.hunts.as_str()))
        .collect();
    let outcomes: Vec<Value> = results
        .outcomes
        .iter()
        .map(|outcome| describe(outcome, hunts.get(outcome.case.as_str()).copied()))
        .collect();
    json!({
        "report": 1,
        "about": about,
        "seconds": results.took.as_secs_f64(),
        "exitStatus": run::exit_status(results),
        "counts": Counts::of(results),
        "implementations": implementations(results),
        "requirements": requirements::all().iter().map(requirement).collect::<Vec<_>>(),
        "outcomes": outcomes,
        "notRun": results.not_run.iter().map(|left_out| json!({
            "implementation": left_out.implementation,
            "what": left_out.what,
            "why": left_out.why,
            "asked": left_out.asked,
        })).collect::<Vec<_>>(),
        "staleKnownFailures": stale(results),
        "passedOnlyWhenRepeated": run::repeated(),
    })
}

/// Every implementation that the run has heard of, with what it says of itself.
pub fn implementations(results: &Results) -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    let heard = results.outcomes.iter().map(|o| o.implementation.as_str());
    for name in heard.chain(results.not_run.iter().map(|n| n.implementation.as_str())) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let says = |name: &str| {
        let mut who = results.who.iter();
        who.find(|(known, _)| known == name)
            .map(|(_, says)| says.as_str())
    };
    let named_by = |name: &str| {
        let mut outcomes = results.outcomes.iter();
        outcomes
            .find(|outcome| outcome.implementation == name)
            .map(|outcome| outcome.arguments.as_str())
    };
    names
        .into_iter()
        .map(|name| json!({"name": name, "says": says(name), "arguments": named_by(name)}))
        .collect()
}

/// Lines of implementation files that name known failures which are none.
pub fn stale(results: &Results) -> Vec<Value> {
    results
        .stale
        .iter()
        .map(|stale| json!({"place": stale.place, "case": stale.case, "why": stale.why}))
        .collect()
}

/// A sentence of the specification.
pub fn requirement(requirement: &Requirement) -> Value {
    let mut value = json!({
        "id": requirement.id,
        "profile": requirement.profile,
        "keyword": requirement.keyword.name(),
        "chapter": requirement.chapter,
        "title": requirement.title,
        "sentence": requirement.sentence,
    });
    if let Some(untested) = requirements::untested_reason(&requirement.id) {
        value["untested"] = json!({"kind": untested.kind.name(), "reason": untested.reason});
    }
    value
}

fn describe(outcome: &Outcome, hunts: Option<&str>) -> Value {
    let (kept, left_out) = shown(outcome, PASSED_KEPT);
    let longest = if is_brief(outcome) {
        PASSED_LENGTH
    } else {
        usize::MAX
    };
    let mut value = json!({
        "implementation": outcome.implementation,
        "through": through(outcome.needs),
        "case": outcome.case,
        "group": groups::of(&outcome.case),
        "hunts": hunts,
        "requirements": outcome.requirements,
        "verdict": standing(outcome).name(),
        "milliseconds": outcome.took.as_secs_f64() * 1_000.0,
        "datagrams": kept.into_iter().map(|logged| datagram::value(logged, longest)).collect::<Vec<_>>(),
        "datagramsLeftOut": left_out,
    });
    if let Verdict::Fail(failure) = &outcome.verdict {
        value["broken"] = json!(failure.requirement);
        value["expected"] = json!(failure.expected);
        value["actual"] = json!(failure.actual);
    }
    if let Some(known) = &outcome.known {
        value["known"] = json!(known);
    }
    if let Some(reason) = reason(outcome) {
        value["reason"] = json!(reason);
    }
    value
}

/// The datagrams of an outcome that a report shows, and how many it leaves out of the middle: of a case that passed, `most` at the most.
pub fn shown(outcome: &Outcome, most: usize) -> (Vec<&LoggedDatagram>, usize) {
    let all = &outcome.transcript;
    if !is_brief(outcome) || all.len() <= most {
        return (all.iter().collect(), 0);
    }
    let half = most / 2;
    let kept = all[..half].iter().chain(&all[all.len() - half..]);
    (kept.collect(), all.len() - 2 * half)
}

/// Nobody studies a case that passed datagram by datagram, and there are thousands of them.
fn is_brief(outcome: &Outcome) -> bool {
    matches!(outcome.verdict, Verdict::Pass | Verdict::Skipped(_))
}
