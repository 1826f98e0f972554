//! A machine behind the adapter protocol, in JSON: any language, not fast.

use serde_json::{Value, json};

use super::{Call, Effects, Event, Machine, Now, Outgoing, Seen, Settings, Stamp, View, garbage};
use crate::attach::{Adapter, AdapterError};
use crate::oracle::canonical;
use crate::oracle::message::State;

/// A machine behind an adapter of its own, or one handle of an adapter that others use too.
pub struct AdapterMachine<A: Adapter> {
    adapter: A,
    node: String,
    number: u64,
}

impl<A: Adapter> AdapterMachine<A> {
    /// Creates a machine under a handle that no other machine of this adapter has, and returns its first effects.
    ///
    /// # Errors
    /// Those of the adapter.
    pub fn create(
        adapter: A,
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
        let mut machine = AdapterMachine {
            adapter,
            node,
            number: 0,
        };
        let answer = machine.request("create", now, json!({ "config": config }))?;
        machine.number = answer["number"].as_u64().unwrap_or(0);
        let effects = effects("create", now, &answer)?;
        Ok((machine, effects))
    }

    /// The adapter.
    pub fn adapter(&self) -> &A {
        &self.adapter
    }

    /// What its `create` answered as `number`, where it did: another name of the machine, which the bytes of Java's adapter use.
    pub fn number(&self) -> u64 {
        self.number
    }

    fn request(&mut self, op: &str, now: Now, mut body: Value) -> Result<Value, AdapterError> {
        body["op"] = op.into();
        body["node"] = self.node.clone().into();
        body["now"] = json!({"wall": now.wall, "mono": now.mono});
        self.adapter.request(body)
    }
}

fn effects(op: &str, now: Now, answer: &Value) -> Result<Effects, AdapterError> {
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
        _ => Err(garbage(
            op,
            &answer.to_string(),
            "effects with `sent`, `events` and `wake`",
        )),
    }
}

/// An event as the adapter protocol shows it.
pub(super) fn event(value: &Value) -> Option<Event> {
    let state = |name: &str| value[name].as_str().and_then(State::from_name);
    Some(match value["event"].as_str()? {
        "member" => Event::Member(value["id"].as_str()?.to_owned(), state("from"), state("to")),
        "entry" => Event::Entry(value["key"].as_str()?.to_owned()),
        other => Event::Other(other.to_owned()),
    })
}

impl<A: Adapter> Machine for AdapterMachine<A> {
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
        let answer = self.request(op, now, body)?;
        effects(op, now, &answer)
    }

    fn view(&mut self, now: Now) -> Result<View, AdapterError> {
        let state = self.request("state", now, json!({}))?;
        view(&state).ok_or_else(|| garbage("state", &state.to_string(), "a state"))
    }
}

impl<A: Adapter> Drop for AdapterMachine<A> {
    fn drop(&mut self) {
        // A machine that cannot be destroyed is gone already.
        let request = json!({"op": "destroy", "node": self.node});
        let _ = self.adapter.request(request);
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
        Some((id.as_str(), seen))
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
    Some(View {
        members: members.collect::<Option<_>>()?,
        entries: entries.collect::<Option<_>>()?,
        remembered: table("remembered").count(),
        history: usize::try_from(state["history"].as_u64()?).ok()?,
    })
}
