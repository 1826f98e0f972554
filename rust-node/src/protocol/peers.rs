//! Addresses that have proved that they want our datagrams, and choosing among them (MGP1-DIS-011, MGP1-DIS-002).

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::machine::Machine;
use crate::wire::State;

/// The validated addresses.
#[derive(Debug, Clone, Default)]
pub(super) struct Peers {
    validated: BTreeSet<SocketAddr>,
}

impl Machine {
    pub(super) fn is_validated(&self, address: SocketAddr) -> bool {
        self.peers.validated.contains(&address)
    }

    pub(super) fn is_member_address(&self, address: SocketAddr) -> bool {
        self.members.values().any(|m| m.address == address)
    }

    fn may_be_validated(&self, address: SocketAddr) -> bool {
        self.config.seeds.contains(&address) || self.is_member_address(address)
    }

    pub(super) fn validate(&mut self, address: SocketAddr) {
        if self.may_be_validated(address) && self.peers.validated.insert(address) {
            self.news.unblock();
        }
    }

    /// Forgets the validation of addresses that neither a member nor a seed has any more.
    pub(super) fn lapse(&mut self) {
        let mut validated = std::mem::take(&mut self.peers.validated);
        validated.retain(|address| self.may_be_validated(*address));
        self.peers.validated = validated;
    }

    /// The distinct validated addresses of the members in these states, in random order, at most `count`.
    pub(super) fn choose_peers(
        &mut self,
        count: usize,
        wanted: impl Fn(State) -> bool,
    ) -> Vec<SocketAddr> {
        let addresses: BTreeSet<_> = self
            .members
            .values()
            .filter(|m| wanted(m.record.state) && m.address != self.address)
            .map(|m| m.address)
            .filter(|address| self.is_validated(*address))
            .collect();
        let mut addresses: Vec<_> = addresses.into_iter().collect();
        self.random.choose(&mut addresses, count);
        addresses
    }
}
