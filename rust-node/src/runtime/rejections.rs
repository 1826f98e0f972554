//! Logging what was rejected, once in a while (MGP1-ERR-008).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

const PACE: Duration = Duration::from_secs(10);

/// Logs at most one rejected datagram per ten seconds, with the number of those in between.
#[derive(Debug, Default)]
pub(super) struct Rejections {
    last: Option<Instant>,
    unlogged: u64,
}

impl Rejections {
    pub(super) fn note(&mut self, from: SocketAddr, reason: crate::wire::Reject) {
        if self.last.is_some_and(|last| last.elapsed() < PACE) {
            self.unlogged += 1;
            return;
        }
        let unlogged = std::mem::take(&mut self.unlogged);
        tracing::warn!(%from, %reason, unlogged, "rejected a datagram");
        self.last = Some(Instant::now());
    }
}
