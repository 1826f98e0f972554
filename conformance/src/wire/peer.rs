//! A scripted peer on a UDP socket of its own.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::{Log, message};
use crate::oracle::{self, Decoded};
use crate::verdict::Direction;

/// How long the receiving thread waits before it looks whether it is to stop.
const STOP_CHECK: Duration = Duration::from_millis(50);

/// How a peer behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its node id.
    pub id: String,
    /// The address to bind, port 0 for any.
    pub bind: SocketAddr,
    /// The address that its record names, where it differs from the one it is bound to.
    pub advertise: Option<SocketAddr>,
    /// Cluster name.
    pub cluster: String,
    /// Whether it answers PINGs by itself, so that the node validates its address.
    pub answers: bool,
    /// What its membership clock reads at the start, in milliseconds; `None` for the wall clock.
    pub clock: Option<u64>,
}

impl Options {
    /// A well-behaved peer on 127.0.0.1.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            bind: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            advertise: None,
            cluster: String::new(),
            answers: true,
            clock: None,
        }
    }
}

/// A datagram that a peer received.
#[derive(Debug, Clone)]
pub struct Received {
    /// When it was taken from the socket.
    pub at: Instant,
    /// UDP source address.
    pub from: SocketAddr,
    /// The payload.
    pub bytes: Vec<u8>,
    /// What the oracle makes of it.
    pub decoded: Decoded,
}

impl Received {
    /// The meaning, where the oracle accepts the datagram.
    pub fn message(&self) -> Option<&Value> {
        match &self.decoded {
            Decoded::Accepted { message, .. } => Some(message),
            Decoded::Rejected { .. } => None,
        }
    }

    /// The member at a path of names separated by `/`; null where there is none.
    pub fn get(&self, path: &str) -> &Value {
        path.split('/')
            .try_fold(self.message().unwrap_or(&Value::Null), |place, name| {
                place.get(name)
            })
            .unwrap_or(&Value::Null)
    }

    /// The message type, or an empty text.
    pub fn kind(&self) -> &str {
        self.get("type").as_str().unwrap_or_default()
    }

    /// The sender's id, or an empty text.
    pub fn sender(&self) -> &str {
        self.get("senderId").as_str().unwrap_or_default()
    }

    /// The sender's membership clock, or 0.
    pub fn timestamp(&self) -> u64 {
        self.get("timestamp").as_u64().unwrap_or_default()
    }

    /// A section of `data` as an object; empty where there is none.
    pub fn section(&self, name: &str) -> Map<String, Value> {
        self.get("data")
            .get(name)
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    }

    /// The entry of that key, where this message carries it.
    pub fn entry(&self, key: &str) -> Option<Value> {
        self.section("localData").get(key).cloned()
    }

    /// The record of that member, where this message carries it.
    pub fn record(&self, id: &str) -> Option<Value> {
        self.section("membership").get(id).cloned()
    }

    /// The state that this message gives that member, by a record or a heartbeat.
    pub fn state_of(&self, id: &str) -> Option<String> {
        let by_record = self
            .record(id)
            .and_then(|record| record["state"].as_str().map(str::to_owned));
        let by_heartbeat = || {
            self.section("heartbeats")
                .get(id)
                .map(|_| "ALIVE".to_owned())
        };
        by_record.or_else(by_heartbeat)
    }

    /// The JSON text, inflated where needed.
    pub fn text(&self) -> Option<Vec<u8>> {
        if self.is_raw() {
            Some(self.bytes.clone())
        } else {
            message::inflate(&self.bytes)
        }
    }

    /// Whether it came as raw JSON.
    pub fn is_raw(&self) -> bool {
        self.bytes.first() == Some(&b'{')
    }
}

/// What the receiving thread and the case share.
struct Shared {
    id: String,
    address: SocketAddr,
    advertised: SocketAddr,
    cluster: String,
    socket: UdpSocket,
    log: Log,
    answers: AtomicBool,
    stop: AtomicBool,
    state: Mutex<State>,
    arrived: Condvar,
}

struct State {
    inbox: Vec<Received>,
    clock: Clock,
    messages: u64,
    updated: u64,
    seen: BTreeMap<String, u64>,
}

/// The peer's membership clock (MGP1-LIV-001).
struct Clock {
    base: u64,
    began: Instant,
    last: u64,
}

impl Clock {
    fn starting_at(base: u64) -> Self {
        Self {
            base,
            began: Instant::now(),
            last: base,
        }
    }

    fn next(&mut self) -> u64 {
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last = (self.last + 1).max(self.base.saturating_add(elapsed));
        self.last
    }
}

/// Milliseconds of the wall clock.
pub(crate) fn wall_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| {
            u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
        })
}

/// A scripted peer: its own socket, id and membership clock. It receives on a thread of its own until it is dropped.
pub struct Peer {
    shared: Arc<Shared>,
    receiver: Option<JoinHandle<()>>,
}

impl Peer {
    /// Binds a peer.
    ///
    /// # Errors
    /// What the system says of the address.
    pub fn bind(options: Options, log: Log) -> io::Result<Self> {
        let socket = UdpSocket::bind(options.bind)?;
        socket.set_read_timeout(Some(STOP_CHECK))?;
        let address = socket.local_addr()?;
        let mut clock = Clock::starting_at(options.clock.unwrap_or_else(wall_ms));
        let updated = clock.next();
        let shared = Arc::new(Shared {
            id: options.id,
            address,
            advertised: options.advertise.unwrap_or(address),
            cluster: options.cluster,
            socket,
            log,
            answers: AtomicBool::new(options.answers),
            stop: AtomicBool::new(false),
            state: Mutex::new(State {
                inbox: Vec::new(),
                clock,
                messages: 0,
                updated,
                seen: BTreeMap::new(),
            }),
            arrived: Condvar::new(),
        });
        let receiver = std::thread::Builder::new()
            .name(format!("peer {}", shared.id))
            .spawn({
                let shared = Arc::clone(&shared);
                move || shared.receive_until_stopped()
            })?;
        Ok(Self {
            shared,
            receiver: Some(receiver),
        })
    }

    /// Its node id.
    pub fn id(&self) -> &str {
        &self.shared.id
    }

    /// The address it is bound to.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// Whether it answers PINGs from now on.
    pub fn set_answers(&self, answers: bool) {
        self.shared.answers.store(answers, Ordering::Relaxed);
    }

    /// The next reading of its membership clock: greater than every one before.
    pub fn tick(&self) -> u64 {
        self.shared.state().clock.next()
    }

    /// A message id that this peer has not used before.
    pub fn fresh_id(&self) -> String {
        self.shared.fresh_id()
    }

    /// A message of that type: a whole envelope, with the peer's own record in `data.membership` beside what `data` holds.
    pub fn message(&self, kind: &str, data: Value) -> Value {
        self.shared.message(kind, data, "ALIVE")
    }

    /// The same with the peer's own record DEAD: how a member says good-bye.
    pub fn farewell(&self, kind: &str, data: Value) -> Value {
        self.shared.message(kind, data, "DEAD")
    }

    /// A GOSSIP with these entries.
    pub fn gossip_entries<'a>(&self, entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
        self.message("GOSSIP", json!({"localData": object(entries)}))
    }

    /// A GOSSIP with these records beside the peer's own.
    pub fn gossip_records<'a>(&self, records: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
        self.message("GOSSIP", json!({"membership": object(records)}))
    }

    /// A PING, and its `pingId`.
    pub fn ping(&self, data: Value) -> (Value, String) {
        let ping_id = self.fresh_id();
        let ping = message::with(self.message("PING", data), "data/pingId", json!(ping_id));
        (ping, ping_id)
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// What the system says.
    pub fn send_bytes(&self, to: SocketAddr, bytes: &[u8]) -> io::Result<()> {
        self.shared.send(to, bytes)
    }

    /// Sends a message as raw JSON.
    ///
    /// # Errors
    /// What the system says.
    pub fn send(&self, to: SocketAddr, message: &Value) -> io::Result<()> {
        self.send_bytes(to, &message::text(message))
    }

    /// A point in what was received, for [`Peer::wait_since`] and [`Peer::received_since`].
    pub fn mark(&self) -> usize {
        self.shared.state().inbox.len()
    }

    /// The first datagram, of those received already and those to come, that satisfies the predicate; `None` when the deadline has passed.
    pub fn wait_for(
        &self,
        within: Duration,
        predicate: impl FnMut(&Received) -> bool,
    ) -> Option<Received> {
        self.wait_since(0, within, predicate)
    }

    /// The same for what was received after a [`Peer::mark`].
    pub fn wait_since(
        &self,
        mark: usize,
        within: Duration,
        mut predicate: impl FnMut(&Received) -> bool,
    ) -> Option<Received> {
        let deadline = Instant::now() + within;
        let mut next = mark;
        let mut state = self.shared.state();
        loop {
            while let Some(received) = state.inbox.get(next) {
                if predicate(received) {
                    return Some(received.clone());
                }
                next += 1;
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            state = self
                .shared
                .arrived
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// All that was received after a [`Peer::mark`].
    pub fn received_since(&self, mark: usize) -> Vec<Received> {
        self.shared.state().inbox[mark..].to_vec()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(receiver) = self.receiver.take() {
            // A panic of that thread has already been printed.
            let _ = receiver.join();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh_id(&self) -> String {
        let mut state = self.state();
        state.messages += 1;
        // Unique across restarts under the same id too.
        format!("m{}-{:016x}", state.messages, rand::random::<u64>())
    }

    fn message(&self, kind: &str, data: Value, own_state: &str) -> Value {
        let message_id = self.fresh_id();
        let (timestamp, updated) = {
            let mut state = self.state();
            let timestamp = state.clock.next();
            if own_state == "DEAD" {
                state.updated = timestamp;
            }
            (timestamp, state.updated)
        };
        let own = message::with(
            message::record_in(own_state, self.advertised, timestamp),
            "updated",
            json!(updated),
        );
        let mut envelope = json!({
            "protocolVersion": 1,
            "type": kind,
            "senderId": self.id,
            "messageId": message_id,
            "timestamp": timestamp,
            "data": data,
        });
        if !self.cluster.is_empty() {
            envelope["cluster"] = json!(self.cluster);
        }
        message::with(envelope, &format!("data/membership/{}", self.id), own)
    }

    fn send(&self, to: SocketAddr, bytes: &[u8]) -> io::Result<()> {
        self.log.write(Direction::Received, self.address, bytes);
        self.socket.send_to(bytes, to).map(|_| ())
    }

    fn receive_until_stopped(&self) {
        let mut buffer = vec![0; 65_536];
        while !self.stop.load(Ordering::Relaxed) {
            // An error is the read timeout, or the ICMP answer to something sent before: neither ends a peer.
            let Ok((length, from)) = self.socket.recv_from(&mut buffer) else {
                continue;
            };
            let received = Received {
                at: Instant::now(),
                from,
                bytes: buffer[..length].to_vec(),
                decoded: oracle::decode(&buffer[..length]),
            };
            self.log
                .write(Direction::Sent, self.address, &received.bytes);
            if let Decoded::Rejected { reason, .. } = received.decoded {
                self.log.object(from, &received.bytes, reason);
            }
            if self.answers.load(Ordering::Relaxed) {
                self.answer(&received);
            }
            self.state().inbox.push(received);
            self.arrived.notify_all();
        }
    }

    /// Answers a PING that is meant for this peer, as MGP1-MSG-019 to MGP1-MSG-024 want it.
    fn answer(&self, received: &Received) {
        let target = received.get("data/targetId");
        if received.kind() != "PING" || !(target.is_null() || target == self.id.as_str()) {
            return;
        }
        let floor = {
            let mut state = self.state();
            let seen = state.seen.entry(received.sender().to_owned()).or_default();
            *seen = (*seen).max(received.timestamp());
            *seen
        };
        let sender = received.sender();
        let pong = self.message(
            "PONG",
            json!({"pingId": received.get("data/pingId"), "heartbeats": {sender: floor}}),
            "ALIVE",
        );
        // A node that has gone away in between is for the case to notice.
        let _ = self.send(received.from, &message::text(&pong));
    }
}

/// An object of these members.
fn object<'a>(members: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::Object(
        members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    fn peer(id: &str) -> Peer {
        Peer::bind(Options::new(id), Log::default()).unwrap()
    }

    #[test]
    fn what_a_peer_builds_is_a_lawful_message() {
        let peer = peer("p1");
        let gossip = peer.gossip_entries([("k", message::entry(json!(1), 5, "v", "p1"))]);
        let Decoded::Accepted { message, skipped } = oracle::decode(&message::text(&gossip)) else {
            panic!("rejected: {gossip}");
        };
        assert_eq!(skipped, Vec::<Value>::new());
        assert_eq!(message["data"]["localData"]["k"]["value"], json!(1));
        assert_eq!(
            message["data"]["membership"]["p1"]["lastSeen"],
            message["timestamp"]
        );
    }

    #[test]
    fn two_peers_ping_each_other_without_help() {
        let (a, b) = (peer("a"), peer("b"));
        let (ping, ping_id) = a.ping(json!({}));
        a.send(b.address(), &ping).unwrap();
        let pong = a
            .wait_for(SOON, |received| received.kind() == "PONG")
            .unwrap();
        assert_eq!(pong.get("data/pingId"), ping_id.as_str());
        assert_eq!(pong.from, b.address());
        assert_eq!(pong.get("data/heartbeats/a"), &ping["timestamp"]);
    }

    #[test]
    fn a_ping_for_somebody_else_is_not_answered() {
        let (a, b) = (peer("a"), peer("b"));
        let (wrong, wrong_id) = a.ping(json!({"targetId": "c"}));
        let (right, right_id) = a.ping(json!({"targetId": "b"}));
        a.send(b.address(), &wrong).unwrap();
        a.send(b.address(), &right).unwrap();
        assert!(
            a.wait_for(SOON, |received| received.get("data/pingId")
                == right_id.as_str())
                .is_some()
        );
        assert!(
            !a.received_since(0)
                .iter()
                .any(|received| received.get("data/pingId") == wrong_id.as_str())
        );
    }

    #[test]
    fn waiting_ends_at_the_deadline() {
        let peer = peer("a");
        assert!(peer.wait_for(Duration::from_millis(1), |_| true).is_none());
    }

    #[test]
    fn a_mark_hides_what_came_before() {
        let (a, b) = (peer("a"), peer("b"));
        a.send(b.address(), &a.gossip_entries([])).unwrap();
        b.wait_for(SOON, |_| true).unwrap();
        let mark = b.mark();
        assert!(b.received_since(mark).is_empty());
        a.send(b.address(), &a.ping(json!({})).0).unwrap();
        assert_eq!(b.wait_since(mark, SOON, |_| true).unwrap().kind(), "PING");
    }

    #[test]
    fn a_clock_in_the_past_stays_there_and_grows() {
        let options = Options {
            clock: Some(1_000),
            ..Options::new("a")
        };
        let peer = Peer::bind(options, Log::default()).unwrap();
        let (first, second) = (peer.tick(), peer.tick());
        assert!(first < second && second < 1_000_000);
    }

    #[test]
    fn both_directions_are_logged() {
        let log = Log::default();
        let a = Peer::bind(Options::new("a"), log.clone()).unwrap();
        let b = peer("b");
        a.send(b.address(), &a.ping(json!({})).0).unwrap();
        a.wait_for(SOON, |received| received.kind() == "PONG")
            .unwrap();
        let directions: Vec<_> = log
            .datagrams()
            .iter()
            .map(|datagram| datagram.direction)
            .collect();
        assert_eq!(directions, [Direction::Received, Direction::Sent]);
    }
}
