//! Carries out a script on one node: delivers, answers for the peers, judges all that is sent, and compares with what is expected.

use super::clockwork::{Clockwork, Effects};
use super::outgoing::{Breach, Judged, Watch};
use super::pattern::{self, Mismatch, short};
use super::peer::Peer;
use super::vectors::{Arrival, Expect, PeerSpec, Step};
use crate::attach::{Adapter, AdapterError};
use crate::oracle::{self, Decoded};
use crate::verdict::{Direction, Failure, LoggedDatagram, Verdict};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

/// Node id of the node under test.
pub const IUT: &str = "iut";

/// The configuration of the node under test: id, address and seed of the random numbers, overridden by the vector's own.
pub fn config_of(overrides: &Map<String, Value>, random_seed: u64) -> Value {
    let mut config =
        json!({"nodeId": IUT, "host": "127.0.0.1", "port": 9000, "randomSeed": random_seed});
    for (name, value) in overrides {
        config[name] = value.clone();
    }
    config
}

/// Why a script ended early.
#[derive(Debug)]
pub enum Stop {
    /// The node broke a sentence.
    Failed {
        requirement: String,
        expected: String,
        actual: String,
    },
    /// The adapter broke.
    Adapter(AdapterError),
    /// The vector is wrong.
    Vector(String),
}

impl From<AdapterError> for Stop {
    fn from(error: AdapterError) -> Self {
        Stop::Adapter(error)
    }
}

/// A datagram that the node sent, as the patterns of `sent` and `notSent` see it.
#[derive(Debug)]
struct Sent(Value);

impl Sent {
    fn new(to: SocketAddr, length: usize, judged: Judged) -> Self {
        Sent(json!({
            "to": to.to_string(),
            "frame": judged.frame,
            "bytes": length,
            "canonical": judged.canonical,
            "message": judged.meaning,
        }))
    }

    fn matches(&self, wanted: &Value) -> bool {
        pattern::matches(wanted, Some(&self.0), "sent").is_ok()
    }
}

/// A datagram that the node sent, for a procedure that carries it on.
#[derive(Debug, Clone)]
pub struct Departure {
    /// Milliseconds since the node was created.
    pub at: u64,
    /// Destination.
    pub to: SocketAddr,
    /// Payload.
    pub datagram: Vec<u8>,
    /// What it means (chapter 12).
    pub meaning: Value,
}

/// One node in the middle of a script.
pub struct Script<'a> {
    /// The node and its clocks.
    pub clockwork: Clockwork<'a>,
    requirement: String,
    peers: Vec<Peer>,
    watch: Watch,
    log: Vec<LoggedDatagram>,
    sent: Vec<Sent>,
    departures: Vec<Departure>,
    events: Vec<Value>,
    /// Every PING the node sent: destination and `pingId`.
    pings: Vec<(SocketAddr, String)>,
    outcome: Option<Value>,
    refused: Option<Value>,
}

/// Creates a node, runs `body` on it and turns what came of that into a verdict. `requirement` is blamed where an expectation fails.
pub fn run(
    adapter: &mut dyn Adapter,
    requirement: &str,
    config: &Value,
    wall: i64,
    peers: &[PeerSpec],
    body: impl FnOnce(&mut Script<'_>) -> Result<(), Stop>,
) -> Verdict {
    let (clockwork, effects) = match Clockwork::create(adapter, config, wall) {
        Ok(created) => created,
        Err(error) => return Verdict::Error(error.to_string()),
    };
    let cluster = config["cluster"].as_str().unwrap_or_default();
    let mut script = Script {
        clockwork,
        requirement: requirement.to_owned(),
        peers: peers
            .iter()
            .map(|peer| Peer::new(&peer.id, peer.address, cluster, wall, peer.answers))
            .collect(),
        watch: Watch::new(config),
        log: Vec::new(),
        sent: Vec::new(),
        departures: Vec::new(),
        events: Vec::new(),
        pings: Vec::new(),
        outcome: None,
        refused: None,
    };
    let result = script.absorb(effects).and_then(|()| body(&mut script));
    let Script { clockwork, log, .. } = script;
    let at = clockwork.mono();
    let destroyed = clockwork.destroy();
    match (result, destroyed) {
        (Ok(()), Ok(())) => Verdict::Pass,
        (
            Err(Stop::Failed {
                requirement,
                expected,
                actual,
            }),
            _,
        ) => {
            let (expected, actual) = (
                format!("at {at} ms: {expected}"),
                format!("at {at} ms: {actual}"),
            );
            Verdict::Fail(Box::new(Failure {
                requirement,
                expected,
                actual,
                datagrams: log,
            }))
        }
        (Err(Stop::Adapter(error)), _) | (Ok(()), Err(error)) => Verdict::Error(error.to_string()),
        (Err(Stop::Vector(why)), _) => Verdict::Error(format!("the vector is wrong: {why}")),
    }
}

impl Script<'_> {
    /// Carries out one step: time, then what happens, then what must hold.
    pub fn step(&mut self, step: &Step) -> Result<(), Stop> {
        self.outcome = None;
        self.refused = None;
        if !step.paused {
            self.advance(step.at)?;
        }
        let effects = self.clockwork.tick_at(step.at)?;
        self.absorb(effects)?;
        self.set_answers(&step.silence, false)?;
        self.set_answers(&step.speak, true)?;
        self.clockwork.step_wall(step.step_wall);
        if let Some(arrival) = &step.receive {
            self.receive(arrival)?;
        }
        if let Some(write) = &step.set {
            let effects = self.clockwork.set(&write.key, &write.value)?;
            self.absorb(effects)?;
        }
        if let Some(delete) = &step.delete {
            let effects = self.clockwork.delete(&delete.key)?;
            self.absorb(effects)?;
        }
        if step.leave {
            let effects = self.clockwork.leave()?;
            self.absorb(effects)?;
        }
        match &step.expect {
            Some(expect) => self.check(expect),
            None => Ok(()),
        }
    }

    /// Ticks at every time up to `until` at which the node asked for it.
    pub fn advance(&mut self, until: u64) -> Result<(), Stop> {
        while let Some(wake) = self.clockwork.next_wake(until) {
            let effects = self.clockwork.tick_at(wake)?;
            self.absorb(effects)?;
        }
        Ok(())
    }

    /// Moves the clocks to `at` and ticks once.
    pub fn tick(&mut self, at: u64) -> Result<(), Stop> {
        let effects = self.clockwork.tick_at(at)?;
        self.absorb(effects)
    }

    /// What the node sent since this was last asked.
    pub fn departures(&mut self) -> Vec<Departure> {
        std::mem::take(&mut self.departures)
    }

    /// Delivers a datagram of the vector.
    pub fn receive(&mut self, arrival: &Arrival) -> Result<(), Stop> {
        let bytes = match (&arrival.message, &arrival.datagram) {
            (Some(message), None) => self.filled_in(message)?.to_string().into_bytes(),
            (None, Some(digits)) => {
                hex::decode(digits).map_err(|error| Stop::Vector(error.to_string()))?
            }
            _ => {
                return Err(Stop::Vector(
                    "a `receive` needs either `message` or `datagram`".into(),
                ));
            }
        };
        let effects = self.deliver(arrival.from, &bytes)?;
        self.outcome.clone_from(&effects.outcome);
        self.absorb(effects)
    }

    fn deliver(&mut self, from: SocketAddr, bytes: &[u8]) -> Result<Effects, Stop> {
        self.watch.received(from, bytes);
        self.note(Direction::Received, from, bytes);
        Ok(self.clockwork.datagram(from, bytes)?)
    }

    fn note(&mut self, direction: Direction, peer: SocketAddr, bytes: &[u8]) {
        self.log.push(LoggedDatagram {
            at_ms: self.clockwork.mono(),
            direction,
            peer: Some(peer),
            bytes: bytes.to_vec(),
        });
    }

    fn set_answers(&mut self, ids: &[String], answers: bool) -> Result<(), Stop> {
        for id in ids {
            let peer = self.peers.iter_mut().find(|peer| peer.id() == id);
            peer.ok_or_else(|| Stop::Vector(format!("no peer {id}")))?
                .answers = answers;
        }
        Ok(())
    }

    /// Judges and keeps what the node wants sent, and lets the peers answer in the same millisecond.
    fn absorb(&mut self, effects: Effects) -> Result<(), Stop> {
        let mut queue = VecDeque::from([effects]);
        while let Some(effects) = queue.pop_front() {
            self.events.extend(effects.events);
            self.refused = effects.refused.or(self.refused.take());
            for outgoing in effects.sent {
                self.note(Direction::Sent, outgoing.to, &outgoing.bytes);
                let judged = self
                    .watch
                    .judge_outgoing(outgoing.to, &outgoing.bytes, self.clockwork.wall())
                    .map_err(|breach: Breach| Stop::Failed {
                        requirement: breach.requirement.to_owned(),
                        expected: breach.expected,
                        actual: breach.actual,
                    })?;
                let ping_id = (judged.meaning["type"] == "PING").then(|| {
                    judged.meaning["data"]["pingId"]
                        .as_str()
                        .unwrap_or_default()
                        .to_owned()
                });
                self.departures.push(Departure {
                    at: self.clockwork.mono(),
                    to: outgoing.to,
                    datagram: outgoing.bytes.clone(),
                    meaning: judged.meaning.clone(),
                });
                self.sent
                    .push(Sent::new(outgoing.to, outgoing.bytes.len(), judged));
                let Some(ping_id) = ping_id else { continue };
                self.pings.push((outgoing.to, ping_id.clone()));
                let wall = self.clockwork.wall();
                let answering = self
                    .peers
                    .iter_mut()
                    .find(|peer| peer.address() == outgoing.to && peer.answers);
                if let Some(pong) = answering.map(|peer| peer.pong(&ping_id, wall)) {
                    queue.push_back(self.deliver(outgoing.to, &pong)?);
                }
            }
        }
        Ok(())
    }

    /// A message with `{"$pingId":[address,n]}` and `{"$issued":n}` replaced by what they stand for.
    fn filled_in(&mut self, message: &Value) -> Result<Value, Stop> {
        Ok(match message {
            Value::Object(members) => {
                if let Some(reference) = members.get("$pingId") {
                    return self.ping_id(reference);
                }
                if let Some(offset) = members.get("$issued").and_then(Value::as_i64) {
                    let state = self.clockwork.state()?;
                    let issued = state["self"]["lastSeen"].as_i64();
                    let issued = issued.ok_or_else(|| {
                        Stop::Vector(format!("the state has no self.lastSeen: {}", short(&state)))
                    })?;
                    return Ok(json!(issued + offset));
                }
                let filled = members
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), self.filled_in(value)?)));
                Value::Object(filled.collect::<Result<_, Stop>>()?)
            }
            Value::Array(items) => Value::Array(
                items
                    .iter()
                    .map(|item| self.filled_in(item))
                    .collect::<Result<_, Stop>>()?,
            ),
            scalar => scalar.clone(),
        })
    }

    fn ping_id(&self, reference: &Value) -> Result<Value, Stop> {
        let wrong = || {
            Stop::Vector(format!(
                "$pingId takes an address and a number from 1 or -1, not {reference}"
            ))
        };
        let address: SocketAddr = reference[0]
            .as_str()
            .and_then(|text| text.parse().ok())
            .ok_or_else(wrong)?;
        let number = reference[1].as_i64().ok_or_else(wrong)?;
        let sent: Vec<&String> = self
            .pings
            .iter()
            .filter(|(to, _)| *to == address)
            .map(|(_, id)| id)
            .collect();
        let index = if number < 0 {
            sent.len().checked_sub(1)
        } else {
            usize::try_from(number - 1).ok()
        };
        let found = index.and_then(|index| sent.get(index));
        found.map(|id| json!(id)).ok_or_else(|| Stop::Failed {
            requirement: self.requirement.clone(),
            expected: format!("PING number {number} to {address}"),
            actual: format!("{} PINGs to it so far", sent.len()),
        })
    }

    /// Compares with what must hold, and forgets what was sent and reported so far.
    pub fn check(&mut self, expect: &Expect) -> Result<(), Stop> {
        let state = self.clockwork.state()?;
        let tables = [
            ("members", &expect.members),
            ("entries", &expect.entries),
            ("remembered", &expect.remembered),
        ];
        for (table, patterns) in tables {
            for (name, wanted) in patterns {
                self.holds(wanted, state[table].get(name), &format!("{table}.{name}"))?;
            }
        }
        if let Some(own) = &expect.own {
            self.holds(own, state.get("self"), "self")?;
        }
        for (reason, wanted) in &expect.counters {
            let count = state["counters"].get(reason).cloned().unwrap_or(json!(0));
            self.holds(wanted, Some(&count), &format!("counters.{reason}"))?;
        }
        for (table, wanted) in &expect.counts {
            let size = match &state[table] {
                Value::Object(rows) => json!(rows.len()),
                Value::Null => json!(0),
                number => number.clone(),
            };
            self.holds(wanted, Some(&size), &format!("counts.{table}"))?;
        }
        for (key, wanted) in &expect.reads {
            let entry = self.clockwork.get(key)?;
            self.holds(wanted, Some(&entry), &format!("reads.{key}"))?;
        }
        if let Some(wanted) = &expect.outcome {
            self.holds(wanted, self.outcome.as_ref(), "outcome")?;
        }
        if let Some(wanted) = &expect.refused {
            self.holds(wanted, self.refused.as_ref(), "refused")?;
        }
        self.check_events(expect)?;
        self.check_sent(expect)?;
        self.events.clear();
        self.sent.clear();
        Ok(())
    }

    fn holds(&self, wanted: &Value, actual: Option<&Value>, path: &str) -> Result<(), Stop> {
        pattern::matches(wanted, actual, path).map_err(|mismatch: Mismatch| {
            let (expected, actual) = mismatch.lines();
            self.failed(expected, actual)
        })
    }

    fn failed(&self, expected: String, actual: String) -> Stop {
        Stop::Failed {
            requirement: self.requirement.clone(),
            expected,
            actual,
        }
    }

    fn check_events(&self, expect: &Expect) -> Result<(), Stop> {
        let found = |wanted: &Value| {
            self.events
                .iter()
                .find(|event| pattern::matches(wanted, Some(event), "event").is_ok())
        };
        for wanted in &expect.events {
            if found(wanted).is_none() {
                return Err(self.failed(
                    format!("an event {}", short(wanted)),
                    format!("events {}", short(&json!(self.events))),
                ));
            }
        }
        for unwanted in &expect.not_events {
            if let Some(event) = found(unwanted) {
                return Err(self.failed(format!("no event {}", short(unwanted)), short(event)));
            }
        }
        Ok(())
    }

    fn check_sent(&self, expect: &Expect) -> Result<(), Stop> {
        for wanted in &expect.sent {
            let mut wanted = wanted.clone();
            let count = wanted.remove("count").unwrap_or_else(|| json!({"$ge": 1}));
            let messages = wanted.remove("messages");
            let wanted = Value::Object(wanted);
            let matching: Vec<&Sent> = self
                .sent
                .iter()
                .filter(|sent| sent.matches(&wanted))
                .collect();
            if pattern::matches(&count, Some(&json!(matching.len())), "count").is_err() {
                let expected = format!("{} datagrams {}", short(&count), short(&wanted));
                return Err(self.failed(
                    expected,
                    format!("{}; sent: {}", matching.len(), self.summary()),
                ));
            }
            let Some(messages) = messages else { continue };
            let different: BTreeSet<String> = matching
                .iter()
                .map(|sent| sent.0["message"]["messageId"].to_string())
                .collect();
            if pattern::matches(&messages, Some(&json!(different.len())), "messages").is_err() {
                let expected = format!("{} messages {}", short(&messages), short(&wanted));
                return Err(self.failed(
                    expected,
                    format!("{} in {} datagrams", different.len(), matching.len()),
                ));
            }
        }
        for unwanted in &expect.not_sent {
            let unwanted = Value::Object(unwanted.clone());
            if let Some(sent) = self.sent.iter().find(|sent| sent.matches(&unwanted)) {
                let actual = short(&sent.0);
                return Err(self.failed(format!("no datagram {}", short(&unwanted)), actual));
            }
        }
        Ok(())
    }

    /// What was sent since the last `expect`, by type and destination.
    fn summary(&self) -> String {
        let mut counts = BTreeMap::new();
        for sent in &self.sent {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let what = (text(&sent.0["message"]["type"]), text(&sent.0["to"]));
            *counts.entry(what).or_insert(0) += 1;
        }
        let parts: Vec<String> = counts
            .into_iter()
            .take(8)
            .map(|((kind, to), count)| format!("{count} {kind} to {to}"))
            .collect();
        if parts.is_empty() {
            "nothing".to_owned()
        } else {
            parts.join(", ")
        }
    }
}

/// The same datagram under another `messageId`, so that the history does not stop it; `None` where it is no message.
pub fn repeated(arrival: &Arrival) -> Option<Arrival> {
    let mut copy = arrival.clone();
    let message = copy.message.as_mut()?;
    if !matches!(
        oracle::decode(message.to_string().as_bytes()),
        Decoded::Accepted { .. }
    ) {
        return None;
    }
    let renamed = format!("{}.2", message["messageId"].as_str()?);
    message["messageId"] = Value::from(renamed);
    Some(copy)
}
