//! What must hold at every step of a cluster, whatever happens to it.
//!
//! Each invariant watches from outside: it sees what every machine was told, what it sent, and what it holds. It assumes nothing of how a
//! machine works, and where it cannot know (an address may have lost its validation, say), it takes the machine's side.

mod addresses;
mod datagrams;
mod evidence;
mod gossiped;
mod news;
mod replies;
mod resurrection;
mod state;
mod walls;
mod writes;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use simulation::network::HostId;
use simulation::time::Micros;

pub use addresses::AmplificationBound;
pub use datagrams::{ValidDatagram, WithinPacketSize};
pub use evidence::MonotoneEvidence;
pub use gossiped::{EveryLiveMemberGossipedTo, rounds_to_be_chosen};
pub use news::NewsWithinModelBound;
pub use replies::NoReplyToWrongSource;
pub use resurrection::NoResurrection;
pub use state::BoundedState;
pub use writes::NoLostWrite;

use super::letter::{Letter, Sent};
use super::machine::{Now, View};
use super::node::Happening;
use super::plan::Plan;
use super::spread::Spread;
use crate::oracle::outgoing::Breach;

/// The parameters of all nodes: the defaults of chapter 11, where a plan does not say otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters(pub BTreeMap<String, u64>);

impl Parameters {
    /// The value of a parameter of chapter 11; 0 for a name that is not there.
    pub fn get(&self, name: &str) -> u64 {
        let default = match name {
            "gossipInterval" => 1_000,
            "fanout" => 3,
            "suspectTimeout" => 3_000,
            "failureTimeout" => 5_000,
            "maxPacketSize" => 1_400,
            "compressionThreshold" => 512,
            "maxMessageHistory" => 1_000,
            "reconnectInterval" | "syncInterval" => 10_000,
            "maxRemembered" => 4_096,
            "maxMembers" => 1_024,
            "maxEntries" => 65_536,
            "deadRetention" => 60_000,
            "maxFutureSkew" | "rememberedRetention" | "tombstoneRetention" => 86_400_000,
            _ => 0,
        };
        self.0.get(name).copied().unwrap_or(default)
    }
}

/// One call of one machine, read.
pub struct Moment<'a> {
    /// True time.
    pub at: Micros,
    /// What happened.
    pub happening: &'a Happening,
    /// Its name.
    pub id: &'a str,
    /// Where it listens.
    pub address: SocketAddr,
    /// The datagram that arrived, and from where.
    pub received: Option<(SocketAddr, Rc<Letter>)>,
    /// The datagrams that it sent.
    pub sent: Vec<Sent>,
    /// The parameters of all nodes.
    pub parameters: &'a Parameters,
}

/// What one machine holds at one moment.
pub struct Sight<'a> {
    /// Which host.
    pub host: HostId,
    /// Its name.
    pub id: &'a str,
    /// Its clocks.
    pub now: Now,
    /// What it holds.
    pub view: &'a Arc<View>,
    /// The parameters of all nodes.
    pub parameters: &'a Parameters,
}

/// A cluster that nothing has disturbed for long enough.
pub struct Quiet<'a> {
    /// True time.
    pub at: Micros,
    /// The hosts that run and have not left: number, name, address and what they hold.
    pub live: &'a [(HostId, String, SocketAddr, View)],
    /// The parameters of all nodes.
    pub parameters: &'a Parameters,
}

/// Something that must hold.
pub trait Invariant {
    /// Its name.
    fn name(&self) -> &'static str;
    /// What it says, in a sentence.
    fn says(&self) -> &'static str;
    /// The requirements from which it follows.
    fn requirements(&self) -> &'static [&'static str];

    /// Looks at a call.
    ///
    /// # Errors
    /// The requirement that is broken, and what is wrong, in a line.
    fn step(&mut self, _moment: &Moment<'_>) -> Result<(), Breach> {
        Ok(())
    }

    /// Looks at what a machine holds.
    ///
    /// # Errors
    /// The requirement that is broken, and what is wrong, in a line.
    fn look(&mut self, _sight: &Sight<'_>) -> Result<(), Breach> {
        Ok(())
    }

    /// Looks at how far news has come, after each call. `ids` are the names of the hosts by number.
    ///
    /// # Errors
    /// The requirement that is broken, and what is wrong, in a line.
    fn news(&mut self, _at: Micros, _spread: &Spread, _ids: &[String]) -> Result<(), Breach> {
        Ok(())
    }

    /// Looks at a quiet cluster.
    ///
    /// # Errors
    /// The requirement that is broken, and what is wrong, in a line.
    fn quiet(&mut self, _quiet: &Quiet<'_>) -> Result<(), Breach> {
        Ok(())
    }
}

/// A breach of that requirement.
fn breach<T>(requirement: &'static str, line: String) -> Result<T, Breach> {
    Err(Breach { requirement, line })
}

/// All of them, with nothing seen yet of a run of that plan, beside the bound of its model.
pub fn all(plan: &Plan, bound: Option<u32>) -> Vec<Box<dyn Invariant>> {
    vec![
        Box::new(ValidDatagram::default()),
        Box::new(WithinPacketSize),
        Box::new(NoReplyToWrongSource),
        Box::new(AmplificationBound::new(plan)),
        Box::new(MonotoneEvidence::default()),
        Box::new(NoResurrection::default()),
        Box::new(BoundedState),
        Box::new(NoLostWrite::default()),
        Box::new(EveryLiveMemberGossipedTo::default()),
        Box::new(NewsWithinModelBound::new(plan, bound)),
    ]
}
