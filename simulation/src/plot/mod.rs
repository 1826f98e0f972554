//! Outcomes for people: curves with bands as SVG, tables and curves as text.
//!
//! Curves that follow each other and have the same axes share a panel; other axes begin another one below.
//!
//! The SVG follows the reader's light or dark colours by itself (`prefers-color-scheme`), names its axes and units, and stays
//! readable at a width of 375 pixels. Own code, because the plotting libraries at hand write fixed colours.

mod axis;
mod svg;
mod text;

pub use svg::svg;
pub use text::{claims as text_claims, curves as text_curves, table as text_table};

use crate::models::Curve;

/// Neighbouring curves with the same axes.
fn panels(curves: &[Curve]) -> impl Iterator<Item = &[Curve]> {
    curves.chunk_by(|one, other| (&one.x, &one.y, one.scale) == (&other.x, &other.y, other.scale))
}
