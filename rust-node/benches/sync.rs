//! What an exchange costs on the wire: two machines with 10,000 keys that differ in some, driven to agreement in virtual time.
//!
//! Every GOSSIP is lost, so that nothing but SYNC makes them alike. Prints datagrams and bytes of the SYNCs of both machines from the
//! first DIGEST to agreement.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

use mumbai_gossip::protocol::{Config, Machine, Now};
use mumbai_gossip::wire::{self, Body};

const KEYS: u32 = 10_000;
const DELAY: u64 = 2;

struct Pair {
    machines: [Machine; 2],
    in_flight: BTreeMap<(u64, u64), (usize, Vec<u8>)>,
    mono: u64,
    sequence: u64,
    datagrams: u64,
    bytes: usize,
    exchanges: u64,
}

fn address(n: usize) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9_000 + u16::try_from(n).unwrap()))
}

fn now(mono_ms: u64) -> Now {
    Now {
        wall_ms: 1_760_000_000_000 + mono_ms,
        mono_ms,
    }
}

fn value(n: u32) -> serde_json::Value {
    serde_json::json!({"load": n.wrapping_mul(2_654_435_761), "zone": "bkc"})
}

impl Pair {
    fn new(differences: u32) -> Self {
        let machine = |n: usize| {
            let port = 9_000 + u16::try_from(n).unwrap();
            let mut config = Config::new(format!("node-{n}"), "127.0.0.1", port);
            config.seeds = vec![address(1 - n)];
            Machine::new(config, now(0), n as u64).unwrap()
        };
        let mut pair = Self {
            machines: [machine(0), machine(1)],
            in_flight: BTreeMap::new(),
            mono: 0,
            sequence: 0,
            datagrams: 0,
            bytes: 0,
            exchanges: 0,
        };
        // The keys that both hold come from one of them.
        for n in 0..KEYS {
            pair.machines[0]
                .set(now(0), &format!("key-{n:05}"), &value(n))
                .unwrap();
        }
        pair.machines[0].take_effects();
        while pair.missing() > 0 {
            pair.run_to(pair.mono + 100);
        }
        pair.mono += 1;
        let at = now(pair.mono);
        for n in 0..differences {
            // Spread over the keys, half of them newer here and half there.
            let key = format!("key-{:05}", n * (KEYS / differences));
            let side = usize::from(n % 2 == 1);
            pair.machines[side].set(at, &key, &value(n + KEYS)).unwrap();
        }
        pair.drain(0);
        pair.drain(1);
        (pair.datagrams, pair.bytes, pair.exchanges) = (0, 0, 0);
        pair
    }

    fn missing(&mut self) -> u64 {
        let at = now(self.mono);
        let [a, b] = &mut self.machines;
        u64::from(a.digest(at, "") != b.digest(at, ""))
    }

    fn drain(&mut self, from: usize) {
        for transmit in self.machines[from].take_effects().sent {
            match wire::decode(&transmit.datagram).unwrap().message.body {
                Body::Gossip { .. } => continue,
                Body::Sync { prefix, .. } => {
                    self.datagrams += 1;
                    self.bytes += transmit.datagram.len();
                    self.exchanges += u64::from(prefix.is_empty());
                }
                _ => {}
            }
            self.sequence += 1;
            let place = (self.mono + DELAY, self.sequence);
            self.in_flight.insert(place, (1 - from, transmit.datagram));
        }
    }

    fn run_to(&mut self, end: u64) {
        loop {
            let arrival = self
                .in_flight
                .keys()
                .next()
                .map_or(u64::MAX, |place| place.0);
            let wakes = self.machines.iter().map(Machine::wake);
            let (wake, who) = wakes.zip(0..).min().unwrap();
            if arrival.min(wake) > end {
                self.mono = end;
                return;
            }
            let who = if arrival <= wake {
                let Some(((at, _), (to, datagram))) = self.in_flight.pop_first() else {
                    return;
                };
                self.mono = at;
                self.machines[to].on_datagram(now(at), address(1 - to), &datagram);
                to
            } else {
                self.mono = self.mono.max(wake);
                self.machines[who].tick(now(self.mono));
                who
            };
            self.drain(who);
        }
    }
}

fn main() {
    println!("keys    differ  exchanges  datagrams  bytes      virtual s  processor ms");
    for differences in [1, 10, 100, 1_000] {
        let mut pair = Pair::new(differences);
        let (begun, clock) = (pair.mono, Instant::now());
        while pair.missing() > 0 {
            pair.run_to(pair.mono + 1);
        }
        let seconds = (pair.mono - begun) / 1_000;
        println!(
            "{KEYS:<7} {differences:<7} {:<10} {:<10} {:<10} {seconds:<10} {}",
            pair.exchanges,
            pair.datagrams,
            pair.bytes,
            clock.elapsed().as_millis()
        );
    }
}
