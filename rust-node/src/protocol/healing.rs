//! Joining and healing: seeds, the dead and the remembered (MGP1-LIV-023 to MGP1-LIV-029).

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::config::Config;
use super::machine::{Machine, Now};
use super::pings::Wanted;
use crate::wire::{State, usable_host};

/// Senders of unknown heartbeats that are asked for their member list at once.
const MAX_ASKS: usize = 256;

#[derive(Debug, Clone)]
pub(super) struct Healing {
    /// When each seed is due a PING while none has answered.
    next_join: u64,
    next_reconnect: u64,
    seed_answered: bool,
    joined: bool,
    /// Whom to ask with `full`, and from when on; kept for one `gossipInterval` after asking.
    asks: BTreeMap<SocketAddr, Ask>,
}

#[derive(Debug, Clone, Copy)]
struct Ask {
    due: u64,
    wanted: bool,
}

impl Healing {
    pub(super) fn new(now: Now, config: &Config) -> Self {
        Self {
            next_join: now.mono_ms,
            next_reconnect: now.mono_ms + config.parameters.reconnect_interval,
            seed_answered: config.seeds.is_empty(),
            joined: false,
            asks: BTreeMap::new(),
        }
    }

    /// True once the last page of a member list has come (MGP1-MSG-030).
    pub(super) fn has_joined(&self) -> bool {
        self.joined
    }

    pub(super) fn join(&mut self) {
        self.joined = true;
    }

    pub(super) fn seed_answered(&mut self) {
        self.seed_answered = true;
    }

    pub(super) fn add_seed(&mut self, now: Now, _: SocketAddr) {
        self.seed_answered = false;
        self.next_join = now.mono_ms;
    }

    pub(super) fn due(&self) -> u64 {
        let join = if self.seed_answered {
            u64::MAX
        } else {
            self.next_join
        };
        let asks = self.asks.values().filter(|ask| ask.wanted);
        let ask = asks.map(|ask| ask.due).min().unwrap_or(u64::MAX);
        join.min(self.next_reconnect).min(ask)
    }
}

impl Machine {
    /// Sends, or queues where MGP1-DIS-013 says so, what joining and healing ask for now.
    pub(super) fn heal(&mut self, now: Now) {
        if !self.healing.seed_answered && now.mono_ms >= self.healing.next_join {
            self.healing.next_join = now.mono_ms + self.config.parameters.suspect_timeout;
            self.want_seed_pings();
        }
        if now.mono_ms >= self.healing.next_reconnect {
            self.healing.next_reconnect = now.mono_ms + self.config.parameters.reconnect_interval;
            self.want_seed_pings();
            self.ping_dead(now);
            self.want_remembered_ping();
        }
        self.send_asks(now);
    }

    fn want_seed_pings(&mut self) {
        for to in self.config.seeds.clone() {
            let mut members = self.members.values();
            let alive = members.any(|m| m.address == to && m.record.state == State::Alive);
            if !alive && to != self.address {
                self.want_ping(Wanted {
                    to,
                    target: None,
                    to_seed: true,
                });
            }
        }
    }

    fn ping_dead(&mut self, now: Now) {
        let dead: Vec<_> = self
            .members
            .iter()
            .filter(|(_, m)| m.record.state == State::Dead && self.is_validated(m.address))
            .map(|(id, m)| (id.clone(), m.address))
            .collect();
        for (id, address) in dead {
            self.ping(now, address, Some(&id), false);
        }
    }

    fn want_remembered_ping(&mut self) {
        let mut all: Vec<_> = self
            .remembered
            .iter()
            .filter_map(|(id, m)| {
                let address = SocketAddr::new(usable_host(&m.host)?, m.port);
                (address != self.address).then(|| (id.clone(), address))
            })
            .collect();
        self.random.choose(&mut all, 1);
        for (id, to) in all {
            self.want_ping(Wanted {
                to,
                target: Some(id),
                to_seed: false,
            });
        }
    }

    /// Asks the sender of an unknown heartbeat for its member list, once per `gossipInterval` (MGP1-LIV-029).
    pub(super) fn ask_for_members(&mut self, now: Now, address: SocketAddr) {
        if !self.is_validated(address) {
            return;
        }
        if let Some(ask) = self.healing.asks.get_mut(&address) {
            ask.wanted = true;
        } else if self.healing.asks.len() < MAX_ASKS {
            let due = now.mono_ms;
            let ask = Ask { due, wanted: true };
            self.healing.asks.insert(address, ask);
        }
    }

    fn send_asks(&mut self, now: Now) {
        let interval = self.config.parameters.gossip_interval;
        let mut asks = std::mem::take(&mut self.healing.asks);
        asks.retain(|_, ask| ask.wanted || ask.due > now.mono_ms);
        for (address, ask) in &mut asks {
            if ask.wanted && ask.due <= now.mono_ms {
                *ask = Ask {
                    due: now.mono_ms + interval,
                    wanted: false,
                };
                if self.is_validated(*address) {
                    self.ping(now, *address, None, true);
                }
            }
        }
        self.healing.asks = asks;
    }
}
