//! The messages applied last, against duplicates (MGP1-ENV-016 to MGP1-ENV-018).

use std::collections::{BTreeSet, VecDeque};

/// The last (`senderId`, `messageId`) pairs applied.
#[derive(Debug, Clone, Default)]
pub struct History {
    order: VecDeque<String>,
    held: BTreeSet<String>,
}

/// One text for a pair: neither half can hold a space.
fn pair(sender_id: &str, message_id: &str) -> String {
    format!("{sender_id} {message_id}")
}

impl History {
    /// True where the pair was applied and is not forgotten yet.
    pub fn contains(&self, sender_id: &str, message_id: &str) -> bool {
        self.held.contains(&pair(sender_id, message_id))
    }

    /// Enters a pair, and forgets the oldest ones beyond `limit` (`maxMessageHistory`).
    pub fn insert(&mut self, sender_id: &str, message_id: &str, limit: usize) {
        let pair = pair(sender_id, message_id);
        if self.held.insert(pair.clone()) {
            self.order.push_back(pair);
        }
        while self.order.len() > limit {
            if let Some(oldest) = self.order.pop_front() {
                self.held.remove(&oldest);
            }
        }
    }

    /// Number of pairs held.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// True where no pair is held.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}
