//! Shows what a run found: in a terminal, as data, for test viewers, and as a page.

pub mod about;
pub mod console;
pub mod datagram;
pub mod html;
pub mod json;
pub mod junit;
pub mod matrix;
pub mod progress;
mod standing;

pub use standing::{Counts, Standing, reason, standing, through};
