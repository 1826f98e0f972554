//! The node API.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;

use serde_json::Value;
use thiserror::Error;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::clock::Clocks;
use super::socket;
use super::task::{Call, Task};
use crate::protocol::{Config, ConfigError, Event, Machine, MemberStatus, Parameters, Status};
use crate::wire::{Compact, Refusal, canonical_address};

/// Calls that may wait for the node's task.
const CALLS: usize = 64;
/// Events kept for a subscriber that is slow; it misses the oldest beyond that.
const EVENTS: usize = 1024;

/// What a node needs to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeConfig {
    /// Its id: 1 to 64 characters of `A-Z a-z 0-9 . _ : -`.
    pub node_id: String,
    /// Address to listen on; port 0 means any free one.
    pub listen: SocketAddr,
    /// Address at which others reach it, where that is not the one listened on.
    pub advertise: Option<SocketAddr>,
    /// Name of the cluster, `""` by default.
    pub cluster: String,
    /// A JSON object: what the node says of itself.
    pub metadata: Compact,
    /// Addresses to join by.
    pub seeds: Vec<SocketAddr>,
    /// The cluster that version 0 messages count as, `""` as a rule; `None` rejects them (chapter 10).
    pub legacy: Option<String>,
    /// Chapter 11.
    pub parameters: Parameters,
}

impl NodeConfig {
    /// The defaults, for a node of that id at that address.
    pub fn new(node_id: impl Into<String>, listen: SocketAddr) -> Self {
        Self {
            node_id: node_id.into(),
            listen,
            advertise: None,
            cluster: String::new(),
            metadata: Compact::empty_object(),
            seeds: Vec::new(),
            legacy: None,
            parameters: Parameters::default(),
        }
    }
}

/// Why a node did not start. Its port is free, nothing was sent.
#[derive(Debug, Error)]
pub enum StartError {
    /// The port is taken, or the address is none of this host.
    #[error("cannot listen on {address}: {why}")]
    Bind {
        /// Address asked for.
        address: SocketAddr,
        /// The system's words.
        why: io::Error,
    },
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// Why a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NodeError {
    /// The node has stopped: it left, or met a fatal error.
    #[error("the node has stopped")]
    Stopped,
    /// Others would skip the entry, or there is no such key. Nothing has changed.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
}

/// A running node. Dropping it makes it leave, without waiting for that.
#[derive(Debug)]
pub struct Node {
    address: SocketAddr,
    calls: mpsc::Sender<Call>,
    events: broadcast::Sender<Event>,
    task: JoinHandle<()>,
}

impl Node {
    /// Binds the socket and starts gossiping, on the runtime of the caller.
    ///
    /// # Errors
    /// [`StartError`], where the address cannot be listened on or others would skip this node's record.
    pub async fn start(config: NodeConfig) -> Result<Self, StartError> {
        let bind = |why| StartError::Bind {
            address: config.listen,
            why,
        };
        // What is wrong whatever the port is said before the port is taken.
        let wanted = config.advertise.unwrap_or(config.listen);
        let guess = SocketAddr::new(wanted.ip(), wanted.port().max(1));
        machine_config(&config, guess).check()?;
        let socket = socket::bind(config.listen).map_err(bind)?;
        let address = socket.local_addr().map_err(bind)?;
        let advertised = match config.advertise {
            Some(advertised) if advertised.port() > 0 => advertised,
            Some(advertised) => SocketAddr::new(advertised.ip(), address.port()),
            None => address,
        };
        let clocks = Clocks::new();
        let machine_config = machine_config(&config, advertised);
        let machine = Machine::new(machine_config, clocks.now(), rand::random())?;
        let (calls, waiting) = mpsc::channel(CALLS);
        let (events, _) = broadcast::channel(EVENTS);
        let task = Task {
            machine,
            socket,
            ipv6: address.is_ipv6(),
            clocks,
            calls: waiting,
            events: events.clone(),
        };
        Ok(Self {
            address,
            calls,
            events,
            task: tokio::spawn(task.run()),
        })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Writes a value under a key.
    ///
    /// # Errors
    /// [`NodeError::Refused`], where others would skip the entry or the store is full. Nothing has changed then.
    pub async fn set(&self, key: impl Into<String>, value: Value) -> Result<(), NodeError> {
        let key = key.into();
        Ok(self.ask(|answer| Call::Set(key, value, answer)).await??)
    }

    /// The value of a key; `None` for one that is not held or deleted.
    ///
    /// # Errors
    /// [`NodeError::Stopped`].
    pub async fn get(&self, key: impl Into<String>) -> Result<Option<Value>, NodeError> {
        let key = key.into();
        self.ask(|answer| Call::Get(key, answer)).await
    }

    /// Deletes a key.
    ///
    /// # Errors
    /// [`NodeError::Refused`] with `entry.unknown`, where there is no such key.
    pub async fn delete(&self, key: impl Into<String>) -> Result<(), NodeError> {
        let key = key.into();
        Ok(self.ask(|answer| Call::Delete(key, answer)).await??)
    }

    /// The members by id, without this node itself.
    ///
    /// # Errors
    /// [`NodeError::Stopped`].
    pub async fn members(&self) -> Result<BTreeMap<String, MemberStatus>, NodeError> {
        self.ask(Call::Members).await
    }

    /// Everything that the node holds, and its counters (MGP1-ERR-004).
    ///
    /// # Errors
    /// [`NodeError::Stopped`].
    pub async fn status(&self) -> Result<Status, NodeError> {
        self.ask(Call::Status).await
    }

    /// Adds an address to join by.
    ///
    /// # Errors
    /// [`NodeError::Stopped`].
    pub async fn add_seed(&self, seed: SocketAddr) -> Result<(), NodeError> {
        let call = Call::AddSeed(canonical_address(seed));
        self.calls.send(call).await.map_err(|_| NodeError::Stopped)
    }

    /// The events from now on. A subscriber that is 1,024 events behind misses the oldest, and is told how many.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Leaves (MGP1-LIV-015) and returns when the port is free.
    pub async fn stop(self) {
        // A node that has stopped by itself has nothing left to do.
        let _ = self.calls.send(Call::Leave).await;
        let _ = self.task.await;
    }

    /// Ends at once, without a good-bye, and returns when the port is free.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// Waits until the node has stopped by itself, after a fatal error.
    pub async fn stopped(&mut self) {
        let _ = (&mut self.task).await;
    }

    async fn ask<T>(&self, call: impl FnOnce(oneshot::Sender<T>) -> Call) -> Result<T, NodeError> {
        let (answer, answered) = oneshot::channel();
        let sent = self.calls.send(call(answer)).await;
        sent.map_err(|_| NodeError::Stopped)?;
        answered.await.map_err(|_| NodeError::Stopped)
    }
}

fn machine_config(config: &NodeConfig, advertised: SocketAddr) -> Config {
    let advertised = canonical_address(advertised);
    Config {
        node_id: config.node_id.clone(),
        host: advertised.ip().to_string(),
        port: advertised.port(),
        cluster: config.cluster.clone(),
        metadata: config.metadata.clone(),
        seeds: config.seeds.clone(),
        legacy: config.legacy.clone(),
        parameters: config.parameters.clone(),
    }
}
