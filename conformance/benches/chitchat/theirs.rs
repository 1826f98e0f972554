//! chitchat, with a transport over the simulated network and under tokio's paused clock.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use chitchat::transport::{ChannelTransport, RecvOutcome, SendOutcome, Socket, Transport};
use chitchat::{
    ChitchatConfig, ChitchatEnvelope, ChitchatHandle, ChitchatId, FailureDetectorConfig,
    ProtocolVersion, spawn_chitchat,
};
use simulation::network::{Fate, HostId, Network};
use simulation::random::Stream;
use simulation::time::Micros;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use super::measured::{
    Conditions, INTERVAL, KEYS, Measured, PATIENCE, QUIET, Traffic, Trial, WARM_UP,
};

struct Wire {
    network: Network,
    hosts: BTreeMap<SocketAddr, (HostId, mpsc::UnboundedSender<RecvOutcome>)>,
    traffic: Traffic,
    begun: Instant,
}

#[derive(Clone)]
struct Simulated(Arc<Mutex<Wire>>);

impl Simulated {
    fn wire(&self) -> MutexGuard<'_, Wire> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Micros {
        micros(self.wire().begun.elapsed())
    }
}

fn micros(time: Duration) -> Micros {
    Micros(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
}

fn duration(time: Micros) -> Duration {
    Duration::from_micros(time.0)
}

#[async_trait]
impl Transport for Simulated {
    async fn open(&self, address: SocketAddr) -> anyhow::Result<Box<dyn Socket>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let codec = Codec::new(address).await?;
        let mut wire = self.wire();
        let host = HostId(u32::try_from(wire.hosts.len())?);
        wire.hosts.insert(address, (host, sender));
        Ok(Box::new(Door {
            address,
            host,
            wire: self.clone(),
            receiver,
            codec,
        }))
    }
}

/// Encodes and decodes as chitchat does. Its codec is private, but its own transport between two ends in one process uses it.
struct Codec {
    near: Box<dyn Socket>,
    far: Box<dyn Socket>,
    far_address: SocketAddr,
}

impl Codec {
    async fn new(address: SocketAddr) -> anyhow::Result<Self> {
        let transport = ChannelTransport::default();
        let mut far_address = address;
        far_address.set_port(address.port() ^ 1);
        Ok(Self {
            near: transport.open(address).await?,
            far: transport.open(far_address).await?,
            far_address,
        })
    }

    /// What the receiver will take, with the number of bytes that travel.
    async fn pass(&mut self, envelope: ChitchatEnvelope) -> anyhow::Result<RecvOutcome> {
        self.near.send(self.far_address, envelope).await?;
        self.far.recv().await
    }
}

struct Door {
    address: SocketAddr,
    host: HostId,
    wire: Simulated,
    receiver: mpsc::UnboundedReceiver<RecvOutcome>,
    codec: Codec,
}

#[async_trait]
impl Socket for Door {
    fn local_addr(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.address)
    }

    async fn send(
        &mut self,
        to: SocketAddr,
        envelope: ChitchatEnvelope,
    ) -> anyhow::Result<SendOutcome> {
        let passed = self.codec.pass(envelope).await?;
        let outcome = SendOutcome {
            num_bytes_sent: passed.num_bytes_received,
        };
        let mut wire = self.wire.wire();
        let now = micros(wire.begun.elapsed());
        wire.traffic.sent(now, outcome.num_bytes_sent);
        let Some((host, receiver)) = wire.hosts.get(&to).cloned() else {
            return Ok(outcome);
        };
        // The network of the bench duplicates nothing.
        if let Fate::Arrives(times) = wire.network.send(self.host, host)
            && let Some(time) = times.first()
        {
            let at = Instant::now() + duration(*time);
            tokio::spawn(async move {
                sleep_until(at).await;
                // Nobody listens any more at the end of the run.
                let _ = receiver.send(passed);
            });
        }
        Ok(outcome)
    }

    async fn recv(&mut self) -> anyhow::Result<RecvOutcome> {
        self.receiver.recv().await.context("the run is over")
    }
}

/// The write that is under way.
#[derive(Default)]
struct Watched {
    owner: String,
    value: String,
    written_at: Micros,
    arrivals: Vec<Option<Micros>>,
}

pub fn measure(
    name: &str,
    version: ProtocolVersion,
    conditions: &Conditions,
) -> Result<Measured, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| error.to_string())?;
    let (joined, trials, traffic) = runtime
        .block_on(run(version, conditions))
        .map_err(|error| format!("{error:#}"))?;
    Ok(Measured {
        name: name.to_owned(),
        joined,
        trials,
        traffic,
    })
}

async fn run(
    version: ProtocolVersion,
    conditions: &Conditions,
) -> anyhow::Result<(Option<Micros>, Vec<Trial>, Traffic)> {
    let wire = Simulated(Arc::new(Mutex::new(Wire {
        network: conditions.network(),
        hosts: BTreeMap::new(),
        traffic: Traffic::default(),
        begun: Instant::now(),
    })));
    let watched = Arc::new(Mutex::new(Watched::default()));
    let mut chance = Stream::new(conditions.seed, "bench");
    let count = conditions.nodes as usize;
    let mut starting = Vec::new();
    for index in 0..count {
        let phase = duration(Micros(chance.below_u64(INTERVAL.0)));
        starting.push(start(index, phase, version, wire.clone(), watched.clone()));
    }
    let handles: Vec<ChitchatHandle> = all(starting).await?;
    let mut joined = None;
    while wire.now() < WARM_UP {
        if joined.is_none() && all_alive(&handles).await {
            joined = Some(wire.now());
        }
        sleep(Duration::from_millis(100)).await;
    }
    let mut trials = Vec::new();
    for number in 1..=conditions.trials {
        sleep(duration(QUIET) + duration(Micros(chance.below_u64(INTERVAL.0)))).await;
        let writer = chance.below(conditions.nodes) as usize;
        let at = wire.now();
        let value = number.to_string();
        {
            let mut watched = lock(&watched);
            watched.owner = format!("n{writer}");
            watched.value.clone_from(&value);
            watched.written_at = at;
            watched.arrivals = vec![None; count];
            watched.arrivals[writer] = Some(Micros::ZERO);
        }
        let key = key_of(0);
        handles[writer]
            .with_chitchat(|node| node.self_node_state().set(&key, &value))
            .await;
        let mut waited = Micros::ZERO;
        while waited < PATIENCE && !lock(&watched).arrivals.iter().all(Option::is_some) {
            sleep(Duration::from_millis(10)).await;
            waited = wire.now().since(at);
        }
        sleep(duration(INTERVAL.since(waited))).await;
        trials.push(Trial {
            at,
            arrivals: lock(&watched).arrivals.clone(),
        });
    }
    for handle in handles {
        handle.abort();
    }
    let traffic = std::mem::take(&mut wire.wire().traffic);
    Ok((joined, trials, traffic))
}

/// Whether every node holds every other one alive.
async fn all_alive(handles: &[ChitchatHandle]) -> bool {
    for handle in handles {
        let alive = handle.with_chitchat(|node| node.live_nodes().count()).await;
        if alive < handles.len() {
            return false;
        }
    }
    true
}

fn lock(watched: &Mutex<Watched>) -> MutexGuard<'_, Watched> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn all<T: Send + 'static>(
    tasks: Vec<impl Future<Output = anyhow::Result<T>> + Send + 'static>,
) -> anyhow::Result<Vec<T>> {
    let spawned: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    let mut done = Vec::new();
    for task in spawned {
        done.push(task.await??);
    }
    Ok(done)
}

async fn start(
    index: usize,
    phase: Duration,
    version: ProtocolVersion,
    wire: Simulated,
    watched: Arc<Mutex<Watched>>,
) -> anyhow::Result<ChitchatHandle> {
    sleep(phase).await;
    let config = ChitchatConfig {
        chitchat_id: ChitchatId::new(format!("n{index}"), 0, address(index)),
        cluster_id: "bench".to_owned(),
        gossip_interval: duration(INTERVAL),
        listen_addr: address(index),
        seed_nodes: (0..3).map(|seed| address(seed).to_string()).collect(),
        failure_detector_config: FailureDetectorConfig::default(),
        marked_for_deletion_grace_period: Duration::from_secs(3_600),
        catchup_callback: None,
        extra_liveness_predicate: None,
        protocol_version: version,
    };
    let first = (0..KEYS).map(|key| (key_of(key), "0".to_owned()));
    let handle = spawn_chitchat(config, first.collect(), &wire).await?;
    let listener = handle
        .with_chitchat(|node| {
            let (watched, wire) = (watched.clone(), wire.clone());
            node.subscribe_event(key_of(0), move |change| {
                let now = wire.now();
                let mut watched = lock(&watched);
                let same = *change.node.node_id == *watched.owner && change.value == watched.value;
                let since = now.since(watched.written_at);
                if same && let Some(first @ None) = watched.arrivals.get_mut(index) {
                    *first = Some(since);
                }
            })
        })
        .await;
    listener.forever();
    Ok(handle)
}

fn address(index: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, (index / 250) as u8, (index % 250) as u8 + 1], 9_100))
}

fn key_of(key: usize) -> String {
    format!("k{key}")
}
