//! Implementations that implement nothing. The suite is run against them to show that no case passes for the wrong reason: `tests/null.rs` puts
//! every case to each of them, and none may pass.

mod adapter;
mod wire;

pub use adapter::{NullAdapter, serve};
pub use wire::{NodeOptions, NullNode};

/// What a null implementation does with all that it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Kind {
    /// Never says anything.
    Silent,
    /// Sends back what it got.
    Echo,
    /// Finds everything right.
    Accept,
    /// Finds everything wrong.
    Reject,
    /// Answers by chance.
    Random,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Silent,
        Self::Echo,
        Self::Accept,
        Self::Reject,
        Self::Random,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Echo => "echo",
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Random => "random",
        }
    }
}
