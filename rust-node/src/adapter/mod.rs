//! The adapter protocol of `conformance/ADAPTER.md`: JSON in, JSON out, whatever carries it.
//!
//! ```
//! use mumbai_gossip::adapter::Adapter;
//! use serde_json::json;
//!
//! let mut adapter = Adapter::new();
//! let answer = adapter.handle(&json!({"id": 1, "op": "decode", "datagram": ""}));
//! assert_eq!(answer["ok"]["reason"], "size.empty");
//! ```

mod codec;
mod config;
mod core;
mod live;
mod request;
mod stdio;
mod view;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::protocol::Machine;
use crate::wire::Codec;
use live::Live;
use request::{Answer, Failure, text};

pub use stdio::serve;

/// Version of the adapter protocol.
const ADAPTER_VERSION: u64 = 1;

/// Answers the requests of one suite. All machines and nodes that it was asked to make live in it, and end with it.
#[derive(Debug, Default)]
pub struct Adapter {
    codec: Codec,
    machines: BTreeMap<String, Machine>,
    live: Live,
}

impl Adapter {
    /// An adapter without nodes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers one request: its `id`, and `ok` or `error`. Never panics, whatever the request.
    pub fn handle(&mut self, request: &Value) -> Value {
        let id = request.get("id").cloned().unwrap_or(Value::Null);
        match self.answer(request) {
            Ok(ok) => json!({"id": id, "ok": ok}),
            Err(failure) => json!({"id": id, "error": failure.to_json()}),
        }
    }

    fn answer(&mut self, request: &Value) -> Answer {
        match text(request, "op")? {
            "hello" => Ok(hello()),
            "decode" => codec::decode(&mut self.codec, request),
            "encode" => codec::encode(&mut self.codec, request),
            "create" => self.create(request),
            "destroy" => {
                let node = text(request, "node")?;
                let machine = self.machines.remove(node);
                machine.ok_or_else(|| Failure::unknown_node(node))?;
                Ok(json!({}))
            }
            op
            @ ("datagram" | "tick" | "set" | "delete" | "get" | "leave" | "state" | "digest") => {
                let node = text(request, "node")?;
                let machine = self.machines.get_mut(node);
                let machine = machine.ok_or_else(|| Failure::unknown_node(node))?;
                core::call(machine, op, request)
            }
            op if op.starts_with("live.") => self.live.call(op, request),
            op => Err(Failure::unknown_op(op)),
        }
    }
}

impl Adapter {
    fn create(&mut self, request: &Value) -> Answer {
        let node = text(request, "node")?;
        if self.machines.contains_key(node) {
            return Err(Failure::bad_request(format!("node {node} exists already")));
        }
        let (machine, effects) = core::create(request)?;
        self.machines.insert(node.to_owned(), machine);
        Ok(effects)
    }
}

fn hello() -> Value {
    json!({
        "adapter": ADAPTER_VERSION,
        "name": env!("CARGO_PKG_NAME"),
        "language": "Rust",
        "version": env!("CARGO_PKG_VERSION"),
        "profiles": ["core", "membership", "anti-entropy", "legacy"],
        "capabilities": ["codec", "core", "live"],
    })
}
