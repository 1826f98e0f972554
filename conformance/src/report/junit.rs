//! The report as JUnit XML, for the viewers of CI services.
//!
//! One test suite per implementation and way of reaching it; the name of a test case is the permanent id of the case. The format has four
//! words and the suite has six verdicts:
//!
//! | verdict | in JUnit |
//! |---|---|
//! | pass | passed |
//! | fail | `failure`, `type` is the broken requirement |
//! | warning (a SHOULD was broken) | passed, with the warning in `system-err`: the exit status is 0, so nothing may turn red |
//! | inconclusive | `error` of type `inconclusive` |
//! | error | `error` of type `error` |
//! | known failure | `skipped` with the reason of the implementation file |
//! | skipped | `skipped` with the reason |

use std::collections::BTreeMap;

use chrono::DateTime;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::about::About;
use super::{Standing, console, reason, standing, through};
use crate::groups;
use crate::run::{Outcome, Results};
use crate::verdict::Verdict;

/// The report as the text of an XML file. Characters that XML cannot hold are left out.
///
/// # Errors
/// What the writer says.
pub fn report(results: &Results, about: &About) -> Result<String, String> {
    let mut report = Report::new("Mumbai Gossip conformance");
    let mut suites: BTreeMap<(&str, &str), TestSuite> = BTreeMap::new();
    for outcome in &results.outcomes {
        let key = (outcome.implementation.as_str(), through(outcome.needs));
        suites
            .entry(key)
            .or_insert_with(|| suite(&format!("{}.{}", key.0, key.1), about))
            .add_test_case(case(outcome, about.seed));
    }
    for left_out in &results.not_run {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        if left_out.asked {
            status = TestCaseStatus::skipped();
        } else {
            status.set_type("not-run");
        }
        status.set_message(left_out.why.as_str());
        let mut case = TestCase::new(format!("not run: {}", left_out.what), status);
        case.set_classname(left_out.implementation.as_str());
        suites
            .entry((left_out.implementation.as_str(), "not run"))
            .or_insert_with(|| suite(&format!("{}.not-run", left_out.implementation), about))
            .add_test_case(case);
    }
    for stale in &results.stale {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status
            .set_type("stale-known-failure")
            .set_message(stale.to_string());
        suites
            .entry(("known failures", ""))
            .or_insert_with(|| suite("known-failures", about))
            .add_test_case(TestCase::new(stale.case.as_str(), status));
    }
    report.add_test_suites(suites.into_values());
    report.set_time(results.took);
    let text = report.to_string().map_err(|error| error.to_string())?;
    // The root's own count of these is not in the schema that Jenkins' xUnit plugin validates by; the suites have theirs.
    let count = format!(" skipped=\"{}\"", report.skipped);
    Ok(text.replacen(&count, "", 1))
}

fn suite(name: &str, about: &About) -> TestSuite {
    let mut suite = TestSuite::new(name);
    for (key, value) in [
        ("suite", about.suite_version.as_str()),
        ("specification", &about.specification),
        ("seed", &about.seed.to_string()),
        ("platform", &about.platform),
        ("jdk", about.jdk.as_deref().unwrap_or("none")),
    ] {
        suite.add_property((key, value));
    }
    if let Ok(started) = DateTime::parse_from_rfc3339(&about.started) {
        suite.set_timestamp(started);
    }
    suite
}

fn case(outcome: &Outcome, seed: u64) -> TestCase {
    let text = console::problem(outcome, seed).unwrap_or_default();
    let failed = |kind: NonSuccessKind, of: &str, message: &str| {
        let mut status = TestCaseStatus::non_success(kind);
        status
            .set_type(of)
            .set_message(message)
            .set_description(text.as_str());
        status
    };
    let why = reason(outcome).unwrap_or_default();
    let status = match (&outcome.verdict, standing(outcome)) {
        (_, Standing::Known) => {
            let mut status = TestCaseStatus::skipped();
            let reason = outcome.known.as_deref().unwrap_or_default();
            status
                .set_message(format!("known failure: {reason}"))
                .set_description(text.as_str());
            status
        }
        (Verdict::Fail(failure), Standing::Fail) => failed(
            NonSuccessKind::Failure,
            &failure.requirement,
            &format!("expected {}; actual {}", failure.expected, failure.actual),
        ),
        (_, Standing::Inconclusive) => failed(NonSuccessKind::Error, "inconclusive", &why),
        (_, Standing::Error) => failed(NonSuccessKind::Error, "error", &why),
        (_, Standing::Skipped) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why);
            status
        }
        _ => TestCaseStatus::success(),
    };
    let mut case = TestCase::new(outcome.case.as_str(), status);
    case.set_classname(format!(
        "{}.{}.{}",
        outcome.implementation,
        through(outcome.needs),
        groups::of(&outcome.case)
    ));
    case.set_time(outcome.took);
    if standing(outcome) == Standing::Warning {
        case.set_system_err(text.as_str());
    }
    case
}
