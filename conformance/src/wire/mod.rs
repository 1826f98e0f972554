//! The suite as a peer: it joins a node over UDP like any other member, says what a case wants said, and writes down all that is exchanged.
//!
//! [`Peer`] is a socket with an id and a membership clock of its own; [`message`] builds what it sends; [`Received`] is what it got, decoded by
//! the oracle; [`Listeners`] are many addresses that only listen; [`Log`] holds both directions for the report of a failure.

mod listeners;
mod log;
pub mod message;
mod peer;

pub use listeners::Listeners;
pub use log::{Log, Unlawful};
pub(crate) use peer::wall_ms;
pub use peer::{Options, Peer, Received};
