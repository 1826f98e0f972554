//! Who is there when, and what the clocks show: what a file asks of a node must be possible at that moment.

use std::collections::{BTreeMap, BTreeSet};

use super::reader::Place;
use super::{Node, ScenarioError};
use crate::network::HostId;
use crate::time::{HostClock, Micros};

type Read<T> = Result<T, ScenarioError>;

/// The latest moment that a wall clock may show, 2^52 ms after the Unix epoch.
const LATEST_US: i128 = (1 << 52) * 1_000;

/// A fault of single nodes, as the file has it.
pub(super) struct Blow<'a> {
    pub at: Micros,
    pub until: Option<Micros>,
    pub nodes: BTreeSet<HostId>,
    pub what: What<'a>,
    /// Its field `at`.
    pub place: Place<'a>,
    /// The way to the fault, such as `faults[2]`.
    pub name: String,
}

pub(super) enum What<'a> {
    Crash,
    Leave,
    /// By how many microseconds, and the field that says so.
    Step(i64, Place<'a>),
    Drift(i64),
    Other,
}

/// When each node is gone.
pub(super) struct Lives {
    starts: Vec<Micros>,
    gone: BTreeMap<HostId, Vec<Gone>>,
}

/// A node is not there, from a crash or a leave on; if from a leave, perhaps until a restart.
struct Gone {
    from: Micros,
    until: Option<Micros>,
    left: bool,
    by: String,
}

/// The writes of one entry of a file.
pub(super) struct Series<'a> {
    pub host: HostId,
    pub at: Micros,
    pub step: Micros,
    pub times: u64,
    /// The field `at`.
    pub place: &'a Place<'a>,
    /// The field `every`.
    pub every: Option<&'a Place<'a>>,
}

/// A fault's beginning or end at one node.
#[derive(Clone, Copy)]
struct Moment<'b, 'a> {
    at: Micros,
    blow: &'b Blow<'a>,
    begins: bool,
}

/// What happens to each node, in the order in which a world lets it happen.
fn by_host<'b, 'a>(blows: &'b [Blow<'a>]) -> BTreeMap<HostId, Vec<Moment<'b, 'a>>> {
    let mut all: BTreeMap<HostId, Vec<Moment<'b, 'a>>> = BTreeMap::new();
    for blow in blows {
        for host in &blow.nodes {
            let moments = all.entry(*host).or_default();
            let begins = [(Some(blow.at), true), (blow.until, false)];
            moments.extend(
                begins
                    .into_iter()
                    .filter_map(|(at, begins)| at.map(|at| Moment { at, blow, begins })),
            );
        }
    }
    for moments in all.values_mut() {
        moments.sort_by_key(|moment| moment.at);
    }
    all
}

/// The mistake that comes first in the file.
fn first(mistakes: Vec<ScenarioError>) -> Read<()> {
    let place = |mistake: &ScenarioError| (mistake.line, mistake.column);
    mistakes.into_iter().min_by_key(place).map_or(Ok(()), Err)
}

impl Lives {
    pub fn of(nodes: &[Node], blows: &[Blow<'_>]) -> Read<Lives> {
        let mut lives = Lives {
            starts: nodes.iter().map(|node| node.start_at).collect(),
            gone: BTreeMap::new(),
        };
        let mut mistakes = Vec::new();
        for (host, moments) in by_host(blows) {
            match lives.live(host, &moments) {
                Ok(gone) => {
                    lives.gone.insert(host, gone);
                }
                Err(mistake) => mistakes.push(mistake),
            }
        }
        first(mistakes).map(|()| lives)
    }

    fn live(&self, host: HostId, moments: &[Moment<'_, '_>]) -> Read<Vec<Gone>> {
        let (mut all, mut gone) = (Vec::new(), None::<Gone>);
        let mut running = true;
        for Moment { at, blow, begins } in moments.iter().copied() {
            let crashes = matches!(blow.what, What::Crash);
            if !begins {
                if crashes && !running {
                    running = true;
                    all.extend(gone.take().map(|gone| Gone {
                        until: Some(at),
                        ..gone
                    }));
                }
                continue;
            }
            self.has_started(host, at, &blow.place)?;
            if let Some(gone) = &gone
                && !(gone.left && crashes)
            {
                return Err(gone.mistake(host, &blow.place, String::new()));
            }
            match blow.what {
                What::Crash => {
                    running = false;
                    if blow.until.is_none() {
                        is_up(host, blow, moments)?;
                        gone = Some(Gone {
                            from: gone.map_or(at, |gone| gone.from),
                            until: None,
                            left: false,
                            by: blow.name.clone(),
                        });
                    }
                }
                What::Leave if running => {
                    gone = Some(Gone {
                        from: at,
                        until: None,
                        left: true,
                        by: blow.name.clone(),
                    });
                }
                _ => {}
            }
        }
        all.extend(gone);
        Ok(all)
    }

    fn has_started(&self, host: HostId, at: Micros, place: &Place<'_>) -> Read<()> {
        let start = self.starts[host.0 as usize];
        if at < start {
            return Err(place.error(
                format!("{host} has not started by then: it starts at {start}"),
                format!("write {start} or a later time"),
            ));
        }
        Ok(())
    }

    /// Whether the node is there at all these writes.
    pub fn check(&self, series: &Series<'_>) -> Read<()> {
        self.has_started(series.host, series.at, series.place)?;
        for gone in self.gone.get(&series.host).into_iter().flatten() {
            let index = match series.step.0 {
                0 => u64::from(series.at < gone.from),
                step => gone.from.since(series.at).0.div_ceil(step),
            };
            let meets = series.at + Micros(series.step.0.saturating_mul(index));
            if index >= series.times || gone.until.is_some_and(|until| meets >= until) {
                continue;
            }
            return Err(match (index, series.every) {
                (1.., Some(every)) => {
                    let which = format!(
                        "write {} of {} is at {meets}, and ",
                        index + 1,
                        series.times
                    );
                    gone.mistake(series.host, every, which)
                }
                _ => gone.mistake(series.host, series.place, String::new()),
            });
        }
        Ok(())
    }
}

/// A crash for good must not fall into another crash, whose restart would end it. Crashes that end may overlap: what is down stays down, and the
/// first restart ends them all.
fn is_up(host: HostId, blow: &Blow<'_>, moments: &[Moment<'_, '_>]) -> Read<()> {
    let earlier = moments
        .iter()
        .take_while(|moment| !std::ptr::eq(moment.blow, blow));
    for Moment { blow: other, .. } in earlier.filter(|moment| moment.begins) {
        let (What::Crash, Some(until)) = (&other.what, other.until) else {
            continue;
        };
        // At the same moment, the restart comes first if its fault does.
        let comes_first = other.place.at() < blow.place.at();
        if blow.at < until || (blow.at == until && !comes_first) {
            return Err(blow.place.error(
                format!(
                    "{host} is down by then: it crashes at {} and starts again at {until} ({})",
                    other.at, other.name
                ),
                format!("write a time before {} or after {until}", other.at),
            ));
        }
    }
    Ok(())
}

impl Gone {
    fn mistake(&self, host: HostId, place: &Place<'_>, which: String) -> ScenarioError {
        let Gone { from, by, .. } = self;
        let (how, back) = if self.left {
            ("leaves", "let it start again by a crash with until")
        } else {
            ("is gone for good", "give the crash an until")
        };
        let since = match self.until {
            Some(until) => format!("until it starts again at {until} "),
            None => String::new(),
        };
        let after = match self.until {
            Some(until) => format!("{until} or later"),
            None => back.to_owned(),
        };
        place.error(
            format!("{which}{host} is gone by then: it {how} at {from} {since}({by})"),
            format!("write a time before {from}, or {after}"),
        )
    }
}

/// Whether every wall clock stays in the range that a timestamp has. `skews` are the fields that say how far off a clock is.
pub(super) fn check_clocks(
    nodes: &[Node],
    blows: &[Blow<'_>],
    skews: &BTreeMap<HostId, Place<'_>>,
    epoch: Micros,
    end: Micros,
) -> Read<()> {
    let mut mistakes = Vec::new();
    for (host, place) in skews {
        let node = &nodes[host.0 as usize];
        let unskewed = HostClock {
            skew_us: 0,
            ..node.clock
        };
        let range = Range::of(&unskewed, node.start_at, epoch, end);
        mistakes.extend(range.refuses(*host, node.clock.skew_us, place));
    }
    for (host, moments) in by_host(blows) {
        let mut clock = nodes[host.0 as usize].clock;
        for Moment { at, blow, begins } in moments {
            match &blow.what {
                What::Drift(ppm) => clock.drift(if begins { *ppm } else { 0 }, at),
                What::Step(by, place) => {
                    let by = if begins { *by } else { -by };
                    let range = Range::of(&clock, at, epoch, end);
                    clock.step(by);
                    let Some(mistake) = range.refuses(host, by, place) else {
                        continue;
                    };
                    mistakes.push(if begins {
                        mistake
                    } else {
                        ScenarioError {
                            problem: format!("{} when it jumps back at {at}", mistake.problem),
                            remedy: "write a smaller step".to_owned(),
                            ..mistake
                        }
                    });
                    break;
                }
                _ => {}
            }
        }
    }
    first(mistakes)
}

/// By how much a clock may change at a moment, in microseconds.
struct Range {
    least: i128,
    greatest: i128,
}

impl Range {
    fn of(clock: &HostClock, at: Micros, epoch: Micros, end: Micros) -> Range {
        Range {
            least: -clock.wall(at, epoch),
            greatest: LATEST_US - clock.wall(end, epoch),
        }
    }

    fn refuses(&self, host: HostId, by: i64, place: &Place<'_>) -> Option<ScenarioError> {
        let by = i128::from(by);
        let problem = if by < self.least {
            format!("the clock of {host} would fall below the Unix epoch")
        } else if by > self.greatest {
            format!("the clock of {host} would exceed 2^52 ms since the Unix epoch")
        } else {
            return None;
        };
        let seconds = |us: i128| us / 1_000_000;
        let remedy = format!(
            "write a time from \"{}s\" to \"{}s\"",
            seconds(self.least),
            seconds(self.greatest)
        );
        Some(place.error(problem, remedy))
    }
}
