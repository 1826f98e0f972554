//! The matrix: implementations by requirement groups, in Markdown, because it is often pasted somewhere.

use std::collections::BTreeMap;

use comfy_table::{Cell, CellAlignment, Color, Table, presets};

use super::{Standing, standing};
use crate::cases::Needs;
use crate::groups;
use crate::run::{Outcome, Results};

/// Counts of one cell.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tally {
    passed: usize,
    failed: usize,
    advice: usize,
    open: usize,
    known: usize,
    skipped: usize,
}

impl Tally {
    fn add(&mut self, outcome: &Outcome) {
        *match standing(outcome) {
            Standing::Pass => &mut self.passed,
            Standing::Fail => &mut self.failed,
            Standing::Warning => &mut self.advice,
            Standing::Inconclusive | Standing::Error => &mut self.open,
            Standing::Known => &mut self.known,
            Standing::Skipped => &mut self.skipped,
        } += 1;
    }

    fn run(self) -> usize {
        self.passed + self.failed + self.advice + self.open + self.known
    }

    fn cell(self) -> Cell {
        let (text, color) = match self {
            Tally {
                failed: 0,
                advice: 0,
                open: 0,
                known: 0,
                skipped: 0,
                passed: 0,
            } => ("".to_owned(), None),
            Tally {
                failed: 0,
                advice: 0,
                open: 0,
                known: 0,
                passed: 0,
                ..
            } => ("skipped".to_owned(), Some(Color::Yellow)),
            Tally {
                failed: 0,
                open: 0,
                known: 0,
                ..
            } if self.advice == 0 => (format!("{} ✓", self.passed), Some(Color::Green)),
            _ => {
                let mark = if self.failed > 0 {
                    '✗'
                } else if self.open > 0 {
                    '?'
                } else if self.advice > 0 {
                    '!'
                } else {
                    '○'
                };
                let color = if self.failed > 0 {
                    Color::Red
                } else {
                    Color::Yellow
                };
                (
                    format!("{}/{} {mark}", self.passed, self.run()),
                    Some(color),
                )
            }
        };
        let cell = Cell::new(text).set_alignment(CellAlignment::Right);
        color.map_or(cell.clone(), |color| cell.fg(color))
    }
}

/// The matrix as text, with ANSI colours where wanted.
pub fn render(results: &Results, colours: bool) -> String {
    let mut rows: BTreeMap<(&str, Needs), BTreeMap<&str, Tally>> = BTreeMap::new();
    for outcome in &results.outcomes {
        let row = rows
            .entry((outcome.implementation.as_str(), outcome.needs))
            .or_default();
        row.entry(groups::of(&outcome.case))
            .or_default()
            .add(outcome);
        row.entry("all").or_default().add(outcome);
    }
    let used: Vec<&str> = groups::GROUPS
        .iter()
        .map(|(_, name)| *name)
        .filter(|name| rows.values().any(|row| row.contains_key(name)))
        .chain(["all"])
        .collect();
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    if colours {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let code = |name: &str| {
        groups::GROUPS
            .iter()
            .find(|(_, known)| *known == name)
            .map_or("all", |(code, _)| *code)
    };
    table.set_header(
        ["implementation", "through"]
            .into_iter()
            .chain(used.iter().map(|name| code(name))),
    );
    for ((implementation, needs), row) in &rows {
        let through = match needs {
            Needs::Codec => "codec",
            Needs::Core => "core",
            Needs::Wire => "wire (UDP)",
        };
        let mut cells = vec![Cell::new(implementation), Cell::new(through)];
        cells.extend(
            used.iter()
                .map(|name| row.get(name).copied().unwrap_or_default().cell()),
        );
        table.add_row(cells);
    }
    for left_out in &results.not_run {
        table.add_row([
            left_out.implementation.as_str(),
            left_out.what.as_str(),
            "NOT RUN",
        ]);
    }
    table.to_string()
}
