//! Drives one machine through an adapter in virtual time: a handle, two clocks and the wake it asked for.

use crate::attach::{Adapter, AdapterError};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

/// More ticks than any vector needs: a machine that asks for more is spinning.
const MOST_TICKS: u64 = 2_000_000;

/// One datagram that the machine wants sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Destination.
    pub to: SocketAddr,
    /// Payload.
    pub bytes: Vec<u8>,
}

/// What a call asked the world to do.
#[derive(Debug, Clone, Default)]
pub struct Effects {
    /// Datagrams, in order.
    pub sent: Vec<Outgoing>,
    /// Events, in order.
    pub events: Vec<Value>,
    /// What became of a datagram, where the call delivered one.
    pub outcome: Option<Value>,
    /// Why a write was refused, where it was.
    pub refused: Option<Value>,
}

/// A machine under a handle of its own, with the clocks it is shown.
pub struct Clockwork<'a> {
    adapter: &'a mut dyn Adapter,
    node: String,
    /// Wall clock when the monotonic clock is 0; steps move it.
    wall_base: i64,
    mono: u64,
    wake: Option<u64>,
    ticks: u64,
}

impl<'a> Clockwork<'a> {
    /// Creates a machine at mono 0.
    ///
    /// # Errors
    /// Those of the adapter; a refused configuration is [`AdapterError::Refused`].
    pub fn create(
        adapter: &'a mut dyn Adapter,
        config: &Value,
        wall: i64,
    ) -> Result<(Self, Effects), AdapterError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let node = format!("case-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut clockwork = Clockwork {
            adapter,
            node,
            wall_base: wall,
            mono: 0,
            wake: None,
            ticks: 0,
        };
        let effects = clockwork.call("create", json!({ "config": config }))?;
        Ok((clockwork, effects))
    }

    /// Milliseconds since creation.
    pub fn mono(&self) -> u64 {
        self.mono
    }

    /// The wall clock as the machine is shown it.
    pub fn wall(&self) -> i64 {
        self.wall_base + i64::try_from(self.mono).unwrap_or(i64::MAX)
    }

    /// Steps the wall clock alone.
    pub fn step_wall(&mut self, by: i64) {
        self.wall_base += by;
    }

    /// The next time up to `until` at which the machine wants a tick. What another call than a tick made due at once is done at the next millisecond.
    pub fn next_wake(&self, until: u64) -> Option<u64> {
        self.wake
            .map(|wake| wake.max(self.mono + 1))
            .filter(|&wake| wake <= until)
    }

    /// Moves both clocks to `at` and ticks.
    ///
    /// # Errors
    /// Those of the adapter; a machine that wants its next tick no later than this one; and one that asks for ticks without end.
    pub fn tick_at(&mut self, at: u64) -> Result<Effects, AdapterError> {
        self.mono = at.max(self.mono);
        self.ticks += 1;
        if self.ticks > MOST_TICKS {
            return Err(AdapterError::Garbage {
                op: "tick".into(),
                got: format!("a wake soon after the tick, {MOST_TICKS} times"),
                expected: "a wake at the time of the next thing that is due".into(),
            });
        }
        let effects = self.call("tick", json!({}))?;
        match self.wake {
            Some(wake) if wake <= self.mono => Err(AdapterError::Garbage {
                op: "tick".into(),
                got: format!("`wake` {wake} from the tick at {} ms", self.mono),
                expected: "a `wake` after the tick: all that is due is done at it".into(),
            }),
            _ => Ok(effects),
        }
    }

    /// Delivers a datagram.
    ///
    /// # Errors
    /// Those of the adapter.
    pub fn datagram(&mut self, from: SocketAddr, bytes: &[u8]) -> Result<Effects, AdapterError> {
        self.call(
            "datagram",
            json!({"from": from.to_string(), "datagram": hex::encode(bytes)}),
        )
    }

    /// Writes locally.
    ///
    /// # Errors
    /// Those of the adapter; a refusal is in the effects.
    pub fn set(&mut self, key: &str, value: &Value) -> Result<Effects, AdapterError> {
        self.call("set", json!({"key": key, "value": value}))
    }

    /// Deletes locally.
    ///
    /// # Errors
    /// Those of the adapter; a refusal is in the effects.
    pub fn delete(&mut self, key: &str) -> Result<Effects, AdapterError> {
        self.call("delete", json!({"key": key}))
    }

    /// Leaves.
    ///
    /// # Errors
    /// Those of the adapter.
    pub fn leave(&mut self) -> Result<Effects, AdapterError> {
        self.call("leave", json!({}))
    }

    /// Reads a key: the entry, or null.
    ///
    /// # Errors
    /// Those of the adapter.
    pub fn get(&mut self, key: &str) -> Result<Value, AdapterError> {
        let answer = self.raw("get", json!({"key": key}))?;
        Ok(answer.get("entry").cloned().unwrap_or(Value::Null))
    }

    /// The digest of a prefix as it stands on the wire, or null.
    ///
    /// # Errors
    /// Those of the adapter; one without this optional operation is [`AdapterError::Refused`] with `unknown-op`.
    pub fn digest(&mut self, prefix: &str) -> Result<Value, AdapterError> {
        let answer = self.raw("digest", json!({"prefix": prefix}))?;
        Ok(answer.get("digest").cloned().unwrap_or(Value::Null))
    }

    /// The state.
    ///
    /// # Errors
    /// Those of the adapter.
    pub fn state(&mut self) -> Result<Value, AdapterError> {
        self.raw("state", json!({}))
    }

    /// Gives the handle back.
    ///
    /// # Errors
    /// Those of the adapter.
    pub fn destroy(self) -> Result<(), AdapterError> {
        self.adapter
            .request(json!({"op": "destroy", "node": self.node}))
            .map(drop)
    }

    fn raw(&mut self, op: &str, mut body: Value) -> Result<Value, AdapterError> {
        body["op"] = op.into();
        body["node"] = self.node.clone().into();
        body["now"] = json!({"wall": self.wall(), "mono": self.mono});
        self.adapter.request(body)
    }

    fn call(&mut self, op: &str, body: Value) -> Result<Effects, AdapterError> {
        let answer = self.raw(op, body)?;
        if let Some(refused) = answer.get("refused").filter(|reason| !reason.is_null()) {
            return Ok(Effects {
                refused: Some(refused.clone()),
                ..Effects::default()
            });
        }
        let garbage = |got: &Value, expected: &str| AdapterError::Garbage {
            op: op.to_owned(),
            got: super::pattern::short(got),
            expected: expected.to_owned(),
        };
        let array = |name: &str| match answer.get(name) {
            Some(Value::Array(items)) => Ok(items.clone()),
            _ => Err(garbage(
                &answer,
                &format!("effects with the array `{name}`"),
            )),
        };
        let sent = array("sent")?
            .iter()
            .map(|item| {
                let to = item["to"].as_str().and_then(|text| text.parse().ok());
                let bytes = item["datagram"]
                    .as_str()
                    .and_then(|text| hex::decode(text).ok());
                to.zip(bytes)
                    .map(|(to, bytes)| Outgoing { to, bytes })
                    .ok_or_else(|| garbage(item, "an address and hexadecimal digits"))
            })
            .collect::<Result<_, _>>()?;
        self.wake = match &answer["wake"] {
            Value::Null => None,
            wake => Some(
                wake.as_u64()
                    .ok_or_else(|| garbage(wake, "a `wake` in milliseconds"))?,
            ),
        };
        Ok(Effects {
            sent,
            events: array("events")?,
            outcome: answer.get("outcome").cloned(),
            refused: None,
        })
    }
}
