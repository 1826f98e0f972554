//! The tables of the paper that named rumour mongering, beside what is measured here.
//!
//! A. Demers, D. Greene, C. Hauser, W. Irish, J. Larson, S. Shenker, H. Sturgis, D. Swinehart, D. Terry: *Epidemic algorithms for
//! replicated database maintenance*, Proc. 6th ACM Symposium on Principles of Distributed Computing, 1987, section 1.4. All three
//! tables are of 1,000 sites, one source, one contact a cycle and no loss.

use super::mongering::{Direction, Mongering, Spread, Stop};
use crate::models::{Outcome, Trials};
use crate::random::Chance;

/// One line of the paper's tables.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Which table.
    pub table: &'static str,
    /// Who opens a contact.
    pub direction: Direction,
    /// When a site stops.
    pub stop: Stop,
    /// Residue, traffic, t_ave and t_last as printed.
    pub figures: [&'static str; 4],
}

/// The sites of all three tables.
pub const SITES: u32 = 1_000;

const fn push(stop: Stop, figures: [&'static str; 4]) -> Line {
    Line {
        table: match stop {
            Stop::Counter(_) => "Demers 1987, table 1",
            _ => "Demers 1987, table 2",
        },
        direction: Direction::Push,
        stop,
        figures,
    }
}

const fn pull(k: u32, figures: [&'static str; 4]) -> Line {
    Line {
        table: "Demers 1987, table 3",
        direction: Direction::Pull,
        stop: Stop::Counter(k),
        figures,
    }
}

/// All lines.
pub const TABLES: [Line; 13] = [
    push(Stop::Counter(1), ["0.18", "1.7", "11.0", "16.8"]),
    push(Stop::Counter(2), ["0.037", "3.3", "12.1", "16.9"]),
    push(Stop::Counter(3), ["0.011", "4.5", "12.5", "17.4"]),
    push(Stop::Counter(4), ["0.0036", "5.6", "12.7", "17.5"]),
    push(Stop::Counter(5), ["0.0012", "6.7", "12.8", "17.7"]),
    push(Stop::BlindCoin(1), ["0.96", "0.04", "19", "38"]),
    push(Stop::BlindCoin(2), ["0.20", "1.6", "17", "33"]),
    push(Stop::BlindCoin(3), ["0.060", "2.8", "15", "32"]),
    push(Stop::BlindCoin(4), ["0.021", "3.9", "14.1", "32"]),
    push(Stop::BlindCoin(5), ["0.008", "4.9", "13.8", "32"]),
    pull(1, ["3.1e-2", "2.7", "9.97", "17.6"]),
    pull(2, ["5.8e-4", "4.5", "10.07", "15.4"]),
    pull(3, ["4.0e-6", "6.1", "10.08", "14.0"]),
];

const AVERAGE: &str = "The mean delay of the pushing tables is one to three rounds above the mean, over the sites, of the round in which each heard it. Residue, traffic and \
    the last delay of the same tables are met, and so is all of the pulling one; the paper does not say how the mean was taken.";

impl Line {
    /// What is to be said of a figure of this line.
    pub(super) fn remark(&self, figure: usize) -> &'static str {
        if figure == 2 && self.direction == Direction::Push {
            AVERAGE
        } else {
            ""
        }
    }

    /// What was done, as the beginning of a row's name.
    fn name(&self) -> String {
        format!("{}, {}: ", self.direction.name(), self.stop.describe())
    }

    /// The experiment of this line.
    pub fn experiment(&self) -> Mongering {
        Mongering {
            participants: SITES,
            sources: 1,
            direction: self.direction,
            fanout: 1,
            stop: self.stop,
            loss: Chance::NEVER,
        }
    }
}

/// The line that is about exactly this experiment.
pub fn line(experiment: &Mongering) -> Option<&'static Line> {
    TABLES.iter().find(|line| line.experiment() == *experiment)
}

/// All lines, measured again.
pub fn run(trials: &Trials) -> Outcome {
    let mut rows = Vec::new();
    let mut curves = Vec::new();
    let mut all = trials.run(|trial| {
        let lines = TABLES.iter();
        let spread = |line: &Line| line.experiment().simulate(&mut trial.stream(&line.name()));
        lines.map(spread).collect::<Vec<_>>().into_iter()
    });
    let count = all.len();
    for line in &TABLES {
        let experiment = line.experiment();
        let name = line.name();
        let runs: Vec<Spread> = all.iter_mut().filter_map(Iterator::next).collect();
        let how = format!("{count} runs, {SITES} sites");
        rows.extend(experiment.measures(&name, &runs, &how));
        if matches!(line.stop, Stop::Counter(1) | Stop::BlindCoin(2)) {
            let mut curve = experiment.informed(&runs);
            curve.name = name.trim_end_matches(": ").to_owned();
            curves.push(curve);
        }
    }
    Outcome {
        model: "Rumour mongering, 1,000 sites (Demers 1987)".to_owned(),
        description: format!("three variants of rumour mongering among {SITES} sites"),
        seed: trials.seed,
        trials: count,
        rows,
        curves,
    }
}
