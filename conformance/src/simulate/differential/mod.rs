//! Machines of several languages and the reference model, put to the same random schedule, step by step in the same state.
//!
//! Compared after every step: the entries, the members with content, `lastSeen`, state and validation, and the remembered members, each
//! machine with the reference model, and whether its own clock has moved past what was heard of it; of version 0 (chapter 10) also what became
//! of each datagram, and what answers it; and the counters and the length of the history, the machines with each other.
//!
//! By the seed the machines receive version 0 or do not (`setting`); datagrams of both versions come to all of them.
//!
//! Left out, because a machine's own chance decides it: `version` of a machine's own writes and its own record's clocks (both depend on
//! what it drew and sent); when a member becomes DEAD by age between `failureTimeout` and twice that (it depends on when PINGs
//! to unvalidated addresses were drawn), which is why the schedule ends before `failureTimeout`, and then both are let run until all
//! members must have been reaped; limits of capacity (which of several new items of one message comes first is not settled); and
//! SYNC, which has its own cases.

mod reference;
mod setting;
mod source;
mod version0;

use std::collections::BTreeSet;
use std::net::SocketAddr;

use serde_json::{Map, Value, json};
use simulation::random::Stream;

use crate::attach::{Adapter, AdapterError};
use crate::oracle::legacy;
use crate::oracle::{Decoded, canonical, decode, json_equal};
use reference::{Fate, Reference};
use setting::Setting;
use source::{Deed, PEER, Source};

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
    let setting = Setting::of(seed);
    let mut run = Run {
        asked: vec![None; contestants.len()],
        contestants,
        node,
        mono: 0,
        seed,
        setting,
        reference: Reference::new(setting),
    };
    run.all(json!({"op": "create", "config": setting.config(seed)}))?;
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
    setting: Setting,
    reference: Reference,
    /// The id of the newest PING that each machine sent to [`PEER`].
    asked: Vec<Option<String>>,
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
        let mut source = Source::new(self.setting.cluster);
        // The schedule must end before the first member can be DEAD by age.
        let pace = FAILURE_TIMEOUT / (steps as u64 + 1);
        for step in 0..steps {
            self.mono += stream.below_u64(2 * pace).min(TICK);
            if self.mono >= FAILURE_TIMEOUT {
                return Ok(step);
            }
            self.tick(step)?;
            let deed = source.deed(&mut stream, WALL + self.mono);
            let what = self.perform(&deed, step)?;
            self.confirm(step, &what)?;
        }
        let end = self.mono + 2 * FAILURE_TIMEOUT + DEAD_RETENTION + 2 * TICK;
        while self.mono < end {
            self.mono += TICK;
            self.tick(steps)?;
        }
        self.reference.reap_all();
        self.confirm(steps, "everybody was reaped")?;
        Ok(steps)
    }

    fn tick(&mut self, step: usize) -> Result<(), Stopped> {
        let effects = self.all(json!({"op": "tick"}))?;
        self.look_at_sent(step, "tick", &effects, None)?;
        self.reference.tick(self.mono);
        Ok(())
    }

    fn perform(&mut self, deed: &Deed, step: usize) -> Result<String, Stopped> {
        match deed {
            Deed::Wait => Ok("wait".to_owned()),
            Deed::Datagram(what, from, bytes) => {
                let what = format!("{what} from {from}: {}", readable(bytes));
                let everybody = vec![bytes.clone(); self.contestants.len()];
                self.deliver(step, &what, from, &everybody)?;
                Ok(what)
            }
            Deed::Echo(dialect, sender, number, clock) => {
                let echo = |ping: &String| {
                    version0::echo(*dialect, sender, *number, *clock, ping).into_bytes()
                };
                let asked: Option<Vec<&String>> = self.asked.iter().map(Option::as_ref).collect();
                let Some(echoes) =
                    asked.map(|asked| asked.into_iter().map(echo).collect::<Vec<_>>())
                else {
                    return Ok("nobody to answer yet".to_owned());
                };
                let what = format!("an old PONG to a new PING: {}", readable(&echoes[0]));
                self.deliver(step, &what, PEER, &echoes)?;
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

    /// Gives each machine its datagram; they differ at most in a ping id that the machine drew itself.
    fn deliver(
        &mut self,
        step: usize,
        what: &str,
        from: &'static str,
        datagrams: &[Vec<u8>],
    ) -> Result<(), Stopped> {
        let now = json!({"wall": WALL + self.mono, "mono": self.mono});
        let mut answers = Vec::new();
        for (contestant, datagram) in self.contestants.iter_mut().zip(datagrams) {
            let digits = hex::encode(datagram);
            answers.push(contestant.adapter.request(json!({
                "op": "datagram", "node": self.node, "now": now, "from": from, "datagram": digits,
            }))?);
        }
        let outcomes: Vec<Value> = answers.iter().map(outcome_of).collect();
        self.alike(step, what, "outcome", &outcomes)?;
        let source: SocketAddr = from.parse().unwrap_or_else(|_| ([127, 0, 0, 1], 1).into());
        let Fate { outcome, answer } = self.reference.receive(source, &datagrams[0], self.mono);
        if let Some(mut outcome) = outcome {
            sort_skips(&mut outcome);
            for (contestant, actual) in self.contestants.iter().zip(&outcomes) {
                if !json_equal(&outcome, actual) {
                    return Err(self.differs(
                        step,
                        what,
                        contestant.name,
                        "outcome",
                        &outcome,
                        actual,
                    ));
                }
            }
        }
        let question = answer.map(|(dialect, ping)| Question {
            dialect,
            ping,
            from: source,
            length: datagrams[0].len(),
        });
        self.look_at_sent(step, what, &answers, question)
    }

    /// Of version 0 nothing is sent but one answer to a PING (MGP1-LEG-008, MGP1-LEG-009); PINGs of version 1 are remembered.
    fn look_at_sent(
        &mut self,
        step: usize,
        what: &str,
        effects: &[Value],
        question: Option<Question>,
    ) -> Result<(), Stopped> {
        for (index, effects) in effects.iter().enumerate() {
            let mut old = Vec::new();
            for (to, bytes) in sent_of(effects) {
                if legacy::names_no_version(&bytes) {
                    old.push((to, bytes));
                } else if to == PEER
                    && let Decoded::Accepted { message, .. } = decode(&bytes)
                    && message["type"] == "PING"
                {
                    self.asked[index] = message["data"]["pingId"].as_str().map(str::to_owned);
                }
            }
            if let Err((expected, actual)) = judge_old(&old, question.as_ref()) {
                let who = self.contestants[index].name;
                return Err(self.differs(step, what, who, "version 0 sent", &expected, &actual));
            }
        }
        Ok(())
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
        let (least, greatest) = self.reference.clock(self.mono);
        for (contestant, state) in self.contestants.iter().zip(&states) {
            let clock = &state["self"]["lastSeen"];
            let is_right = clock
                .as_u64()
                .is_some_and(|it| (least..=greatest).contains(&it));
            if !is_right {
                let should = json!(format!("from {least} to {greatest}"));
                let place = "its own clock";
                return Err(self.differs(step, what, contestant.name, place, &should, clock));
            }
        }
        for place in ["counters", "history"] {
            let answers: Vec<Value> = states.iter().map(|state| state[place].clone()).collect();
            self.alike(step, what, place, &answers)?;
        }
        Ok(())
    }
}

/// A version 0 PING that is to be answered.
struct Question {
    dialect: String,
    ping: String,
    from: SocketAddr,
    length: usize,
}

/// Whether what was sent of version 0 is what a question asks for, or nothing where there is none.
fn judge_old(old: &[(String, Vec<u8>)], question: Option<&Question>) -> Result<(), (Value, Value)> {
    let shown = || {
        old.iter()
            .map(|(to, bytes)| json!({"to": to, "text": readable(bytes)}))
            .collect()
    };
    let Some(question) = question else {
        return if old.is_empty() {
            Ok(())
        } else {
            Err((json!([]), shown()))
        };
    };
    let from = SocketAddr::new(question.from.ip().to_canonical(), question.from.port());
    let [(to, bytes)] = old else {
        return Err((json!(format!("one answer to {from}")), shown()));
    };
    if to.parse() != Ok(from) {
        return Err((json!(format!("an answer to {from}")), shown()));
    }
    let ping = (
        question.dialect.as_str(),
        question.ping.as_str(),
        question.length,
    );
    match legacy::judge_answer(bytes, OWN_ID, ping) {
        Ok(_) => Ok(()),
        Err((requirement, expected, actual)) => {
            Err((json!(format!("{requirement}: {expected}")), json!(actual)))
        }
    }
}

/// The datagrams among effects, with where they go.
fn sent_of(effects: &Value) -> impl Iterator<Item = (String, Vec<u8>)> {
    let sent = effects["sent"].as_array().into_iter().flatten();
    sent.filter_map(|one| {
        let bytes = hex::decode(one["datagram"].as_str()?).ok()?;
        Some((one["to"].as_str()?.to_owned(), bytes))
    })
}

/// A datagram for a person: its text, or its bytes where it holds none.
fn readable(datagram: &[u8]) -> String {
    match crate::oracle::frame::text_of(datagram) {
        Ok((frame, text)) => format!("{} {}", frame.name(), String::from_utf8_lossy(&text)),
        Err(_) => hex::encode(datagram),
    }
}

/// What became of a datagram. In which order skips stand that need state is not settled, so they are sorted.
fn outcome_of(answer: &Value) -> Value {
    let mut outcome = answer["outcome"].clone();
    sort_skips(&mut outcome);
    outcome
}

fn sort_skips(outcome: &mut Value) {
    if let Some(skipped) = outcome["skipped"].as_array_mut() {
        skipped.sort_by_cached_key(canonical);
    }
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
