//! The report in a terminal: progress while it runs, failures with their rule, the matrix at the end.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use console::Style;

use super::{datagram, matrix};
use crate::attach::command::quote;
use crate::requirements::{self, Requirement};
use crate::run::{self, Outcome, Progress, Results};
use crate::verdict::{Failure, Verdict};

/// How many of the last datagrams are shown with a failure.
const LAST_DATAGRAMS: usize = 12;

/// Writes progress to standard error: a line per group of cases, and in a terminal a count that moves.
pub struct Ticker {
    terminal: console::Term,
    done: AtomicUsize,
    total: AtomicUsize,
}

impl Ticker {
    /// A ticker on standard error.
    pub fn new() -> Self {
        Self {
            terminal: console::Term::stderr(),
            done: AtomicUsize::new(0),
            total: AtomicUsize::new(0),
        }
    }
}

impl Default for Ticker {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress for Ticker {
    fn begin(&self, implementation: &str, transport: &str, cases: usize) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(cases, Ordering::Relaxed);
        // A terminal that cannot be written to is no reason to stop judging.
        let _ = self
            .terminal
            .write_line(&format!("{implementation}, {transport}: {cases} cases"));
    }

    fn end(&self, outcome: &Outcome) {
        if std::env::var_os("CONFORMANCE_TIMES").is_some() {
            eprintln!(
                "TIME {:?} {:.2} {} {}",
                outcome.needs,
                outcome.took.as_secs_f64(),
                outcome.implementation,
                outcome.case
            );
        }
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if !matches!(outcome.verdict, Verdict::Pass | Verdict::Skipped(_)) {
            let _ = self
                .terminal
                .write_line(&format!("  {} {}", word(outcome), outcome.case));
        } else if self.terminal.is_term() {
            let _ = self.terminal.write_str(&format!(
                "  {done}/{}\r",
                self.total.load(Ordering::Relaxed)
            ));
        }
    }
}

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
        Verdict::Inconclusive(why) => line(&mut text, "open", why),
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
        return "cargo run -p conformance --".to_owned();
    }
    quote(
        &std::env::args()
            .next()
            .unwrap_or_else(|| "conformance".to_owned()),
    )
}

fn describe(failure: &Failure, text: &mut String) {
    let sentence = requirements::find(&failure.requirement)
        .map_or("(not in the specification)", |r| r.sentence.as_str());
    line(text, "rule", &format!("{} {sentence}", failure.requirement));
    line(text, "expected", &failure.expected);
    line(text, "actual", &failure.actual);
    let hidden = failure.datagrams.len().saturating_sub(LAST_DATAGRAMS);
    if !failure.datagrams.is_empty() {
        line(
            text,
            "datagrams",
            &if hidden > 0 {
                format!("the last {LAST_DATAGRAMS} of {}", failure.datagrams.len())
            } else {
                String::new()
            },
        );
    }
    for logged in &failure.datagrams[hidden..] {
        let _ = writeln!(text, "  {}", datagram::line(logged));
    }
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
    let _ = writeln!(text, "{}", coverage(results));
    let style = |good: bool| {
        if good {
            Style::new().green()
        } else {
            Style::new().red()
        }
    };
    let count = |wanted: fn(&Outcome) -> bool| {
        results
            .outcomes
            .iter()
            .filter(|outcome| wanted(outcome))
            .count()
    };
    let failed =
        count(|o| matches!(o.verdict, Verdict::Fail(_)) && !o.is_advice() && o.known.is_none());
    let closing = format!(
        "{} passed, {failed} failed, {} warnings, {} inconclusive, {} errors, {} skipped, seed {seed}, {:.1} s",
        count(|o| o.verdict == Verdict::Pass),
        count(|o| matches!(o.verdict, Verdict::Fail(_)) && o.is_advice()),
        count(|o| matches!(o.verdict, Verdict::Inconclusive(_))),
        count(|o| matches!(o.verdict, Verdict::Error(_))),
        count(|o| matches!(o.verdict, Verdict::Skipped(_))),
        results.took.as_secs_f64(),
    );
    let _ = writeln!(
        text,
        "{}",
        style(failed == 0).force_styling(colours).apply_to(closing)
    );
    text
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
