//! Coming back after a long absence: what this node holds may have been deleted, and the deletion forgotten (MGP1-SYN-018).

use super::machine::{Machine, Now};

#[derive(Debug, Clone)]
pub(super) struct Absence {
    last_contact: u64,
    absent: bool,
}

impl Absence {
    pub(super) fn new(now: Now) -> Self {
        Self {
            last_contact: now.mono_ms,
            absent: false,
        }
    }

    /// A member's store was found to be the same as this node's.
    pub(super) fn end(&mut self) {
        self.absent = false;
    }
}

impl Machine {
    /// A message of that member was applied.
    pub(super) fn note_contact(&mut self, now: Now, sender_id: &str) {
        if self.members.contains_key(sender_id) {
            self.absence.absent = self.is_absent(now);
            self.absence.last_contact = now.mono_ms;
        }
    }

    /// True while entries may be sent in exchanges alone.
    pub(super) fn is_absent(&self, now: Now) -> bool {
        let silence = now.mono_ms.saturating_sub(self.absence.last_contact);
        self.absence.absent || silence > self.config.parameters.tombstone_retention
    }
}
