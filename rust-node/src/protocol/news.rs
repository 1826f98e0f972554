//! News at once (MGP1-DIS-004 to MGP1-DIS-007).

use std::collections::BTreeMap;

use super::compose::Item;
use super::machine::{Machine, Now};
use crate::wire::State;

/// The queue of news, oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct News {
    by_age: BTreeMap<u64, Item>,
    queued: BTreeMap<Item, Queued>,
    next_age: u64,
    last_flush: Option<u64>,
    /// There was nobody to tell: the next round tries again.
    blocked: bool,
}

#[derive(Debug, Clone, Copy)]
struct Queued {
    age: u64,
    copies_left: u64,
}

impl News {
    pub(super) fn unblock(&mut self) {
        self.blocked = false;
    }

    /// All items, oldest first.
    pub(super) fn items(&self) -> impl Iterator<Item = &Item> {
        self.by_age.values()
    }

    fn push(&mut self, item: Item, copies: u64, limit: u64) {
        self.remove(&item);
        let age = self.next_age;
        self.next_age += 1;
        self.by_age.insert(age, item.clone());
        let copies_left = copies;
        self.queued.insert(item, Queued { age, copies_left });
        while u64::try_from(self.by_age.len()).unwrap_or(u64::MAX) > limit {
            if let Some((_, oldest)) = self.by_age.pop_first() {
                self.queued.remove(&oldest);
            }
        }
    }

    fn remove(&mut self, item: &Item) {
        if let Some(queued) = self.queued.remove(item) {
            self.by_age.remove(&queued.age);
        }
    }

    /// The oldest item and those that can go to at least as many peers as it, and that number of peers.
    fn batch(&self, fanout: u64) -> (Vec<Item>, u64) {
        let copies = |item: &Item| self.queued.get(item).map_or(0, |q| q.copies_left);
        let first = self.by_age.values().next().map_or(0, copies);
        let peers = fanout.min(first);
        let fitting = self.by_age.values().filter(|item| copies(item) >= peers);
        (fitting.cloned().collect(), peers)
    }

    fn sent(&mut self, item: &Item, copies: u64) {
        if let Some(queued) = self.queued.get_mut(item) {
            queued.copies_left = queued.copies_left.saturating_sub(copies);
            if queued.copies_left == 0 {
                self.remove(item);
            }
        }
    }
}

impl Machine {
    pub(super) fn tell(&mut self, item: Item) {
        let parameters = &self.config.parameters;
        self.news
            .push(item, parameters.eager_copies, parameters.max_news);
    }

    /// Sends one batch of news, where the pace allows one.
    pub(super) fn send_news(&mut self, now: Now) {
        if self.stopped || now.mono_ms < self.next_news() {
            return;
        }
        let (items, count) = self.news.batch(self.config.parameters.fanout);
        let count = super::parameters::count(count);
        let peers = self.choose_peers(count, |state| state != State::Dead);
        if peers.is_empty() {
            self.news.blocked = true;
            return;
        }
        self.news.last_flush = Some(now.mono_ms);
        let copies = u64::try_from(peers.len()).unwrap_or(u64::MAX);
        let Some(gossip) = self.gossip(now, &items) else {
            return;
        };
        if gossip.held.is_empty() {
            // Nothing of it may be sent any more: deletions that expired, entries that were overtaken.
            for item in &items {
                self.news.remove(item);
            }
            return;
        }
        for item in &gossip.held {
            self.news.sent(item, copies);
        }
        self.transmit_all(&peers, &gossip.datagram);
    }

    pub(super) fn next_news(&self) -> u64 {
        if self.news.by_age.is_empty() {
            u64::MAX
        } else if self.news.blocked {
            self.rounds.due()
        } else {
            let pace = self.config.parameters.eager_interval;
            self.news.last_flush.map_or(0, |last| last + pace)
        }
    }
}
