//! Composing messages: the envelope, and filling a GOSSIP up to the size of a datagram (MGP1-DIS-008 to MGP1-DIS-010).

use std::net::SocketAddr;

use super::effects::Transmit;
use super::machine::{Machine, Now};
use super::pings::RANDOM_ID;
use crate::state::EntryRules;
use crate::wire::canonical::utf16_order;
use crate::wire::limits::MAX_TEXT;
use crate::wire::{Body, Message, Record, Section, State, entry_size, record_size, wire_text};

/// Percent of a datagram's length that a text may have at most: hardly any gossip deflates to less than a quarter.
const MOST_TEXT: usize = 400;
/// The same before anything was composed: gossip deflates to about a third.
const FIRST_TEXT: usize = 300;
/// Percent of an estimate that is used, so that the first try fits as a rule.
const MARGIN: usize = 95;
/// Part of a text that heartbeats may take, in percent (MGP1-DIS-010).
const HEARTBEAT_PERCENT: usize = 60;

/// One thing that a GOSSIP may hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    /// The record of that member.
    Record(String),
    /// The heartbeat of that member.
    Heartbeat(String),
    /// The entry of that key.
    Entry(String),
}

/// A composed GOSSIP, and which of the items offered it holds.
pub(super) struct Gossip {
    pub(super) datagram: Vec<u8>,
    pub(super) held: Vec<Item>,
}

/// How well texts deflate, learned from the GOSSIPs that were full: a text of about the right length fits at the first try.
#[derive(Debug, Clone)]
pub(super) struct Density {
    /// Length of a text in percent of its datagram.
    percent: usize,
}

impl Default for Density {
    fn default() -> Self {
        Self {
            percent: FIRST_TEXT,
        }
    }
}

impl Density {
    fn budget(&self, datagram: usize) -> usize {
        let budget = datagram.saturating_mul(self.percent) / 100 * MARGIN / 100;
        budget.clamp(datagram, MAX_TEXT)
    }

    fn learn(&mut self, text: usize, datagram: usize) {
        let seen = text.saturating_mul(100) / datagram.max(1);
        self.percent = seen.clamp(100, MOST_TEXT);
    }
}

impl Machine {
    /// An own message with the next timestamp; `None` where the clock has run out, which stops the machine.
    pub(super) fn message(&mut self, now: Now, body: Body) -> Option<Message> {
        let Some(timestamp) = self.clock.issue(now) else {
            self.stop_with("clock.exhausted");
            return None;
        };
        let own = self.config.record(timestamp, self.updated);
        Some(Message {
            cluster: self.config.cluster.clone(),
            sender_id: self.config.node_id.clone(),
            message_id: self.random.token(RANDOM_ID),
            timestamp,
            membership: vec![(self.config.node_id.clone(), own)],
            body,
        })
    }

    pub(super) fn transmit(&mut self, to: SocketAddr, datagram: Vec<u8>) {
        self.effects.sent.push(Transmit { to, datagram });
    }

    /// Sends a message to several peers: the same bytes to all of them (MGP1-ENV-013).
    pub(super) fn transmit_all(&mut self, peers: &[SocketAddr], datagram: &[u8]) {
        for peer in peers {
            self.transmit(*peer, datagram.to_vec());
        }
    }

    pub(super) fn entry_rules(&self, now: Now) -> EntryRules {
        let parameters = &self.config.parameters;
        EntryRules {
            wall_ms: now.wall_ms,
            max_future_skew: parameters.max_future_skew,
            tombstone_retention: parameters.tombstone_retention,
            max_entries: super::parameters::count(parameters.max_entries),
        }
    }

    /// A GOSSIP of as many of these items as fit, the first ones first.
    ///
    /// Tries a text as long as the last full one that fitted; a text of one datagram's length always fits.
    pub(super) fn gossip(&mut self, now: Now, items: &[Item]) -> Option<Gossip> {
        let body = Body::Gossip {
            local_data: Vec::new(),
            heartbeats: Vec::new(),
        };
        let frame = self.message(now, body)?;
        let sizes = self.sizes();
        let smallest = sizes.max_packet_size;
        let mut budget = self.density.budget(smallest);
        loop {
            let (message, held) = self.fill(now, &frame, items, budget);
            let text = wire_text(&message, None);
            let used = text.len();
            match self.codec.frame(text.into_bytes(), sizes) {
                Ok(datagram) => {
                    if held.len() < items.len() {
                        self.density.learn(used, datagram.len());
                    }
                    return Some(Gossip { datagram, held });
                }
                Err(error) if budget > smallest => {
                    self.density.learn(used, error.bytes);
                    // What was filled may be far below the budget: shrink from there, and by a step at least.
                    let shorter = used.min(budget) * MARGIN / 100;
                    budget = self.density.budget(smallest).min(shorter).max(smallest);
                }
                Err(_) => return None,
            }
        }
    }

    /// More heartbeats than any GOSSIP of this node holds.
    pub(super) fn most_heartbeats(&self) -> usize {
        /// `"i":,` and a clock that has just begun.
        const LEAST: usize = 6;
        self.density.budget(self.sizes().max_packet_size) * HEARTBEAT_PERCENT / 100 / LEAST + 1
    }

    /// Puts items into a message until one does not fit `budget` bytes of raw text.
    fn fill(
        &self,
        now: Now,
        frame: &Message,
        items: &[Item],
        budget: usize,
    ) -> (Message, Vec<Item>) {
        /// `"heartbeats":{},` and `"localData":{},`.
        const SECTIONS: usize = 32;
        let rules = self.entry_rules(now);
        let absent = self.is_absent(now);
        let mut left = budget.saturating_sub(wire_text(frame, None).len() + SECTIONS);
        let mut beats_left = budget * HEARTBEAT_PERCENT / 100;
        let (mut records, mut beats, mut entries) = (frame.membership.clone(), vec![], vec![]);
        let mut held = Vec::new();
        let mut closed = [false; 2];
        for item in items {
            let comma = 1;
            match item {
                Item::Record(id) => {
                    let Some(member) = self.members.get(id) else {
                        continue;
                    };
                    let size = record_size(id, &member.record) + comma;
                    if closed[0] || size > left {
                        closed[0] = true;
                        continue;
                    }
                    left -= size;
                    records.push((id.clone(), member.record.clone()));
                }
                Item::Heartbeat(id) => {
                    let Some(member) = self.members.get(id) else {
                        continue;
                    };
                    // A record that is there says as much.
                    if !records.iter().any(|(there, _)| there == id) {
                        let digits = digits(member.record.last_seen);
                        let size = id.len() + r#""":"#.len() + digits + comma;
                        if member.record.state != State::Alive || size > left.min(beats_left) {
                            continue;
                        }
                        left -= size;
                        beats_left -= size;
                        beats.push((id.clone(), member.record.last_seen));
                    }
                }
                Item::Entry(key) => {
                    let Some(entry) = self
                        .entries
                        .get(key)
                        .filter(|e| rules.may_send(e) && !absent)
                    else {
                        continue;
                    };
                    let size = entry_size(key, entry) + comma;
                    // Later entries wait behind one that does not fit, so that it is the first of the next message.
                    if closed[1] || size > left {
                        closed[1] = true;
                        continue;
                    }
                    left -= size;
                    entries.push((key.clone(), entry.clone()));
                }
            }
            held.push(item.clone());
        }
        let message = Message {
            membership: in_order(records),
            body: Body::Gossip {
                local_data: in_order(entries),
                heartbeats: in_order(beats),
            },
            ..frame.clone()
        };
        (message, held)
    }
}

fn digits(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// Sorted by name as RFC 8785 orders members, each name once.
pub(super) fn in_order<T>(mut items: Section<T>) -> Section<T> {
    items.sort_by(|(a, _), (b, _)| utf16_order(a, b));
    items.dedup_by(|(a, _), (b, _)| a == b);
    items
}

/// Puts a record beside the own one.
pub(super) fn with_record(message: &mut Message, id: &str, record: &Record) {
    let mut records = std::mem::take(&mut message.membership);
    records.push((id.to_owned(), record.clone()));
    message.membership = in_order(records);
}
