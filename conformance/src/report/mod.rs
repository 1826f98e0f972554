//! Shows what a run found.

pub mod console;
mod datagram;
pub mod matrix;
