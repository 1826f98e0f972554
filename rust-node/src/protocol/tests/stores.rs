//! Several machines with different stores, which nothing but exchanges can make alike: every GOSSIP is lost.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use proptest::prelude::*;

use crate::protocol::random::Random;
use crate::protocol::{Config, Machine, Now};
use crate::wire::{self, Body, Phase};

struct Stores {
    machines: BTreeMap<SocketAddr, Machine>,
    in_flight: BTreeMap<(u64, u64), (SocketAddr, SocketAddr, Vec<u8>)>,
    random: Random,
    loss_percent: u64,
    mono: u64,
    sequence: u64,
    /// SYNC messages that are no DIGEST of the empty prefix.
    answers: u64,
}

impl Stores {
    fn of(count: u16, loss_percent: u64, seed: u64) -> Self {
        let address = |n| SocketAddr::from(([127, 0, 0, 1], 9000 + n));
        let mut stores = Self {
            machines: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            random: Random::new(seed),
            loss_percent,
            mono: 0,
            sequence: 0,
            answers: 0,
        };
        for n in 0..count {
            let mut config = Config::new(format!("n{n}"), "127.0.0.1", 9000 + n);
            config.seeds = vec![address(0)];
            let machine = Machine::new(config, stores.now(), seed + u64::from(n)).unwrap();
            stores.machines.insert(address(n), machine);
            stores.drain(address(n));
        }
        stores
    }

    fn now(&self) -> Now {
        Now {
            wall_ms: 1_760_000_000_000 + self.mono,
            mono_ms: self.mono,
        }
    }

    fn drain(&mut self, from: SocketAddr) {
        let sent = self.machines.get_mut(&from).unwrap().take_effects().sent;
        for transmit in sent {
            let decoded = wire::decode(&transmit.datagram).expect("decodable");
            assert!(decoded.skipped.is_empty() && transmit.datagram.len() <= 1_400);
            match &decoded.message.body {
                Body::Gossip { .. } => continue,
                Body::Sync { prefix, phase } => {
                    let begins = prefix.is_empty() && matches!(phase, Phase::Digest { .. });
                    self.answers += u64::from(!begins);
                }
                _ => {}
            }
            if self.random.below(100) >= self.loss_percent {
                let at = self.mono + 1 + self.random.below(20);
                self.sequence += 1;
                let datagram = (from, transmit.to, transmit.datagram);
                self.in_flight.insert((at, self.sequence), datagram);
            }
        }
    }

    fn run_to(&mut self, end: u64) {
        loop {
            let arrival = self.in_flight.keys().next().map_or(u64::MAX, |key| key.0);
            let (wake, who) = self
                .machines
                .iter()
                .map(|(a, m)| (m.wake(), *a))
                .min()
                .unwrap();
            if arrival.min(wake) > end {
                self.mono = end;
                return;
            }
            let who = if arrival <= wake {
                self.mono = arrival;
                let (_, (from, to, datagram)) = self.in_flight.pop_first().unwrap();
                let now = self.now();
                let machine = self.machines.get_mut(&to).unwrap();
                machine.on_datagram(now, from, &datagram);
                to
            } else {
                self.mono = self.mono.max(wake);
                let now = self.now();
                self.machines.get_mut(&who).unwrap().tick(now);
                who
            };
            self.drain(who);
        }
    }

    fn write(&mut self, node: usize, key: u16, value: u16, delete: bool) {
        self.mono += 1;
        let now = self.now();
        let address = *self
            .machines
            .keys()
            .nth(node % self.machines.len())
            .unwrap();
        let machine = self.machines.get_mut(&address).unwrap();
        let key = format!("key-{key}");
        if delete && machine.get(&key).is_some() {
            machine.delete(now, &key).unwrap();
        } else {
            machine
                .set(now, &key, &serde_json::json!({"value": value}))
                .unwrap();
        }
        self.drain(address);
    }

    fn are_alike(&self) -> bool {
        let mut stores = self.machines.values().map(|m| m.status().entries);
        let first = stores.next().unwrap();
        stores.all(|store| store == first)
    }
}

fn writes() -> impl Strategy<Value = Vec<(usize, u16, u16, bool)>> {
    let write = (
        0..5_usize,
        0..400_u16,
        any::<u16>(),
        prop::bool::weighted(0.2),
    );
    prop::collection::vec(write, 0..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn stores_end_alike_and_then_nobody_answers(
        count in prop::sample::select(vec![2_u16, 5]), writes in writes(), loss in 0..30_u64, seed in 0..1_000_u64
    ) {
        let mut stores = Stores::of(count, loss, seed);
        for (node, key, value, delete) in writes {
            stores.write(node, key, value, delete);
        }
        while !stores.are_alike() {
            let next = stores.mono + 1_000;
            prop_assert!(next < 600_000, "stores end alike");
            stores.run_to(next);
        }
        // What was on its way when they became alike.
        stores.run_to(stores.mono + 1_000);
        let before = stores.answers;
        stores.run_to(stores.mono + 60_000);
        prop_assert_eq!(stores.answers, before);
    }
}
