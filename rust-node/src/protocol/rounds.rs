//! Rounds: what is told again and again, to a few at random (MGP1-DIS-001 to MGP1-DIS-003, MGP1-DIS-009).

use std::ops::Bound;

use super::compose::Item;
use super::machine::{Machine, Now};
use super::parameters::Parameters;
use super::random::Random;
use crate::wire::State;

/// Records offered to a round in rotation.
const RECORDS_PER_ROUND: usize = 5;

/// When the next round is, and where the rotations stand.
#[derive(Debug, Clone)]
pub(super) struct Rounds {
    next: u64,
    last_record: String,
    last_entry: String,
    entry_first: bool,
}

impl Rounds {
    pub(super) fn new(now: Now, parameters: &Parameters, random: &mut Random) -> Self {
        Self {
            next: now.mono_ms + random.below(parameters.gossip_interval),
            last_record: String::new(),
            last_entry: String::new(),
            entry_first: false,
        }
    }

    pub(super) fn due(&self) -> u64 {
        self.next
    }

    pub(super) fn is_due(&self, now: Now) -> bool {
        now.mono_ms >= self.next
    }
}

impl Machine {
    /// One round. A round that is late counts once, and the next one counts from it.
    pub(super) fn round(&mut self, now: Now) {
        let interval = self.config.parameters.gossip_interval;
        let least = interval - interval / 10;
        self.rounds.next = now.mono_ms + least + self.random.below(interval / 5 + 1);
        self.gossip_round(now);
        self.ping_unvalidated(now);
        self.ping_hearsay(now);
    }

    fn gossip_round(&mut self, now: Now) {
        let fanout = self.config.parameters.fanout();
        let mut members = self.members.values();
        let peers = if members.any(|m| m.record.state != State::Dead) {
            self.choose_peers(fanout, |state| state != State::Dead)
        } else {
            self.choose_peers(fanout, |state| state == State::Dead)
        };
        if peers.is_empty() {
            return;
        }
        let items = self.round_items(now);
        if let Some(gossip) = self.gossip(now, &items) {
            self.advance_rotations(&gossip.held);
            self.transmit_all(&peers, &gossip.datagram);
        }
    }

    /// In order of importance: one item of each rotation, which nothing can displace for ever; news; heartbeats; more of the rotations.
    fn round_items(&mut self, now: Now) -> Vec<Item> {
        let rules = self.entry_rules(now);
        let after = std::mem::take(&mut self.rounds.last_entry);
        let mut room = self.sizes().max_packet_size * 4;
        let mut entries: Vec<_> = self
            .entries
            .iter_after(&after)
            .filter(|(_, entry)| rules.may_send(entry))
            .take_while(|(key, entry)| {
                let enough = room == 0;
                room = room.saturating_sub(crate::wire::entry_size(key, entry));
                !enough
            })
            .map(|(key, _)| Item::Entry(key.clone()))
            .collect();
        self.rounds.last_entry = after;

        let last = self.rounds.last_record.as_str();
        let later = (Bound::Excluded(last), Bound::Unbounded);
        let earlier = (Bound::Unbounded, Bound::Included(last));
        let later = self.members.range::<str, _>(later);
        let mut records: Vec<_> = later
            .chain(self.members.range::<str, _>(earlier))
            .take(RECORDS_PER_ROUND)
            .map(|(id, _)| Item::Record(id.clone()))
            .collect();

        self.rounds.entry_first = !self.rounds.entry_first;
        let mut items = Vec::new();
        items.extend(records.drain(..records.len().min(1)));
        items.extend(entries.drain(..entries.len().min(1)));
        if self.rounds.entry_first {
            items.reverse();
        }
        let news = self.news.items();
        let news = news.filter(|i| matches!(i, Item::Record(_)) && !items.contains(i));
        let news: Vec<_> = news.cloned().collect();
        items.extend(news);
        items.extend(self.heartbeat_items());
        items.extend(records.into_iter().filter(|item| !self.news.holds(item)));
        items.extend(entries);
        items
    }

    /// The members held ALIVE, those heard of last first.
    fn heartbeat_items(&self) -> impl Iterator<Item = Item> {
        let mut alive: Vec<_> = self
            .members
            .iter()
            .filter(|(_, m)| m.record.state == State::Alive)
            .map(|(id, m)| (std::cmp::Reverse(m.last_grown), id))
            .collect();
        // More than this fit no text, and the order among them does not matter.
        let most = self.most_heartbeats();
        if alive.len() > most {
            alive.select_nth_unstable(most);
            alive.truncate(most);
        }
        alive.sort_unstable();
        let ids: Vec<_> = alive.into_iter().map(|(_, id)| id.clone()).collect();
        ids.into_iter().map(Item::Heartbeat)
    }

    /// Moves each rotation to the last item that went out in the order of the rotation.
    fn advance_rotations(&mut self, held: &[Item]) {
        for (at, item) in held.iter().enumerate() {
            match item {
                Item::Entry(key) => self.rounds.last_entry.clone_from(key),
                Item::Record(id) if at < 2 || !self.news.holds(item) => {
                    self.rounds.last_record.clone_from(id);
                }
                _ => {}
            }
        }
    }

    fn ping_unvalidated(&mut self, now: Now) {
        let mut strangers: Vec<_> = self
            .members
            .iter()
            .filter(|(_, m)| m.record.state != State::Dead && !self.is_validated(m.address))
            .filter(|(_, m)| self.ping_allowed_from(m.address) <= now.mono_ms)
            .map(|(id, m)| (id.clone(), m.address))
            .collect();
        self.random
            .choose(&mut strangers, self.config.parameters.fanout());
        for (id, address) in strangers {
            self.ping(now, address, Some(&id), false);
        }
    }
}
