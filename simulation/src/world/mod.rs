//! A world of hosts in virtual time: events in order, effects carried out, everything recorded.

mod counters;
mod driver;
mod fault;
mod host;
mod queue;
mod trace;

pub use counters::{Counters, CountersByInterval};
pub use driver::{Options, Step, World, WorldError};
pub use fault::Fault;
pub use host::{Boot, Effects, Host, HostSpec};
pub use queue::EventQueue;
pub use trace::{Trace, TraceHash};
