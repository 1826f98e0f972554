//! What the page knows, in a form that stays small with thousands of outcomes: tables and indexes into them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::pack::{self, Exchanges};
use crate::cases::Case;
use crate::groups;
use crate::report::about::About;
use crate::report::json::{implementations, requirement, shown, stale};
use crate::report::{Counts, Standing, console, reason, standing, through};
use crate::requirements;
use crate::run::{self, Outcome, Results};
use crate::verdict::Verdict;

/// Datagrams that the page has of a case that passed: the first half and the last half of that number.
const PASSED_KEPT: usize = 16;

/// Where the page puts a case into the command that repeats it.
const CASE: &str = "{case}";

/// The data of the page, and the packed datagrams of the cases that passed.
pub(super) fn of(results: &Results, about: &About, cases: &[Case]) -> (Value, String) {
    let all = requirements::all();
    let requirement_index: BTreeMap<&str, usize> = all
        .iter()
        .enumerate()
        .map(|(index, requirement)| (requirement.id.as_str(), index))
        .collect();
    let hunts: BTreeMap<&str, &str> = cases
        .iter()
        .map(|case| (case.id.as_str(), case.hunts.as_str()))
        .collect();
    let implementations = implementations(results);
    let implementation_index = |name: &str| implementations.iter().position(|i| i["name"] == name);

    let mut table = CaseTable::default();
    let (mut open, mut passed) = (Exchanges::default(), Exchanges::default());
    let mut outcomes = Vec::new();
    for (index, outcome) in results.outcomes.iter().enumerate() {
        let case = table.index(outcome, &hunts, &requirement_index);
        let standing = standing(outcome);
        let exchanges = match standing {
            Standing::Pass => &mut passed,
            _ => &mut open,
        };
        let (kept, left_out) = shown(outcome, PASSED_KEPT);
        exchanges.add(index, &kept, left_out);
        outcomes.push(json!([
            implementation_index(&outcome.implementation),
            through(outcome.needs),
            case,
            standing.name(),
            milliseconds(outcome),
            details(outcome),
        ]));
    }
    let again: Vec<Option<String>> = implementations
        .iter()
        .map(|it| Some(console::replay(it["arguments"].as_str()?, CASE, about.seed)))
        .collect();
    let data = json!({
        "about": about,
        "seconds": results.took.as_secs_f64(),
        "exitStatus": run::exit_status(results),
        "counts": Counts::of(results),
        "implementations": implementations,
        "groups": groups::GROUPS,
        "requirements": all.iter().map(requirement).collect::<Vec<_>>(),
        "cases": table.rows,
        "outcomes": outcomes,
        "notRun": results.not_run.iter().map(|left_out| json!({
            "implementation": left_out.implementation, "what": left_out.what, "why": left_out.why, "asked": left_out.asked,
        })).collect::<Vec<_>>(),
        "repeated": run::repeated(),
        "stale": stale(results),
        "again": again,
        "exchanges": open.into_value(),
    });
    (data, pack::pack(&passed.into_value()))
}

/// Each case once, however many implementations it was put to.
#[derive(Default)]
struct CaseTable<'a> {
    rows: Vec<Value>,
    known: BTreeMap<&'a str, usize>,
}

impl<'a> CaseTable<'a> {
    fn index(
        &mut self,
        outcome: &'a Outcome,
        hunts: &BTreeMap<&str, &str>,
        requirements: &BTreeMap<&str, usize>,
    ) -> usize {
        *self.known.entry(&outcome.case).or_insert_with(|| {
            let tested: Vec<usize> = outcome
                .requirements
                .iter()
                .filter_map(|id| requirements.get(id.as_str()).copied())
                .collect();
            let hunts = hunts.get(outcome.case.as_str()).copied().unwrap_or("");
            let group = groups::of(&outcome.case);
            self.rows.push(json!([outcome.case, hunts, tested, group]));
            self.rows.len() - 1
        })
    }
}

fn milliseconds(outcome: &Outcome) -> f64 {
    (outcome.took.as_secs_f64() * 10_000.0).round() / 10.0
}

/// What there is to read of an outcome that did not pass; 0 for one that did.
fn details(outcome: &Outcome) -> Value {
    let mut details = Map::new();
    if let Verdict::Fail(failure) = &outcome.verdict {
        details.insert("broken".to_owned(), json!(failure.requirement));
        details.insert("expected".to_owned(), json!(failure.expected));
        details.insert("actual".to_owned(), json!(failure.actual));
    }
    if let Some(known) = &outcome.known {
        details.insert("known".to_owned(), json!(known));
    }
    if let Some(reason) = reason(outcome) {
        details.insert("reason".to_owned(), json!(reason));
    }
    if details.is_empty() {
        json!(0)
    } else {
        Value::Object(details)
    }
}
