//! A scripted peer: it answers PINGs and does nothing else (`fixtures/README.md`).

use serde_json::{Value, json};
use std::net::SocketAddr;

/// A peer and its clock.
#[derive(Debug, Clone)]
pub struct Peer {
    id: String,
    address: SocketAddr,
    cluster: String,
    updated: i64,
    last: i64,
    sent: u64,
    /// Whether it answers.
    pub answers: bool,
}

impl Peer {
    /// A peer of the named cluster whose record was set at `updated`.
    pub fn new(id: &str, address: SocketAddr, cluster: &str, updated: i64, answers: bool) -> Self {
        Peer {
            id: id.to_owned(),
            address,
            cluster: cluster.to_owned(),
            updated,
            last: i64::MIN,
            sent: 0,
            answers,
        }
    }

    /// Its node id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The PONG to a PING, as raw JSON, at this wall clock.
    pub fn pong(&mut self, ping_id: &str, wall: i64) -> Vec<u8> {
        let timestamp = wall.max(self.last.saturating_add(1));
        self.last = timestamp;
        self.sent += 1;
        let mut message = json!({
            "protocolVersion": 1,
            "type": "PONG",
            "senderId": self.id,
            "messageId": format!("pong-{}", self.sent),
            "timestamp": timestamp,
            "data": {
                "pingId": ping_id,
                "membership": { self.id.as_str(): {
                    "host": self.address.ip().to_string(),
                    "port": self.address.port(),
                    "state": "ALIVE",
                    "lastSeen": timestamp,
                    "updated": self.updated,
                    "metadata": {},
                }},
            },
        });
        if !self.cluster.is_empty() {
            message["cluster"] = Value::from(self.cluster.as_str());
        }
        message.to_string().into_bytes()
    }
}
