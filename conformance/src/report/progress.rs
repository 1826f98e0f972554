//! What is seen while a run goes on: a line per group of cases, those that did not pass at once, and how long it will still take.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::console::word;
use crate::run::{Outcome, Progress};
use crate::verdict::Verdict;

/// Before this nobody wonders how long it will take, and the estimate is worth little.
const EARLY: Duration = Duration::from_secs(3);
/// How often a run that is not watched in a terminal says how far it is.
const SELDOM: Duration = Duration::from_secs(30);

/// Writes progress to standard error.
pub struct Ticker {
    terminal: console::Term,
    group: Mutex<Group>,
}

/// The cases that go on now.
struct Group {
    began: Instant,
    told: Instant,
    done: usize,
    total: usize,
}

impl Ticker {
    /// A ticker on standard error.
    pub fn new() -> Self {
        let now = Instant::now();
        Self {
            terminal: console::Term::stderr(),
            group: Mutex::new(Group {
                began: now,
                told: now,
                done: 0,
                total: 0,
            }),
        }
    }
}

impl Default for Ticker {
    fn default() -> Self {
        Self::new()
    }
}

// A terminal that cannot be written to is no reason to stop judging: what writing says is not looked at.
impl Progress for Ticker {
    fn begin(&self, implementation: &str, transport: &str, cases: usize) {
        let now = Instant::now();
        *self.group.lock().unwrap_or_else(PoisonError::into_inner) = Group {
            began: now,
            told: now,
            done: 0,
            total: cases,
        };
        let _ = self.terminal.write_line(&format!(
            "{implementation}, {transport}: {}",
            counted(cases)
        ));
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
        let is_terminal = self.terminal.is_term();
        let mut group = self.group.lock().unwrap_or_else(PoisonError::into_inner);
        group.done += 1;
        if is_terminal {
            let _ = self.terminal.clear_line();
        }
        if !matches!(outcome.verdict, Verdict::Pass | Verdict::Skipped(_)) {
            let _ = self
                .terminal
                .write_line(&format!("  {} {}", word(outcome), outcome.case));
        }
        let status = status(group.done, group.total, group.began.elapsed());
        if is_terminal {
            let _ = self.terminal.write_str(&status);
            if group.done == group.total {
                let _ = self.terminal.clear_line();
            }
        } else if group.told.elapsed() >= SELDOM && group.done < group.total {
            group.told = Instant::now();
            let _ = self.terminal.write_line(&status);
        }
    }
}

/// `1 case`, `2 cases`.
fn counted(cases: usize) -> String {
    match cases {
        1 => "1 case".to_owned(),
        count => format!("{count} cases"),
    }
}

/// `  31/125, about 2 min left`.
fn status(done: usize, total: usize, elapsed: Duration) -> String {
    let count = format!("  {done}/{total}");
    if elapsed < EARLY || done == 0 || done >= total {
        return count;
    }
    let left = elapsed.as_secs_f64() / done as f64 * (total - done) as f64;
    if left < 90.0 {
        format!("{count}, about {left:.0} s left")
    } else {
        format!("{count}, about {:.0} min left", left / 60.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_case_is_no_cases() {
        assert_eq!(
            [counted(0), counted(1), counted(2)],
            ["0 cases", "1 case", "2 cases"]
        );
    }

    #[test]
    fn the_remaining_time_follows_from_the_time_so_far() {
        let after = |seconds, done| status(done, 125, Duration::from_secs(seconds));
        assert_eq!(after(1, 25), "  25/125");
        assert_eq!(after(10, 25), "  25/125, about 40 s left");
        assert_eq!(after(60, 25), "  25/125, about 4 min left");
        assert_eq!(after(60, 125), "  125/125");
    }
}
