//! Null nodes: a UDP socket, and next to nothing behind it.

use std::collections::BTreeSet;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::Kind;
use crate::wire::{message, wall_ms};

/// What a null node is told.
#[derive(Debug, Clone)]
pub struct NodeOptions {
    /// Node id.
    pub id: String,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Addresses to join by.
    pub seeds: Vec<SocketAddr>,
    /// Round length in milliseconds.
    pub gossip_interval_ms: u64,
}

/// Runs a null node until its process ends.
///
/// # Errors
/// What the system says of the address.
pub fn run(kind: Kind, options: NodeOptions) -> io::Result<()> {
    let socket = UdpSocket::bind(options.listen)?;
    let interval = Duration::from_millis(options.gossip_interval_ms.max(1));
    socket.set_read_timeout(Some(interval))?;
    println!("listening on {}", options.listen);
    let mut node = Node {
        kind,
        heard: options.seeds.iter().copied().collect(),
        options,
        clock: wall_ms(),
        chance: ChaCha8Rng::seed_from_u64(1),
    };
    let mut buffer = vec![0; 65_536];
    let mut round = Instant::now();
    loop {
        // An error is the read timeout, or the ICMP answer to something sent before.
        if let Ok((length, from)) = socket.recv_from(&mut buffer)
            && let Some(answer) = node.answer(&buffer[..length], from)
        {
            // Not sent is as good as lost.
            let _ = socket.send_to(&answer, from);
        }
        if round.elapsed() >= interval {
            round = Instant::now();
            if let Some(gossip) = node.gossip() {
                for peer in &node.heard {
                    let _ = socket.send_to(&gossip, peer);
                }
            }
        }
    }
}

struct Node {
    kind: Kind,
    options: NodeOptions,
    /// Everybody that it has heard of.
    heard: BTreeSet<SocketAddr>,
    clock: u64,
    chance: ChaCha8Rng,
}

impl Node {
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
                Some(self.anything())
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
        data["membership"] =
            json!({&self.options.id: message::record(self.options.listen, self.clock)});
        message::text(&json!({
            "protocolVersion": 1,
            "type": kind,
            "senderId": self.options.id,
            "messageId": format!("m{}", self.clock),
            "timestamp": self.clock,
            "data": data,
        }))
    }
}
