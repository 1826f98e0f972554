//! Rumour mongering: who knows tells others for a while and then loses interest (Demers and others 1987).
//!
//! Two experiments. [`Mongering`] is the rule on a complete graph, where theory says how many are never reached. [`Circle`] is the
//! published listing (lines 378 to 574): people with friends and enthusiasm. The listing keeps *one* state for a person and all
//! stories, so that losing interest in one silences the others; here that can be compared with a state per person and story.

mod circle;
pub mod demers;
mod mongering;
mod people;

pub use circle::{Circle, Ending, Evening, Scope};
pub use mongering::{Direction, Mongering, Spread, Stop, residue};
