//! Which way a datagram goes, and what happens to it there.

use std::collections::{BTreeMap, BTreeSet};

use super::{HostId, Latency, Link};
use crate::random::{Chance, Stream};
use crate::time::Micros;

/// The links of a world and the faults on them at this moment.
///
/// A datagram passes the sender's access link, the core, and the receiver's access link; a link set for the pair itself
/// replaces all three. Faults come on top of that, in the direction in which they were set.
#[derive(Debug, Clone)]
pub struct Network {
    stream: Stream,
    core: Link,
    access: BTreeMap<HostId, Link>,
    pairs: BTreeMap<(HostId, HostId), Link>,
    cuts: BTreeMap<String, Cut>,
    impairments: BTreeMap<String, Impairment>,
    detached: BTreeSet<HostId>,
}

/// Nothing passes from one set of hosts to the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Hosts whose datagrams are stopped.
    pub from: BTreeSet<HostId>,
    /// Hosts that they no longer reach.
    pub to: BTreeSet<HostId>,
    /// Whether the other direction is cut too. An asymmetric partition leaves it open.
    pub both_ways: bool,
}

/// A worse link for a while, in one direction, on top of what the link does anyway.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Impairment {
    /// Hosts whose datagrams it concerns.
    pub from: BTreeSet<HostId>,
    /// Hosts that they are for.
    pub to: BTreeSet<HostId>,
    /// Further loss.
    pub loss: Chance,
    /// Further duplication.
    pub duplicate: Chance,
    /// Further reordering.
    pub reorder: Chance,
    /// How long the reordered ones are held back.
    pub reorder_by: Micros,
    /// Further latency.
    pub latency: Latency,
}

/// Why a datagram did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LossCause {
    /// By the loss of a link.
    Link,
    /// By a cut.
    Cut,
    /// The sender or the receiver was not attached to the network.
    Detached,
    /// Nobody listened at the address when it arrived.
    NobodyThere,
    /// The receiver was paused, and its receive buffer full.
    BufferFull,
}

/// What became of a datagram that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It will not arrive.
    Lost(LossCause),
    /// It arrives after these times: one, or more if it was duplicated.
    Arrives(Vec<Micros>),
}

impl Network {
    /// A network in which everything passes `core` alone. Chance comes from the stream `network` of the seed.
    pub fn new(seed: u64, core: Link) -> Self {
        Network {
            stream: Stream::new(seed, "network"),
            core,
            access: BTreeMap::new(),
            pairs: BTreeMap::new(),
            cuts: BTreeMap::new(),
            impairments: BTreeMap::new(),
            detached: BTreeSet::new(),
        }
    }

    /// Gives a host an access link, which its datagrams pass in both directions.
    pub fn set_access(&mut self, host: HostId, link: Link) {
        self.access.insert(host, link);
    }

    /// Gives one direction between two hosts a link of its own.
    pub fn set_pair(&mut self, from: HostId, to: HostId, link: Link) {
        self.pairs.insert((from, to), link);
    }

    /// Starts a cut. One of the same name is replaced.
    pub fn cut(&mut self, name: &str, cut: Cut) {
        self.cuts.insert(name.to_owned(), cut);
    }

    /// Starts an impairment. One of the same name is replaced.
    pub fn impair(&mut self, name: &str, impairment: Impairment) {
        self.impairments.insert(name.to_owned(), impairment);
    }

    /// Ends the cut or impairment of this name, or all of them. What is already under way is not affected.
    pub fn heal(&mut self, name: Option<&str>) {
        match name {
            Some(name) => {
                self.cuts.remove(name);
                self.impairments.remove(name);
            }
            None => {
                self.cuts.clear();
                self.impairments.clear();
            }
        }
    }

    /// Attaches a host to the network or takes it off.
    pub fn set_attached(&mut self, host: HostId, attached: bool) {
        if attached {
            self.detached.remove(&host);
        } else {
            self.detached.insert(host);
        }
    }

    /// Whether a host is attached.
    pub fn is_attached(&self, host: HostId) -> bool {
        !self.detached.contains(&host)
    }

    /// Decides what becomes of a datagram that is sent now. Cuts and losses strike here; a receiver that is detached, down or
    /// paused is looked at when the datagram arrives.
    pub fn send(&mut self, from: HostId, to: HostId) -> Fate {
        if !self.is_attached(from) {
            return Fate::Lost(LossCause::Detached);
        }
        if self.cuts.values().any(|cut| cut.stops(from, to)) {
            return Fate::Lost(LossCause::Cut);
        }
        let path = path(&self.core, &self.access, &self.pairs, from, to);
        let worse: Vec<&Impairment> = self
            .impairments
            .values()
            .filter(|i| i.concerns(from, to))
            .collect();
        let together = |of_link: fn(&Link) -> Chance, of_worse: fn(&Impairment) -> Chance| {
            let links = path
                .iter()
                .fold(Chance::NEVER, |sum, link| sum.either(of_link(link)));
            worse
                .iter()
                .fold(links, |sum, worse| sum.either(of_worse(worse)))
        };
        if self.stream.happens(together(|l| l.loss, |i| i.loss)) {
            return Fate::Lost(LossCause::Link);
        }
        let copies = 1 + usize::from(
            self.stream
                .happens(together(|l| l.duplicate, |i| i.duplicate)),
        );
        let times = (0..copies).map(|_| {
            let base = path
                .iter()
                .fold(Micros::ZERO, |sum, link| sum + link.delay(&mut self.stream));
            worse
                .iter()
                .fold(base, |sum, worse| sum + worse.delay(&mut self.stream))
        });
        Fate::Arrives(times.collect())
    }
}

fn path<'a>(
    core: &'a Link,
    access: &'a BTreeMap<HostId, Link>,
    pairs: &'a BTreeMap<(HostId, HostId), Link>,
    from: HostId,
    to: HostId,
) -> Vec<&'a Link> {
    match pairs.get(&(from, to)) {
        Some(link) => vec![link],
        None => [access.get(&from), Some(core), access.get(&to)]
            .into_iter()
            .flatten()
            .collect(),
    }
}

impl Cut {
    fn stops(&self, from: HostId, to: HostId) -> bool {
        let stopped = |from, to| self.from.contains(from) && self.to.contains(to);
        stopped(&from, &to) || (self.both_ways && stopped(&to, &from))
    }
}

impl Impairment {
    fn concerns(&self, from: HostId, to: HostId) -> bool {
        self.from.contains(&from) && self.to.contains(&to)
    }

    fn delay(&self, stream: &mut Stream) -> Micros {
        let held = if stream.happens(self.reorder) {
            self.reorder_by
        } else {
            Micros::ZERO
        };
        self.latency.draw(stream) + held
    }
}
