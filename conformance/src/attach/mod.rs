//! Ways to reach an implementation: `codec` and `core` through an [`Adapter`], `wire` through UDP.

pub mod process;
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
        "the adapter answered `{op}` with {got}, expected {expected}; see conformance/ADAPTER.md"
    )]
    Garbage {
        /// Operation asked for.
        op: String,
        /// What was read, shortened.
        got: String,
        /// What the protocol asks for.
        expected: String,
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

pub mod build;
mod envelope;
pub mod java;
pub mod jdk;
pub mod qualify;
pub mod rust;
