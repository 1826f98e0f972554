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
mod request;

use serde_json::{Value, json};

use crate::wire::Codec;
use request::{Answer, Failure, text};

/// Version of the adapter protocol.
const ADAPTER_VERSION: u64 = 1;

/// Answers the requests of one suite. All machines and nodes that it was asked to make live in it, and end with it.
#[derive(Debug, Default)]
pub struct Adapter {
    codec: Codec,
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
            op => Err(Failure::unknown_op(op)),
        }
    }
}

fn hello() -> Value {
    json!({
        "adapter": ADAPTER_VERSION,
        "name": env!("CARGO_PKG_NAME"),
        "language": "Rust",
        "version": env!("CARGO_PKG_VERSION"),
        "profiles": ["core", "membership"],
        "capabilities": ["codec", "core", "live"],
    })
}
