//! PINGs: which are out, and how few may go to addresses that have not answered yet (MGP1-DIS-011 to MGP1-DIS-015).

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use super::machine::{Machine, Now};
use super::parameters::Parameters;
use crate::wire::{Body, encode_padded};

/// PINGs remembered at once; beyond that the oldest is forgotten.
const MAX_OUTSTANDING: usize = 16_384;
/// PINGs waiting for the budget, beside those to seeds.
const MAX_WANTED: usize = 1_024;
/// Further PINGs to strangers that each of them earns by its answer (MGP1-DIS-013).
const EARNED: usize = 2;
/// With so many validated addresses a node has enough to choose from, and meets the other strangers at the pace of its rounds: where all met
/// all at once, a cold start would cost a PING for each pair of nodes.
const ENOUGH: usize = 64;

/// Characters of a `messageId` and a `pingId`: 66 random bits (MGP1-ENV-012).
pub(super) const RANDOM_ID: usize = 11;

/// A PING that waits until MGP1-DIS-013 lets it go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) to: SocketAddr,
    pub(super) target: Option<String>,
    pub(super) why: Why,
}

/// What a PING that waits is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// To join, or to find a seed again (MGP1-LIV-024, MGP1-LIV-027).
    Seed,
    /// To find a remembered member again (MGP1-LIV-025).
    Remembered,
    /// To validate an address that asked for the member list (MGP1-MSG-028).
    Pages,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Pings {
    /// Where each PING went that is not answered yet, by ping id.
    outstanding: BTreeMap<String, SocketAddr>,
    by_time: VecDeque<(u64, String)>,
    wanted: VecDeque<Wanted>,
    /// When the last PINGs to unvalidated addresses went out, no older than one `gossipInterval`.
    unvalidated: VecDeque<u64>,
    /// When addresses were validated, no longer ago than one `gossipInterval`.
    earned: VecDeque<u64>,
    /// Answers of strangers since the last look whom to ask next.
    news_of_strangers: usize,
    /// The last PING to each unvalidated address, no older than one `suspectTimeout`.
    last_to: BTreeMap<SocketAddr, u64>,
    /// All of these PINGs, oldest first.
    to_by_time: VecDeque<(u64, SocketAddr)>,
}

impl Pings {
    fn expire(&mut self, mono: u64, parameters: &Parameters) {
        let kept = 2 * parameters.suspect_timeout;
        while let Some((sent, id)) = self.by_time.front() {
            let late = mono.saturating_sub(*sent) > kept;
            if !late && self.outstanding.len() <= MAX_OUTSTANDING {
                break;
            }
            self.outstanding.remove(id);
            self.by_time.pop_front();
        }
        let per_address = parameters.suspect_timeout;
        while let Some((sent, to)) = self.to_by_time.front()
            && mono.saturating_sub(*sent) >= per_address
        {
            if self.last_to.get(to) == Some(sent) {
                self.last_to.remove(to);
            }
            self.to_by_time.pop_front();
        }
        let window = parameters.gossip_interval;
        for times in [&mut self.unvalidated, &mut self.earned] {
            while times
                .front()
                .is_some_and(|time| mono.saturating_sub(*time) >= window)
            {
                times.pop_front();
            }
        }
    }

    /// Monotonic time from which a PING to any unvalidated address is allowed: as many of them as are old enough by then must leave
    /// room beside what was earned and is not too old by then.
    fn node_allowed_from(&self, parameters: &Parameters) -> u64 {
        let window = parameters.gossip_interval;
        let has_room = |sent: usize, earned: usize| sent < parameters.fanout() + EARNED * earned;
        if has_room(self.unvalidated.len(), self.earned.len()) {
            return 0;
        }
        let mut earned = self.earned.iter().peekable();
        let mut left = self.earned.len();
        for (gone, sent) in (1..).zip(&self.unvalidated) {
            let at = sent + window;
            while earned.next_if(|time| *time + window <= at).is_some() {
                left -= 1;
            }
            if has_room(self.unvalidated.len() - gone, left) {
                return at;
            }
        }
        0
    }
}

impl Machine {
    /// Sends a PING, padded and within the limits of MGP1-DIS-013 where the address is not validated.
    ///
    /// Returns its id, or `None` where it did not go out.
    pub(super) fn ping(
        &mut self,
        now: Now,
        to: SocketAddr,
        target: Option<&str>,
        full: bool,
    ) -> Option<String> {
        if to == self.address || self.stopped {
            return None;
        }
        let validated = self.is_validated(to);
        let mono = now.mono_ms;
        if !validated && self.ping_allowed_from(to) > mono {
            return None;
        }
        let ping_id = self.random.token(RANDOM_ID);
        let body = Body::Ping {
            ping_id: ping_id.clone(),
            target_id: target.map(str::to_owned),
            full,
        };
        let message = self.message(now, body)?;
        let datagram = if validated {
            self.codec.encode(&message, self.sizes())
        } else {
            encode_padded(&message, self.sizes())
        };
        self.transmit(to, datagram.ok()?);
        if !validated {
            self.pings.unvalidated.push_back(mono);
            self.pings.last_to.insert(to, mono);
            self.pings.to_by_time.push_back((mono, to));
        }
        self.pings.outstanding.insert(ping_id.clone(), to);
        self.pings.by_time.push_back((mono, ping_id.clone()));
        self.pings.expire(mono, &self.config.parameters);
        Some(ping_id)
    }

    /// True where a PONG with this id from this address answers a PING that is still out; it is not out any more then.
    pub(super) fn answers_ping(&mut self, now: Now, from: SocketAddr, ping_id: &str) -> bool {
        self.pings.expire(now.mono_ms, &self.config.parameters);
        let right = self.pings.outstanding.get(ping_id) == Some(&from);
        if right {
            self.pings.outstanding.remove(ping_id);
        }
        right
    }

    pub(super) fn expire_pings(&mut self, now: Now) {
        self.pings.expire(now.mono_ms, &self.config.parameters);
    }

    /// An address was validated that was not before: that earns others a PING.
    pub(super) fn stranger_answered(&mut self, now: Now) {
        self.pings.earned.push_back(now.mono_ms);
        self.pings.news_of_strangers += 1;
    }

    /// Asks the next strangers where others have answered: those to whom later copies of news are owed (MGP1-DIS-017), then any.
    pub(super) fn greet_strangers(&mut self, now: Now) {
        let answers = std::mem::take(&mut self.pings.news_of_strangers);
        if answers == 0 || self.stopped {
            return;
        }
        let mut left = EARNED * answers;
        for (id, address) in self.strangers_on_ring() {
            if left > 0 && self.ping(now, address, Some(&id), false).is_some() {
                left -= 1;
            }
        }
        self.ping_strangers(now, left.min(self.strangers_lacking()));
    }

    /// How many more strangers to ask before there are validated addresses enough, if those asked lately answer.
    fn strangers_lacking(&self) -> usize {
        let asked = self.pings.unvalidated.len();
        let open = asked.saturating_sub(self.pings.earned.len());
        ENOUGH.saturating_sub(self.validated_count() + open)
    }

    /// Sends a PING as soon as it is allowed.
    pub(super) fn want_ping(&mut self, wanted: Wanted) {
        let is_to_seed = |wanted: &Wanted| wanted.why == Why::Seed;
        let others = self.pings.wanted.iter().filter(|w| !is_to_seed(w)).count();
        let full = !is_to_seed(&wanted) && others >= MAX_WANTED;
        if !full && !self.pings.wanted.iter().any(|w| w.to == wanted.to) {
            self.pings.wanted.push_back(wanted);
        }
    }

    pub(super) fn send_wanted_pings(&mut self, now: Now) {
        self.pings.expire(now.mono_ms, &self.config.parameters);
        let mut has_room = self.has_room_for_strangers(now);
        for wanted in std::mem::take(&mut self.pings.wanted) {
            if !has_room && !self.is_validated(wanted.to) {
                self.pings.wanted.push_back(wanted);
                continue;
            }
            let full = wanted.why == Why::Seed && !self.healing.has_joined();
            let sent = self.ping(now, wanted.to, wanted.target.as_deref(), full);
            if sent.is_some() {
                self.pages_wait_from(now, wanted.to);
                has_room = self.has_room_for_strangers(now);
            } else if wanted.to != self.address {
                self.pings.wanted.push_back(wanted);
            }
        }
    }

    /// This address has answered a PING: another one to validate it would be in vain.
    pub(super) fn unwant_validation(&mut self, of: SocketAddr) {
        let is_moot = |wanted: &Wanted| wanted.to == of && wanted.why == Why::Pages;
        self.pings.wanted.retain(|wanted| !is_moot(wanted));
    }

    pub(super) fn next_wanted_ping(&self) -> u64 {
        if self.pings.wanted.is_empty() {
            return u64::MAX;
        }
        let strangers = self.pings.node_allowed_from(&self.config.parameters);
        let allowed_from = |wanted: &Wanted| {
            if self.is_validated(wanted.to) {
                0
            } else {
                self.asked_again_from(wanted.to).max(strangers)
            }
        };
        let wanted = self.pings.wanted.iter();
        wanted.map(allowed_from).min().unwrap_or(u64::MAX)
    }

    /// Monotonic time from which a PING to this address is allowed.
    pub(super) fn ping_allowed_from(&self, to: SocketAddr) -> u64 {
        if self.is_validated(to) {
            0
        } else {
            let strangers = self.pings.node_allowed_from(&self.config.parameters);
            self.asked_again_from(to).max(strangers)
        }
    }

    /// Whether a PING to some unvalidated address is allowed by what others were sent.
    pub(super) fn has_room_for_strangers(&self, now: Now) -> bool {
        self.pings.node_allowed_from(&self.config.parameters) <= now.mono_ms
    }

    /// Whether this unvalidated address may be asked by what it was sent itself.
    pub(super) fn may_ask_again(&self, to: SocketAddr, now: Now) -> bool {
        self.asked_again_from(to) <= now.mono_ms
    }

    fn asked_again_from(&self, to: SocketAddr) -> u64 {
        let parameters = &self.config.parameters;
        self.pings.last_to.get(&to).map_or(0, |sent| {
            let soon = self.config.seeds.contains(&to) || self.has_asked_since(to, *sent);
            let pace = if soon {
                parameters.gossip_interval
            } else {
                parameters.suspect_timeout
            };
            sent + pace
        })
    }
}
