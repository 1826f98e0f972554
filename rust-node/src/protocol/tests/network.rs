//! Twenty machines and a network in one process.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use crate::protocol::random::Random;
use crate::protocol::{Config, Event, Machine, Now};
use crate::wire::{self, State};

struct Network {
    machines: BTreeMap<SocketAddr, Machine>,
    in_flight: BTreeMap<(u64, u64), (SocketAddr, SocketAddr, Vec<u8>)>,
    cut: BTreeSet<SocketAddr>,
    random: Random,
    loss_percent: u64,
    mono: u64,
    sequence: u64,
    declared_dead: Vec<String>,
}

fn address(n: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9000 + n))
}

impl Network {
    fn of(count: u16, loss_percent: u64) -> Self {
        let mut network = Self {
            machines: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            cut: BTreeSet::new(),
            random: Random::new(42),
            loss_percent,
            mono: 0,
            sequence: 0,
            declared_dead: vec![],
        };
        for n in 0..count {
            let mut config = Config::new(format!("n{n:02}"), "127.0.0.1", 9000 + n);
            config.seeds = vec![address(0)];
            let machine = Machine::new(config, network.now(), u64::from(n)).unwrap();
            network.machines.insert(address(n), machine);
            network.drain(address(n));
        }
        network
    }

    fn now(&self) -> Now {
        Now {
            wall_ms: 1_760_000_000_000 + self.mono,
            mono_ms: self.mono,
        }
    }

    fn drain(&mut self, from: SocketAddr) {
        let Some(machine) = self.machines.get_mut(&from) else {
            return;
        };
        let effects = machine.take_effects();
        for event in effects.events {
            if let Event::Member {
                id,
                to: Some(State::Dead),
                ..
            } = event
            {
                self.declared_dead.push(id);
            }
        }
        for transmit in effects.sent {
            assert!(transmit.datagram.len() <= 1400);
            let decoded = wire::decode(&transmit.datagram).expect("decodable");
            assert!(decoded.skipped.is_empty());
            let parted = self.cut.contains(&from) != self.cut.contains(&transmit.to);
            if !parted && self.random.below(100) >= self.loss_percent {
                let at = self.mono + 1 + self.random.below(20);
                self.sequence += 1;
                let datagram = (from, transmit.to, transmit.datagram);
                self.in_flight.insert((at, self.sequence), datagram);
            }
        }
    }

    fn run(&mut self, milliseconds: u64) {
        let end = self.mono + milliseconds;
        loop {
            let arrival = self.in_flight.keys().next().map_or(u64::MAX, |key| key.0);
            let wakes = self.machines.iter().map(|(a, m)| (m.wake(), *a));
            let (wake, who) = wakes.min().unwrap();
            if arrival.min(wake) > end {
                break;
            }
            if arrival <= wake {
                self.mono = arrival;
                let (_, (from, to, datagram)) = self.in_flight.pop_first().unwrap();
                let now = self.now();
                if let Some(machine) = self.machines.get_mut(&to) {
                    machine.on_datagram(now, from, &datagram);
                    self.drain(to);
                }
            } else {
                self.mono = self.mono.max(wake);
                let now = self.now();
                self.machines.get_mut(&who).unwrap().tick(now);
                self.drain(who);
            }
        }
        self.mono = end;
    }

    fn all_hold(&self, state: State, count: usize) -> bool {
        let held = |m: &Machine| m.members().filter(|(_, m)| m.record.state == state).count();
        self.machines.values().all(|m| held(m) == count)
    }
}

#[test]
fn twenty_nodes_find_each_other_tell_news_and_notice_one_death() {
    let mut network = Network::of(20, 5);
    network.run(15_000);
    assert!(network.all_hold(State::Alive, 19));

    let now = network.now();
    let writer = network.machines.get_mut(&address(7)).unwrap();
    writer
        .set(now, "load", &serde_json::json!({"x": 0.5}))
        .unwrap();
    network.drain(address(7));
    network.run(5_000);
    assert!(network.machines.values().all(|m| m.get("load").is_some()));

    network.machines.remove(&address(3));
    network.run(15_000);
    assert!(network.all_hold(State::Alive, 18));
    assert!(network.all_hold(State::Dead, 1));
    assert!(
        network.declared_dead.iter().all(|id| id == "n03"),
        "no false DEAD"
    );
}

#[test]
fn a_partition_heals() {
    let mut network = Network::of(10, 0);
    network.run(10_000);
    network.cut = (0..5).map(address).collect();
    network.run(20_000);
    assert!(network.all_hold(State::Dead, 5));
    network.cut.clear();
    network.run(20_000);
    assert!(network.all_hold(State::Alive, 9));
}

#[test]
fn a_partition_longer_than_dead_retention_heals_by_seeds_and_memory() {
    let mut network = Network::of(6, 0);
    network.run(10_000);
    network.cut = (0..3).map(address).collect();
    network.run(90_000);
    assert!(network.all_hold(State::Alive, 2), "the others are reaped");
    network.cut.clear();
    network.run(30_000);
    assert!(network.all_hold(State::Alive, 5));
}

#[test]
fn the_same_calls_give_the_same_datagrams() {
    let trace = || {
        let mut network = Network::of(5, 10);
        network.run(5_000);
        network.in_flight.into_values().collect::<Vec<_>>()
    };
    assert_eq!(trace(), trace());
}
