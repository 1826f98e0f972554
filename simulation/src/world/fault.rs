//! What can go wrong at a stated moment.

use crate::network::{Address, Cut, HostId, Impairment};

/// A change that a world makes at its time, whatever the hosts do.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// A partition, symmetric or not, under a name by which it is healed.
    Cut(String, Cut),
    /// A worse link in one direction, under a name by which it is healed.
    Impair(String, Impairment),
    /// The end of the cut or impairment of that name, or of all of them.
    Heal(Option<String>),
    /// A host stops at once, and loses what it had not handed over. Datagrams to it vanish.
    Crash(HostId),
    /// A crashed host starts again, at its old address or at this one. Without effect on a host that runs.
    Restart(HostId, Option<Address>),
    /// A host is told to leave in good order; it keeps running until it is crashed.
    Leave(HostId),
    /// A host stands still: it neither wakes nor receives, while its clocks go on and datagrams gather in its receive buffer.
    Pause(HostId),
    /// A paused host goes on, first with the datagrams that gathered.
    Resume(HostId),
    /// The wall clock of a host jumps by this many microseconds.
    ClockStep(HostId, i64),
    /// The wall clock of a host runs fast by this many parts per million from now on.
    ClockDrift(HostId, i64),
    /// A host is taken off the network (`false`) or attached again (`true`); it keeps running.
    Attach(HostId, bool),
}
