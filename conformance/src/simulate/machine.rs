//! One protocol machine in virtual time, whatever language it is written in.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;

use mumbai_gossip::protocol as rust;
use serde_json::{Value, json};

use crate::attach::{Adapter, AdapterError};
use crate::oracle::canonical;
use crate::oracle::message::{Entry, State};

/// What the clocks of a host show, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Unix time; may fall.
    pub wall: u64,
    /// Monotonic time; never falls.
    pub mono: u64,
}

/// What a machine is created with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its node id.
    pub id: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// Seeds everything that it draws at random, 0 to 2^53−1.
    pub random_seed: u64,
    /// Addresses to join by.
    pub seeds: Vec<SocketAddr>,
    /// Parameters of chapter 11 that differ from their defaults, by name.
    pub parameters: BTreeMap<String, u64>,
}

/// Something that is done to a machine.
#[derive(Debug, Clone, Copy)]
pub enum Call<'a> {
    /// A datagram arrived.
    Datagram(SocketAddr, &'a [u8]),
    /// It is time for what is due.
    Tick,
    /// The user writes a key.
    Set(&'a str, &'a Value),
    /// The user deletes a key.
    Delete(&'a str),
    /// The user lets it leave.
    Leave,
}

/// An event of a machine that the simulation looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A member changed its state: `None` before for a new one, `None` after for one that was reaped.
    Member(String, Option<State>, Option<State>),
    /// A message changed the entry of that key.
    Entry(String),
    /// Anything else, by its name.
    Other(String),
}

/// A datagram that a machine wants sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Where to.
    pub to: SocketAddr,
    /// What.
    pub bytes: Vec<u8>,
}

/// What a call brought about.
#[derive(Debug, Clone, Default)]
pub struct Effects {
    /// Datagrams, in order.
    pub sent: Vec<Outgoing>,
    /// Events, in order.
    pub events: Vec<Event>,
    /// Monotonic time of the next tick, milliseconds.
    pub wake: u64,
    /// Why a write or deletion was refused, where it was.
    pub refused: Option<String>,
}

/// A member as a machine holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its `lastSeen`.
    pub last_seen: u64,
    /// Its state here.
    pub state: State,
    /// Its `updated`.
    pub updated: u64,
}

/// An entry in the order of MGP1-MRG-001: the fields stand in the order in which they decide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// The writer's wall clock at the write, milliseconds.
    pub timestamp: u64,
    /// Tells writes of one millisecond apart.
    pub version: String,
    /// The writer.
    pub source: String,
    /// Whether it is a tombstone.
    pub deleted: bool,
    /// The canonical value.
    pub value: String,
}

impl From<&Entry> for Stamp {
    fn from(entry: &Entry) -> Self {
        Stamp {
            timestamp: entry.timestamp,
            version: entry.version.clone(),
            source: entry.source_node.clone(),
            deleted: entry.deleted,
            value: canonical(&entry.value),
        }
    }
}

/// What a machine holds, as far as the invariants look at it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// Members by id.
    pub members: BTreeMap<String, Seen>,
    /// Entries by key, tombstones included.
    pub entries: BTreeMap<String, Stamp>,
    /// Greatest `lastSeen` of the remembered members, by id.
    pub remembered: BTreeMap<String, u64>,
    /// Number of pairs held against duplicates.
    pub history: usize,
}

/// A protocol machine.
pub trait Machine {
    /// Does something to it.
    ///
    /// # Errors
    /// Those of its adapter; the machine is not to be used any further.
    fn call(&mut self, now: Now, call: Call<'_>) -> Result<Effects, AdapterError>;

    /// What it holds.
    ///
    /// # Errors
    /// Those of its adapter.
    fn view(&self, now: Now) -> Result<View, AdapterError>;
}

/// A Rust machine, called directly.
pub struct RustMachine(rust::Machine);

impl RustMachine {
    /// Creates a machine and returns its first effects.
    ///
    /// # Errors
    /// [`AdapterError::Refused`] where the settings break a rule.
    pub fn create(settings: &Settings, now: Now) -> Result<(Self, Effects), AdapterError> {
        let refused = |why: String| AdapterError::Refused {
            op: "create".to_owned(),
            code: "bad-request".to_owned(),
            message: why,
        };
        let mut config = rust::Config::new(
            settings.id.clone(),
            settings.address.ip().to_string(),
            settings.address.port(),
        );
        config.seeds.clone_from(&settings.seeds);
        for (name, value) in &settings.parameters {
            let set = config.parameters.set(name, *value);
            set.map_err(|why| refused(why.to_string()))?;
        }
        let machine = rust::Machine::new(config, rust_now(now), settings.random_seed)
            .map_err(|why| refused(why.to_string()))?;
        let mut machine = RustMachine(machine);
        let effects = machine.effects();
        Ok((machine, effects))
    }

    fn effects(&mut self) -> Effects {
        let effects = self.0.take_effects();
        let sent = effects.sent.into_iter().map(|it| Outgoing {
            to: it.to,
            bytes: it.datagram,
        });
        let events = effects.events.into_iter().map(|event| match event {
            rust::Event::Member { id, from, to } => {
                let state = |it: mumbai_gossip::wire::State| State::from_name(it.name());
                Event::Member(id, from.and_then(state), to.and_then(state))
            }
            rust::Event::Entry { key, .. } => Event::Entry(key),
            rust::Event::Restarted { .. } => Event::Other("restarted".to_owned()),
            rust::Event::IdConflict { .. } => Event::Other("idConflict".to_owned()),
            rust::Event::ClockSkew { .. } => Event::Other("clockSkew".to_owned()),
            rust::Event::Fatal { .. } => Event::Other("fatal".to_owned()),
        });
        Effects {
            sent: sent.collect(),
            events: events.collect(),
            wake: self.0.wake(),
            refused: None,
        }
    }
}

fn rust_now(now: Now) -> rust::Now {
    rust::Now {
        wall_ms: now.wall,
        mono_ms: now.mono,
    }
}

impl Machine for RustMachine {
    fn call(&mut self, now: Now, call: Call<'_>) -> Result<Effects, AdapterError> {
        let time = rust_now(now);
        let refused = match call {
            Call::Datagram(from, bytes) => {
                self.0.on_datagram(time, from, bytes);
                None
            }
            Call::Tick => {
                self.0.tick(time);
                None
            }
            Call::Set(key, value) => self.0.set(time, key, value).err(),
            Call::Delete(key) => self.0.delete(time, key).err(),
            Call::Leave => {
                self.0.leave(time);
                None
            }
        };
        let refused = refused.map(|refusal| refusal.code().to_owned());
        Ok(Effects {
            refused,
            ..self.effects()
        })
    }

    fn view(&self, _: Now) -> Result<View, AdapterError> {
        let status = self.0.status();
        let members = status.members.into_iter().map(|(id, member)| {
            let record = member.record;
            let seen = Seen {
                last_seen: record.last_seen,
                state: State::from_name(record.state.name()).unwrap_or(State::Dead),
                updated: record.updated,
            };
            (id, seen)
        });
        let entries = status.entries.into_iter().map(|(key, entry)| {
            let stamp = Stamp {
                timestamp: entry.timestamp,
                value: canonical(&entry.value.to_value()),
                version: entry.version,
                source: entry.source_node,
                deleted: entry.deleted,
            };
            (key, stamp)
        });
        let remembered = status.remembered.into_iter();
        Ok(View {
            members: members.collect(),
            entries: entries.collect(),
            remembered: remembered.map(|(id, it)| (id, it.last_seen)).collect(),
            history: status.history,
        })
    }
}

/// An adapter that several machines share, one thread's.
pub type Shared = Rc<RefCell<dyn Adapter>>;

/// A machine behind the adapter protocol.
pub struct AdapterMachine {
    adapter: Shared,
    node: String,
}

impl AdapterMachine {
    /// Creates a machine under a handle that no other machine of this adapter has, and returns its first effects.
    ///
    /// # Errors
    /// Those of the adapter.
    pub fn create(
        adapter: Shared,
        node: String,
        settings: &Settings,
        now: Now,
    ) -> Result<(Self, Effects), AdapterError> {
        let seeds: Vec<_> = settings.seeds.iter().map(ToString::to_string).collect();
        let mut config = json!({
            "nodeId": settings.id,
            "host": settings.address.ip().to_string(),
            "port": settings.address.port(),
            "randomSeed": settings.random_seed,
            "seeds": seeds,
        });
        for (name, value) in &settings.parameters {
            config[name] = json!(value);
        }
        let machine = AdapterMachine { adapter, node };
        let effects = machine.effects("create", now, json!({ "config": config }))?;
        Ok((machine, effects))
    }

    fn request(&self, op: &str, now: Now, mut body: Value) -> Result<Value, AdapterError> {
        body["op"] = op.into();
        body["node"] = self.node.clone().into();
        body["now"] = json!({"wall": now.wall, "mono": now.mono});
        self.adapter.borrow_mut().request(body)
    }

    fn effects(&self, op: &str, now: Now, body: Value) -> Result<Effects, AdapterError> {
        let answer = self.request(op, now, body)?;
        if let Some(refused) = answer["refused"].as_str() {
            return Ok(Effects {
                refused: Some(refused.to_owned()),
                // At once: a refusal does not say when.
                wake: now.mono,
                ..Effects::default()
            });
        }
        let list = |name: &str| answer[name].as_array().into_iter().flatten();
        let sent: Option<Vec<Outgoing>> = list("sent")
            .map(|item| {
                Some(Outgoing {
                    to: item["to"].as_str()?.parse().ok()?,
                    bytes: hex::decode(item["datagram"].as_str()?).ok()?,
                })
            })
            .collect();
        let events: Option<Vec<Event>> = list("events").map(event).collect();
        match (sent, events, answer["wake"].as_u64()) {
            (Some(sent), Some(events), Some(wake)) => Ok(Effects {
                sent,
                events,
                wake,
                refused: None,
            }),
            _ => Err(AdapterError::Garbage {
                op: op.to_owned(),
                got: answer.to_string().chars().take(200).collect(),
                expected: "effects with `sent`, `events` and `wake`".to_owned(),
            }),
        }
    }
}

fn event(value: &Value) -> Option<Event> {
    let state = |name: &str| value[name].as_str().and_then(State::from_name);
    Some(match value["event"].as_str()? {
        "member" => Event::Member(value["id"].as_str()?.to_owned(), state("from"), state("to")),
        "entry" => Event::Entry(value["key"].as_str()?.to_owned()),
        other => Event::Other(other.to_owned()),
    })
}

impl Machine for AdapterMachine {
    fn call(&mut self, now: Now, call: Call<'_>) -> Result<Effects, AdapterError> {
        let (op, body) = match call {
            Call::Datagram(from, bytes) => (
                "datagram",
                json!({"from": from.to_string(), "datagram": hex::encode(bytes)}),
            ),
            Call::Tick => ("tick", json!({})),
            Call::Set(key, value) => ("set", json!({"key": key, "value": value})),
            Call::Delete(key) => ("delete", json!({ "key": key })),
            Call::Leave => ("leave", json!({})),
        };
        self.effects(op, now, body)
    }

    fn view(&self, now: Now) -> Result<View, AdapterError> {
        let state = self.request("state", now, json!({}))?;
        view(&state).ok_or_else(|| AdapterError::Garbage {
            op: "state".to_owned(),
            got: state.to_string().chars().take(200).collect(),
            expected: "a state".to_owned(),
        })
    }
}

impl Drop for AdapterMachine {
    fn drop(&mut self) {
        // A machine that cannot be destroyed is gone already.
        let request = json!({"op": "destroy", "node": self.node});
        let _ = self.adapter.borrow_mut().request(request);
    }
}

fn view(state: &Value) -> Option<View> {
    let table = |name: &str| state[name].as_object().into_iter().flatten();
    let members = table("members").map(|(id, it)| {
        let seen = Seen {
            last_seen: it["lastSeen"].as_u64()?,
            state: State::from_name(it["state"].as_str()?)?,
            updated: it["updated"].as_u64()?,
        };
        Some((id.clone(), seen))
    });
    let entries = table("entries").map(|(key, it)| {
        let stamp = Stamp {
            timestamp: it["timestamp"].as_u64()?,
            version: it["version"].as_str()?.to_owned(),
            source: it["sourceNode"].as_str()?.to_owned(),
            deleted: it["deleted"].as_bool()?,
            value: canonical(&it["value"]),
        };
        Some((key.clone(), stamp))
    });
    let remembered =
        table("remembered").map(|(id, it)| Some((id.clone(), it["lastSeen"].as_u64()?)));
    Some(View {
        members: members.collect::<Option<_>>()?,
        entries: entries.collect::<Option<_>>()?,
        remembered: remembered.collect::<Option<_>>()?,
        history: usize::try_from(state["history"].as_u64()?).ok()?,
    })
}
