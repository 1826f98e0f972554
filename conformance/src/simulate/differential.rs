//! Machines of several languages and the reference model, put to the same random schedule, step by step in the same state.
//!
//! Compared after every step: the entries, the members with content, `lastSeen`, state and validation, and the remembered members, each
//! machine with the reference model; and the counters and the length of the history, the machines with each other.
//!
//! Left out, because a machine's own chance decides it: `version` of a machine's own writes and its own record's clocks (both depend on
//! what it drew and sent); when a member becomes DEAD by age between `failureTimeout` and twice that (it depends on when PINGs
//! to unvalidated addresses were drawn), which is why the schedule ends before `failureTimeout`, and then both are let run until all
//! members must have been reaped; limits of capacity (which of several new items of one message comes first is not settled); and
//! SYNC, which has its own cases.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use serde_json::{Map, Value, json};
use simulation::random::Stream;

use crate::attach::{Adapter, AdapterError};
use crate::oracle::merge::{Limits, Model};
use crate::oracle::message::{Entry, State};
use crate::oracle::{Decoded, canonical, decode, json_equal};

const WALL: u64 = 1_760_000_000_000;
const DAY: u64 = 86_400_000;
const OWN_ID: &str = "iut";
const SUSPECT_TIMEOUT: u64 = 3_000;
const FAILURE_TIMEOUT: u64 = 40_000;
/// Longer than a schedule, so that nobody is reaped before its end.
const DEAD_RETENTION: u64 = 60_000;
/// Ages must be looked at this often (MGP1-LIV-031).
const TICK: u64 = SUSPECT_TIMEOUT / 4;

/// A difference, and what led to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "seed {seed}, step {step} ({what}): {who} differs in {place}\n  expected {expected}\n  actual   {actual}"
)]
pub struct Difference {
    /// The seed of the schedule.
    pub seed: u64,
    /// The step.
    pub step: usize,
    /// What was done in it.
    pub what: String,
    /// Which machine.
    pub who: String,
    /// Which table, counter or answer.
    pub place: String,
    /// What the reference model, or the first machine, says.
    pub expected: String,
    /// What the machine says.
    pub actual: String,
}

/// Why a comparison ended early.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The machines are not alike.
    #[error(transparent)]
    Differs(Box<Difference>),
    /// An adapter broke.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
}

/// A machine to compare.
pub struct Contestant<'a> {
    /// Its name.
    pub name: &'a str,
    /// How to reach it.
    pub adapter: &'a mut dyn Adapter,
}

enum Deed {
    Datagram(&'static str, Vec<u8>),
    Set(String, Value),
    Delete(String),
    Wait,
}

/// Puts `steps` random steps to all contestants and the model, then lets everybody be reaped. Returns the number of steps compared.
///
/// # Errors
/// [`Stopped`].
pub fn compare(
    contestants: &mut [Contestant<'_>],
    seed: u64,
    steps: usize,
) -> Result<usize, Stopped> {
    let node = format!("differential-{seed}");
    let config = json!({
        "nodeId": OWN_ID, "host": "127.0.0.1", "port": 9000, "randomSeed": seed,
        "suspectTimeout": SUSPECT_TIMEOUT, "failureTimeout": FAILURE_TIMEOUT, "deadRetention": DEAD_RETENTION,
    });
    let mut run = Run {
        contestants,
        node,
        mono: 0,
        seed,
        reference: Reference::default(),
    };
    run.all(json!({"op": "create", "config": config}))?;
    let outcome = run.steps(steps);
    // Whether it can be destroyed says nothing about the comparison.
    let _ = run.all(json!({"op": "destroy"}));
    outcome
}

struct Run<'a, 'b> {
    contestants: &'a mut [Contestant<'b>],
    node: String,
    mono: u64,
    seed: u64,
    reference: Reference,
}

impl Run<'_, '_> {
    fn all(&mut self, mut body: Value) -> Result<Vec<Value>, AdapterError> {
        body["node"] = json!(self.node);
        body["now"] = json!({"wall": WALL + self.mono, "mono": self.mono});
        self.contestants
            .iter_mut()
            .map(|contestant| contestant.adapter.request(body.clone()))
            .collect()
    }

    fn steps(&mut self, steps: usize) -> Result<usize, Stopped> {
        let mut stream = Stream::indexed(self.seed, "differential", 0);
        let mut source = Source::default();
        // The schedule must end before the first member can be DEAD by age.
        let pace = FAILURE_TIMEOUT / (steps as u64 + 1);
        for step in 0..steps {
            self.mono += stream.below_u64(2 * pace).min(TICK);
            if self.mono >= FAILURE_TIMEOUT {
                return Ok(step);
            }
            self.tick()?;
            let deed = source.deed(&mut stream, WALL + self.mono);
            let what = self.perform(&deed, step)?;
            self.confirm(step, &what)?;
        }
        let end = self.mono + 2 * FAILURE_TIMEOUT + DEAD_RETENTION + 2 * TICK;
        while self.mono < end {
            self.mono += TICK;
            self.tick()?;
        }
        self.reference.reap_all();
        self.confirm(steps, "everybody was reaped")?;
        Ok(steps)
    }

    fn tick(&mut self) -> Result<(), AdapterError> {
        self.all(json!({"op": "tick"}))?;
        self.reference.tick(self.mono);
        Ok(())
    }

    fn perform(&mut self, deed: &Deed, step: usize) -> Result<String, Stopped> {
        match deed {
            Deed::Wait => Ok("wait".to_owned()),
            Deed::Datagram(what, bytes) => {
                let digits = hex::encode(bytes);
                let from = "127.0.0.1:9001";
                let answers =
                    self.all(json!({"op": "datagram", "from": from, "datagram": digits}))?;
                let outcomes: Vec<Value> = answers.iter().map(outcome_of).collect();
                let what = format!("{what}: {}", String::from_utf8_lossy(bytes));
                self.alike(step, &what, "outcome", &outcomes)?;
                self.reference.receive(bytes, self.mono);
                Ok(what)
            }
            Deed::Set(key, value) => {
                let answers = self.all(json!({"op": "set", "key": key, "value": value}))?;
                let what = format!("set {key:?} {value}");
                self.written(step, &what, &answers, |reference, wall| {
                    reference.write(key, value.clone(), false, wall);
                })?;
                Ok(what)
            }
            Deed::Delete(key) => {
                let answers = self.all(json!({"op": "delete", "key": key}))?;
                let what = format!("delete {key:?}");
                self.written(step, &what, &answers, |reference, wall| {
                    reference.write(key, Value::Null, true, wall);
                })?;
                Ok(what)
            }
        }
    }

    fn written(
        &mut self,
        step: usize,
        what: &str,
        answers: &[Value],
        write: impl FnOnce(&mut Reference, u64),
    ) -> Result<(), Stopped> {
        let refused: Vec<Value> = answers.iter().map(|it| it["refused"].clone()).collect();
        self.alike(step, what, "refusal", &refused)?;
        if refused.first().is_some_and(Value::is_null) {
            write(&mut self.reference, WALL + self.mono);
        }
        Ok(())
    }

    /// All machines with the first one.
    fn alike(
        &self,
        step: usize,
        what: &str,
        place: &str,
        answers: &[Value],
    ) -> Result<(), Stopped> {
        for (contestant, answer) in self.contestants.iter().zip(answers) {
            if !json_equal(answer, &answers[0]) {
                return Err(self.differs(step, what, contestant.name, place, &answers[0], answer));
            }
        }
        Ok(())
    }

    fn differs(
        &self,
        step: usize,
        what: &str,
        who: &str,
        place: &str,
        expected: &Value,
        actual: &Value,
    ) -> Stopped {
        Stopped::Differs(Box::new(Difference {
            seed: self.seed,
            step,
            what: what.chars().take(1_500).collect(),
            who: who.to_owned(),
            place: place.to_owned(),
            expected: expected.to_string(),
            actual: actual.to_string(),
        }))
    }

    fn confirm(&mut self, step: usize, what: &str) -> Result<(), Stopped> {
        let states = self.all(json!({"op": "state"}))?;
        let expected = self.reference.tables();
        for (contestant, state) in self.contestants.iter().zip(&states) {
            for table in ["entries", "members", "remembered"] {
                let actual = table_of(state, table);
                let names: BTreeSet<&String> =
                    keys(&expected[table]).chain(keys(&actual)).collect();
                for name in names {
                    let (should, is) = (&expected[table][name], &actual[name]);
                    // What is listed again may be remembered besides.
                    let is_listed_too =
                        table == "remembered" && !expected["members"][name].is_null();
                    if !is_listed_too && !json_equal(should, is) {
                        let place = format!("{table} {name:?}");
                        return Err(self.differs(step, what, contestant.name, &place, should, is));
                    }
                }
            }
        }
        for place in ["counters", "history"] {
            let answers: Vec<Value> = states.iter().map(|state| state[place].clone()).collect();
            self.alike(step, what, place, &answers)?;
        }
        Ok(())
    }
}

/// What became of a datagram. In which order skips stand that need state is not settled, so they are sorted.
fn outcome_of(answer: &Value) -> Value {
    let mut outcome = answer["outcome"].clone();
    if let Some(skipped) = outcome["skipped"].as_array_mut() {
        skipped.sort_by_cached_key(canonical);
    }
    outcome
}

fn keys(table: &Value) -> impl Iterator<Item = &String> {
    table.as_object().into_iter().flat_map(Map::keys)
}

/// A table of a state, without the versions of own writes.
fn table_of(state: &Value, table: &str) -> Value {
    let mut held = state.get(table).cloned().unwrap_or(json!({}));
    if table == "entries" {
        hide_own_versions(&mut held);
    }
    held
}

fn hide_own_versions(entries: &mut Value) {
    let entries = entries.as_object_mut().into_iter().flatten();
    for entry in entries.map(|(_, entry)| entry) {
        if entry["sourceNode"] == OWN_ID {
            entry["version"] = json!("its own");
        }
    }
}

/// The reference model with ages, and with the receiver's own checks before it.
struct Reference {
    model: Model,
    grown: BTreeMap<String, u64>,
    applied: BTreeSet<(String, String)>,
}

impl Default for Reference {
    fn default() -> Self {
        Reference {
            model: Model::new(OWN_ID, Limits::default()),
            grown: BTreeMap::new(),
            applied: BTreeSet::new(),
        }
    }
}

impl Reference {
    fn receive(&mut self, datagram: &[u8], mono: u64) {
        let Decoded::Accepted { message, .. } = decode(datagram) else {
            return;
        };
        let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
        let is_foreign = message["cluster"] != "" || message["senderId"] == OWN_ID;
        // MGP1-ENV-006, MGP1-ENV-015, MGP1-ENV-016. Schedules are shorter than a history.
        if is_foreign || !self.applied.insert((text("senderId"), text("messageId"))) {
            return;
        }
        let before: BTreeMap<String, u64> = self
            .model
            .members
            .iter()
            .map(|(id, it)| (id.clone(), it.last_seen))
            .collect();
        self.model.apply(&message, WALL + mono);
        for (id, record) in &self.model.members {
            if before
                .get(id)
                .is_none_or(|last_seen| record.last_seen > *last_seen)
            {
                self.grown.insert(id.clone(), mono);
            }
        }
    }

    fn write(&mut self, key: &str, value: Value, deleted: bool, wall: u64) {
        let held = self.model.entries.get(key);
        // MGP1-MRG-005, MGP1-MRG-008
        let after = held
            .filter(|held| held.timestamp <= wall + DAY)
            .map_or(0, |held| held.timestamp + 1);
        let entry = Entry {
            value,
            timestamp: wall.max(after),
            version: "its own".to_owned(),
            source_node: OWN_ID.to_owned(),
            deleted,
        };
        self.model.entries.insert(key.to_owned(), entry);
    }

    fn tick(&mut self, mono: u64) {
        self.model.drop_expired(WALL + mono);
        for (id, record) in &mut self.model.members {
            let age = mono - self.grown.get(id).copied().unwrap_or(mono);
            // MGP1-LIV-005
            if record.state == State::Alive && age > SUSPECT_TIMEOUT {
                record.state = State::Suspect;
            }
        }
    }

    fn reap_all(&mut self) {
        for (id, record) in std::mem::take(&mut self.model.members) {
            let record = crate::oracle::message::Record {
                state: State::Dead,
                ..record
            };
            // An unknown member whose record says DEAD is remembered as a reaped one is (MGP1-MRG-021); it cannot be refused.
            let _ = self.model.merge_record(&id, record);
        }
    }

    fn tables(&self) -> Value {
        let mut tables = self.model.to_value();
        let members = tables["members"].as_object_mut().into_iter().flatten();
        for (_, member) in members {
            // Nobody answers a PING in these schedules.
            member["validated"] = json!(false);
        }
        hide_own_versions(&mut tables["entries"]);
        tables
    }
}

const SENDERS: [&str; 4] = ["p1", "p2", "p3", "P1"];
const MEMBERS: [&str; 8] = ["p1", "p2", "p3", "p4", "p5", "p6", "P1", "p10"];
const KEYS: [&str; 6] = ["k", "K", "\u{e9}", "k1", "k10", "a b"];
const LOCAL_KEYS: [&str; 3] = ["local", "local-2", "\u{1f3d9}"];

/// Makes up deeds.
#[derive(Default)]
struct Source {
    count: u64,
    clock: u64,
    sent: Vec<Vec<u8>>,
}

impl Source {
    fn deed(&mut self, stream: &mut Stream, wall: u64) -> Deed {
        match stream.below(20) {
            0 => Deed::Wait,
            1 | 2 => Deed::Set(pick(stream, &LOCAL_KEYS).to_owned(), value(stream)),
            3 => Deed::Delete(pick(stream, &LOCAL_KEYS).to_owned()),
            4 => Deed::Set(String::new(), json!(1)),
            5 if !self.sent.is_empty() => {
                let index = stream.below(self.sent.len() as u32) as usize;
                Deed::Datagram("again", self.sent[index].clone())
            }
            6 | 7 => Deed::Datagram("damaged", self.damaged(stream, wall)),
            8..=10 => {
                let (what, bytes) = self.adversarial(stream, wall);
                Deed::Datagram(what, bytes)
            }
            _ => {
                let message = self.message(stream, wall);
                let bytes = framed(stream, &message);
                self.sent.push(bytes.clone());
                Deed::Datagram("valid", bytes)
            }
        }
    }

    fn clock(&mut self, stream: &mut Stream) -> u64 {
        self.clock += 1;
        WALL + self.clock.saturating_sub(u64::from(stream.below(12)))
    }

    fn message(&mut self, stream: &mut Stream, wall: u64) -> Value {
        self.count += 1;
        let sender = pick(stream, &SENDERS);
        let mut own = self.record(stream);
        own["state"] = json!(if stream.below(12) == 0 {
            "DEAD"
        } else {
            "ALIVE"
        });
        let timestamp = own["lastSeen"].clone();
        let kind = pick(
            stream,
            &["GOSSIP", "GOSSIP", "GOSSIP", "PING", "PONG", "MEMBERSHIP"],
        );
        let mut records = Map::new();
        for _ in 0..stream.below(3) {
            records.insert(pick(stream, &MEMBERS).to_owned(), self.record(stream));
        }
        records.insert(sender.to_owned(), own);
        let mut data = json!({ "membership": records });
        if kind == "GOSSIP" || kind == "PONG" {
            let mut heartbeats = Map::new();
            for _ in 0..stream.below(3) {
                heartbeats.insert(pick(stream, &MEMBERS).to_owned(), json!(self.clock(stream)));
            }
            data["heartbeats"] = json!(heartbeats);
        }
        if kind == "GOSSIP" {
            let mut entries = Map::new();
            for _ in 0..stream.below(4) {
                let (key, entry) = entry(stream, wall);
                entries.insert(key, entry);
            }
            data["localData"] = json!(entries);
        }
        if kind == "PING" || kind == "PONG" {
            data["pingId"] = json!(format!("ping-{}", self.count));
        }
        if kind == "PING" && stream.below(2) == 0 {
            data["targetId"] = json!(pick(stream, &[OWN_ID, "p4"]));
        }
        json!({"protocolVersion": 1, "type": kind, "senderId": sender, "messageId": format!("m{}", self.count),
            "timestamp": timestamp, "data": data})
    }

    fn record(&mut self, stream: &mut Stream) -> Value {
        let (one, other) = (self.clock(stream), self.clock(stream));
        let metadata = [
            json!({}),
            json!({"a": 1}),
            json!({"a": 10}),
            json!({"\u{e9}": "x"}),
        ];
        let mut record = json!({
            "host": pick(stream, &["127.0.0.1", "127.0.0.10", "127.0.0.9", "::1"]),
            "port": 9001 + stream.below(2) * 999,
            "state": pick(stream, &["ALIVE", "ALIVE", "ALIVE", "SUSPECT", "DEAD"]),
            "lastSeen": one.max(other),
            "updated": one.min(other),
            "metadata": metadata[stream.below(4) as usize],
        });
        if stream.below(4) == 0 {
            record["versions"] = json!({"min": 1, "max": 1 + stream.below(2)});
        }
        record
    }

    fn damaged(&mut self, stream: &mut Stream, wall: u64) -> Vec<u8> {
        let message = self.message(stream, wall);
        let mut bytes = framed(stream, &message);
        let place = stream.below(bytes.len() as u32) as usize;
        match stream.below(4) {
            0 => bytes.truncate(place),
            1 => bytes.push(b' '),
            2 => bytes[place] ^= 1 << stream.below(8),
            _ => {
                bytes.remove(place);
            }
        }
        bytes
    }

    fn adversarial(&mut self, stream: &mut Stream, wall: u64) -> (&'static str, Vec<u8>) {
        let mut message = self.message(stream, wall);
        let lies: [(&str, Value); 11] = [
            ("cluster", json!("elsewhere")),
            ("cluster", json!(7)),
            ("protocolVersion", json!(2)),
            ("protocolVersion", Value::Null),
            ("protocolVersion", json!("1")),
            ("type", json!("RUMOUR")),
            ("senderId", json!(OWN_ID)),
            ("senderId", json!("a b")),
            ("messageId", json!("")),
            ("timestamp", json!(1_u64 << 53)),
            ("data", json!([])),
        ];
        match stream.below(8) {
            0 => {
                let (member, lie) = &lies[stream.below(11) as usize];
                message[*member] = lie.clone();
                ("a lie in the envelope", canonical(&message).into_bytes())
            }
            1 => {
                let mut rumour = self.record(stream);
                let raised = u64::from(stream.below(100_000));
                rumour["lastSeen"] = json!(WALL + 60_000 + raised);
                rumour["updated"] = json!(WALL);
                message["data"]["membership"][OWN_ID] = rumour;
                ("a rumour of itself", canonical(&message).into_bytes())
            }
            2 => {
                message["data"]["heartbeats"] =
                    json!({OWN_ID: WALL + 90_000, "p1": -1, "nobody": WALL, "a b": 1});
                ("wrong heartbeats", canonical(&message).into_bytes())
            }
            3 => {
                message["data"]["membership"]["x"] = json!({"host": pick(stream, &["0.0.0.0", "224.0.0.1", "localhost", "1.2.3", "::"]),
                    "port": 9001, "state": "ALIVE", "lastSeen": WALL, "updated": WALL});
                message["data"]["membership"]["y"] = json!({"host": "127.0.0.1", "port": pick_port(stream), "state": "ALIVE",
                    "lastSeen": WALL, "updated": WALL + u64::from(stream.below(2))});
                ("wrong records", canonical(&message).into_bytes())
            }
            4 => {
                message["type"] = json!("GOSSIP");
                message["data"]["localData"] = json!({
                    "": {"value": 1, "timestamp": wall, "version": "v", "sourceNode": "p1"},
                    "t": {"value": 1, "timestamp": wall, "version": "v", "sourceNode": "p1", "deleted": true},
                    "s": {"value": 1, "timestamp": "now", "version": "v", "sourceNode": "p1"},
                    "l": {"value": "x".repeat(700), "timestamp": wall, "version": "v", "sourceNode": "p1"},
                    "f": {"value": 1, "timestamp": wall + DAY + 1, "version": "v", "sourceNode": "p1"},
                    "e": {"value": null, "timestamp": 5, "version": "v", "sourceNode": "p1", "deleted": true},
                });
                ("wrong entries", canonical(&message).into_bytes())
            }
            5 => {
                let deep = format!("{}1{}", "[".repeat(64), "]".repeat(64));
                let text = canonical(&message).replacen(
                    "\"data\":",
                    &format!("\"deep\":{deep},\"data\":"),
                    1,
                );
                ("a deep text", text.into_bytes())
            }
            6 => {
                let text =
                    canonical(&message).replacen("\"data\":", "\"type\":\"PONG\",\"data\":", 1);
                ("a name twice", text.into_bytes())
            }
            _ => {
                let texts: [&[u8]; 6] = [
                    b"",
                    b"{",
                    b"\x78\x9c",
                    b"[1]",
                    b"{\"a\":1e400}",
                    b"{\"a\":\"\\ud800\"}",
                ];
                ("no message", texts[stream.below(6) as usize].to_vec())
            }
        }
    }
}

fn pick_port(stream: &mut Stream) -> Value {
    [json!(0), json!(65_536), json!(1.5), json!("9001")][stream.below(4) as usize].clone()
}

fn pick<'a>(stream: &mut Stream, pool: &[&'a str]) -> &'a str {
    pool[stream.below(pool.len() as u32) as usize]
}

fn value(stream: &mut Stream) -> Value {
    let values = [
        json!(null),
        json!(1),
        json!(10),
        json!("a"),
        json!({"b": [1.5], "a": {}}),
        json!(-0.5),
        json!(1e21),
        json!("x".repeat(700)),
    ];
    values[stream.below(8) as usize].clone()
}

/// An entry; under a key that is written locally too never in the same millisecond as a local write.
fn entry(stream: &mut Stream, wall: u64) -> (String, Value) {
    let deleted = stream.below(4) == 0;
    let source = pick(stream, &["p1", "p10", "p9", "P1"]);
    let version = pick(stream, &["v", "v1", "V", "v10", "v9", "_", "-"]);
    let (key, timestamp) = if stream.below(4) == 0 {
        let ahead = wall + 3_600_000 + stream.below_u64(1 << 20) * 2;
        let times = [5, wall - DAY - 1, ahead];
        (pick(stream, &LOCAL_KEYS), times[stream.below(3) as usize])
    } else {
        let times = [
            WALL,
            WALL + 1,
            WALL + 2,
            WALL + DAY,
            WALL + 2 * DAY,
            WALL - DAY + 20_000,
            WALL - DAY - 1,
            5,
        ];
        (pick(stream, &KEYS), times[stream.below(8) as usize])
    };
    let value = if deleted {
        Value::Null
    } else {
        json!(stream.below(12))
    };
    let entry = json!({"value": value, "timestamp": timestamp, "version": version, "sourceNode": source, "deleted": deleted});
    (key.to_owned(), entry)
}

/// The message as a datagram, raw or as zlib.
fn framed(stream: &mut Stream, message: &Value) -> Vec<u8> {
    let text = canonical(message).into_bytes();
    if stream.below(3) > 0 {
        return text;
    }
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(&text)
        .and_then(|()| zlib.finish())
        .unwrap_or(text)
}
