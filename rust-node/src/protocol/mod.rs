//! The protocol as a machine: no socket, no thread, no clock and no random source of its own.
//!
//! **One rule of use:** after every call that takes [`Now`], take the [effects](Machine::take_effects), send what is to be sent in order, and
//! see to a [`tick`](Machine::tick) at [`wake`](Machine::wake) at the latest. The same calls give the same effects, byte for byte.
//!
//! ```
//! use mumbai_gossip::protocol::{Config, Machine, Now};
//!
//! let now = Now { wall_ms: 1_760_000_000_000, mono_ms: 0 };
//! let mut machine = Machine::new(Config::new("p1", "127.0.0.1", 9001), now, 1)?;
//! machine.set(now, "load", &serde_json::json!(0.5))?;
//! assert_eq!(machine.get("load").unwrap().value.as_str(), "0.5");
//! assert!(machine.take_effects().sent.is_empty(), "there is nobody to tell yet");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod absence;
mod barren;
mod clock;
mod compose;
mod config;
mod effects;
mod entries;
mod exchange;
mod healing;
mod legacy;
mod liveness;
mod machine;
mod news;
mod pages;
mod parameters;
mod peers;
mod pings;
mod random;
mod receive;
mod refutation;
mod rounds;
mod status;

#[cfg(test)]
mod tests;

pub use config::{Config, ConfigError};
pub use effects::{Effects, Event, Outcome, Transmit};
pub use machine::{Machine, Now};
pub use parameters::{ParameterError, Parameters};
pub use status::{MemberStatus, Status};
