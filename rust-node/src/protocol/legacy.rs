//! Messages of version 0 (chapter 10): what is learnt from them, the one answer to them, and the addresses that they name.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::machine::{Machine, Now};
use super::pings::RANDOM_ID;
use crate::wire::legacy::{self, Dialect, LegacyBody, LegacyMessage};
use crate::wire::limits::{AMPLIFICATION, MAX_PONG};
use crate::wire::{SectionName, Skipped};

/// Named addresses kept for a PING; more are passed over, because those that matter are named again.
const MAX_HEARSAY: usize = 64;

/// Addresses that version 0 messages named: good for a PING and for nothing else (MGP1-LEG-007).
#[derive(Debug, Clone, Default)]
pub(super) struct Hearsay {
    addresses: BTreeSet<SocketAddr>,
}

impl Machine {
    /// Applies a version 0 message that passed the steps of receipt.
    pub(super) fn apply_legacy(
        &mut self,
        now: Now,
        from: SocketAddr,
        bytes: usize,
        message: &LegacyMessage,
        skipped: &mut Vec<Skipped>,
    ) {
        let limit = super::parameters::count(self.config.parameters.max_message_history);
        self.history
            .insert(&message.sender_id, &message.message_id, limit);
        self.news.heard_from(Some(from));
        self.merge_legacy_sender(now, from, message, skipped);
        self.note_contact(now, &message.sender_id);
        match &message.body {
            LegacyBody::Gossip {
                local_data,
                addresses,
            } => {
                self.merge_entries(now, local_data, skipped);
                for (id, named) in addresses {
                    self.note_hearsay(id, named.address);
                }
            }
            LegacyBody::Ping { ping_id } => {
                self.answer_legacy_ping(now, from, bytes, message.dialect, ping_id);
            }
            LegacyBody::Pong { .. } | LegacyBody::Membership | LegacyBody::Sync => {}
        }
        self.news.heard_from(None);
        if !self.stopped {
            self.work_off(now);
        }
    }

    /// Merges the sender: as a heartbeat while nothing else than its clock is new, else as a record (MGP1-LEG-006).
    fn merge_legacy_sender(
        &mut self,
        now: Now,
        from: SocketAddr,
        message: &LegacyMessage,
        skipped: &mut Vec<Skipped>,
    ) {
        let (id, timestamp) = (&message.sender_id, message.timestamp);
        let unchanged = self.members.get(id).is_some_and(|held| {
            held.address == from
                && held.record.metadata.is_empty_object()
                && held.record.versions.is_none()
        });
        if unchanged {
            self.merge_heartbeats(now, id, &vec![(id.clone(), timestamp)]);
            return;
        }
        let record = legacy::sender_record(from, timestamp);
        match legacy::check_sender(id, &record) {
            Ok(()) => self.merge_records(now, &vec![(id.clone(), record)], false, skipped),
            Err(reason) => skipped.push(Skipped {
                section: SectionName::Membership,
                name: id.clone(),
                reason,
            }),
        }
    }

    /// Answers in the same dialect, where three times the bytes of the PING are enough for it (MGP1-LEG-008).
    fn answer_legacy_ping(
        &mut self,
        now: Now,
        to: SocketAddr,
        bytes: usize,
        dialect: Dialect,
        ping_id: &str,
    ) {
        let Some(timestamp) = self.clock.issue(now) else {
            return self.stop_with("clock.exhausted");
        };
        let message_id = self.random.token(RANDOM_ID);
        let own = self.config.node_id.as_str();
        let answer = legacy::pong(
            &mut self.codec,
            dialect,
            own,
            &message_id,
            timestamp,
            ping_id,
        );
        let limit = if self.is_validated(to) {
            MAX_PONG
        } else {
            MAX_PONG.min(bytes * AMPLIFICATION)
        };
        if let Some(datagram) = answer
            && datagram.len() <= limit
        {
            self.transmit(to, datagram);
        }
    }

    fn note_hearsay(&mut self, id: &str, address: SocketAddr) {
        let room = self.hearsay.addresses.len() < MAX_HEARSAY;
        let own = *id == self.config.node_id || address == self.address;
        if room && !own && !self.is_member_address(address) {
            self.hearsay.addresses.insert(address);
        }
    }

    /// Sends a PING to one named address, chosen at random, where a round has left room for it.
    /// It comes last in a round, so that invented addresses take nothing from members and seeds.
    pub(super) fn ping_hearsay(&mut self, now: Now) {
        let mut addresses: Vec<_> = std::mem::take(&mut self.hearsay.addresses)
            .into_iter()
            .filter(|address| !self.is_member_address(*address))
            .collect();
        if addresses.is_empty() {
            return;
        }
        let end = u64::try_from(addresses.len()).unwrap_or(u64::MAX);
        let at = usize::try_from(self.random.below(end)).unwrap_or(0);
        let chosen = addresses.swap_remove(at);
        self.hearsay.addresses.extend(addresses);
        self.ping(now, chosen, None, false);
    }
}
