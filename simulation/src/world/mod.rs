//! A world of hosts in virtual time: events in order, effects carried out, everything recorded.
//!
//! A host that answers what it hears, and one that asks it once:
//!
//! ```
//! use std::convert::Infallible;
//! use simulation::network::{Address, HostId, Link, Network};
//! use simulation::time::{HostClock, Micros, Now};
//! use simulation::world::{Effects, Host, HostSpec, Options, World};
//!
//! struct Echo { peer: Address, asks: bool, heard: Vec<(Micros, Vec<u8>)> }
//!
//! impl Host for Echo {
//!     type Error = Infallible;
//!     fn start(&mut self, now: Now, effects: &mut Effects) -> Result<(), Infallible> {
//!         effects.wake_at(now.mono + Micros::seconds(1));
//!         Ok(())
//!     }
//!     fn wake(&mut self, _: Now, effects: &mut Effects) -> Result<(), Infallible> {
//!         if self.asks {
//!             effects.send(self.peer, b"when is high tide?".to_vec());
//!         }
//!         Ok(())
//!     }
//!     fn datagram(&mut self, now: Now, from: Address, bytes: &[u8], effects: &mut Effects) -> Result<(), Infallible> {
//!         self.heard.push((now.mono, bytes.to_vec()));
//!         if !self.asks {
//!             effects.send(from, bytes.to_vec());
//!         }
//!         Ok(())
//!     }
//!     fn write(&mut self, _: Now, _: &str, _: &serde_json::Value, _: &mut Effects) -> Result<(), Infallible> {
//!         Ok(())
//!     }
//! }
//!
//! let spec = |number: u8| HostSpec {
//!     name: format!("n{number}"),
//!     implementation: "echo".to_owned(),
//!     address: Address::from(([10, 0, 0, number], 9000)),
//!     clock: HostClock::default(),
//!     start_at: Micros::ZERO,
//! };
//! let network = Network::new(7, Link::constant(Micros::millis(20)));
//! let mut world = World::new(Options::default(), vec![spec(0), spec(1)], network, |boot, _| {
//!     Ok(Echo { peer: boot.peers[0], asks: boot.id == HostId(0), heard: Vec::new() })
//! });
//! world.run_until(Micros::seconds(5))?;
//! let heard = &world.host(HostId(0)).expect("it runs").heard;
//! assert_eq!(heard[0], (Micros::millis(1040), b"when is high tide?".to_vec()));
//! # Ok::<(), simulation::world::WorldError<Infallible>>(())
//! ```

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
