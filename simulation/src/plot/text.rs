//! Tables and curves for a terminal.

use super::axis::axes;
use super::panels;
use crate::models::{Claim, Curve, Outcome, Row};

const MARKS: [char; 8] = ['●', '▲', '■', '◆', '○', '△', '□', '◇'];
const BAND: char = '░';
const NO_DATA: &str = "no data\n";

/// The rows of an outcome as a table: name, published, measured with its interval, and unit. Columns are as wide as they need to be.
pub fn table(outcome: &Outcome) -> String {
    let mut lines =
        vec![["what", "published", "measured", "95 % interval", "unit"].map(str::to_owned)];
    lines.extend(outcome.rows.iter().map(|row| {
        [
            row.name.clone(),
            row.published
                .as_ref()
                .map_or_else(|| "–".to_owned(), |claim| claim.says.clone()),
            number(row.measured),
            interval(row),
            row.unit.clone(),
        ]
    }));
    let width = |column: usize| {
        lines
            .iter()
            .map(|line| line[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..5).map(width).collect();
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        let cells: Vec<String> = line
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| {
                if column == 2 {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:<width$}")
                }
            })
            .collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
        if index == 0 {
            out.push_str(
                &widths
                    .iter()
                    .map(|width| "─".repeat(*width))
                    .collect::<Vec<_>>()
                    .join("  "),
            );
            out.push('\n');
        }
    }
    out
}

/// The published claims of an outcome, one below the other: where each stands, what it says, and what is true. Lines break at `width`.
///
/// Claims of one place with one truth are named together; no claim gives an empty text.
pub fn claims(outcome: &Outcome, width: usize) -> String {
    let mut out = String::new();
    let mut named: Vec<(&Claim, Vec<&str>)> = Vec::new();
    for claim in outcome.rows.iter().filter_map(|row| row.published.as_ref()) {
        let same = |(other, _): &&mut (&Claim, Vec<&str>)| {
            (&other.place, &other.truth) == (&claim.place, &claim.truth)
        };
        match named.iter_mut().find(same) {
            _ if claim.truth.is_empty() => {}
            Some((_, says)) if says.contains(&claim.says.as_str()) => {}
            Some((_, says)) => says.push(&claim.says),
            None => named.push((claim, vec![&claim.says])),
        }
    }
    for (claim, says) in named {
        let says: Vec<String> = says
            .iter()
            .map(|says| format!("\u{201c}{says}\u{201d}"))
            .collect();
        let mut line = format!("{}, {}:", claim.place, says.join(", "));
        for word in claim.truth.split_whitespace() {
            if line.chars().count() + word.chars().count() >= width {
                out.push_str(&line);
                out.push('\n');
                line = "   ".to_owned();
            }
            line.push(' ');
            line.push_str(word);
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

fn interval(row: &Row) -> String {
    row.interval.map_or_else(
        || "computed".to_owned(),
        |interval| format!("{} to {}", number(interval.low), number(interval.high)),
    )
}

/// Four significant digits are as many as a sample of thousands supports.
fn number(value: f64) -> String {
    let magnitude = value.abs();
    match magnitude {
        _ if !value.is_finite() => "–".to_owned(),
        _ if magnitude >= 1000.0 => format!("{value:.0}"),
        _ if magnitude >= 100.0 => trimmed(format!("{value:.1}")),
        _ if magnitude >= 10.0 => trimmed(format!("{value:.2}")),
        _ if magnitude == 0.0 => "0".to_owned(),
        _ if magnitude < 0.001 => format!("{value:.2e}"),
        _ => trimmed(format!("{value:.4}")),
    }
}

/// Without the zeros at the end of a fraction.
fn trimmed(text: String) -> String {
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The curves as a picture of characters, each panel `width` by `height` without its labels: a mark for each curve's mean, shade for its
/// band. Curves that follow each other and have the same axes share a panel.
///
/// Sizes below 8 by 3 are taken as that.
pub fn curves(curves: &[Curve], width: usize, height: usize) -> String {
    let panels: Vec<String> = panels(curves)
        .map(|curves| panel(curves, width.max(8), height.max(3)))
        .collect();
    if panels.is_empty() {
        return NO_DATA.to_owned();
    }
    panels.join("\n")
}

fn panel(curves: &[Curve], width: usize, height: usize) -> String {
    let Some((x, y)) = axes(curves) else {
        return NO_DATA.to_owned();
    };
    let column = |value: f64| Some((x.place(value)? * (width - 1) as f64).round() as usize);
    let row = |value: f64| {
        let up = (y.place(value)? * (height - 1) as f64).round() as usize;
        height.checked_sub(up + 1)
    };
    let mut grid = vec![vec![' '; width]; height];
    let points = || curves.iter().flat_map(|curve| &curve.points);
    for point in points() {
        if let (Some(column), Some(top), Some(bottom)) =
            (column(point.x), row(point.p95), row(point.p5))
        {
            for line in &mut grid[top..=bottom] {
                line[column] = BAND;
            }
        }
    }
    for (index, curve) in curves.iter().enumerate() {
        for point in &curve.points {
            if let (Some(column), Some(row)) = (column(point.x), row(point.mean)) {
                grid[row][column] = MARKS[index % MARKS.len()];
            }
        }
    }
    let marks = y.ticks(4);
    let labels: Vec<String> = (0..height)
        .map(|line| {
            marks
                .iter()
                .find(|tick| row(**tick) == Some(line))
                .map_or_else(String::new, |tick| y.label(*tick, &marks))
        })
        .collect();
    let margin = labels
        .iter()
        .map(|text| text.chars().count())
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    for (text, line) in labels.iter().zip(&grid) {
        let edge = if text.is_empty() { '│' } else { '┤' };
        out.push_str(&format!(
            "{text:>margin$} {edge}{}\n",
            line.iter().collect::<String>().trim_end()
        ));
    }
    let marks = match x.ticks(6) {
        marks if marks.len() > 1 => marks,
        _ => x.ends().into(),
    };
    out.push_str(&format!(
        "{:margin$} └{}\n",
        "",
        rule(width, &marks, column)
    ));
    let mut under = Labels::new(width);
    for mark in &marks {
        under.put(column(*mark).unwrap_or_default(), &x.label(*mark, &marks));
    }
    out.push_str(&format!("{:margin$}  {}\n", "", under.text()));
    if let Some(first) = curves.first() {
        out.push_str(&format!(
            "{:margin$}  x: {}   y: {}\n",
            "", first.x, first.y
        ));
    }
    for (index, curve) in curves.iter().enumerate() {
        let band = if curve.points.iter().any(|point| point.p95 > point.p5) {
            format!("   {BAND} 5 to 95 %")
        } else {
            String::new()
        };
        let mark = MARKS[index % MARKS.len()];
        out.push_str(&format!("{:margin$}  {mark} {}{band}\n", "", curve.name));
    }
    out
}

fn rule(width: usize, marks: &[f64], column: impl Fn(f64) -> Option<usize>) -> String {
    let mut line = vec!['─'; width];
    for at in marks.iter().filter_map(|mark| column(*mark)) {
        line[at.min(width - 1)] = '┬';
    }
    line.into_iter().collect()
}

/// Labels below an axis; one that would touch another is left out.
struct Labels {
    line: Vec<char>,
}

impl Labels {
    fn new(width: usize) -> Self {
        Labels {
            line: vec![' '; width],
        }
    }

    /// In the middle below a column, as far as there is room at the ends.
    fn put(&mut self, column: usize, label: &str) {
        let letters: Vec<char> = label.chars().collect();
        let Some(last) = self.line.len().checked_sub(letters.len()) else {
            return;
        };
        let begin = column.saturating_sub(letters.len() / 2).min(last);
        let around = begin.saturating_sub(2)..(begin + letters.len() + 2).min(self.line.len());
        if self.line[around].iter().all(|letter| *letter == ' ') {
            self.line[begin..begin + letters.len()].copy_from_slice(&letters);
        }
    }

    fn text(&self) -> String {
        self.line.iter().collect::<String>().trim_end().to_owned()
    }
}
