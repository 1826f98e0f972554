//! Subtrees that differ from a peer's for good, and are left alone for a while (MGP1-SYN-014).
//!
//! A peer whose clock, capacity or retention is another one may hold entries that this node will not take. Each exchange would find them
//! again, and hurry on the next.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::machine::Now;
use crate::state::{Digest, Prefix};

/// Exchanges in vain after which a subtree is left out.
const PATIENCE: u32 = 3;
/// How long it is left out, in `syncInterval`s.
const REST: u64 = 10;
/// Subtrees and peers kept in mind; beyond that the least lately begun one is forgotten.
const MAX_KEPT: usize = 1_024;

#[derive(Debug, Clone, Default)]
pub(super) struct Barren {
    subtrees: BTreeMap<(SocketAddr, Prefix), Subtree>,
    /// Number of the exchange that each peer is in.
    exchanges: BTreeMap<SocketAddr, u64>,
    begun: u64,
}

#[derive(Debug, Clone)]
struct Subtree {
    /// What this node held below it: once that changes, the difference is another one.
    ours: Option<Digest>,
    in_vain: u32,
    exchange: u64,
    forget_at: u64,
}

impl Barren {
    /// An exchange with this peer begins, begun by either side.
    pub(super) fn begin(&mut self, peer: SocketAddr, mono: u64) {
        self.begun += 1;
        self.exchanges.insert(peer, self.begun);
        self.subtrees.retain(|_, subtree| subtree.forget_at > mono);
        if self.exchanges.len() > MAX_KEPT {
            let oldest = self.exchanges.iter().min_by_key(|(_, number)| **number);
            if let Some(peer) = oldest.map(|(peer, _)| *peer) {
                self.exchanges.remove(&peer);
            }
        }
    }

    /// Entries below this prefix came that changed nothing, and nothing of ours was wanted there.
    ///
    /// An exchange that did not come to this subtree, because no more than four answers are sent at once, says nothing about it.
    pub(super) fn in_vain(
        &mut self,
        now: Now,
        peer: SocketAddr,
        prefix: &Prefix,
        ours: Option<Digest>,
        sync_interval: u64,
    ) {
        let exchange = self.exchanges.get(&peer).copied().unwrap_or(0);
        let place = (peer, prefix.clone());
        let full = self.subtrees.len() >= MAX_KEPT;
        let fresh = Subtree {
            ours,
            in_vain: 0,
            exchange: u64::MAX,
            forget_at: 0,
        };
        let subtree = match self.subtrees.get_mut(&place) {
            None if full => return,
            None => self.subtrees.entry(place).or_insert(fresh),
            Some(subtree) => {
                if subtree.ours != ours {
                    *subtree = fresh;
                }
                subtree
            }
        };
        if subtree.exchange != exchange && subtree.in_vain < PATIENCE {
            subtree.exchange = exchange;
            subtree.in_vain += 1;
            subtree.forget_at = now.mono_ms + REST.saturating_mul(sync_interval);
        }
    }

    /// This subtree was worth looking at.
    pub(super) fn forget(&mut self, peer: SocketAddr, prefix: &Prefix) {
        self.subtrees.remove(&(peer, prefix.clone()));
    }

    pub(super) fn knows(&self, peer: SocketAddr, prefix: &Prefix) -> bool {
        !self.subtrees.is_empty() && self.subtrees.contains_key(&(peer, prefix.clone()))
    }

    pub(super) fn leaves_out(
        &self,
        now: Now,
        peer: SocketAddr,
        prefix: &Prefix,
        ours: Option<Digest>,
    ) -> bool {
        let subtree = self.subtrees.get(&(peer, prefix.clone()));
        subtree
            .is_some_and(|s| s.in_vain >= PATIENCE && s.forget_at > now.mono_ms && s.ours == ours)
    }
}
