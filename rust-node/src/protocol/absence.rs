//! Coming back after a long absence: what this node holds may have been deleted, and the deletion forgotten (MGP1-SYN-018).

use super::machine::{Machine, Now};

/// How long a node that was cut off waits for SYNC from anybody, in `syncInterval`s.
const PATIENCE: u64 = 10;

#[derive(Debug, Clone)]
pub(super) struct Absence {
    last_contact: u64,
    /// While entries are held back: when a member was heard of again, or the last SYNC of one since.
    waiting_since: Option<u64>,
}

impl Absence {
    pub(super) fn new(now: Now) -> Self {
        Self {
            last_contact: now.mono_ms,
            waiting_since: None,
        }
    }

    /// A member's store was found to be the same as this node's.
    pub(super) fn end(&mut self) {
        self.waiting_since = None;
    }
}

impl Machine {
    /// A message of that member was applied.
    pub(super) fn note_contact(&mut self, now: Now, sender_id: &str) {
        if self.members.contains_key(sender_id) {
            if !self.is_absent(now) {
                self.absence.waiting_since = None;
            } else if self.has_been_silent(now) {
                self.absence.waiting_since = Some(now.mono_ms);
            }
            self.absence.last_contact = now.mono_ms;
        }
    }

    /// A member with a validated address speaks SYNC: it is worth waiting for the end of an exchange.
    pub(super) fn note_sync(&mut self, now: Now) {
        if self.is_absent(now) {
            self.absence.waiting_since = Some(now.mono_ms);
        }
    }

    fn has_been_silent(&self, now: Now) -> bool {
        let silence = now.mono_ms.saturating_sub(self.absence.last_contact);
        silence > self.config.parameters.tombstone_retention
    }

    /// True while entries may be sent in exchanges alone.
    pub(super) fn is_absent(&self, now: Now) -> bool {
        let patience = PATIENCE.saturating_mul(self.config.parameters.sync_interval);
        let waits = |since| now.mono_ms.saturating_sub(since) < patience;
        self.has_been_silent(now) || self.absence.waiting_since.is_some_and(waits)
    }
}
