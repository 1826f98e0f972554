//! The report in a terminal: failures with their rule, the matrix at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use console::Style;

use super::{Counts, datagram, matrix};
use crate::attach::command::quote;
use crate::requirements::{self, Requirement};
use crate::run::{self, Outcome, Results};
use crate::verdict::{Direction, Failure, LoggedDatagram, Verdict};

pub use super::progress::Ticker;

/// How many datagrams are shown with a failure.
const LAST_DATAGRAMS: usize = 12;

/// The verdict in one word.
pub fn word(outcome: &Outcome) -> &'static str {
    match &outcome.verdict {
        Verdict::Fail(_) | Verdict::Inconclusive(_) if outcome.known.is_some() => "known failure",
        Verdict::Pass => "pass",
        Verdict::Fail(_) if outcome.is_advice() => "WARNING",
        Verdict::Fail(_) => "FAIL",
        Verdict::Inconclusive(_) => "INCONCLUSIVE",
        Verdict::Error(_) => "ERROR",
        Verdict::Skipped(_) => "skipped",
    }
}

/// Everything that is not a pass or a skip, one block each: the rule, what it asks for here, what happened, the datagrams, and
/// the command that runs just this again.
pub fn problem(outcome: &Outcome, seed: u64) -> Option<String> {
    let mut text = format!(
        "{} {} {}\n",
        word(outcome),
        outcome.implementation,
        outcome.case
    );
    match &outcome.verdict {
        Verdict::Pass | Verdict::Skipped(_) => return None,
        Verdict::Fail(failure) => describe(failure, &mut text),
        Verdict::Inconclusive(gap) => {
            line(&mut text, "open", &gap.missing);
            if !gap.waited.is_empty() {
                line(&mut text, "waited", &gap.waited);
            }
            line(&mut text, "to do", &gap.advice);
        }
        Verdict::Error(why) => line(&mut text, "suite", why),
    }
    if let Some(reason) = &outcome.known {
        line(&mut text, "known", reason);
    }
    line(
        &mut text,
        "replay",
        &replay(&outcome.arguments, &outcome.case, seed),
    );
    Some(text)
}

/// The command that runs one case again on the implementation that these arguments name, as a shell takes it.
pub fn replay(arguments: &str, case: &str, seed: u64) -> String {
    format!(
        "{} run {arguments} --case '{case}' --seed {seed}",
        program()
    )
}

/// How the suite was started, so that it can be started so again.
fn program() -> String {
    if std::env::var_os("CARGO").is_some() {
        return by_cargo();
    }
    quote(
        &std::env::args()
            .next()
            .unwrap_or_else(|| "conformance".to_owned()),
    )
}

/// How cargo starts the suite from the folder that it was started in.
fn by_cargo() -> String {
    let workspace = std::env::var_os("CARGO_MANIFEST_DIR")
        .and_then(|package| Some(Path::new(&package).parent()?.to_owned()));
    let here = std::env::current_dir().ok();
    match (workspace, here) {
        (Some(workspace), Some(here)) if !here.starts_with(&workspace) => format!(
            "cargo run --manifest-path {} -p conformance --",
            quote(&workspace.join("Cargo.toml").display().to_string())
        ),
        _ => "cargo run -p conformance --".to_owned(),
    }
}

fn describe(failure: &Failure, text: &mut String) {
    let sentence = requirements::find(&failure.requirement)
        .map_or("(not in the specification)", |r| r.sentence.as_str());
    line(text, "rule", &format!("{} {sentence}", failure.requirement));
    line(text, "expected", &failure.expected);
    line(text, "actual", &failure.actual);
    let shown = telling(&failure.datagrams);
    if !failure.datagrams.is_empty() {
        let all = failure.datagrams.len();
        line(
            text,
            "datagrams",
            &if shown.len() < all {
                format!("{} of {all}", shown.len())
            } else {
                String::new()
            },
        );
    }
    let mut next = 0;
    for index in shown {
        if index > next {
            let _ = writeln!(text, "    ({} more)", index - next);
        }
        next = index + 1;
        let _ = writeln!(text, "  {}", datagram::line(&failure.datagrams[index]));
    }
}

/// Which datagrams are shown: the last ones, and the last that the suite sent of itself. Among these is the one that the
/// implementation should have treated otherwise, and it may lie many rounds back.
fn telling(datagrams: &[LoggedDatagram]) -> Vec<usize> {
    if datagrams.len() <= LAST_DATAGRAMS {
        return (0..datagrams.len()).collect();
    }
    let is_pong = |logged: &LoggedDatagram| {
        let pong: &[u8] = b"\"type\":\"PONG\"";
        logged.bytes.windows(pong.len()).any(|part| part == pong)
    };
    let asked = (0..datagrams.len()).rev().filter(|index| {
        let logged = &datagrams[*index];
        logged.direction == Direction::Received && !is_pong(logged)
    });
    let mut shown: BTreeSet<usize> = asked.take(LAST_DATAGRAMS / 2).collect();
    let last = (0..datagrams.len()).rev();
    for index in last {
        if shown.len() == LAST_DATAGRAMS {
            break;
        }
        shown.insert(index);
    }
    shown.into_iter().collect()
}

fn line(text: &mut String, label: &str, content: &str) {
    let _ = writeln!(text, "  {label:<10}{content}");
}

/// The whole report: problems, the matrix, what was not run, and one closing line.
pub fn render(results: &Results, seed: u64, colours: bool) -> String {
    let mut text = String::new();
    for problem in results
        .outcomes
        .iter()
        .filter_map(|outcome| problem(outcome, seed))
    {
        let _ = writeln!(text, "{problem}");
    }
    for (implementation, who) in &results.who {
        let _ = writeln!(text, "{implementation}: {who}");
    }
    let _ = writeln!(text, "{}", matrix::render(results, colours));
    for left_out in &results.not_run {
        let _ = writeln!(
            text,
            "not run: {} {}: {}",
            left_out.implementation, left_out.what, left_out.why
        );
    }
    for stale in &results.stale {
        let _ = writeln!(text, "{stale}");
    }
    let repeated = run::repeated();
    if !repeated.is_empty() {
        let _ = writeln!(
            text,
            "passed only when repeated with nothing else running: {}",
            repeated.join(", ")
        );
    }
    text.push_str(&skipped(results));
    let _ = writeln!(text, "{}", coverage(results));
    let style = |good: bool| {
        if good {
            Style::new().green()
        } else {
            Style::new().red()
        }
    };
    let counts = Counts::of(results);
    let known = match counts.known {
        0 => String::new(),
        count => format!("{count} known failures, "),
    };
    let closing = format!(
        "{} passed, {} failed, {} warnings, {} inconclusive, {} errors, {known}{} skipped, seed {seed}, {:.1} s",
        counts.pass,
        counts.fail,
        counts.warning,
        counts.inconclusive,
        counts.error,
        counts.skipped,
        results.took.as_secs_f64(),
    );
    let _ = writeln!(
        text,
        "{}",
        style(counts.fail == 0 && results.stale.is_empty())
            .force_styling(colours)
            .apply_to(closing)
    );
    text
}

/// The reasons for which cases were skipped, the most frequent first; nothing where none was.
fn skipped(results: &Results) -> String {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for outcome in &results.outcomes {
        if let Verdict::Skipped(why) = &outcome.verdict {
            // What the case needs differs from case to case, and what the command lacks is to be mended once.
            let lacking = why.rfind("the command has no {").map(|at| &why[at..]);
            *reasons.entry(lacking.unwrap_or(why)).or_default() += 1;
        }
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let all: usize = reasons.iter().map(|(_, count)| count).sum();
    if all == 0 {
        return String::new();
    }
    let reasons: Vec<String> = reasons
        .iter()
        .map(|(reason, count)| format!("{reason} ({count})"))
        .collect();
    format!("{all} skipped: {}\n", reasons.join(", "))
}

/// How many of the specification's requirements this run has shown to hold or not.
fn coverage(results: &Results) -> String {
    let all = requirements::all();
    let judged = |requirement: &&Requirement| {
        results.outcomes.iter().any(|outcome| {
            matches!(outcome.verdict, Verdict::Pass | Verdict::Fail(_))
                && outcome.requirements.contains(&requirement.id)
        })
    };
    let claimed: Vec<&str> = {
        let mut seen: Vec<&str> = all
            .iter()
            .filter(judged)
            .map(|requirement| requirement.profile.as_str())
            .collect();
        seen.sort_unstable();
        seen.dedup();
        seen
    };
    format!(
        "{} of {} requirements judged (profiles {}); `conformance list --requirements` shows the rest and why",
        all.iter().filter(judged).count(),
        all.len(),
        if claimed.is_empty() {
            "none".to_owned()
        } else {
            claimed.join(", ")
        }
    )
}
