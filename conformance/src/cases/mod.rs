//! What is asked of an implementation: a case is an id, the requirements it tests, and a procedure that ends in a verdict.

pub mod clockwork;
pub mod codec;
pub mod merge;
pub mod model;
pub mod outgoing;
pub mod pattern;
pub mod peer;
pub mod script;
pub mod sync;
pub mod timeline;
pub mod vectors;
pub mod wire;

use crate::attach::Adapter;
use crate::verdict::Verdict;

/// What an implementation must offer for a case to be put to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// Decode and encode as functions.
    Codec,
    /// The machine without I/O.
    Core,
    /// A process on a UDP port.
    Wire,
}

/// One case. Its id is permanent: `MGP1-FRM-010/leading-newline`, the requirement it mainly tests and a name.
pub struct Case {
    /// Permanent id.
    pub id: String,
    /// Every requirement that the case tests; the first is the one in the id.
    pub requirements: Vec<String>,
    /// The fault it is there to catch, in one line.
    pub hunts: String,
    /// Profiles that rule the case out: it is put only to implementations that claim none of them.
    pub without: Vec<String>,
    /// What it needs.
    pub needs: Needs,
    /// The procedure.
    pub procedure: Procedure,
}

/// A procedure that asks an adapter.
pub type AdapterProcedure = Box<dyn Fn(&mut dyn Adapter) -> Verdict + Send + Sync>;

/// A procedure that starts node processes.
pub type WireProcedure = Box<dyn Fn(&dyn Launcher) -> Verdict + Send + Sync>;

/// How a case is carried out.
pub enum Procedure {
    /// Through an adapter (`codec` or `core`), in virtual time.
    Adapter(AdapterProcedure),
    /// Against a node process that the case starts itself through the launcher, over UDP.
    Wire(WireProcedure),
}

/// Starts processes of the implementation under test.
pub trait Launcher: Send + Sync {
    /// Starts a node and returns once it can receive datagrams.
    ///
    /// # Errors
    /// [`NotLaunched`], with no process left behind.
    fn launch(&self, settings: &NodeSettings) -> Result<Box<dyn NodeProcess>, NotLaunched>;

    /// Where a bench writes down what its peers exchange with the nodes; one that is asked for is empty.
    fn log(&self) -> crate::wire::Log {
        crate::wire::Log::default()
    }

    /// The timing that a node will have which is asked for that round length: its command may have no way to choose one.
    fn timing(&self, gossip_interval_ms: u64) -> Timing;
}

/// Why there is no node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotLaunched {
    /// The command has no way to say what the case needs: the case is not for this node.
    #[error("{0}")]
    NotOffered(String),
    /// It did not start: what was run, what came of it and what to try.
    #[error("{0}")]
    Failed(String),
}

impl From<&str> for NotLaunched {
    fn from(why: &str) -> Self {
        Self::Failed(why.to_owned())
    }
}

/// The times of a node under test, in milliseconds (chapter 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// `gossipInterval`.
    pub gossip_interval_ms: u64,
    /// `suspectTimeout`.
    pub suspect_timeout_ms: u64,
    /// `failureTimeout`.
    pub failure_timeout_ms: u64,
    /// `reconnectInterval`.
    pub reconnect_interval_ms: u64,
    /// `deadRetention`.
    pub dead_retention_ms: u64,
}

impl Timing {
    /// The defaults of chapter 11.
    pub const DEFAULT: Self = Self::in_proportion(1_000);

    /// That round length, and the other times in the proportions of the defaults.
    pub const fn in_proportion(gossip_interval_ms: u64) -> Self {
        Self {
            gossip_interval_ms,
            suspect_timeout_ms: gossip_interval_ms * 3,
            failure_timeout_ms: gossip_interval_ms * 5,
            reconnect_interval_ms: gossip_interval_ms * 10,
            dead_retention_ms: gossip_interval_ms * 60,
        }
    }
}

/// What a case wants of a node process.
#[derive(Debug, Clone)]
pub struct NodeSettings {
    /// Node id.
    pub id: String,
    /// Address to listen on and to advertise; the launcher chooses a free port when the port is 0.
    pub listen: std::net::SocketAddr,
    /// Address to advertise, where it differs from the one listened on (a relay stands before the node).
    pub advertise: Option<std::net::SocketAddr>,
    /// Seed addresses.
    pub seeds: Vec<std::net::SocketAddr>,
    /// Cluster name.
    pub cluster: String,
    /// Round length in milliseconds; the other timings follow from it in the default proportions.
    pub gossip_interval_ms: u64,
    /// Whether it is to receive the two published dialects of version 0 (chapter 10).
    pub legacy: bool,
    /// Keys the node sets on its own at start.
    pub set: Vec<(String, serde_json::Value)>,
}

/// A running node process. Dropping it kills the process.
pub trait NodeProcess: Send {
    /// Where it listens.
    fn address(&self) -> std::net::SocketAddr;
    /// Whether it still runs.
    fn is_running(&mut self) -> bool;
    /// Asks it to leave (SIGTERM), waits up to the deadline and returns the exit status, or `None` if it still runs.
    fn terminate(&mut self, deadline: std::time::Duration) -> Option<i32>;
    /// Kills it at once, so that it cannot say good-bye.
    fn kill(&mut self);
    /// Stops it in its tracks (SIGSTOP), as a suspended machine does; false where the system cannot.
    fn stop(&mut self) -> bool {
        false
    }
    /// Lets it go on (SIGCONT).
    fn go_on(&mut self) {}
    /// The last lines it wrote to standard error.
    fn log_tail(&self) -> String;
}

/// Every case of the suite; the seed, from then on this process's, decides what they draw at random.
pub fn all(seed: u64) -> Vec<Case> {
    crate::seed::set(seed);
    let mut cases = codec::cases();
    cases.extend(merge::cases());
    cases.extend(model::cases());
    cases.extend(timeline::cases());
    cases.extend(sync::cases());
    cases.extend(wire::cases());
    cases
}
