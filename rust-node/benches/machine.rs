//! What one machine with 1,000 members costs: a call with nothing due, a GOSSIP that comes, a round, and a whole second of life.
//!
//! The members are played: each answers its PINGs, and nothing else speaks.

use std::cell::RefCell;
use std::net::SocketAddr;

use divan::{Bencher, black_box};
use mumbai_gossip::protocol::{Config, Machine, Now};
use mumbai_gossip::wire::{
    self, Body, Codec, Compact, Entry, Message, Record, Section, Sizes, State,
};

fn main() {
    divan::main();
}

const MEMBERS: u64 = 1_000;
const WALL: u64 = 1_760_000_000_000;
const OWN_PORT: u16 = 9_000;

struct World {
    machine: Machine,
    codec: Codec,
    mono: u64,
    messages: u64,
}

fn id(n: u64) -> String {
    format!("node-{n:04}")
}

fn address(n: u64) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], OWN_PORT + 1 + u16::try_from(n).unwrap()))
}

impl World {
    /// A machine that knows all members and has validated their addresses.
    fn new() -> Self {
        let mut config = Config::new("observer", "127.0.0.1", OWN_PORT);
        config.parameters.suspect_timeout = 5_000;
        config.parameters.failure_timeout = 10_000;
        let mut world = Self {
            machine: Machine::new(config, now(0), 1).unwrap(),
            codec: Codec::default(),
            mono: 0,
            messages: 0,
        };
        for n in 0..MEMBERS {
            let beats = Section::new();
            world.hear(n, beats);
        }
        for n in 0..100 {
            let value = serde_json::json!({"load": n, "zone": "bkc"});
            let key = format!("key-{n:03}");
            world.machine.set(now(0), &key, &value).unwrap();
        }
        while world.machine.members().any(|(_, m)| !m.validated) {
            world.live_one_second(4);
        }
        world
    }

    fn message(&mut self, n: u64, body: Body) -> Vec<u8> {
        self.messages += 1;
        let clock = WALL + self.mono + self.messages;
        let own = Record {
            host: "127.0.0.1".to_owned(),
            port: address(n).port(),
            state: State::Alive,
            last_seen: clock,
            updated: WALL,
            metadata: Compact::parse(r#"{"zone":"bkc"}"#).unwrap(),
            versions: None,
        };
        let message = Message {
            cluster: String::new(),
            sender_id: id(n),
            message_id: format!("m{}", self.messages),
            timestamp: clock,
            membership: vec![(id(n), own)],
            body,
        };
        self.codec
            .encode(
                &message,
                Sizes {
                    max_packet_size: 65_507,
                    ..Sizes::default()
                },
            )
            .unwrap()
    }

    fn gossip(&mut self, from: u64, heartbeats: Section<u64>) -> Vec<u8> {
        let body = Body::Gossip {
            local_data: Section::<Entry>::new(),
            heartbeats,
        };
        self.message(from, body)
    }

    fn hear(&mut self, n: u64, heartbeats: Section<u64>) {
        let datagram = self.gossip(n, heartbeats);
        self.machine
            .on_datagram(now(self.mono), address(n), &datagram);
        self.settle();
    }

    /// The heartbeats of a hundred members, newer than any before.
    fn hundred(&mut self, from: u64) -> Section<u64> {
        let beats = (from..from + 100).map(|n| (id(n % MEMBERS), WALL + self.mono + self.messages));
        let mut beats: Section<u64> = beats.collect();
        beats.sort();
        beats
    }

    /// Everybody is heard of.
    fn refresh(&mut self) {
        for from in (0..MEMBERS).step_by(100) {
            let beats = self.hundred(from);
            self.hear(from, beats);
        }
    }

    /// Sends to nobody, but lets the members answer PINGs.
    fn settle(&mut self) {
        loop {
            let sent = self.machine.take_effects().sent;
            if sent.is_empty() {
                return;
            }
            for transmit in sent {
                let asked = wire::decode(&transmit.datagram).unwrap().message.body;
                if let Body::Ping { ping_id, .. } = asked {
                    let n = u64::from(transmit.to.port() - OWN_PORT - 1);
                    let heartbeats = Section::new();
                    let pong = self.message(
                        n,
                        Body::Pong {
                            ping_id,
                            heartbeats,
                        },
                    );
                    self.machine.on_datagram(now(self.mono), transmit.to, &pong);
                }
            }
        }
    }

    /// A second with that many GOSSIPs of a hundred heartbeats each, and every tick that is asked for.
    fn live_one_second(&mut self, gossips: u64) -> u64 {
        let end = self.mono + 1_000;
        let mut ticks = 0;
        for n in 0..gossips {
            let until = end - 1_000 + n * 1_000 / gossips;
            ticks += self.live_until(until);
            let from = (self.messages * 7_919) % MEMBERS;
            let beats = self.hundred(from);
            self.hear(from, beats);
        }
        ticks + self.live_until(end)
    }

    fn live_until(&mut self, end: u64) -> u64 {
        let mut ticks = 0;
        while self.machine.wake() <= end {
            self.mono = self.mono.max(self.machine.wake());
            self.machine.tick(now(self.mono));
            self.settle();
            ticks += 1;
        }
        self.mono = end;
        ticks
    }
}

fn now(mono_ms: u64) -> Now {
    Now {
        wall_ms: WALL + mono_ms,
        mono_ms,
    }
}

/// A tick with nothing due, and when the next one is.
#[divan::bench]
fn idle_tick(bencher: Bencher<'_, '_>) {
    let mut world = World::new();
    world.refresh();
    let at = now(world.mono);
    bencher.bench_local(|| {
        world.machine.tick(black_box(at));
        world.machine.wake()
    });
}

/// A GOSSIP with 100 heartbeats that all grow, and when the next tick is.
#[divan::bench(sample_count = 500, sample_size = 1)]
fn receive_gossip_of_100_heartbeats(bencher: Bencher<'_, '_>) {
    let world = RefCell::new(World::new());
    let prepare = || {
        let mut world = world.borrow_mut();
        let from = (world.messages * 7_919) % MEMBERS;
        let beats = world.hundred(from);
        (from, world.gossip(from, beats))
    };
    bencher
        .with_inputs(prepare)
        .bench_local_values(|(from, datagram)| {
            let mut world = world.borrow_mut();
            let at = now(world.mono);
            world
                .machine
                .on_datagram(at, address(from), black_box(&datagram));
            world.machine.wake()
        });
}

/// A round: one GOSSIP of records, heartbeats and entries is composed, deflated and sent to three.
#[divan::bench(sample_count = 500, sample_size = 1)]
fn round(bencher: Bencher<'_, '_>) {
    let world = RefCell::new(World::new());
    let prepare = || {
        let mut world = world.borrow_mut();
        world.refresh();
        world.mono += 1_200;
        world.mono
    };
    bencher.with_inputs(prepare).bench_local_values(|mono| {
        let mut world = world.borrow_mut();
        world.machine.tick(now(mono));
        let sent = world.machine.take_effects().sent;
        assert!(sent.len() >= 3);
        (sent, world.machine.wake())
    });
}

/// A second of life with three GOSSIPs of 100 heartbeats: its ticks, its PINGs on suspicion, their PONGs, its round. The cost of playing the
/// members is in it.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn second(bencher: Bencher<'_, '_>) {
    let mut world = World::new();
    for _ in 0..10 {
        world.live_one_second(3);
    }
    bencher.bench_local(|| world.live_one_second(3));
}
