//! Real clusters: nodes of any mix of implementations in one process, with their own sockets, threads and clocks, over loopback UDP.
//!
//! Each scenario takes the adapters that offer the `live` operations of `conformance/ADAPTER.md` and puts its nodes into them in turn, so that
//! two adapters make a mixed cluster. Nothing waits for a duration: a scenario polls `live.status` until its condition holds or its time is up,
//! and that time is worked out from the epidemic model and the parameters of the nodes (`waits`).

mod cluster;
mod scenarios;
mod waits;

pub use cluster::Cluster;
pub use scenarios::{Scenario, scenarios};
pub use waits::{Conditions, SCHEDULING, Wait};
