//! A bad network between nodes on loopback.
//!
//! Every node gets an address at the relay and advertises it, so nodes know each other by relay addresses only. A datagram that node A sends to
//! the relay address of B leaves the relay's socket *of A* for the real address of B: to B it comes from A's relay address, and answers take the same way
//! back. On that way the relay loses, doubles and cuts as it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How long a thread waits for a datagram before it looks whether it is to stop.
const STOP_CHECK: Duration = Duration::from_millis(50);

/// What became of the datagrams so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Sent on, copies included.
    pub forwarded: u64,
    /// Lost by chance.
    pub lost: u64,
    /// Sent on a second time.
    pub duplicated: u64,
    /// Held back by a partition, a cut or an isolation.
    pub cut: u64,
    /// From an address that belongs to no node, or to a node that is not attached.
    pub unknown: u64,
}

/// The relay. It stops when it is dropped.
pub struct Relay {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    stop: AtomicBool,
    network: Mutex<Network>,
}

struct Network {
    nodes: BTreeMap<String, Node>,
    rng: ChaCha8Rng,
    loss: f64,
    duplication: f64,
    groups: BTreeMap<String, usize>,
    cuts: BTreeSet<(String, String)>,
    isolated: BTreeSet<String>,
    counters: Counters,
}

struct Node {
    socket: Arc<UdpSocket>,
    real: Option<SocketAddr>,
}

impl Relay {
    /// A perfect network without nodes; the seed decides which datagrams chance takes.
    pub fn new(seed: u64) -> Self {
        Self {
            shared: Arc::new(Shared {
                stop: AtomicBool::new(false),
                network: Mutex::new(Network {
                    nodes: BTreeMap::new(),
                    rng: ChaCha8Rng::seed_from_u64(seed),
                    loss: 0.0,
                    duplication: 0.0,
                    groups: BTreeMap::new(),
                    cuts: BTreeSet::new(),
                    isolated: BTreeSet::new(),
                    counters: Counters::default(),
                }),
            }),
            threads: Vec::new(),
        }
    }

    /// Gives a node an address at the relay: the one that it is to advertise.
    ///
    /// # Errors
    /// What the system says when there is no socket to be had.
    pub fn add(&mut self, id: &str) -> io::Result<SocketAddr> {
        let socket = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?);
        socket.set_read_timeout(Some(STOP_CHECK))?;
        let address = socket.local_addr()?;
        self.shared.network().nodes.insert(
            id.to_owned(),
            Node {
                socket: Arc::clone(&socket),
                real: None,
            },
        );
        let (shared, id) = (Arc::clone(&self.shared), id.to_owned());
        self.threads.push(
            std::thread::Builder::new()
                .name(format!("relay {id}"))
                .spawn(move || shared.forward_until_stopped(&id, &socket))?,
        );
        Ok(address)
    }

    /// Says where a node really listens and sends from. Done again when it comes back on another port.
    pub fn attach(&self, id: &str, real: SocketAddr) {
        if let Some(node) = self.shared.network().nodes.get_mut(id) {
            node.real = Some(real);
        }
    }

    /// From now on each datagram is lost with this probability.
    pub fn set_loss(&self, probability: f64) {
        self.shared.network().loss = probability;
    }

    /// From now on each datagram that is not lost arrives twice with this probability.
    pub fn set_duplication(&self, probability: f64) {
        self.shared.network().duplication = probability;
    }

    /// Splits the network: nodes of different groups do not hear each other. Nodes in no group hear everybody.
    pub fn partition(&self, groups: &[&[&str]]) {
        self.shared.network().groups = groups
            .iter()
            .enumerate()
            .flat_map(|(index, group)| group.iter().map(move |id| ((*id).to_owned(), index)))
            .collect();
    }

    /// Cuts the way from one node to another, and not the way back.
    pub fn cut(&self, from: &str, to: &str) {
        self.shared
            .network()
            .cuts
            .insert((from.to_owned(), to.to_owned()));
    }

    /// Cuts a node off in both directions.
    pub fn isolate(&self, id: &str) {
        self.shared.network().isolated.insert(id.to_owned());
    }

    /// Takes back partitions, cuts and isolations; loss and duplication stay.
    pub fn heal(&self) {
        let mut network = self.shared.network();
        network.groups.clear();
        network.cuts.clear();
        network.isolated.clear();
    }

    /// What became of the datagrams so far.
    pub fn counters(&self) -> Counters {
        self.shared.network().counters
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A panic of that thread has already been printed.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn network(&self) -> MutexGuard<'_, Network> {
        self.network.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forward_until_stopped(&self, to: &str, socket: &UdpSocket) {
        let mut buffer = vec![0; 65_536];
        while !self.stop.load(Ordering::Relaxed) {
            // An error is the read timeout, or the ICMP answer to something sent before.
            let Ok((length, source)) = socket.recv_from(&mut buffer) else {
                continue;
            };
            let Some(way) = self.network().way(source, to) else {
                continue;
            };
            for _ in 0..way.copies {
                // A node that is down does not get it: that is what a network does.
                let _ = way.socket.send_to(&buffer[..length], way.real);
            }
        }
    }
}

/// How one datagram goes on.
struct Way {
    socket: Arc<UdpSocket>,
    real: SocketAddr,
    copies: u32,
}

impl Network {
    /// Decides what becomes of a datagram; `None` when it goes no further.
    fn way(&mut self, source: SocketAddr, to: &str) -> Option<Way> {
        let from = self
            .nodes
            .iter()
            .find(|(_, node)| node.real == Some(source));
        let real = self.nodes.get(to).and_then(|node| node.real);
        let (Some((from, sender)), Some(real)) = (from, real) else {
            self.counters.unknown += 1;
            return None;
        };
        if self.is_cut(from, to) {
            self.counters.cut += 1;
            return None;
        }
        if self.rng.random::<f64>() < self.loss {
            self.counters.lost += 1;
            return None;
        }
        let twice = self.rng.random::<f64>() < self.duplication;
        let copies = if twice { 2 } else { 1 };
        self.counters.duplicated += u64::from(twice);
        self.counters.forwarded += u64::from(copies);
        Some(Way {
            socket: Arc::clone(&sender.socket),
            real,
            copies,
        })
    }

    fn is_cut(&self, from: &str, to: &str) -> bool {
        let apart = match (self.groups.get(from), self.groups.get(to)) {
            (Some(a), Some(b)) => a != b,
            _ => false,
        };
        apart
            || self.isolated.contains(from)
            || self.isolated.contains(to)
            || self.cuts.contains(&(from.to_owned(), to.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    const SOON: Duration = Duration::from_secs(10);

    /// Two sockets that know each other by relay addresses only.
    struct Pair {
        relay: Relay,
        a: UdpSocket,
        b: UdpSocket,
        at_a: SocketAddr,
        at_b: SocketAddr,
    }

    fn pair() -> Pair {
        let mut relay = Relay::new(1);
        let socket = || {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            socket.set_read_timeout(Some(SOON)).unwrap();
            socket
        };
        let (a, b) = (socket(), socket());
        let (at_a, at_b) = (relay.add("a").unwrap(), relay.add("b").unwrap());
        relay.attach("a", a.local_addr().unwrap());
        relay.attach("b", b.local_addr().unwrap());
        Pair {
            relay,
            a,
            b,
            at_a,
            at_b,
        }
    }

    fn receive(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
        let mut buffer = [0; 65_536];
        let (length, from) = socket.recv_from(&mut buffer).unwrap();
        (buffer[..length].to_vec(), from)
    }

    fn until(mut done: impl FnMut() -> bool) {
        let began = Instant::now();
        while !done() {
            assert!(began.elapsed() < SOON, "it never happened");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_datagram_arrives_from_the_senders_relay_address_and_can_be_answered() {
        let pair = pair();
        pair.a.send_to(b"hello", pair.at_b).unwrap();
        let (bytes, from) = receive(&pair.b);
        assert_eq!((bytes.as_slice(), from), (&b"hello"[..], pair.at_a));
        pair.b.send_to(b"yes?", from).unwrap();
        assert_eq!(receive(&pair.a), (b"yes?".to_vec(), pair.at_b));
    }

    #[test]
    fn empty_and_largest_datagrams_pass() {
        let pair = pair();
        for length in [0, 65_507] {
            pair.a.send_to(&vec![7; length], pair.at_b).unwrap();
            assert_eq!(receive(&pair.b).0.len(), length);
        }
    }

    #[test]
    fn everything_is_lost_at_probability_one_and_counted() {
        let pair = pair();
        pair.relay.set_loss(1.0);
        pair.a.send_to(b"x", pair.at_b).unwrap();
        until(|| pair.relay.counters().lost == 1);
        assert_eq!(pair.relay.counters().forwarded, 0);
    }

    #[test]
    fn everything_comes_twice_at_probability_one() {
        let pair = pair();
        pair.relay.set_duplication(1.0);
        pair.a.send_to(b"x", pair.at_b).unwrap();
        assert_eq!(receive(&pair.b).0, b"x");
        assert_eq!(receive(&pair.b).0, b"x");
        assert_eq!(pair.relay.counters().duplicated, 1);
    }

    #[test]
    fn a_partition_holds_back_both_ways_until_it_heals() {
        let pair = pair();
        pair.relay.partition(&[&["a"], &["b"]]);
        pair.a.send_to(b"x", pair.at_b).unwrap();
        pair.b.send_to(b"x", pair.at_a).unwrap();
        until(|| pair.relay.counters().cut == 2);
        pair.relay.heal();
        pair.a.send_to(b"y", pair.at_b).unwrap();
        assert_eq!(receive(&pair.b).0, b"y");
    }

    #[test]
    fn a_cut_holds_back_one_way_only() {
        let pair = pair();
        pair.relay.cut("a", "b");
        pair.a.send_to(b"x", pair.at_b).unwrap();
        until(|| pair.relay.counters().cut == 1);
        pair.b.send_to(b"y", pair.at_a).unwrap();
        assert_eq!(receive(&pair.a).0, b"y");
    }

    #[test]
    fn an_isolated_node_hears_nothing_and_is_not_heard() {
        let pair = pair();
        pair.relay.isolate("a");
        pair.a.send_to(b"x", pair.at_b).unwrap();
        pair.b.send_to(b"x", pair.at_a).unwrap();
        until(|| pair.relay.counters().cut == 2);
    }

    #[test]
    fn a_stranger_gets_nothing_through() {
        let pair = pair();
        let stranger = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        stranger.send_to(b"x", pair.at_b).unwrap();
        until(|| pair.relay.counters().unknown == 1);
    }

    #[test]
    fn a_node_that_came_back_on_another_port_is_reached_there() {
        let pair = pair();
        let again = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        again.set_read_timeout(Some(SOON)).unwrap();
        pair.relay.attach("b", again.local_addr().unwrap());
        pair.a.send_to(b"x", pair.at_b).unwrap();
        assert_eq!(receive(&again).0, b"x");
    }

    #[test]
    fn about_as_many_are_lost_as_the_probability_says() {
        let pair = pair();
        pair.relay.set_loss(0.2);
        for sent in 1..=500 {
            pair.a.send_to(b"x", pair.at_b).unwrap();
            // One at a time: the system's buffer must lose nothing of its own.
            until(|| {
                let counters = pair.relay.counters();
                counters.lost + counters.forwarded == sent
            });
        }
        let lost = pair.relay.counters().lost;
        assert!((60..=140).contains(&lost), "{lost} of 500");
    }
}
