//! Rumours about this node itself (MGP1-LIV-011 to MGP1-LIV-014).

use super::effects::Event;
use super::machine::{Machine, Now};
use crate::wire::limits::RUMOUR_END;
use crate::wire::{State, usable_host};

/// Least time between two reports of an id conflict, milliseconds (MGP1-LIV-014).
const CONFLICT_PACE: u64 = 60_000;

#[derive(Debug, Clone, Default)]
pub(super) struct Refutation {
    has_refuted: bool,
    owed: bool,
    last_sent: Option<u64>,
    last_conflict: Option<u64>,
}

/// What a message says of this node: by a record, or, without an address, by a heartbeat.
#[derive(Debug, Clone)]
pub(super) struct Rumour {
    pub(super) last_seen: u64,
    pub(super) state: State,
    pub(super) address: Option<(String, u16)>,
}

impl Machine {
    /// Answers a rumour that wins by moving the clock past it and owing the others a GOSSIP.
    pub(super) fn hear_rumour(&mut self, now: Now, rumour: &Rumour) {
        let newest = self.clock.newest();
        let wins = newest.map_or(rumour.last_seen < RUMOUR_END, |newest| {
            rumour.last_seen > newest && rumour.last_seen < RUMOUR_END
                || rumour.last_seen == newest && rumour.state != State::Alive
        });
        if !wins {
            return;
        }
        if self.refutation.has_refuted {
            self.report_conflict(now, rumour);
        }
        self.clock.move_past(now, rumour.last_seen);
        self.updated = self.clock.peek(now);
        self.refutation.has_refuted = true;
        self.refutation.owed = true;
    }

    fn report_conflict(&mut self, now: Now, rumour: &Rumour) {
        let Some((host, port)) = &rumour.address else {
            return;
        };
        let here = usable_host(host) == Some(self.address.ip()) && *port == self.address.port();
        let last = self.refutation.last_conflict;
        let lately = last.is_some_and(|last| now.mono_ms.saturating_sub(last) < CONFLICT_PACE);
        if !here && !lately {
            self.refutation.last_conflict = Some(now.mono_ms);
            self.report(Event::IdConflict {
                host: host.clone(),
                port: *port,
            });
        }
    }

    pub(super) fn next_refutation(&self) -> u64 {
        if !self.refutation.owed {
            return u64::MAX;
        }
        let pace = self.config.parameters.half_interval();
        self.refutation.last_sent.map_or(0, |last| last + pace)
    }

    /// Sends the GOSSIP that is owed, first to members not DEAD, then to the others that have a validated address.
    pub(super) fn send_refutation(&mut self, now: Now) {
        if self.stopped || now.mono_ms < self.next_refutation() {
            return;
        }
        let fanout = self.config.parameters.fanout();
        let mut peers = self.choose_peers(fanout, |state| state != State::Dead);
        let dead = self.choose_peers(fanout, |state| state == State::Dead);
        for peer in dead {
            if peers.len() < fanout && !peers.contains(&peer) {
                peers.push(peer);
            }
        }
        self.refutation.owed = false;
        if peers.is_empty() {
            return;
        }
        self.refutation.last_sent = Some(now.mono_ms);
        if let Some(gossip) = self.gossip(now, &[]) {
            self.transmit_all(&peers, &gossip.datagram);
        }
    }
}
