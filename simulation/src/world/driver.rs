//! Takes one event after the other, calls the host that it concerns, and carries out what the host wants.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;
use thiserror::Error;

use super::host::Wake;
use super::trace::Payload;
use super::{Boot, CountersByInterval, Effects, EventQueue, Fault, Host, HostSpec, Trace};
use crate::network::{Address, Fate, HostId, LossCause, Network, Outages};
use crate::random::Stream;
use crate::time::{HostClock, Micros, Now};

/// What a world is made with, besides its hosts and its network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Seeds the hosts and their outages.
    pub seed: u64,
    /// True time at the start, microseconds since the Unix epoch.
    pub epoch: Micros,
    /// The length of the intervals in which datagrams are counted.
    pub interval: Micros,
    /// How many datagrams a paused host's receive buffer holds; further ones are lost.
    pub receive_buffer: usize,
    /// Whether the lines of the trace are kept, and not only their hash.
    pub keep_trace: bool,
}

impl Default for Options {
    /// Seed 0, 1 January 2026, intervals of a second, room for 256 datagrams, no lines.
    fn default() -> Self {
        Options {
            seed: 0,
            epoch: Micros::seconds(1_767_225_600),
            interval: Micros::seconds(1),
            receive_buffer: 256,
            keep_trace: false,
        }
    }
}

/// Hosts, a network between them, and what is still to happen.
///
/// Hosts are named by their numbers. A number that the world does not have is a mistake of the caller, and panics.
pub struct World<H: Host, F> {
    options: Options,
    make: F,
    slots: Vec<Slot<H>>,
    addresses: BTreeMap<Address, HostId>,
    placed: Vec<Address>,
    network: Network,
    queue: EventQueue<Event>,
    counters: CountersByInterval,
    trace: Trace,
    now: Micros,
}

struct Slot<H> {
    spec: HostSpec,
    address: Address,
    clock: HostClock,
    running: Option<H>,
    /// What a crash left behind, until the restart.
    dead: Option<H>,
    starts: u32,
    paused: bool,
    gathered: VecDeque<Arrival>,
    /// The request that stands. A wake event of another number has been replaced.
    wake: u64,
    missed_wake: bool,
    outages: Option<(Outages, Stream)>,
}

#[derive(Debug, Clone)]
struct Arrival {
    from: HostId,
    from_address: Address,
    to: Address,
    datagram: Vec<u8>,
}

enum Event {
    Start(HostId),
    Arrive(Arrival),
    Wake(HostId, u64),
    Fault(Fault),
    Write(HostId, String, Option<Value>),
    Outage(HostId),
}

/// What one step of a world was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// This host was called, or would have been if it had been running.
    Host(Micros, HostId),
    /// The world itself changed by a fault or an outage.
    World(Micros),
}

/// A host could not be made or driven.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("host {host} failed at {at} of virtual time: {error}")]
pub struct WorldError<E> {
    /// Which host.
    pub host: HostId,
    /// When.
    pub at: Micros,
    /// What it said.
    pub error: E,
}

impl<H, F> World<H, F>
where
    H: Host,
    F: FnMut(Boot<'_>, Option<H>) -> Result<H, H::Error>,
{
    /// A world of these hosts, at time zero and with nothing done yet.
    ///
    /// `make` makes the program of a host when it starts. At a restart it is handed what the crash left, so that it can take from
    /// it what would have been on a disk.
    pub fn new(options: Options, hosts: Vec<HostSpec>, network: Network, make: F) -> Self {
        let mut queue = EventQueue::default();
        for (index, spec) in hosts.iter().enumerate() {
            queue.push(spec.start_at, Event::Start(HostId(index as u32)));
        }
        let addresses = hosts
            .iter()
            .enumerate()
            .map(|(index, spec)| (spec.address, HostId(index as u32)))
            .collect();
        let placed = hosts.iter().map(|spec| spec.address).collect();
        let counters = CountersByInterval::new(hosts.len(), options.interval);
        let trace = Trace::new(options.keep_trace);
        World {
            options,
            make,
            slots: hosts.into_iter().map(Slot::new).collect(),
            addresses,
            placed,
            network,
            queue,
            counters,
            trace,
            now: Micros::ZERO,
        }
    }

    /// Lets something go wrong at a moment. A moment that is past counts as now.
    pub fn schedule(&mut self, at: Micros, fault: Fault) {
        self.queue.push(at.max(self.now), Event::Fault(fault));
    }

    /// Lets a host's user write at a moment. Nothing happens if the host is not running then.
    pub fn schedule_write(
        &mut self,
        at: Micros,
        host: HostId,
        key: impl Into<String>,
        value: Value,
    ) {
        self.queue.push(
            at.max(self.now),
            Event::Write(host, key.into(), Some(value)),
        );
    }

    /// Lets a host's user delete a key at a moment. Nothing happens if the host is not running then.
    pub fn schedule_delete(&mut self, at: Micros, host: HostId, key: impl Into<String>) {
        self.queue
            .push(at.max(self.now), Event::Write(host, key.into(), None));
    }

    /// Lets a host come and go from the network from now on, attached at first.
    pub fn set_outages(&mut self, host: HostId, outages: Outages) {
        let mut stream = Stream::indexed(self.options.seed, "outages", u64::from(host.0));
        let first = outages.stay(true, &mut stream);
        self.slots[host.0 as usize].outages = Some((outages, stream));
        self.queue.push(self.now + first, Event::Outage(host));
    }

    /// The next thing that happens, or `None` if nothing is left to happen.
    ///
    /// # Errors
    /// A host could not be made or driven. The world must not be used any further.
    pub fn step(&mut self) -> Result<Option<Step>, WorldError<H::Error>> {
        let Some((at, event)) = self.queue.pop() else {
            return Ok(None);
        };
        self.now = at;
        let host = match event {
            Event::Start(host) => self.start(host).map(|()| Some(host))?,
            Event::Arrive(arrival) => self.arrive(arrival)?,
            Event::Wake(host, number) => self.wake(host, number).map(|()| Some(host))?,
            Event::Write(host, key, value) => self
                .write(host, &key, value.as_ref())
                .map(|()| Some(host))?,
            Event::Fault(fault) => self.fault(fault)?,
            Event::Outage(host) => {
                self.outage(host);
                None
            }
        };
        Ok(Some(
            host.map_or(Step::World(at), |host| Step::Host(at, host)),
        ))
    }

    /// The next thing that happens until virtual time `until`, that moment included; `None` if nothing more does, and it is `until` then.
    ///
    /// # Errors
    /// As [`step`](World::step).
    pub fn step_until(&mut self, until: Micros) -> Result<Option<Step>, WorldError<H::Error>> {
        if self.queue.next_at().is_some_and(|at| at <= until) {
            return self.step();
        }
        self.now = self.now.max(until);
        Ok(None)
    }

    /// Runs until virtual time `until`, whatever happens at that moment included.
    ///
    /// # Errors
    /// As [`step`](World::step).
    pub fn run_until(&mut self, until: Micros) -> Result<(), WorldError<H::Error>> {
        while self.step_until(until)?.is_some() {}
        Ok(())
    }

    /// Runs until `goal` holds, looking after each step, and gives the moment; `None` if it does not hold by `until`.
    ///
    /// # Errors
    /// As [`step`](World::step).
    pub fn run_to(
        &mut self,
        until: Micros,
        mut goal: impl FnMut(&Self, Step) -> bool,
    ) -> Result<Option<Micros>, WorldError<H::Error>> {
        while let Some(step) = self.step_until(until)? {
            if goal(self, step) {
                return Ok(Some(self.now));
            }
        }
        Ok(None)
    }

    /// Virtual time.
    pub fn now(&self) -> Micros {
        self.now
    }

    /// What a host's clocks show now.
    pub fn clock_of(&self, host: HostId) -> Now {
        self.slots[host.0 as usize]
            .clock
            .read(self.now, self.options.epoch)
    }

    /// The hosts' numbers, in order.
    pub fn ids(&self) -> impl Iterator<Item = HostId> + use<H, F> {
        (0..self.slots.len() as u32).map(HostId)
    }

    /// A host's program, if it is running; a paused one is.
    pub fn host(&self, host: HostId) -> Option<&H> {
        self.slots[host.0 as usize].running.as_ref()
    }

    /// A host's program for changing it by hand, which the trace does not record.
    pub fn host_mut(&mut self, host: HostId) -> Option<&mut H> {
        self.slots[host.0 as usize].running.as_mut()
    }

    /// Where a host listens now, or listened before it crashed.
    pub fn address_of(&self, host: HostId) -> Address {
        self.slots[host.0 as usize].address
    }

    /// How a host was placed.
    pub fn spec_of(&self, host: HostId) -> &HostSpec {
        &self.slots[host.0 as usize].spec
    }

    /// The network, for changing it by hand.
    pub fn network_mut(&mut self) -> &mut Network {
        &mut self.network
    }

    /// What passed through the network.
    pub fn counters(&self) -> &CountersByInterval {
        &self.counters
    }

    /// The record of the run.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    fn start(&mut self, host: HostId) -> Result<(), WorldError<H::Error>> {
        let slot = &mut self.slots[host.0 as usize];
        if slot.running.is_some() {
            return Ok(());
        }
        let now = slot.clock.read(self.now, self.options.epoch);
        let seed = Stream::new(self.options.seed, &format!("host/{host}/{}", slot.starts)).bits();
        let peers: Vec<Address> = self
            .placed
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != host.0 as usize)
            .map(|(_, peer)| *peer)
            .collect();
        let boot = Boot {
            id: host,
            spec: &slot.spec,
            address: slot.address,
            now,
            restarts: slot.starts,
            seed,
            peers: &peers,
        };
        let dead = slot.dead.take();
        let made = (self.make)(boot, dead).map_err(|error| WorldError {
            host,
            at: self.now,
            error,
        })?;
        slot.running = Some(made);
        slot.starts += 1;
        self.trace
            .record(self.now, format_args!("start {host} {}", slot.address));
        self.call(host, |running, now, effects| running.start(now, effects))
    }

    fn arrive(&mut self, arrival: Arrival) -> Result<Option<HostId>, WorldError<H::Error>> {
        let Some(&host) = self.addresses.get(&arrival.to) else {
            self.lose(&arrival, LossCause::NobodyThere);
            return Ok(None);
        };
        let slot = &mut self.slots[host.0 as usize];
        if slot.running.is_none() {
            self.lose(&arrival, LossCause::NobodyThere);
        } else if !self.network.is_attached(host) {
            self.lose(&arrival, LossCause::Detached);
        } else if !slot.paused {
            self.deliver(host, &arrival)?;
        } else if slot.gathered.len() < self.options.receive_buffer {
            slot.gathered.push_back(arrival);
        } else {
            self.lose(&arrival, LossCause::BufferFull);
        }
        Ok(Some(host))
    }

    fn deliver(&mut self, host: HostId, arrival: &Arrival) -> Result<(), WorldError<H::Error>> {
        let counters = self.counters.at(self.now, host);
        counters.delivered += 1;
        counters.bytes_delivered += arrival.datagram.len() as u64;
        self.trace.record(
            self.now,
            format_args!(
                "deliver {} {host} {}",
                arrival.from,
                Payload(&arrival.datagram)
            ),
        );
        self.call(host, |running, now, effects| {
            running.datagram(now, arrival.from_address, &arrival.datagram, effects)
        })
    }

    fn lose(&mut self, arrival: &Arrival, cause: LossCause) {
        self.counters.at(self.now, arrival.from).count_loss(cause);
        self.trace.record(
            self.now,
            format_args!(
                "lose {} {} {cause:?} {}",
                arrival.from,
                arrival.to,
                Payload(&arrival.datagram)
            ),
        );
    }

    fn wake(&mut self, host: HostId, number: u64) -> Result<(), WorldError<H::Error>> {
        let slot = &mut self.slots[host.0 as usize];
        if slot.running.is_none() || slot.wake != number {
            return Ok(());
        }
        if slot.paused {
            slot.missed_wake = true;
            return Ok(());
        }
        self.counters.at(self.now, host).wakes += 1;
        self.trace.record(self.now, format_args!("wake {host}"));
        self.call(host, |running, now, effects| running.wake(now, effects))
    }

    fn write(
        &mut self,
        host: HostId,
        key: &str,
        value: Option<&Value>,
    ) -> Result<(), WorldError<H::Error>> {
        let slot = &self.slots[host.0 as usize];
        if slot.running.is_none() || slot.paused {
            self.trace
                .record(self.now, format_args!("write refused {host} {key:?}"));
            return Ok(());
        }
        match value {
            Some(value) => self
                .trace
                .record(self.now, format_args!("write {host} {key:?} {value}")),
            None => self
                .trace
                .record(self.now, format_args!("delete {host} {key:?}")),
        }
        self.call(host, |running, now, effects| match value {
            Some(value) => running.write(now, key, value, effects),
            None => running.delete(now, key, effects),
        })
    }

    fn fault(&mut self, fault: Fault) -> Result<Option<HostId>, WorldError<H::Error>> {
        self.trace.record(self.now, format_args!("fault {fault:?}"));
        match fault {
            Fault::Cut(name, cut) => self.network.cut(&name, cut),
            Fault::Impair(name, impairment) => self.network.impair(&name, impairment),
            Fault::Heal(name) => self.network.heal(name.as_deref()),
            Fault::Attach(host, attached) => self.network.set_attached(host, attached),
            Fault::Crash(host) => self.crash(host),
            Fault::Restart(host, address) => {
                self.restart(host, address)?;
                return Ok(Some(host));
            }
            Fault::Leave(host) => {
                if self.slots[host.0 as usize].running.is_some() {
                    self.call(host, |running, now, effects| running.leave(now, effects))?;
                }
                return Ok(Some(host));
            }
            Fault::Pause(host) => self.slots[host.0 as usize].paused = true,
            Fault::Resume(host) => {
                self.resume(host)?;
                return Ok(Some(host));
            }
            Fault::ClockStep(host, by_us) => self.slots[host.0 as usize].clock.step(by_us),
            Fault::ClockDrift(host, ppm) => self.slots[host.0 as usize].clock.drift(ppm, self.now),
        }
        Ok(None)
    }

    fn crash(&mut self, host: HostId) {
        let slot = &mut self.slots[host.0 as usize];
        if let Some(mut running) = slot.running.take() {
            running.crash();
            slot.dead = Some(running);
        }
        slot.paused = false;
        slot.missed_wake = false;
        slot.wake += 1;
        for arrival in std::mem::take(&mut slot.gathered) {
            self.lose(&arrival, LossCause::NobodyThere);
        }
    }

    fn restart(
        &mut self,
        host: HostId,
        address: Option<Address>,
    ) -> Result<(), WorldError<H::Error>> {
        let slot = &mut self.slots[host.0 as usize];
        if slot.running.is_some() {
            return Ok(());
        }
        if let Some(address) = address {
            if self.addresses.get(&slot.address) == Some(&host) {
                self.addresses.remove(&slot.address);
            }
            slot.address = address;
            self.addresses.insert(address, host);
        }
        self.start(host)
    }

    fn resume(&mut self, host: HostId) -> Result<(), WorldError<H::Error>> {
        let slot = &mut self.slots[host.0 as usize];
        if !std::mem::take(&mut slot.paused) {
            return Ok(());
        }
        let gathered = std::mem::take(&mut slot.gathered);
        let missed = std::mem::take(&mut slot.missed_wake).then_some(slot.wake);
        for arrival in gathered {
            self.deliver(host, &arrival)?;
        }
        missed.map_or(Ok(()), |number| self.wake(host, number))
    }

    fn outage(&mut self, host: HostId) {
        let attached = !self.network.is_attached(host);
        self.network.set_attached(host, attached);
        self.trace.record(
            self.now,
            format_args!("{} {host}", if attached { "attach" } else { "detach" }),
        );
        if let Some((outages, stream)) = &mut self.slots[host.0 as usize].outages {
            let next = self.now + outages.stay(attached, stream);
            self.queue.push(next, Event::Outage(host));
        }
    }

    /// Calls a running host and carries out what it wants.
    fn call(
        &mut self,
        host: HostId,
        what: impl FnOnce(&mut H, Now, &mut Effects) -> Result<(), H::Error>,
    ) -> Result<(), WorldError<H::Error>> {
        let slot = &mut self.slots[host.0 as usize];
        let Some(running) = &mut slot.running else {
            return Ok(());
        };
        let mut effects = Effects::default();
        let now = slot.clock.read(self.now, self.options.epoch);
        what(running, now, &mut effects).map_err(|error| WorldError {
            host,
            at: self.now,
            error,
        })?;
        if let Some(wake) = effects.wake {
            slot.wake += 1;
            if let Wake::At(mono) = wake {
                let at = mono.since(slot.clock.mono_origin).max(self.now);
                self.queue.push(at, Event::Wake(host, slot.wake));
            }
        }
        let from_address = slot.address;
        for (to, datagram) in effects.sends {
            self.send(Arrival {
                from: host,
                from_address,
                to,
                datagram,
            });
        }
        Ok(())
    }

    fn send(&mut self, arrival: Arrival) {
        let from = arrival.from;
        let counters = self.counters.at(self.now, from);
        counters.sent += 1;
        counters.bytes_sent += arrival.datagram.len() as u64;
        self.trace.record(
            self.now,
            format_args!("send {from} {} {}", arrival.to, Payload(&arrival.datagram)),
        );
        let Some(&to) = self.addresses.get(&arrival.to) else {
            return self.lose(&arrival, LossCause::NobodyThere);
        };
        match self.network.send(from, to) {
            Fate::Lost(cause) => self.lose(&arrival, cause),
            Fate::Arrives(times) => {
                self.counters.at(self.now, from).duplicated += times.len() as u64 - 1;
                for time in times {
                    self.queue
                        .push(self.now + time, Event::Arrive(arrival.clone()));
                }
            }
        }
    }
}

impl<H> Slot<H> {
    fn new(spec: HostSpec) -> Self {
        Slot {
            address: spec.address,
            clock: spec.clock,
            spec,
            running: None,
            dead: None,
            starts: 0,
            paused: false,
            gathered: VecDeque::new(),
            wake: 0,
            missed_wake: false,
            outages: None,
        }
    }
}
