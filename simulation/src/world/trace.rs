//! The record of a run: one line for each thing that happened, and a hash over all of them.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::time::Micros;

/// The record of a run. Two runs are the same exactly if their hashes are; kept lines show where they part.
#[derive(Debug, Clone)]
pub struct Trace {
    hash: Sha256,
    lines: Option<Vec<String>>,
    count: u64,
}

/// SHA-256 over the lines of a trace, each ended by a line feed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceHash(pub [u8; 32]);

impl Trace {
    pub(super) fn new(keep_lines: bool) -> Self {
        Trace {
            hash: Sha256::new(),
            lines: keep_lines.then(Vec::new),
            count: 0,
        }
    }

    pub(super) fn record(&mut self, at: Micros, what: fmt::Arguments<'_>) {
        let line = format!("{} {what}", at.0);
        self.hash.update(line.as_bytes());
        self.hash.update(b"\n");
        self.count += 1;
        if let Some(lines) = &mut self.lines {
            lines.push(line);
        }
    }

    /// The hash of everything so far.
    pub fn hash(&self) -> TraceHash {
        TraceHash(self.hash.clone().finalize().into())
    }

    /// The lines so far: the time in microseconds, what happened, and to whom. Empty unless the world was told to keep them.
    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }

    /// How many lines there were, kept or not.
    pub fn count(&self) -> u64 {
        self.count
    }
}

impl fmt::Display for TraceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for TraceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceHash({self})")
    }
}

/// A short digest of a datagram for a line of the trace: its length and the first 64 bits of its SHA-256.
pub(super) struct Payload<'a>(pub &'a [u8]);

impl fmt::Display for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}B {}",
            self.0.len(),
            hex::encode(&Sha256::digest(self.0)[..8])
        )
    }
}
