//! The seeded network: what becomes of a datagram between leaving one host and reaching another.

mod class;
mod latency;
mod link;
mod paths;

pub use class::{ALL as CLASSES, NetworkClass, Outages};
pub use latency::{Latency, LatencyError};
pub use link::Link;
pub use paths::{Cut, Fate, Impairment, LossCause, Network};

use std::net::SocketAddr;

/// Where a host listens. The network delivers by it and gives it no other meaning.
pub type Address = SocketAddr;

/// A host's number in its world, counted from 0. It stays the same over crashes and changes of address.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct HostId(pub u32);

impl std::fmt::Display for HostId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "n{}", self.0)
    }
}
