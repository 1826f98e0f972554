//! Joining and healing: seeds, the dead and the remembered (MGP1-LIV-023 to MGP1-LIV-029).

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::config::Config;
use super::machine::{Machine, Now};
use super::pings::{Wanted, Why};
use crate::state::Member;
use crate::wire::{State, usable_host};

/// Senders of unknown heartbeats asked for their member list within one `suspectTimeout`.
const MAX_ASKED: usize = 256;

#[derive(Debug, Clone)]
pub(super) struct Healing {
    /// When each seed is due a PING while none has answered.
    next_join: u64,
    next_reconnect: u64,
    seed_answered: bool,
    joined: bool,
    /// When the senders of unknown heartbeats were asked for their member list.
    asked: BTreeMap<SocketAddr, u64>,
}

impl Healing {
    pub(super) fn new(now: Now, config: &Config) -> Self {
        Self {
            next_join: now.mono_ms,
            next_reconnect: now.mono_ms + config.parameters.reconnect_interval,
            seed_answered: config.seeds.is_empty(),
            joined: false,
            asked: BTreeMap::new(),
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
        join.min(self.next_reconnect)
    }
}

impl Machine {
    /// Sends, or queues where MGP1-DIS-013 says so, what joining and healing ask for now.
    pub(super) fn heal(&mut self, now: Now) {
        if !self.healing.seed_answered && now.mono_ms >= self.healing.next_join {
            self.healing.next_join = now.mono_ms + self.config.parameters.suspect_timeout;
            self.want_seed_pings(|_| true);
        }
        if now.mono_ms >= self.healing.next_reconnect {
            self.healing.next_reconnect = now.mono_ms + self.config.parameters.reconnect_interval;
            self.want_seed_pings(|member| member.record.state != State::Alive);
            self.ping_dead(now);
            self.want_remembered_ping();
        }
    }

    /// Asks the seeds, but for those at whose address a member is that need not be asked.
    fn want_seed_pings(&mut self, is_wanted: impl Fn(&Member) -> bool) {
        for to in self.config.seeds.clone() {
            let is_found = self.members.at(to).any(|(_, member)| !is_wanted(member));
            if !is_found && to != self.address {
                self.want_ping(Wanted {
                    to,
                    target: None,
                    why: Why::Seed,
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
                why: Why::Remembered,
            });
        }
    }

    /// Asks the sender of an unknown heartbeat for its member list, once per `suspectTimeout` (MGP1-LIV-029).
    pub(super) fn ask_for_members(&mut self, now: Now, address: SocketAddr) {
        let pace = self.config.parameters.suspect_timeout;
        let lately = |asked: &mut u64| now.mono_ms.saturating_sub(*asked) < pace;
        self.healing.asked.retain(|_, asked| lately(asked));
        let known = self.healing.asked.contains_key(&address);
        if known || self.healing.asked.len() >= MAX_ASKED || !self.is_validated(address) {
            return;
        }
        self.healing.asked.insert(address, now.mono_ms);
        self.ping(now, address, None, true);
    }
}
