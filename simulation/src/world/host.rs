//! The door between a world and the programs in it.

use serde_json::Value;

use crate::network::{Address, HostId};
use crate::time::{HostClock, Micros, Now};

/// A program in a world. It has no socket, clock or timer of its own: it is called, and says what it wants done.
///
/// Its calls come in the order of virtual time and never overlap. **For the same calls it must ask for the same effects**;
/// a host that reads a real clock or an unseeded source of chance makes the whole world unrepeatable.
pub trait Host {
    /// What can break while driving it, such as the end of a process behind it. Such an error ends the run.
    type Error;

    /// The host has been started (again).
    ///
    /// # Errors
    /// Ends the run, as with all calls of this trait.
    fn start(&mut self, now: Now, effects: &mut Effects) -> Result<(), Self::Error>;

    /// A datagram has arrived from `from`.
    ///
    /// # Errors
    /// Ends the run. A datagram that makes no sense is no error.
    fn datagram(
        &mut self,
        now: Now,
        from: Address,
        datagram: &[u8],
        effects: &mut Effects,
    ) -> Result<(), Self::Error>;

    /// The moment has come that the host asked for with [`Effects::wake_at`].
    ///
    /// # Errors
    /// Ends the run.
    fn wake(&mut self, now: Now, effects: &mut Effects) -> Result<(), Self::Error>;

    /// The host's user writes `value` under `key`.
    ///
    /// # Errors
    /// Ends the run.
    fn write(
        &mut self,
        now: Now,
        key: &str,
        value: &Value,
        effects: &mut Effects,
    ) -> Result<(), Self::Error>;

    /// The host's user deletes `key`. Does nothing unless the host knows how.
    ///
    /// # Errors
    /// Ends the run.
    fn delete(&mut self, _now: Now, _key: &str, _effects: &mut Effects) -> Result<(), Self::Error> {
        Ok(())
    }

    /// The host's user lets it leave in good order. Does nothing unless the host knows how.
    ///
    /// # Errors
    /// Ends the run.
    fn leave(&mut self, _now: Now, _effects: &mut Effects) -> Result<(), Self::Error> {
        Ok(())
    }

    /// The host is killed. There is nothing to be done about it but to release what is held outside of the world.
    fn crash(&mut self) {}
}

/// What a host wants done after a call.
#[derive(Debug, Default)]
pub struct Effects {
    pub(super) sends: Vec<(Address, Vec<u8>)>,
    pub(super) wake: Option<Wake>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wake {
    At(Micros),
    Never,
}

impl Effects {
    /// Sends a datagram. It leaves the host now, in the order of these calls.
    pub fn send(&mut self, to: Address, datagram: Vec<u8>) {
        self.sends.push((to, datagram));
    }

    /// Asks to be woken when the host's monotonic clock shows `mono`, or at once if that is past. It replaces what was asked
    /// for before; without a new request the old one stands.
    pub fn wake_at(&mut self, mono: Micros) {
        self.wake = Some(Wake::At(mono));
    }

    /// Withdraws what was asked for.
    pub fn sleep(&mut self) {
        self.wake = Some(Wake::Never);
    }
}

/// A host as it is placed in a world.
#[derive(Debug, Clone, PartialEq)]
pub struct HostSpec {
    /// What it is called in traces and reports.
    pub name: String,
    /// Which program it runs, a word for whoever makes the hosts.
    pub implementation: String,
    /// Where it listens.
    pub address: Address,
    /// How its clocks differ from true time.
    pub clock: HostClock,
    /// When it starts.
    pub start_at: Micros,
}

/// What a program is told when it is made.
#[derive(Debug, Clone)]
pub struct Boot<'a> {
    /// The host's number.
    pub id: HostId,
    /// The host as it was placed; its address may have changed since.
    pub spec: &'a HostSpec,
    /// Where it listens from now on.
    pub address: Address,
    /// What its clocks show.
    pub now: Now,
    /// How often it was started before.
    pub restarts: u32,
    /// A seed of its own, different for each host and each start.
    pub seed: u64,
    /// Addresses at which the other hosts of this world were placed, in order of their numbers.
    pub peers: &'a [Address],
}
