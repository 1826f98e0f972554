//! Ways to reach an implementation: `codec` and `core` through an [`Adapter`], `wire` through UDP.

pub mod command;
pub mod placeholders;
mod ports;
pub mod process;
pub(crate) mod ready;
pub mod smoke;
pub mod stdio;
mod tail;
pub mod template;

use serde_json::Value;

/// Speaks the adapter protocol of `conformance/ADAPTER.md` with one implementation, whatever carries it.
pub trait Adapter: Send {
    /// Sends one request (`op` and its members; the transport adds `id`) and returns the `ok` member of the answer.
    ///
    /// # Errors
    /// [`AdapterError::Refused`] leaves the implementation as it was; after the others it must be started anew.
    fn request(&mut self, body: Value) -> Result<Value, AdapterError>;
}

/// What can go wrong between the suite and an adapter. None of these is a verdict on the implementation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdapterError {
    /// The adapter answered with an error.
    #[error("the adapter refused `{op}`: {code}: {message}")]
    Refused {
        /// Operation asked for.
        op: String,
        /// Error code of `conformance/ADAPTER.md`.
        code: String,
        /// The adapter's own words.
        message: String,
    },
    /// The answer was not one the protocol allows.
    #[error(
        "the adapter answered `{op}` with {got}; expected {expected}; see conformance/ADAPTER.md, section {}",
        section(op)
    )]
    Garbage {
        /// Operation asked for.
        op: String,
        /// What was read, shortened.
        got: String,
        /// What the protocol asks for.
        expected: String,
    },
    /// What came on standard output was no answer at all.
    #[error(
        "the adapter wrote {got} to standard output when `{op}` was asked; expected {expected}; see conformance/ADAPTER.md, section stdio"
    )]
    NoAnswer {
        /// Operation asked for.
        op: String,
        /// What was read, shortened.
        got: String,
        /// What the protocol asks for.
        expected: String,
    },
    /// Its process could not be started, or did not get as far as to greet.
    #[error("the adapter did not start: {why}")]
    NotStarted {
        /// What was run, what came of it, and what to try.
        why: String,
    },
    /// No answer came.
    #[error(
        "the adapter did not answer `{op}` within {} s; expected one line for each request, flushed after each; see conformance/ADAPTER.md, section stdio; {last_words}",
        within.as_secs_f64()
    )]
    TimedOut {
        /// Operation asked for.
        op: String,
        /// How long it had.
        within: std::time::Duration,
        /// The end of its standard error.
        last_words: String,
    },
    /// The adapter is gone.
    #[error("the adapter died during `{op}`: {why}")]
    Died {
        /// Operation asked for.
        op: String,
        /// Exit status or exception.
        why: String,
    },
}

impl AdapterError {
    /// Whether the adapter said that it has no such operation.
    pub fn is_unknown_op(&self) -> bool {
        matches!(self, AdapterError::Refused { code, .. } if code == "unknown-op")
    }

    /// Whether the adapter itself is broken; a refusal is a proper answer.
    pub fn is_breakdown(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }
}

/// The section of `conformance/ADAPTER.md` that an operation is described in.
fn section(op: &str) -> &'static str {
    match op {
        "decode" | "encode" => "codec",
        "hello" | "?" => "requests and answers",
        op if op.starts_with("live.") => "live",
        _ => "core",
    }
}

pub mod build;
pub(crate) mod envelope;
pub mod java;
pub mod jdk;
pub mod qualify;
pub mod rust;
