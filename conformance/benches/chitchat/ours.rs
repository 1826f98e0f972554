//! Our nodes: the protocol machines, Java through JNI, in a world of virtual time.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::rc::Rc;

use conformance::attach::AdapterError;
use conformance::oracle::message::State;
use conformance::simulate::machine::{Call, Effects as Done, Event, Machine, Now, Settings};
use conformance::simulate::node::{Maker, Workshop};
use serde_json::{Value, json};
use simulation::network::HostId;
use simulation::random::Stream;
use simulation::time::{self, HostClock, Micros};
use simulation::world::{Boot, Effects, Host, HostSpec, Options, World};

use super::measured::{
    Conditions, INTERVAL, KEYS, Measured, PATIENCE, QUIET, Traffic, Trial, WARM_UP,
};

/// What the hosts tell the bench.
#[derive(Default)]
struct Log {
    traffic: Traffic,
    key: String,
    written_at: Micros,
    arrivals: Vec<Option<Micros>>,
    /// Whom each node lists as not DEAD: a SUSPECT is told and asked like others.
    alive: Vec<BTreeSet<String>>,
}

struct Node {
    index: usize,
    implementation: String,
    settings: Settings,
    maker: Maker,
    machine: Option<Box<dyn Machine>>,
    log: Rc<RefCell<Log>>,
}

impl Node {
    fn carry_out(&mut self, now: time::Now, done: Done, effects: &mut Effects) {
        let mut log = self.log.borrow_mut();
        for outgoing in done.sent {
            log.traffic.sent(now.mono, outgoing.bytes.len());
            effects.send(outgoing.to, outgoing.bytes);
        }
        for event in &done.events {
            if let Event::Member(id, _, to) = event {
                let alive = &mut log.alive[self.index];
                if to.is_some_and(|state| state != State::Dead) {
                    alive.insert(id.clone());
                } else {
                    alive.remove(id);
                }
            }
        }
        let news = Event::Entry(log.key.clone());
        if done.events.contains(&news) && log.arrivals[self.index].is_none() {
            log.arrivals[self.index] = Some(now.mono.since(log.written_at));
        }
        effects.wake_at(Micros::millis(done.wake));
    }

    fn call(
        &mut self,
        now: time::Now,
        call: Call<'_>,
        effects: &mut Effects,
    ) -> Result<(), AdapterError> {
        if let Some(machine) = &mut self.machine {
            let done = machine.call(clocks(now), call)?;
            self.carry_out(now, done, effects);
        }
        Ok(())
    }
}

fn clocks(now: time::Now) -> Now {
    Now {
        wall: now.wall_millis(),
        mono: now.mono.as_millis(),
    }
}

impl Host for Node {
    type Error = AdapterError;

    fn start(&mut self, now: time::Now, effects: &mut Effects) -> Result<(), AdapterError> {
        let created = self
            .maker
            .create(&self.implementation, &self.settings, clocks(now))?;
        self.machine = Some(created.0);
        self.carry_out(now, created.1, effects);
        Ok(())
    }

    fn datagram(
        &mut self,
        now: time::Now,
        from: SocketAddr,
        datagram: &[u8],
        effects: &mut Effects,
    ) -> Result<(), AdapterError> {
        self.call(now, Call::Datagram(from, datagram), effects)
    }

    fn wake(&mut self, now: time::Now, effects: &mut Effects) -> Result<(), AdapterError> {
        self.call(now, Call::Tick, effects)
    }

    fn write(
        &mut self,
        now: time::Now,
        key: &str,
        value: &Value,
        effects: &mut Effects,
    ) -> Result<(), AdapterError> {
        self.call(now, Call::Set(key, value), effects)
    }
}

/// Measures a cluster of these implementations, dealt out in turn, with these parameters of chapter 11.
pub fn measure(
    name: &str,
    mix: &[&str],
    given: &[(&str, u64)],
    conditions: &Conditions,
) -> Result<Measured, String> {
    let maker = Maker::of(mix.iter().copied())?;
    let log = Rc::new(RefCell::new(Log::default()));
    let count = conditions.nodes as usize;
    log.borrow_mut().arrivals = vec![None; count];
    log.borrow_mut().alive = vec![BTreeSet::new(); count];
    let mut chance = Stream::new(conditions.seed, "bench");
    let specs = (0..count)
        .map(|index| HostSpec {
            name: format!("n{index}"),
            implementation: mix[index % mix.len()].to_owned(),
            address: address(index),
            clock: HostClock::default(),
            start_at: Micros(chance.below_u64(INTERVAL.0)),
        })
        .collect();
    let options = Options {
        seed: conditions.seed,
        ..Options::default()
    };
    let shared = Rc::clone(&log);
    let mut parameters = BTreeMap::new();
    if count > 30 {
        // What chapter 11 says for clusters of this size.
        parameters.insert("suspectTimeout".to_owned(), 5_000);
        parameters.insert("failureTimeout".to_owned(), 10_000);
    }
    for (name, value) in given {
        parameters.insert((*name).to_owned(), *value);
    }
    let make = move |boot: Boot<'_>, _: Option<Node>| {
        Ok(Node {
            index: boot.id.0 as usize,
            implementation: boot.spec.implementation.clone(),
            settings: Settings {
                id: boot.spec.name.clone(),
                address: boot.address,
                random_seed: boot.seed >> 11,
                seeds: (0..3).map(address).collect(),
                parameters: parameters.clone(),
            },
            maker: maker.clone(),
            machine: None,
            log: Rc::clone(&shared),
        })
    };
    let mut world = World::new(options, specs, conditions.network(), make);
    for index in 0..count {
        for key in 0..KEYS {
            let at = Micros(INTERVAL.0 * 2 + chance.below_u64(INTERVAL.0));
            world.schedule_write(at, HostId(index as u32), key_of(index, key), json!("0"));
        }
    }
    let fault = |error: simulation::world::WorldError<AdapterError>| error.to_string();
    let complete = |log: &Log| log.alive.iter().all(|alive| alive.len() + 1 == count);
    let joined = world
        .run_to(WARM_UP, |_, _| complete(&log.borrow()))
        .map_err(fault)?;
    world.run_until(WARM_UP).map_err(fault)?;
    let mut trials = Vec::new();
    for number in 1..=conditions.trials {
        let quiet = QUIET + Micros(chance.below_u64(INTERVAL.0));
        world.run_until(world.now() + quiet).map_err(fault)?;
        let writer = chance.below(conditions.nodes) as usize;
        let (at, key) = (world.now() + Micros(1), key_of(writer, 0));
        {
            let mut log = log.borrow_mut();
            log.key.clone_from(&key);
            log.written_at = at;
            log.arrivals = vec![None; count];
            log.arrivals[writer] = Some(Micros::ZERO);
        }
        world.schedule_write(at, HostId(writer as u32), key, json!(number.to_string()));
        let complete = |log: &Log| log.arrivals.iter().all(Option::is_some);
        world
            .run_to(at + PATIENCE, |_, _| complete(&log.borrow()))
            .map_err(fault)?;
        world
            .run_until(world.now().max(at + INTERVAL))
            .map_err(fault)?;
        trials.push(Trial {
            at,
            arrivals: log.borrow().arrivals.clone(),
        });
    }
    drop(world);
    let log = Rc::try_unwrap(log).map_err(|_| "a host is still there".to_owned())?;
    Ok(Measured {
        name: name.to_owned(),
        joined,
        trials,
        traffic: log.into_inner().traffic,
    })
}

fn address(index: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, (index / 250) as u8, (index % 250) as u8 + 1], 9_100))
}

fn key_of(index: usize, key: usize) -> String {
    format!("n{index}-k{key}")
}
