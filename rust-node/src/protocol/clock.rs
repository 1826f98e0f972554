//! The membership clock (MGP1-LIV-001 to MGP1-LIV-004).

use super::machine::Now;
use crate::wire::limits::CLOCK_END;

/// A logical clock that reads the wall clock once, advances with the monotonic clock and never repeats itself.
#[derive(Debug, Clone)]
pub(super) struct MembershipClock {
    /// Reading at monotonic time `origin`.
    base: u64,
    origin: u64,
    /// The greatest timestamp issued or moved past.
    newest: Option<u64>,
}

impl MembershipClock {
    pub(super) fn new(now: Now) -> Self {
        Self {
            base: now.wall_ms,
            origin: now.mono_ms,
            newest: None,
        }
    }

    /// The next timestamp, without issuing it.
    pub(super) fn peek(&self, now: Now) -> u64 {
        let reading = self
            .base
            .saturating_add(now.mono_ms.saturating_sub(self.origin));
        reading.max(self.newest.map_or(0, |newest| newest + 1))
    }

    /// Issues a timestamp; `None` where it would reach 2^52.
    pub(super) fn issue(&mut self, now: Now) -> Option<u64> {
        let timestamp = self.peek(now);
        if timestamp >= CLOCK_END {
            return None;
        }
        self.newest = Some(timestamp);
        Some(timestamp)
    }

    /// The greatest timestamp issued or moved past.
    pub(super) fn newest(&self) -> Option<u64> {
        self.newest
    }

    /// Goes on from `last_seen` + 1, where it is not past that already.
    pub(super) fn move_past(&mut self, now: Now, last_seen: u64) {
        if self.peek(now) <= last_seen {
            self.base = last_seen + 1;
            self.origin = now.mono_ms;
        }
        self.newest = self.newest.max(Some(last_seen));
    }
}
