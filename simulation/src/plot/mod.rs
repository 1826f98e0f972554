//! Outcomes for people: curves with bands as SVG, tables and curves as text.
//!
//! The SVG follows the reader's light or dark colours by itself (`prefers-color-scheme`), names its axes and units, and stays
//! readable at a width of 375 pixels. Own code, because the plotting libraries at hand write fixed colours.

mod svg;
mod text;
mod ticks;

pub use svg::svg;
pub use text::{claims as text_claims, curves as text_curves, table as text_table};

use crate::models::Curve;

/// The ranges that hold all points of some curves, bands included; `None` without a single finite point.
fn ranges(curves: &[Curve]) -> Option<((f64, f64), (f64, f64))> {
    let points = || {
        curves
            .iter()
            .flat_map(|curve| &curve.points)
            .filter(|point| point.x.is_finite() && point.mean.is_finite())
    };
    let span = |values: &mut dyn Iterator<Item = f64>| {
        values
            .filter(|value| value.is_finite())
            .fold(None, |range: Option<(f64, f64)>, value| {
                let (low, high) = range.unwrap_or((value, value));
                Some((low.min(value), high.max(value)))
            })
    };
    let x = span(&mut points().map(|point| point.x))?;
    let (low, high) = span(&mut points().flat_map(|point| [point.mean, point.p5, point.p95]))?;
    Some((widen(x), widen((low.min(0.0), high))))
}

/// A range of no width cannot be drawn.
fn widen((low, high): (f64, f64)) -> (f64, f64) {
    if high > low {
        (low, high)
    } else {
        (low, low + 1.0)
    }
}
