//! The clocks of the system, as the machine wants them.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::protocol::Now;

/// Reads both clocks; monotonic time counts from its creation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks {
    origin: Instant,
}

impl Clocks {
    pub(super) fn new() -> Self {
        Self {
            origin: Instant::now(),
        }
    }

    pub(super) fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH);
        Now {
            wall_ms: wall.map_or(0, |t| u64::try_from(t.as_millis()).unwrap_or(u64::MAX)),
            mono_ms: u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// The instant of a monotonic time; far times are cut to a day from now.
    pub(super) fn instant(&self, mono_ms: u64) -> Instant {
        let far = self.now().mono_ms.saturating_add(86_400_000);
        self.origin + std::time::Duration::from_millis(mono_ms.min(far))
    }
}
