//! What came of a case (ISO/IEC 9646 has pass, fail and inconclusive; error is the suite's own fault).

use std::net::SocketAddr;

/// The outcome of one case on one implementation.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The requirement was seen to hold.
    Pass,
    /// The requirement was seen to be broken.
    Fail(Box<Failure>),
    /// Neither was seen, and what was missing: a dead node passes nothing.
    Inconclusive(Box<Gap>),
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

    /// An inconclusive verdict of a case that did not have to wait; see [`Gap`].
    pub fn open(missing: impl Into<String>, advice: impl Into<String>) -> Self {
        Verdict::Inconclusive(Box::new(Gap {
            missing: missing.into(),
            waited: String::new(),
            advice: advice.into(),
        }))
    }
}

/// What an inconclusive case lacked. A verdict needs two halves, an implementation that is shown to work and what it then does or leaves undone;
/// this says which of them was not seen, and what the author of the implementation can do to get a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The half that was not seen.
    pub missing: String,
    /// What the suite waited for, how long, and what came meanwhile; empty where it did not wait.
    pub waited: String,
    /// What to do.
    pub advice: String,
}

impl std::fmt::Display for Gap {
    /// All of it in one line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.missing)?;
        if !self.waited.is_empty() {
            write!(f, "; waited {}", self.waited)?;
        }
        write!(f, "; to do: {}", self.advice)
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
