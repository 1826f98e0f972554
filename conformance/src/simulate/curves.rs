//! How far news and members came over time, beside the model.

use simulation::models::Curve;
use simulation::time::Micros;

use super::findings::{AXIS, SHARE, Spreading, TIME, plain};
use super::model::Model;
use super::spread::{Spread, Track};

/// Points of a measured curve.
const POINTS: u32 = 144;
/// Rounds shown where the model has no bound.
const UNKNOWN: u32 = 10;

/// The curves of a run: keys, model, members.
pub(super) fn of(
    spread: &Spread,
    completeness: &[(Micros, f64)],
    model: &Model,
    bound: Option<u32>,
) -> Vec<Curve> {
    let mut curves = Vec::new();
    if !spread.tracks.is_empty() {
        let rounds = bound.unwrap_or(UNKNOWN);
        let (most, last) = (f64::from(rounds), f64::from(POINTS));
        let xs: Vec<f64> = (0..=POINTS)
            .map(|step| f64::from(step) * most / last)
            .collect();
        let share = |track: &Track, x: f64| {
            let until = track.at + Micros((x * model.interval.0 as f64) as u64);
            let first = track.first.iter();
            let hold = first.filter(|first| first.is_some_and(|at| at <= until));
            hold.count() as f64 / track.first.len() as f64
        };
        let shares = spread.tracks.iter();
        let shares: Vec<Vec<f64>> = shares
            .map(|track| xs.iter().map(|x| share(track, *x)).collect())
            .collect();
        curves.push(Curve::of_trials("measured", AXIS, SHARE, &xs, &shares));
        curves.extend(model.curve(rounds));
    }
    let members = completeness
        .iter()
        .map(|(at, share)| (at.as_seconds(), *share));
    curves.push(plain("members", TIME, "share of pairs", members));
    curves
}

/// How one write came through.
pub(super) fn spreading(track: &Track) -> Spreading {
    let count = track.first.len();
    let mut times: Vec<Micros> = track.first.iter().flatten().copied().collect();
    times.sort_unstable();
    let after = |needed: usize| {
        let at = times.get(needed.max(1) - 1)?;
        Some(at.since(track.at).0 as f64 / 1_000.0)
    };
    Spreading {
        key: track.key.clone(),
        at_ms: track.at.as_millis(),
        share: times.len() as f64 / count as f64,
        half_ms: after(count.div_ceil(2)),
        nine_tenths_ms: after((count * 9).div_ceil(10)),
        all_ms: after(count),
    }
}
