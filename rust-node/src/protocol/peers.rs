//! Addresses that have proved that they want our datagrams, and choosing among them (MGP1-DIS-011, MGP1-DIS-002).

use std::net::SocketAddr;
use std::ops::Bound;

use super::machine::Machine;
use super::random::Draw;
use crate::state::Member;
use crate::wire::State;

/// The validated addresses, sorted.
#[derive(Debug, Clone, Default)]
pub(super) struct Peers {
    validated: Vec<SocketAddr>,
}

impl Machine {
    pub(super) fn is_validated(&self, address: SocketAddr) -> bool {
        self.peers.validated.binary_search(&address).is_ok()
    }

    pub(super) fn validated_count(&self) -> usize {
        self.peers.validated.len()
    }

    pub(super) fn is_member_address(&self, address: SocketAddr) -> bool {
        self.members.at(address).next().is_some()
    }

    fn may_be_validated(&self, address: SocketAddr) -> bool {
        self.config.seeds.contains(&address) || self.is_member_address(address)
    }

    /// The address has answered. Returns whether it is validated by that and was not before.
    pub(super) fn validate(&mut self, address: SocketAddr) -> bool {
        if self.may_be_validated(address)
            && let Err(place) = self.peers.validated.binary_search(&address)
        {
            self.peers.validated.insert(place, address);
            self.news.unblock();
            // PINGs that waited for the budget of strangers may go now.
            let ids: Vec<_> = self.members.at(address).map(|(id, _)| id.clone()).collect();
            for id in ids {
                self.schedule_age(&id);
            }
            return true;
        }
        false
    }

    /// Forgets the validation of addresses that neither a member nor a seed has any more.
    pub(super) fn lapse(&mut self) {
        let mut validated = std::mem::take(&mut self.peers.validated);
        validated.retain(|address| self.may_be_validated(*address));
        self.peers.validated = validated;
    }

    /// The validated addresses of the members, not DEAD, that come next after this node in the order of ids, the least one after the
    /// greatest, without some of them (MGP1-DIS-017).
    pub(super) fn next_on_ring(
        &self,
        count: usize,
        left_out: impl Fn(&SocketAddr) -> bool,
    ) -> Vec<SocketAddr> {
        let mut chosen = Vec::new();
        for (_, member) in self.ring() {
            if chosen.len() == count {
                break;
            }
            let to = member.address;
            if self.is_validated(to) && !chosen.contains(&to) && !left_out(&to) {
                chosen.push(to);
            }
        }
        chosen
    }

    /// The members, not DEAD, in the order of ids that begins after this node.
    fn ring(&self) -> impl Iterator<Item = (&String, &Member)> {
        let own = self.config.node_id.as_str();
        let after = (Bound::Excluded(own), Bound::Unbounded);
        let before = (Bound::Unbounded, Bound::Excluded(own));
        let after = self.members.range::<str, _>(after);
        let ring = after.chain(self.members.range::<str, _>(before));
        ring.filter(|(_, m)| m.record.state != State::Dead && m.address != self.address)
    }

    /// Those of the next `eagerCopies` members on the ring that have not answered yet: later copies of news are owed to them.
    pub(super) fn strangers_on_ring(&self) -> Vec<(String, SocketAddr)> {
        let count = super::parameters::count(self.config.parameters.eager_copies);
        let next = self.ring().take(count);
        next.filter(|(_, m)| !self.is_validated(m.address))
            .map(|(id, m)| (id.clone(), m.address))
            .collect()
    }

    /// The distinct validated addresses of the members in these states, in random order, at most `count`.
    pub(super) fn choose_peers(
        &mut self,
        count: usize,
        wanted: impl Fn(State) -> bool,
    ) -> Vec<SocketAddr> {
        self.choose_peers_but(count, wanted, |_| false)
    }

    /// As [`choose_peers`](Self::choose_peers), without some of them.
    pub(super) fn choose_peers_but(
        &mut self,
        count: usize,
        wanted: impl Fn(State) -> bool,
        left_out: impl Fn(&SocketAddr) -> bool,
    ) -> Vec<SocketAddr> {
        let mut chosen = Vec::new();
        let mut draw = Draw::below(self.peers.validated.len());
        while chosen.len() < count
            && let Some(at) = draw.next(&mut self.random)
        {
            let address = self.peers.validated[at];
            let mut members = self.members.at(address);
            let right = members.any(|(_, m)| wanted(m.record.state));
            if right && address != self.address && !left_out(&address) {
                chosen.push(address);
            }
        }
        chosen
    }
}
