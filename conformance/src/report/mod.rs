//! Shows what a run found.

pub mod console;
pub mod datagram;
pub mod matrix;
