//! Rounds: what is told again and again, to a few at random (MGP1-DIS-001 to MGP1-DIS-003, MGP1-DIS-009).

use std::collections::BTreeSet;
use std::ops::Bound;

use super::compose::Item;
use super::machine::{Machine, Now};
use super::parameters::Parameters;
use super::random::Random;
use crate::state::EntryRules;
use crate::wire::State;

/// In about so many rounds everything that is held is told once more (MGP1-DIS-009). News and SYNC are there for what is in a hurry.
const ROTATION: usize = 240;

/// When the next round is, and where the rotation stands.
#[derive(Debug, Clone)]
pub(super) struct Rounds {
    next: u64,
    /// The last item of the rotation that went out.
    last: Option<Item>,
}

impl Rounds {
    pub(super) fn new(now: Now, parameters: &Parameters, random: &mut Random) -> Self {
        Self {
            next: now.mono_ms + random.below(parameters.gossip_interval),
            last: None,
        }
    }

    pub(super) fn due(&self) -> u64 {
        self.next
    }

    pub(super) fn is_due(&self, now: Now) -> bool {
        now.mono_ms >= self.next
    }
}

/// What a round would tell, and which of it is the turn of the rotation.
struct Offer {
    items: Vec<Item>,
    turn: Vec<Item>,
}

/// From one name to another.
type Range = (Bound<String>, Bound<String>);

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
        let offer = self.round_items(now);
        if let Some(gossip) = self.gossip(now, &offer.items) {
            self.advance_rotation(offer.turn, gossip.held);
            self.transmit_all(&peers, &gossip.datagram);
        }
    }

    /// In order of importance: the next item of the rotation, which nothing can displace; news; heartbeats; the rest of the turn.
    fn round_items(&mut self, now: Now) -> Offer {
        let rules = self.entry_rules(now);
        let turn = self.turn(&rules);
        let mut items: Vec<Item> = turn.first().into_iter().cloned().collect();
        let mut offered: BTreeSet<Item> = items.iter().cloned().collect();
        let mut offer = |item: Item| {
            if offered.insert(item.clone()) {
                items.push(item);
            }
        };
        let news = self.news.items().filter(|i| matches!(i, Item::Record(_)));
        news.cloned().for_each(&mut offer);
        let repeated = self.news.repeat().into_iter().map(Item::Entry);
        repeated.for_each(&mut offer);
        self.heartbeat_items().for_each(&mut offer);
        turn.iter().cloned().for_each(&mut offer);
        Offer { items, turn }
    }

    /// What comes next in the rotation through all records and then all entries.
    fn turn(&self, rules: &EntryRules) -> Vec<Item> {
        let all = (Bound::Unbounded, Bound::Unbounded);
        let split = |last: &str| {
            let last = last.to_owned();
            let after = (Bound::Excluded(last.clone()), Bound::Unbounded);
            (after, (Bound::Unbounded, Bound::Included(last)))
        };
        let records = |range: Range| {
            let members = self.members.range::<String, _>(range);
            members.map(|(id, _)| Item::Record(id.clone()))
        };
        let entries = |range: Range| {
            let entries = self.entries.range(range);
            let sendable = entries.filter(|(_, entry)| rules.may_send(entry));
            sendable.map(|(key, _)| Item::Entry(key.clone()))
        };
        let most = (self.members.len() + self.entries.len()).div_ceil(ROTATION);
        match &self.rounds.last {
            Some(Item::Entry(key)) => {
                let (after, before) = split(key);
                let rotation = entries(after).chain(records(all)).chain(entries(before));
                rotation.take(most).collect()
            }
            Some(Item::Record(id) | Item::Heartbeat(id)) => {
                let (after, before) = split(id);
                let rotation = records(after).chain(entries(all)).chain(records(before));
                rotation.take(most).collect()
            }
            None => records(all.clone())
                .chain(entries(all))
                .take(most)
                .collect(),
        }
    }

    /// The members held ALIVE, those heard of last first.
    fn heartbeat_items(&self) -> impl Iterator<Item = Item> + use<> {
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

    /// Moves the rotation past the items that went out.
    fn advance_rotation(&mut self, turn: Vec<Item>, held: Vec<Item>) {
        let held: BTreeSet<Item> = held.into_iter().collect();
        let sent = turn.into_iter().take_while(|item| held.contains(item));
        if let Some(last) = sent.last() {
            self.rounds.last = Some(last);
        }
    }

    fn ping_unvalidated(&mut self, now: Now) {
        self.ping_strangers(now, self.config.parameters.fanout());
    }

    /// PINGs to that many members, chosen at random, that are not DEAD and have not answered yet, where the budget allows.
    pub(super) fn ping_strangers(&mut self, now: Now, count: usize) {
        if count == 0 || !self.has_room_for_strangers(now) {
            return;
        }
        let strangers = self.members.iter().filter(|(_, m)| {
            m.record.state != State::Dead
                && !self.is_validated(m.address)
                && self.may_ask_again(m.address, now)
        });
        let mut strangers: Vec<&String> = strangers.map(|(id, _)| id).collect();
        self.random.choose(&mut strangers, count);
        let chosen: Vec<_> = strangers
            .into_iter()
            .filter_map(|id| Some((id.clone(), self.members.get(id)?.address)))
            .collect();
        for (id, address) in chosen {
            self.ping(now, address, Some(&id), false);
        }
    }
}
