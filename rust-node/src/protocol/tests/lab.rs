//! A machine alone with peers played by the test.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::protocol::{Config, Event, Machine, Now, Outcome, Transmit};
use crate::wire::{self, Body, Message, State};

/// Wall clock at the beginning of every test.
pub(super) const WALL: u64 = 1_760_000_000_000;

pub(super) struct Lab {
    pub(super) machine: Machine,
    pub(super) mono: u64,
    pub(super) wall_step: i64,
    /// Ports of the peers that answer PINGs.
    pub(super) answering: Vec<u16>,
    pub(super) sent: Vec<(u64, Transmit)>,
    pub(super) events: Vec<Event>,
    last: u64,
    messages: u64,
}

pub(super) fn peer(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

pub(super) fn id(port: u16) -> String {
    format!("p{port}")
}

impl Lab {
    pub(super) fn new(configure: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new("iut", "127.0.0.1", 9000);
        configure(&mut config);
        let now = Now {
            wall_ms: WALL,
            mono_ms: 0,
        };
        let mut lab = Self {
            machine: Machine::new(config, now, 7).unwrap(),
            mono: 0,
            wall_step: 0,
            answering: vec![],
            sent: vec![],
            events: vec![],
            last: 0,
            messages: 0,
        };
        lab.drain();
        lab
    }

    pub(super) fn now(&self) -> Now {
        Now {
            wall_ms: (WALL + self.mono).saturating_add_signed(self.wall_step),
            mono_ms: self.mono,
        }
    }

    /// Lets time pass, with every tick that the machine asks for.
    pub(super) fn run_to(&mut self, mono: u64) {
        while self.machine.wake() <= mono {
            let wake = self.machine.wake().max(self.mono);
            assert!(
                wake > self.mono || self.sent.len() < 1_000_000,
                "the machine spins"
            );
            self.mono = wake;
            self.tick();
            assert!(
                self.machine.wake() > self.mono || self.machine.is_stopped(),
                "all that is due is done at a tick"
            );
        }
        self.mono = mono;
        self.tick();
    }

    pub(super) fn tick(&mut self) {
        self.machine.tick(self.now());
        self.drain();
    }

    /// Takes the effects, and lets the answering peers answer their PINGs.
    pub(super) fn drain(&mut self) {
        let effects = self.machine.take_effects();
        self.events.extend(effects.events);
        for transmit in effects.sent {
            assert!(transmit.datagram.len() <= 1400);
            let message = wire::decode(&transmit.datagram).expect("what is sent is lawful");
            assert!(message.skipped.is_empty());
            let to = transmit.to;
            self.sent.push((self.mono, transmit));
            if let Body::Ping { ping_id, .. } = &message.message.body
                && self.answering.contains(&to.port())
            {
                let pong = json!({"pingId": ping_id});
                self.receive(to.port(), "PONG", pong);
            }
        }
    }

    pub(super) fn clock_of(&mut self) -> u64 {
        self.last = self.now().wall_ms.max(self.last + 1);
        self.last
    }

    /// A message of the peer at that port, with its own record.
    pub(super) fn text(&mut self, port: u16, kind: &str, mut data: Value) -> Vec<u8> {
        let clock = self.clock_of();
        self.messages += 1;
        let own = record(port, clock, "ALIVE");
        if data["membership"].is_null() {
            data["membership"] = json!({});
        }
        if data["membership"][id(port)].is_null() {
            data["membership"][id(port)] = own;
        }
        let clock = data["membership"][id(port)]["lastSeen"].clone();
        json!({"protocolVersion": 1, "type": kind, "senderId": id(port), "messageId": format!("m{}", self.messages),
            "timestamp": clock, "data": data})
        .to_string()
        .into_bytes()
    }

    pub(super) fn receive(&mut self, port: u16, kind: &str, data: Value) -> Outcome {
        let datagram = self.text(port, kind, data);
        let outcome = self.machine.on_datagram(self.now(), peer(port), &datagram);
        self.drain();
        outcome
    }

    /// Makes the peer a member with a validated address.
    pub(super) fn befriend(&mut self, port: u16) {
        self.answering.push(port);
        self.receive(port, "GOSSIP", json!({}));
        let deadline = self.mono + 4_000;
        while !self.machine.status().members[&id(port)].validated {
            assert!(self.mono < deadline, "an unvalidated member is pinged");
            let next = self.machine.wake();
            self.run_to(next);
        }
    }

    pub(super) fn state(&self, port: u16) -> Option<State> {
        let status = self.machine.status();
        status.members.get(&id(port)).map(|m| m.record.state)
    }

    pub(super) fn messages_to(&self, port: u16) -> Vec<(u64, Message)> {
        self.sent
            .iter()
            .filter(|(_, t)| t.to.port() == port)
            .map(|(at, t)| (*at, wire::decode(&t.datagram).unwrap().message))
            .collect()
    }

    pub(super) fn pings_to(&self, port: u16) -> Vec<u64> {
        let all = self.messages_to(port).into_iter();
        all.filter(|(_, m)| matches!(m.body, Body::Ping { .. }))
            .map(|(at, _)| at)
            .collect()
    }
}

pub(super) fn record(port: u16, clock: u64, state: &str) -> Value {
    json!({"host": "127.0.0.1", "port": port, "state": state, "lastSeen": clock, "updated": WALL})
}

pub(super) fn entry(value: Value, timestamp: u64) -> Value {
    json!({"value": value, "timestamp": timestamp, "version": "v", "sourceNode": "p1"})
}
