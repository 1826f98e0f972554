//! Joining and healing: seeds, the dead and the remembered (MGP1-LIV-023 to MGP1-LIV-029).

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::config::Config;
use super::machine::{Machine, Now};
use super::parameters::Parameters;
use super::pings::{Wanted, Why};
use crate::state::Member;
use crate::wire::{State, usable_host};

/// Senders of unknown heartbeats asked for their member list within one `suspectTimeout`.
const MAX_ASKED: usize = 256;
/// For so many `suspectTimeout`s seeds are asked in every interval; those that have not answered by then are asked more seldom.
const EAGER: u64 = 2;

#[derive(Debug, Clone)]
pub(super) struct Healing {
    /// When each seed is due a PING while none has answered.
    next_join: u64,
    /// Until when the seeds are asked in every interval: a first PING or its answer may have been lost.
    eager_until: u64,
    next_reconnect: u64,
    seed_answered: bool,
    joined: bool,
    /// From when a member may be asked in the place of such a sender that has not proved itself.
    next_other: u64,
    /// When the senders of unknown heartbeats were asked for their member list.
    asked: BTreeMap<SocketAddr, u64>,
}

impl Healing {
    pub(super) fn new(now: Now, config: &Config) -> Self {
        Self {
            next_join: now.mono_ms,
            eager_until: now.mono_ms + EAGER * config.parameters.suspect_timeout,
            next_reconnect: now.mono_ms + config.parameters.reconnect_interval,
            seed_answered: config.seeds.is_empty(),
            joined: false,
            next_other: now.mono_ms,
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

    pub(super) fn add_seed(&mut self, now: Now, parameters: &Parameters) {
        self.seed_answered = false;
        self.next_join = now.mono_ms;
        self.eager_until = now.mono_ms + EAGER * parameters.suspect_timeout;
    }

    pub(super) fn due(&self) -> u64 {
        let join = if self.is_joining(self.next_join) {
            self.next_join
        } else {
            u64::MAX
        };
        join.min(self.next_reconnect)
    }

    /// Whether the seeds are asked more often than the others: until one has answered, and for a while until the member list has come.
    fn is_joining(&self, mono: u64) -> bool {
        !self.seed_answered || !self.joined && self.is_eager(mono)
    }

    fn is_eager(&self, mono: u64) -> bool {
        mono < self.eager_until
    }
}

impl Machine {
    /// Sends, or queues where MGP1-DIS-013 says so, what joining and healing ask for now.
    pub(super) fn heal(&mut self, now: Now) {
        let next_join = self.healing.next_join;
        if self.healing.is_joining(next_join) && now.mono_ms >= next_join {
            let parameters = &self.config.parameters;
            let pace = if self.healing.is_eager(now.mono_ms) {
                parameters.gossip_interval
            } else {
                parameters.suspect_timeout
            };
            self.healing.next_join = now.mono_ms + pace;
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

    /// Asks the sender of an unknown heartbeat for its member list, once per `suspectTimeout` (MGP1-LIV-029). Where it has not proved itself,
    /// another member is asked in its place, one in each interval: who is missing here is hardly missing there.
    pub(super) fn ask_for_members(&mut self, now: Now, sender: SocketAddr) {
        let address = if self.is_validated(sender) {
            Some(sender)
        } else if now.mono_ms >= self.healing.next_other {
            let other = self.choose_peers(1, |state| state == State::Alive).pop();
            if other.is_some() {
                self.healing.next_other = now.mono_ms + self.config.parameters.gossip_interval;
            }
            other
        } else {
            None
        };
        let pace = self.config.parameters.suspect_timeout;
        let lately = |asked: &mut u64| now.mono_ms.saturating_sub(*asked) < pace;
        self.healing.asked.retain(|_, asked| lately(asked));
        if let Some(address) = address
            && self.healing.asked.len() < MAX_ASKED
            && !self.healing.asked.contains_key(&address)
        {
            self.healing.asked.insert(address, now.mono_ms);
            self.ping(now, address, None, true);
        }
    }
}
