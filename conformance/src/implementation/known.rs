//! Known failures: cases that an implementation does not pass yet, each with its reason. The list may not say more than is true.

use std::collections::BTreeSet;

use crate::glob::matches;
use crate::run::Outcome;
use crate::verdict::Verdict;

/// One `[[known_failures]]` of an implementation file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFailure {
    /// Id of a case, or a pattern with `*`.
    pub case: String,
    /// Why it fails.
    pub reason: String,
    /// File and line, as an editor takes it.
    pub place: String,
}

/// A known failure that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: known failure `{case}` {why}")]
pub struct Stale {
    /// File and line.
    pub place: String,
    /// The pattern as it stands there.
    pub case: String,
    /// What is wrong with it, and which lines to remove.
    pub why: String,
}

/// Marks the outcomes that were known to fail, and returns what the list says too much. `ids` are all the cases of the suite, also those that
/// this run did not select.
pub fn apply<'a>(
    known: &[KnownFailure],
    implementation: &str,
    outcomes: &mut [Outcome],
    ids: impl Iterator<Item = &'a str> + Clone,
) -> Vec<Stale> {
    let mut stale = Vec::new();
    for failure in known {
        if !ids.clone().any(|id| matches(&failure.case, id)) {
            stale.push(failure.stale("matches no case".to_owned()));
            continue;
        }
        let mut passing = BTreeSet::new();
        for outcome in outcomes.iter_mut().filter(|outcome| {
            outcome.implementation == implementation && matches(&failure.case, &outcome.case)
        }) {
            match outcome.verdict {
                Verdict::Fail(_) | Verdict::Inconclusive(_) => {
                    outcome.known = Some(failure.reason.clone());
                }
                Verdict::Pass => {
                    passing.insert(outcome.case.clone());
                }
                Verdict::Error(_) | Verdict::Skipped(_) => {}
            }
        }
        if !passing.is_empty() {
            let passing: Vec<String> = passing.into_iter().collect();
            stale.push(failure.stale(format!("passes: {}", passing.join(", "))));
        }
    }
    stale
}

impl KnownFailure {
    fn stale(&self, what: String) -> Stale {
        let advice = if self.case.contains('*') {
            "remove these lines, or name only what fails"
        } else {
            "remove these lines"
        };
        Stale {
            place: self.place.clone(),
            case: self.case.clone(),
            why: format!(
                "{what}\n  {advice}:\n    [[known_failures]]\n    case = {:?}\n    reason = {:?}",
                self.case, self.reason
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::Needs;
    use std::time::Duration;

    fn outcome(case: &str, verdict: Verdict) -> Outcome {
        Outcome {
            case: case.to_owned(),
            ..Outcome::empty("n", Needs::Wire, verdict, Duration::ZERO)
        }
    }

    fn known(case: &str) -> Vec<KnownFailure> {
        vec![KnownFailure {
            case: case.to_owned(),
            reason: "not yet".to_owned(),
            place: "n.toml:7".to_owned(),
        }]
    }

    const IDS: [&str; 2] = ["MGP1-FRM-010/a", "MGP1-FRM-010/b"];

    #[test]
    fn a_failure_that_was_known_is_marked_with_its_reason() {
        let mut outcomes = [outcome(IDS[0], Verdict::fail("MGP1-FRM-010", "x", "y"))];
        let stale = apply(&known(IDS[0]), "n", &mut outcomes, IDS.into_iter());
        assert_eq!(stale, []);
        assert_eq!(outcomes[0].known.as_deref(), Some("not yet"));
    }

    #[test]
    fn one_that_passes_is_stale_and_shows_the_lines_to_remove() {
        let mut outcomes = [outcome(IDS[0], Verdict::Pass)];
        let stale = apply(&known("MGP1-FRM-010"), "n", &mut outcomes, IDS.into_iter());
        let line = stale[0].to_string();
        assert!(line.starts_with("n.toml:7: "), "{line}");
        assert!(line.contains(r#"case = "MGP1-FRM-010""#), "{line}");
    }

    #[test]
    fn one_that_matches_no_case_is_stale_and_one_that_was_not_selected_is_not() {
        let stale = |case| apply(&known(case), "n", &mut [], IDS.into_iter()).len();
        assert_eq!(stale("MGP1-NON-*"), 1);
        assert_eq!(stale("MGP1-FRM-010/b"), 0);
    }
}
