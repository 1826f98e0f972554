//! The bench of one case: the node under test, the peers around it and the log of all that they say.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};

use super::open::Wait;
use crate::cases::{Launcher, NodeProcess, NodeSettings, NotLaunched, Timing};
use crate::oracle;
use crate::verdict::{Failure, Verdict};
use crate::wire::message;
use crate::wire::{Listeners, Log, Options, Peer, Received, Unlawful, wall_ms};

/// Nothing more to say (a pass), or the verdict.
pub(super) type Outcome = Result<(), Verdict>;

/// How long something may take that must happen. Far more than any node needs, so that a busy machine fails nobody.
pub(super) const SOON: Duration = Duration::from_secs(10);

/// Round length of a node under test, where the case does not need another.
pub(super) const INTERVAL_MS: u64 = 100;

/// Where a case is carried out.
pub(super) struct Bench<'a> {
    launcher: &'a dyn Launcher,
    log: Log,
    nowhere: OnceCell<UdpSocket>,
    nodes: RefCell<Vec<SocketAddr>>,
    speaks_version_0: Cell<bool>,
}

/// The node under test. It is killed when it is dropped.
pub(super) struct Iut {
    process: Mutex<Box<dyn NodeProcess>>,
    /// Node id.
    pub id: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// Round length in milliseconds.
    pub interval_ms: u64,
    timing: Timing,
    /// Whether the case waits for nothing that its timers do: only for answers and news.
    is_between_rounds: bool,
    ended_by_suite: Cell<bool>,
}

impl Iut {
    pub(super) fn suspect_timeout_ms(&self) -> u64 {
        self.timing.suspect_timeout_ms
    }

    pub(super) fn failure_timeout_ms(&self) -> u64 {
        self.timing.failure_timeout_ms
    }

    pub(super) fn reconnect_interval_ms(&self) -> u64 {
        self.timing.reconnect_interval_ms
    }

    pub(super) fn dead_retention_ms(&self) -> u64 {
        self.timing.dead_retention_ms
    }

    /// How long anything may take that must happen at this node, but for reaping: a death of old age, a PING each `reconnectInterval`.
    /// Between rounds nothing is waited for but answers and news, which come at once, or else with the next rounds.
    pub(super) fn soon(&self) -> Duration {
        if self.is_between_rounds {
            return SOON + Duration::from_millis(2 * self.interval_ms);
        }
        let slowest = 2 * self.failure_timeout_ms() + self.reconnect_interval_ms();
        SOON + Duration::from_millis(slowest + 4 * self.interval_ms)
    }

    /// The number of rounds in which that many milliseconds have passed for certain.
    pub(super) fn rounds_in(&self, milliseconds: u64) -> usize {
        // Rounds are at least nine tenths of an interval apart (MGP1-DIS-001).
        usize::try_from(milliseconds * 10 / (self.interval_ms * 9) + 2).unwrap_or(usize::MAX)
    }

    /// What to say of a node that does not answer, if its process has ended of its own accord.
    pub(super) fn end(&self) -> Option<String> {
        if self.ended_by_suite.get() {
            return None;
        }
        let mut process = self.process.lock().ok()?;
        (!process.is_running()).then(|| format!("the process has ended; {}", process.log_tail()))
    }

    /// Stops the process in its tracks for that long and lets it go on; whether it could be stopped.
    pub(super) fn pause(&self, how_long: Duration) -> bool {
        let Ok(mut process) = self.process.lock() else {
            return false;
        };
        if !process.stop() {
            return false;
        }
        std::thread::sleep(how_long);
        process.go_on();
        true
    }

    /// SIGTERM: the exit status, or `None` while it still runs after the deadline.
    pub(super) fn terminate(&self) -> Option<i32> {
        self.ended_by_suite.set(true);
        self.process.lock().ok()?.terminate(SOON)
    }
}

impl<'a> Bench<'a> {
    pub(super) fn new(launcher: &'a dyn Launcher) -> Self {
        Self {
            launcher,
            log: launcher.log(),
            nowhere: OnceCell::new(),
            nodes: RefCell::default(),
            speaks_version_0: Cell::new(false),
        }
    }

    /// The timing that a node would have which is asked for that round length.
    pub(super) fn timing(&self, interval_ms: u64) -> Timing {
        self.launcher.timing(interval_ms)
    }

    /// A failure with all that was exchanged.
    pub(super) fn fail(
        &self,
        requirement: &str,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Verdict {
        Verdict::Fail(Box::new(Failure {
            requirement: requirement.to_owned(),
            expected: expected.into(),
            actual: actual.into(),
            datagrams: self.log.datagrams(),
        }))
    }

    /// The failure of a node that sent a datagram which every receiver must reject: of such a node nothing else is worth saying.
    fn unlawful(&self) -> Option<Verdict> {
        let nodes = self.nodes.borrow();
        let sent: Vec<Unlawful> = self
            .log
            .unlawful()
            .into_iter()
            // Ports of loopback are used again: what a node of another case sent late is not this node's.
            .filter(|sent| nodes.contains(&sent.from))
            .filter(|sent| !(self.speaks_version_0.get() && sent.reason.starts_with("version.")))
            .collect();
        let first = sent.first()?;
        let more = match sent.len() {
            1 => String::new(),
            count => format!(" (the first of at least {count} such datagrams)"),
        };
        Some(self.fail(
            first.requirement,
            "every datagram that the node sends is one that receivers take",
            format!("{}{more}", first.line),
        ))
    }

    /// The verdict of a case that came to that outcome. A pass, or nothing that could be seen, is none of a node that sent what every receiver must reject.
    pub(super) fn settle(&self, outcome: Outcome) -> Verdict {
        match outcome {
            Ok(()) => self.unlawful().unwrap_or(Verdict::Pass),
            Err(Verdict::Inconclusive(why)) => {
                self.unlawful().unwrap_or(Verdict::Inconclusive(why))
            }
            Err(verdict) => verdict,
        }
    }

    /// Passes over a condition that holds, and fails otherwise.
    pub(super) fn check(
        &self,
        holds: bool,
        requirement: &str,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Outcome {
        if holds {
            Ok(())
        } else {
            Err(self.fail(requirement, expected, actual))
        }
    }

    /// Takes out what must have come [soon](Iut::soon), and fails otherwise; a node that has died fails MGP1-ERR-005, and one whose datagrams
    /// nobody may take fails for these.
    pub(super) fn must<T>(
        &self,
        iut: &Iut,
        requirement: &str,
        expected: &str,
        came: Option<T>,
    ) -> Result<T, Verdict> {
        self.must_within(iut, requirement, expected, came, iut.soon())
    }

    /// The same after another wait.
    pub(super) fn must_within<T>(
        &self,
        iut: &Iut,
        requirement: &str,
        expected: &str,
        came: Option<T>,
        within: Duration,
    ) -> Result<T, Verdict> {
        came.ok_or_else(|| match iut.end() {
            Some(end) => self.fail("MGP1-ERR-005", "the node keeps running", end),
            None => self.unlawful().unwrap_or_else(|| {
                self.fail(
                    requirement,
                    expected,
                    format!("nothing of the kind within {} s", within.as_secs()),
                )
            }),
        })
    }

    /// The settings of a node that a case asks for nothing special.
    fn settings() -> NodeSettings {
        NodeSettings {
            id: "iut".to_owned(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            advertise: None,
            seeds: Vec::new(),
            cluster: String::new(),
            gossip_interval_ms: INTERVAL_MS,
            legacy: false,
            set: Vec::new(),
        }
    }

    /// A node without seeds.
    pub(super) fn node(&self) -> Result<Iut, Verdict> {
        self.node_with(|_| ())
    }

    /// A node with other settings.
    pub(super) fn node_with(&self, change: impl FnOnce(&mut NodeSettings)) -> Result<Iut, Verdict> {
        self.launch(change)?
            .map_err(|line| {
                Verdict::open(
                    format!("the node did not start: {line}"),
                    "run that command by hand; `conformance smoke` with the same arguments goes through a node's first steps one by one",
                )
            })
    }

    /// A node that is not to start: `None` where it does not.
    pub(super) fn start(
        &self,
        change: impl FnOnce(&mut NodeSettings),
    ) -> Result<Option<Iut>, Verdict> {
        Ok(self.launch(change)?.ok())
    }

    /// A node, or why it did not start.
    fn launch(
        &self,
        change: impl FnOnce(&mut NodeSettings),
    ) -> Result<Result<Iut, String>, Verdict> {
        let mut settings = Self::settings();
        change(&mut settings);
        let timing = self.launcher.timing(settings.gossip_interval_ms);
        if settings.legacy {
            self.speaks_version_0.set(true);
        }
        let process = match self.launcher.launch(&settings) {
            Ok(process) => process,
            Err(NotLaunched::NotOffered(what)) => return Err(Verdict::Skipped(what)),
            Err(NotLaunched::Failed(line)) => return Ok(Err(line)),
        };
        self.nodes.borrow_mut().push(process.address());
        Ok(Ok(Iut {
            address: process.address(),
            process: Mutex::new(process),
            id: settings.id,
            interval_ms: timing.gossip_interval_ms,
            timing,
            is_between_rounds: false,
            ended_by_suite: Cell::new(false),
        }))
    }

    /// A peer that answers PINGs.
    pub(super) fn peer(&self, id: &str) -> Result<Peer, Verdict> {
        self.peer_with(Options::new(id))
    }

    /// A peer that answers nothing by itself.
    pub(super) fn mute(&self, id: &str) -> Result<Peer, Verdict> {
        self.peer_with(Options {
            answers: false,
            ..Options::new(id)
        })
    }

    /// A peer with other options.
    pub(super) fn peer_with(&self, options: Options) -> Result<Peer, Verdict> {
        Peer::bind(options, self.log.clone())
            .map_err(|error| Verdict::Error(format!("no socket for a peer: {error}")))
    }

    /// That many addresses which only listen.
    pub(super) fn listeners(&self, count: usize) -> Result<Listeners, Verdict> {
        Listeners::bind(count, self.log.clone())
            .map_err(|error| Verdict::Error(format!("no {count} sockets: {error}")))
    }

    /// A node and a peer of it that knows it.
    pub(super) fn pair(&self) -> Result<(Iut, Peer), Verdict> {
        let iut = self.node()?;
        let peer = self.peer("p1")?;
        self.join(&iut, &peer)?;
        Ok((iut, peer))
    }

    /// A node with a long round that has these peers as seeds and has validated them all: what it sends now, it sends without waiting for a round.
    pub(super) fn node_between_rounds(
        &self,
        peers: &[&Peer],
        interval_ms: u64,
    ) -> Result<Iut, Verdict> {
        if self.launcher.timing(interval_ms) != Timing::in_proportion(interval_ms) {
            return Err(Verdict::Skipped(format!(
                "the case needs a node whose rounds are {interval_ms} ms apart and whose timeouts are in proportion, and the command cannot say both"
            )));
        }
        let mut iut = self.node_with(|settings| {
            settings.gossip_interval_ms = interval_ms;
            settings.seeds = peers.iter().map(|peer| peer.address()).collect();
        })?;
        iut.is_between_rounds = true;
        for peer in peers {
            // Seeds are asked at the start, without waiting for a round (MGP1-LIV-027). The peer's PONG is on its way before ours is asked
            // for, and datagrams between two loopback sockets keep their order.
            let wait = Wait {
                peer,
                mark: 0,
                wanted: "a PING to it as a seed",
                within: SOON,
            };
            let asked = |received: &Received| received.kind() == "PING";
            if peer.wait_for(wait.within, asked).is_none() {
                return Err(self.open(
                    &iut,
                    format!(
                        "the node did not prove itself alive before the case began: it did not ask its seed {} at its start, without waiting for a round",
                        peer.id()
                    ),
                    &wait,
                    "send each seed a PING as soon as the node has started (MGP1-LIV-027)",
                ));
            }
        }
        for peer in peers {
            self.alive_at_first(&iut, peer)?;
        }
        Ok(iut)
    }

    /// Makes a peer a member with a validated address: it says PING, answers the node's PING, and gossip arrives.
    pub(super) fn join(&self, iut: &Iut, peer: &Peer) -> Outcome {
        let mark = peer.mark();
        self.alive_at_first(iut, peer)?;
        let gossiped = |received: &Received| received.kind() == "GOSSIP";
        let wait = Wait {
            peer,
            mark,
            wanted: "a GOSSIP",
            within: iut.soon(),
        };
        if peer.wait_since(mark, wait.within, gossiped).is_some() {
            return Ok(());
        }
        let asked = |received: &Received| received.kind() == "PING";
        let advice = if peer.received_since(mark).iter().any(asked) {
            "it asked the new member, and the peer answered its PING at once: count an address as validated when a PONG with that `pingId` comes from it (MGP1-DIS-011), and gossip to it in each round (MGP1-DIS-002)"
        } else {
            "send a PING to each new member (MGP1-DIS-003), and gossip to it in each round once it has answered (MGP1-DIS-002)"
        };
        Err(self.open(
            iut,
            format!(
                "no gossip before the case began: the node answers {} and does not treat it as a member",
                peer.id()
            ),
            &wait,
            advice,
        ))
    }

    /// Before anything was done to the node, no answer is no verdict.
    pub(super) fn alive_at_first(&self, iut: &Iut, peer: &Peer) -> Outcome {
        let mark = peer.mark();
        if self.pong(iut, peer)?.is_some() {
            return Ok(());
        }
        let wait = Wait {
            peer,
            mark,
            wanted: "the node's PONG to one of its PINGs, which went out once a second",
            within: SOON,
        };
        Err(self.open(
            iut,
            "the node did not prove itself alive before the case began",
            &wait,
            "answer each PING without `targetId`, from any address, with a PONG that has its `pingId` (MGP1-MSG-019, MGP1-MSG-021); if it does so when the case runs alone, the machine is too busy for this many nodes at once",
        ))
    }

    /// The node does its work: an entry that the peer tells it comes back by gossip. Where a case shows that something is left undone, or that
    /// messages have a form that those of a node which does nothing have too, this is the other half of its proof.
    pub(super) fn works(&self, iut: &Iut, peer: &Peer) -> Outcome {
        let key = format!("life-{}", peer.fresh_id());
        let sent = message::entry(json!("life"), wall_ms(), "v1", peer.id());
        let mark = peer.mark();
        let entries = [(key.as_str(), sent.clone())];
        self.send(iut, peer, &peer.gossip_entries(entries))?;
        let wanted = five_members(&sent);
        let wait = Wait {
            peer,
            mark,
            wanted: "a GOSSIP with an entry that it had told the node",
            within: iut.soon(),
        };
        let came = |received: &Received| {
            received.sender() == iut.id
                && received
                    .entry(&key)
                    .is_some_and(|found| oracle::json_equal(&found, &wanted))
        };
        if peer.wait_since(mark, wait.within, came).is_some() {
            return Ok(());
        }
        Err(self.open(
            iut,
            "no state seen: what the node is told does not come back by gossip, so that nothing is shown by what it sends or does not send",
            &wait,
            "merge what a GOSSIP brings and gossip it on (MGP1-MRG-004, MGP1-DIS-009): MGP1-FRM-008/raw-accepted asks for that alone",
        ))
    }

    /// Sends a padded PING and waits for its PONG; asks anew each second, because a full socket buffer loses datagrams even on loopback.
    fn pong(&self, iut: &Iut, peer: &Peer) -> Result<Option<Received>, Verdict> {
        let mark = peer.mark();
        let mut asked = BTreeSet::new();
        for _ in 0..SOON.as_secs() {
            let (ping, ping_id) = peer.ping(json!({}));
            self.send_bytes(iut, peer, &message::padded(&ping, message::PADDED_PING))?;
            asked.insert(ping_id);
            let pong = peer.wait_since(mark, Duration::from_secs(1), |received| {
                // The sender's name tells an answer from what a node only sends back.
                received.kind() == "PONG"
                    && received.sender() == iut.id
                    && received
                        .get("data/pingId")
                        .as_str()
                        .is_some_and(|id| asked.contains(id))
            });
            if pong.is_some() {
                return Ok(pong);
            }
        }
        Ok(None)
    }

    /// The node answers a PING; if it does not, it has broken MGP1-ERR-005. The answer is returned.
    pub(super) fn alive(&self, iut: &Iut, peer: &Peer) -> Result<Received, Verdict> {
        let pong = self.pong(iut, peer)?;
        let expected = "the node still answers a PING";
        self.must_within(iut, "MGP1-ERR-005", expected, pong, SOON)
    }

    /// Sends bytes to the node.
    pub(super) fn send_bytes(&self, iut: &Iut, peer: &Peer, bytes: &[u8]) -> Outcome {
        peer.send_bytes(iut.address, bytes)
            .map_err(|error| Verdict::Error(format!("the suite could not send: {error}")))
    }

    /// Sends a message to the node as raw JSON.
    pub(super) fn send(&self, iut: &Iut, peer: &Peer, message: &Value) -> Outcome {
        self.send_bytes(iut, peer, &message::text(message))
    }

    /// An address at which nothing ever answers, and which is nobody else's.
    pub(super) fn nowhere(&self) -> Result<SocketAddr, Verdict> {
        if self.nowhere.get().is_none() {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
                .map_err(|error| Verdict::Error(format!("no socket: {error}")))?;
            // It was empty a moment ago, and nobody shares a bench.
            let _ = self.nowhere.set(socket);
        }
        self.nowhere
            .get()
            .and_then(|socket| socket.local_addr().ok())
            .ok_or_else(|| Verdict::Error("no socket".to_owned()))
    }

    /// Waits until the node gossips that entry, all five members alike.
    pub(super) fn sees_entry(
        &self,
        iut: &Iut,
        peer: &Peer,
        mark: usize,
        requirement: &str,
        key: &str,
        entry: &Value,
    ) -> Outcome {
        let wanted = five_members(entry);
        let mut last = None;
        let seen = peer.wait_since(mark, iut.soon(), |received| {
            let found = received.entry(key);
            let equal = found
                .as_ref()
                .is_some_and(|found| oracle::json_equal(found, &wanted));
            last = found.or(last.take());
            equal
        });
        if seen.is_none()
            && let Some(last) = last
        {
            return Err(self.fail(
                requirement,
                format!("the node gossips `{key}` as {}", brief(&wanted)),
                format!("it gossips {}", brief(&last)),
            ));
        }
        self.must(
            iut,
            requirement,
            &format!("the node gossips `{key}` as {}", brief(&wanted)),
            seen,
        )
        .map(|_| ())
    }

    /// Waits until the node says something of a member (by a record or a heartbeat) that satisfies the predicate.
    pub(super) fn sees_state(
        &self,
        iut: &Iut,
        peer: &Peer,
        mark: usize,
        requirement: &str,
        member: &str,
        state: &str,
    ) -> Result<Received, Verdict> {
        let mut last = None;
        let seen = peer.wait_since(mark, iut.soon(), |received| {
            let found = (received.sender() == iut.id)
                .then(|| received.state_of(member))
                .flatten();
            let equal = found.as_deref() == Some(state);
            last = found.or(last.take());
            equal
        });
        let expected = match last {
            Some(last) => {
                format!("the node tells that `{member}` is {state} (the last it told was {last})")
            }
            None => format!("the node tells that `{member}` is {state} (it told nothing of it)"),
        };
        self.must(iut, requirement, &expected, seen)
    }

    /// Waits for that many further GOSSIPs to the peer and returns all that came meanwhile: what a node has to say in its rounds it says in these.
    pub(super) fn rounds(
        &self,
        iut: &Iut,
        peer: &Peer,
        count: usize,
    ) -> Result<Vec<Received>, Verdict> {
        let mark = peer.mark();
        // News comes in between, a few milliseconds apart: half an interval of the node's own clock tells a round from that.
        let (mut last, mut seen) = (0, 0);
        // A round goes to `fanout` members: not every one comes here.
        let within = iut.soon()
            + Duration::from_millis(iut.interval_ms) * 4 * u32::try_from(count).unwrap_or(u32::MAX);
        let done = peer.wait_since(mark, within, |received| {
            let ours = received.kind() == "GOSSIP" && received.sender() == iut.id;
            if ours && received.timestamp() >= last + iut.interval_ms / 2 {
                last = received.timestamp();
                seen += 1;
            }
            seen >= count
        });
        self.must_within(
            iut,
            "MGP1-DIS-002",
            &format!("{count} more GOSSIPs to {}", peer.id()),
            done,
            within,
        )?;
        Ok(peer.received_since(mark))
    }
}

/// The entry as chapter 12 writes its meaning: all five members.
pub(super) fn five_members(entry: &Value) -> Value {
    json!({
        "value": entry["value"],
        "timestamp": entry["timestamp"],
        "version": entry["version"],
        "sourceNode": entry["sourceNode"],
        "deleted": entry["deleted"] == true,
    })
}

/// A value for a report, cut where it gets long.
pub(super) fn brief(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 200 {
        return text;
    }
    text.chars().take(200).chain("…".chars()).collect()
}
