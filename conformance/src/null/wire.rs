//! Null nodes: a UDP socket, and next to nothing behind it.

use std::collections::BTreeSet;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::Kind;
use crate::wire::{message, wall_ms};

/// How long a node waits for a datagram before it looks whether it is to stop.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// What a null node is told.
#[derive(Debug, Clone)]
pub struct NodeOptions {
    /// Node id.
    pub id: String,
    /// Where to listen; port 0 for any.
    pub listen: SocketAddr,
    /// Addresses to join by.
    pub seeds: Vec<SocketAddr>,
    /// Round length in milliseconds.
    pub gossip_interval_ms: u64,
    /// What the random one draws from.
    pub random_seed: u64,
}

/// A null node: it listens from the start, and does what little it does while it [runs](Self::run).
pub struct NullNode {
    kind: Kind,
    socket: UdpSocket,
    address: SocketAddr,
    id: String,
    interval: Duration,
    /// Everybody that it has heard of.
    heard: BTreeSet<SocketAddr>,
    began: u64,
    clock: u64,
    chance: ChaCha8Rng,
}

impl NullNode {
    /// Binds its socket.
    ///
    /// # Errors
    /// What the system says of the address.
    pub fn bind(kind: Kind, options: NodeOptions) -> io::Result<Self> {
        let socket = UdpSocket::bind(options.listen)?;
        let interval = Duration::from_millis(options.gossip_interval_ms.max(1));
        socket.set_read_timeout(Some(interval.min(LONGEST_WAIT)))?;
        Ok(Self {
            kind,
            address: socket.local_addr()?,
            socket,
            id: options.id,
            interval,
            heard: options.seeds.into_iter().collect(),
            began: wall_ms(),
            clock: wall_ms(),
            chance: ChaCha8Rng::seed_from_u64(options.random_seed),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers and gossips until it is told to stop.
    pub fn run(&mut self, stop: &AtomicBool) {
        let mut buffer = vec![0; 65_536];
        let mut round = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            // An error is the read timeout, or the ICMP answer to something sent before.
            if let Ok((length, from)) = self.socket.recv_from(&mut buffer)
                && let Some(answer) = self.answer(&buffer[..length], from)
            {
                // Not sent is as good as lost.
                let _ = self.socket.send_to(&answer, from);
            }
            if round.elapsed() >= self.interval {
                round = Instant::now();
                if let Some(gossip) = self.gossip() {
                    for peer in &self.heard {
                        let _ = self.socket.send_to(&gossip, peer);
                    }
                }
            }
        }
    }

    fn answer(&mut self, datagram: &[u8], from: SocketAddr) -> Option<Vec<u8>> {
        match self.kind {
            Kind::Silent | Kind::Reject => None,
            Kind::Echo => Some(datagram.to_vec()),
            Kind::Accept => {
                self.heard.insert(from);
                Some(self.pong(datagram))
            }
            Kind::Random => {
                self.heard.insert(from);
                Some(self.any_answer(datagram))
            }
        }
    }

    /// What it says in a round to everybody.
    fn gossip(&mut self) -> Option<Vec<u8>> {
        match self.kind {
            Kind::Accept => Some(self.message("GOSSIP", json!({"localData": {}}))),
            Kind::Random => Some(self.anything()),
            Kind::Reject => Some(self.message("PING", json!({"pingId": self.clock.to_string()}))),
            _ => None,
        }
    }

    /// An answer by chance. It is the right one in three of four cases, or this kind would seldom get beyond the first PING.
    fn any_answer(&mut self, asked: &[u8]) -> Vec<u8> {
        if self.chance.random_ratio(3, 4) {
            self.pong(asked)
        } else {
            self.anything()
        }
    }

    /// A message of any type, with ids by chance.
    fn anything(&mut self) -> Vec<u8> {
        let id = format!("{:016x}", self.chance.random::<u64>());
        match self.chance.random_range(0..4) {
            0 => self.message("PING", json!({"pingId": id})),
            1 => self.message("PONG", json!({"pingId": id, "heartbeats": {}})),
            2 => self.message("GOSSIP", json!({"localData": {}})),
            _ => id.into_bytes(),
        }
    }

    /// A PONG that fits, if there is a `pingId` to be found.
    fn pong(&mut self, datagram: &[u8]) -> Vec<u8> {
        let asked: Value = serde_json::from_slice(datagram).unwrap_or_default();
        let ping_id = asked["data"]["pingId"]
            .as_str()
            .unwrap_or("none")
            .to_owned();
        self.message("PONG", json!({"pingId": ping_id, "heartbeats": {}}))
    }

    fn message(&mut self, kind: &str, mut data: Value) -> Vec<u8> {
        self.clock = (self.clock + 1).max(wall_ms());
        let record = message::record(self.address, self.clock);
        data["membership"] = json!({&self.id: message::with(record, "updated", json!(self.began))});
        message::text(&json!({
            "protocolVersion": 1,
            "type": kind,
            "senderId": self.id,
            "messageId": format!("{:016x}", self.chance.random::<u64>()),
            "timestamp": self.clock,
            "data": data,
        }))
    }
}
