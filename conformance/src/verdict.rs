//! What came of a case (ISO/IEC 9646 has pass, fail and inconclusive; error is the suite's own fault).

use std::net::SocketAddr;

/// The outcome of one case on one implementation.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The requirement was seen to hold.
    Pass,
    /// The requirement was seen to be broken.
    Fail(Box<Failure>),
    /// Neither was seen, and why: a dead node passes nothing.
    Inconclusive(String),
    /// The suite or the adapter broke, and how.
    Error(String),
    /// Not run, and why.
    Skipped(String),
}

impl Verdict {
    /// A failure without datagrams; see [`Failure`].
    pub fn fail(requirement: &str, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Verdict::Fail(Box::new(Failure {
            requirement: requirement.to_owned(),
            expected: expected.into(),
            actual: actual.into(),
            datagrams: Vec::new(),
        }))
    }
}

/// Everything needed to understand a failure: the sentence, what it asks for here, what happened, and the bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Id of the broken requirement.
    pub requirement: String,
    /// What the sentence asks for in this situation.
    pub expected: String,
    /// What the implementation did.
    pub actual: String,
    /// The datagrams exchanged up to then, oldest first.
    pub datagrams: Vec<LoggedDatagram>,
}

/// One datagram as the suite saw it.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedDatagram {
    /// Milliseconds since the case began (virtual or real).
    pub at_ms: u64,
    /// Whether the implementation sent it or received it.
    pub direction: Direction,
    /// The other side.
    pub peer: Option<SocketAddr>,
    /// The payload.
    pub bytes: Vec<u8>,
}

/// Which way a datagram went, seen from the implementation under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the implementation.
    Sent,
    /// To the implementation.
    Received,
}
