//! How an outcome counts, in the one word that all reports use.

use serde::Serialize;

use crate::cases::Needs;
use crate::run::{Outcome, Results};
use crate::verdict::Verdict;

/// A verdict as a report counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The requirement was seen to hold.
    Pass,
    /// A MUST was broken.
    Fail,
    /// A SHOULD was broken.
    Warning,
    /// Neither was seen.
    Inconclusive,
    /// The suite or the adapter broke.
    Error,
    /// A failure that the implementation's own file names, with the reason: it decides nothing.
    Known,
    /// Not run.
    Skipped,
}

impl Standing {
    /// The word of it.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Pass => "pass",
            Standing::Fail => "fail",
            Standing::Warning => "warning",
            Standing::Inconclusive => "inconclusive",
            Standing::Error => "error",
            Standing::Known => "known",
            Standing::Skipped => "skipped",
        }
    }
}

/// How an outcome counts.
pub fn standing(outcome: &Outcome) -> Standing {
    match &outcome.verdict {
        Verdict::Fail(_) | Verdict::Inconclusive(_) if outcome.known.is_some() => Standing::Known,
        Verdict::Pass => Standing::Pass,
        Verdict::Fail(_) if outcome.is_advice() => Standing::Warning,
        Verdict::Fail(_) => Standing::Fail,
        Verdict::Inconclusive(_) => Standing::Inconclusive,
        Verdict::Error(_) => Standing::Error,
        Verdict::Skipped(_) => Standing::Skipped,
    }
}

/// Why an outcome is open, an error or skipped; a failure has `expected` and `actual` instead.
pub fn reason(outcome: &Outcome) -> Option<String> {
    match &outcome.verdict {
        Verdict::Inconclusive(gap) => Some(gap.to_string()),
        Verdict::Error(why) | Verdict::Skipped(why) => Some(why.clone()),
        Verdict::Pass | Verdict::Fail(_) => None,
    }
}

/// How an implementation was reached: `codec`, `core` or `wire`.
pub fn through(needs: Needs) -> &'static str {
    match needs {
        Needs::Codec => "codec",
        Needs::Core => "core",
        Needs::Wire => "wire",
    }
}

/// How many outcomes stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Passed.
    pub pass: usize,
    /// A MUST was broken.
    pub fail: usize,
    /// A SHOULD was broken.
    pub warning: usize,
    /// Neither was seen.
    pub inconclusive: usize,
    /// The suite or an adapter broke.
    pub error: usize,
    /// Failures that the implementation's own file names.
    pub known: usize,
    /// Not run.
    pub skipped: usize,
}

impl Counts {
    /// Counts all outcomes.
    pub fn of(results: &Results) -> Self {
        let mut counts = Counts::default();
        for outcome in &results.outcomes {
            *match standing(outcome) {
                Standing::Pass => &mut counts.pass,
                Standing::Fail => &mut counts.fail,
                Standing::Warning => &mut counts.warning,
                Standing::Inconclusive => &mut counts.inconclusive,
                Standing::Error => &mut counts.error,
                Standing::Known => &mut counts.known,
                Standing::Skipped => &mut counts.skipped,
            } += 1;
        }
        counts
    }
}
