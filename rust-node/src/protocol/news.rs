//! News at once (MGP1-DIS-004 to MGP1-DIS-007, MGP1-DIS-017).
//!
//! The first copies of an item go to random members and spread it exponentially; the later ones to the members that come next on the ring
//! of ids, so that each member is somebody's duty. After Voulgaris and van Steen, "Hybrid Dissemination: Adding Determinism to
//! Probabilistic Multicasting in Large-Scale P2P Systems", Middleware 2007.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

use super::compose::Item;
use super::machine::{Machine, Now};
use crate::wire::State;

/// Items offered to one GOSSIP of news.
const MAX_BATCH: usize = 256;
/// Rounds that repeat an entry which was news, for those that every copy of it missed.
const REPEATS: u64 = 3;

/// The queue of news, oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct News {
    by_age: BTreeMap<u64, Item>,
    queued: BTreeMap<Item, Queued>,
    next_age: u64,
    last_flush: Option<u64>,
    /// There was nobody to tell: the next round tries again.
    blocked: bool,
    /// Who sent what is being merged.
    source: Option<SocketAddr>,
    /// Entries that were news lately, newest last, with the number of the round in which each is repeated last.
    recent: VecDeque<(u64, String)>,
    round: u64,
}

#[derive(Debug, Clone)]
struct Queued {
    age: u64,
    copies_left: u64,
    /// Whether the random copies are out, and the ring is next.
    is_spread: bool,
    /// Whether a copy went to the next on the ring.
    is_round: bool,
    /// Who knows it already: those it went to, the one it came from, the one it is about.
    told: BTreeSet<SocketAddr>,
}

impl News {
    pub(super) fn unblock(&mut self) {
        self.blocked = false;
    }

    /// From here on news comes from that member; `None` for this node itself.
    pub(super) fn heard_from(&mut self, sender: Option<SocketAddr>) {
        self.source = sender;
    }

    /// All items, oldest first.
    pub(super) fn items(&self) -> impl Iterator<Item = &Item> {
        self.by_age.values()
    }

    fn push(&mut self, item: Item, subject: Option<SocketAddr>, copies_left: u64, limit: u64) {
        self.remove(&item);
        let age = self.next_age;
        self.next_age += 1;
        self.by_age.insert(age, item.clone());
        let told = self.source.into_iter().chain(subject).collect();
        let queued = Queued {
            age,
            copies_left,
            is_spread: false,
            is_round: false,
            told,
        };
        if let Item::Entry(key) = &item {
            self.recent.push_back((self.round + REPEATS, key.clone()));
            if u64::try_from(self.recent.len()).unwrap_or(u64::MAX) > limit {
                self.recent.pop_front();
            }
        }
        self.queued.insert(item, queued);
        while u64::try_from(self.by_age.len()).unwrap_or(u64::MAX) > limit {
            if let Some((_, oldest)) = self.by_age.pop_first() {
                self.queued.remove(&oldest);
            }
        }
    }

    /// The member whose message is being merged knows this item too: one copy less to send, but the last one, which goes round the ring
    /// (MGP1-DIS-007).
    pub(super) fn heard_again(&mut self, item: &Item) {
        let Some(source) = self.source else {
            return;
        };
        if let Some(queued) = self.queued.get_mut(item)
            && queued.told.insert(source)
            && (queued.copies_left > 1 || queued.is_round)
        {
            queued.copies_left -= 1;
            queued.is_spread |= queued.copies_left == 1;
            if queued.copies_left == 0 {
                self.remove(item);
            }
        }
    }

    /// A round begins: the keys of the entries that were news in the last ones, newest first.
    pub(super) fn repeat(&mut self) -> Vec<String> {
        self.round += 1;
        let round = self.round;
        self.recent.retain(|(last, _)| *last >= round);
        let mut seen = BTreeSet::new();
        let newest_first = self.recent.iter().rev();
        newest_first
            .filter(|(_, key)| seen.insert(key))
            .map(|(_, key)| key.clone())
            .collect()
    }

    fn remove(&mut self, item: &Item) {
        if let Some(queued) = self.queued.remove(item) {
            self.by_age.remove(&queued.age);
        }
    }

    fn oldest(&self) -> Option<(&Item, &Queued)> {
        let item = self.by_age.values().next()?;
        Some((item, self.queued.get(item)?))
    }

    /// The items that all of these peers may still be sent, oldest first: as many as a datagram might hold, and some.
    fn batch(&self, peers: &[SocketAddr]) -> Vec<Item> {
        let copies = u64::try_from(peers.len()).unwrap_or(u64::MAX);
        let fits = |item: &&Item| {
            self.queued.get(item).is_some_and(|queued| {
                queued.copies_left >= copies && !peers.iter().any(|peer| queued.told.contains(peer))
            })
        };
        let fitting = self.by_age.values().filter(fits);
        fitting.take(MAX_BATCH).cloned().collect()
    }

    fn sent(&mut self, item: &Item, peers: &[SocketAddr]) {
        let copies = u64::try_from(peers.len()).unwrap_or(u64::MAX);
        if let Some(queued) = self.queued.get_mut(item) {
            queued.told.extend(peers);
            queued.is_round = queued.is_spread;
            queued.is_spread = true;
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
        let (copies, limit) = (parameters.eager_copies, parameters.max_news);
        let subject = match &item {
            Item::Record(id) | Item::Heartbeat(id) => self.members.get(id).map(|m| m.address),
            Item::Entry(_) => None,
        };
        self.news.push(item, subject, copies, limit);
    }

    /// Sends one batch of news, where the pace allows one.
    pub(super) fn send_news(&mut self, now: Now) {
        if self.stopped || now.mono_ms < self.next_news() {
            return;
        }
        let reachable = |state| state != State::Dead;
        if self.choose_peers(1, reachable).is_empty() {
            self.news.blocked = true;
            return;
        }
        let peers = loop {
            let Some((item, queued)) = self.news.oldest() else {
                return;
            };
            let fanout = self.config.parameters.fanout.min(queued.copies_left);
            let (item, told) = (item.clone(), queued.told.clone());
            let count = super::parameters::count(fanout);
            let peers = if queued.is_spread {
                self.next_on_ring(count, |peer| told.contains(peer))
            } else {
                self.choose_peers_but(count, reachable, |peer| told.contains(peer))
            };
            if !peers.is_empty() {
                break peers;
            }
            self.news.remove(&item);
        };
        let items = self.news.batch(&peers);
        let Some(gossip) = self.gossip(now, &items) else {
            return;
        };
        if gossip.held.is_empty() {
            // Nothing of it may be sent: deletions that expired, entries that were overtaken or wait for an exchange.
            for item in &items {
                self.news.remove(item);
            }
            return self.send_news(now);
        }
        self.news.last_flush = Some(now.mono_ms);
        for item in &gossip.held {
            self.news.sent(item, &peers);
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
