//! The systems of the published document: as printed, and as they should be.
//!
//! Every model takes its parameters and a seed, repeats itself in independent trials, and gives an [`Outcome`]: rows that put a
//! measured value with its confidence interval beside what the document claims, and curves with bands. The errata of the
//! document (`spec/errata.md`) say what each listing does wrong.

pub mod anti_entropy;
pub mod dissemination;
pub mod growth;
pub mod listings;
pub mod merkle;
mod outcome;
pub mod rumour;
pub mod sir;
mod trials;
pub mod whatsapp;

pub use outcome::{Claim, Curve, Outcome, Point, Row, Scale};
pub use trials::{Trial, Trials, Watch, trials};
