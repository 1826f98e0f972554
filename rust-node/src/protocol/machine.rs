//! The machine: its parts and its calls. What it does at a call stands in the files of this room, one concept each.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::absence::Absence;
use super::barren::Barren;
use super::clock::MembershipClock;
use super::compose::Density;
use super::config::{Config, ConfigError};
use super::effects::{Effects, Event};
use super::exchange::Exchanges;
use super::healing::Healing;
use super::legacy::Hearsay;
use super::liveness::Ages;
use super::news::News;
use super::pages::Pages;
use super::peers::Peers;
use super::pings::Pings;
use super::random::Random;
use super::refutation::Refutation;
use super::rounds::Rounds;
use crate::state::{Entries, History, Members, Remembered};
use crate::wire::{Codec, Sizes, canonical_address};

/// The time of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Unix time, milliseconds; may fall.
    pub wall_ms: u64,
    /// Monotonic time, milliseconds, from any beginning; never falls.
    pub mono_ms: u64,
}

/// One node's protocol. See the [module](super) for the one rule of use.
#[derive(Debug)]
pub struct Machine {
    pub(super) config: Config,
    pub(super) address: SocketAddr,
    pub(super) codec: Codec,
    pub(super) density: Density,
    pub(super) random: Random,
    pub(super) clock: MembershipClock,
    pub(super) updated: u64,
    pub(super) members: Members,
    pub(super) remembered: Remembered,
    pub(super) entries: Entries,
    pub(super) history: History,
    pub(super) counters: BTreeMap<&'static str, u64>,
    pub(super) peers: Peers,
    pub(super) pings: Pings,
    pub(super) rounds: Rounds,
    pub(super) news: News,
    pub(super) pages: Pages,
    pub(super) healing: Healing,
    pub(super) hearsay: Hearsay,
    pub(super) refutation: Refutation,
    pub(super) exchanges: Exchanges,
    pub(super) barren: Barren,
    pub(super) absence: Absence,
    pub(super) ages: Ages,
    pub(super) stopped: bool,
    pub(super) effects: Effects,
}

impl Machine {
    /// A machine that begins now: its first effects are the PINGs to its seeds (MGP1-LIV-027).
    ///
    /// `seed` decides every random choice it will make.
    ///
    /// # Errors
    /// [`ConfigError`], where others would skip its record or a parameter is out of range.
    pub fn new(mut config: Config, now: Now, seed: u64) -> Result<Self, ConfigError> {
        config.check()?;
        let mut address = config.record(0, 0).address();
        let address = address
            .take()
            .ok_or(ConfigError::OwnRecord(crate::wire::Skip::RecordHost))?;
        for seed in &mut config.seeds {
            *seed = canonical_address(*seed);
        }
        let mut random = Random::new(seed);
        let clock = MembershipClock::new(now);
        let mut machine = Self {
            address,
            updated: clock.peek(now),
            rounds: Rounds::new(now, &config.parameters, &mut random),
            exchanges: Exchanges::new(now, &config.parameters, &mut random),
            barren: Barren::default(),
            absence: Absence::new(now),
            healing: Healing::new(now, &config),
            clock,
            random,
            config,
            codec: Codec::default(),
            density: Density::default(),
            members: Members::default(),
            remembered: Remembered::default(),
            entries: Entries::default(),
            history: History::default(),
            counters: BTreeMap::new(),
            peers: Peers::default(),
            pings: Pings::default(),
            news: News::default(),
            pages: Pages::default(),
            hearsay: Hearsay::default(),
            refutation: Refutation::default(),
            ages: Ages::new(now),
            stopped: false,
            effects: Effects::default(),
        };
        machine.work_off(now);
        Ok(machine)
    }

    /// Does all that is due. To be called at [`wake`](Self::wake) at the latest; earlier calls and more of them do no harm.
    pub fn tick(&mut self, now: Now) {
        if self.stopped {
            return;
        }
        self.check_entries(now);
        self.expire(now);
        // Before the PINGs on suspicion: a flood of invented members must not use up what seeds are owed.
        self.heal(now);
        self.send_wanted_pings(now);
        self.check_ages(now);
        self.work_off(now);
        if self.rounds.is_due(now) && !self.stopped {
            self.round(now);
            self.work_off(now);
        }
        self.begin_exchange(now);
    }

    /// Sends what is due because of something other than a round.
    pub(super) fn work_off(&mut self, now: Now) {
        self.heal(now);
        self.send_wanted_pings(now);
        self.greet_strangers(now);
        self.send_refutation(now);
        self.send_news(now);
        self.send_pages(now);
    }

    /// Monotonic time at which the next [`tick`](Self::tick) is wanted at the latest, milliseconds; `u64::MAX` for never.
    pub fn wake(&self) -> u64 {
        if self.stopped {
            return u64::MAX;
        }
        [
            self.rounds.due(),
            self.exchanges.due(),
            self.next_age_check(),
            self.healing.due(),
            self.next_wanted_ping(),
            self.next_refutation(),
            self.next_news(),
            self.next_page(),
        ]
        .into_iter()
        .min()
        .unwrap_or(u64::MAX)
    }

    /// Takes what the calls since the last one brought about.
    pub fn take_effects(&mut self) -> Effects {
        std::mem::take(&mut self.effects)
    }

    /// The id of this node.
    pub fn node_id(&self) -> &str {
        &self.config.node_id
    }

    /// The address that this node advertises.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// True once it has left or met a fatal error: it sends nothing more and ignores everything.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Adds an address to join by, as if it had been configured.
    pub fn add_seed(&mut self, now: Now, seed: SocketAddr) {
        let seed = canonical_address(seed);
        if !self.stopped && !self.config.seeds.contains(&seed) {
            self.config.seeds.push(seed);
            self.healing.add_seed(now, &self.config.parameters);
            self.work_off(now);
        }
    }

    pub(super) fn count(&mut self, code: &'static str) {
        *self.counters.entry(code).or_default() += 1;
    }

    pub(super) fn report(&mut self, event: Event) {
        self.effects.events.push(event);
    }

    pub(super) fn stop_with(&mut self, reason: &'static str) {
        if !self.stopped {
            self.stopped = true;
            self.report(Event::Fatal { reason });
        }
    }

    pub(super) fn sizes(&self) -> Sizes {
        Sizes {
            max_packet_size: super::parameters::count(self.config.parameters.max_packet_size),
            compression_threshold: super::parameters::count(
                self.config.parameters.compression_threshold,
            ),
        }
    }
}
