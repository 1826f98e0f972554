//! Null adapters. But for the silent one and the echo they introduce themselves and refuse unknown operations, so that they get as far as they can.

use std::io::{self, BufRead, Write};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::Kind;
use crate::attach::{Adapter, AdapterError};
use crate::oracle::reasons::REASONS;

/// An adapter that answers without looking at what it is asked.
pub struct NullAdapter {
    kind: Kind,
    chance: ChaCha8Rng,
}

impl NullAdapter {
    /// One of that kind; the seed decides what the random one answers.
    pub fn new(kind: Kind, random_seed: u64) -> Self {
        Self {
            kind,
            chance: ChaCha8Rng::seed_from_u64(random_seed),
        }
    }

    /// The answer to a request, if there is one.
    pub fn answer(&mut self, request: &Value) -> Option<Value> {
        let id = request.get("id").cloned().unwrap_or(Value::Null);
        let op = request.get("op").and_then(Value::as_str).unwrap_or("");
        match self.kind {
            Kind::Silent => None,
            Kind::Echo => Some(json!({"id": id, "ok": request})),
            _ => Some(match self.ok(op, request) {
                Some(ok) => json!({"id": id, "ok": ok}),
                None => {
                    json!({"id": id, "error": {"code": "unknown-op", "message": format!("no operation {op}")}})
                }
            }),
        }
    }

    fn ok(&mut self, op: &str, request: &Value) -> Option<Value> {
        let mut effects = json!({
            "sent": [],
            "events": [],
            "wake": request["now"]["mono"].as_u64().unwrap_or(0) + 1_000,
        });
        Some(match op {
            "hello" => hello(self.kind),
            "decode" => self.verdict(),
            "encode" => self.encoded(),
            "create" | "tick" | "leave" => effects,
            "datagram" => {
                effects["outcome"] = self.verdict();
                effects
            }
            "set" | "delete" => match self.likes() {
                true => effects,
                false => json!({"refused": self.reason().1}),
            },
            "get" => json!({"entry": null}),
            "state" => json!({
                "self": {"host": "127.0.0.1", "port": 9000, "state": "ALIVE", "lastSeen": 0, "updated": 0, "metadata": {}},
                "members": {}, "entries": {}, "remembered": {}, "counters": {}, "history": 0,
            }),
            "digest" => json!({"digest": null}),
            "destroy" => json!({}),
            _ => return None,
        })
    }

    fn likes(&mut self) -> bool {
        match self.kind {
            Kind::Random => self.chance.random_bool(0.5),
            kind => kind == Kind::Accept,
        }
    }

    /// A step and a reason of it.
    fn reason(&mut self) -> (&'static str, &'static str) {
        if self.kind != Kind::Random {
            return ("json", "json.syntax");
        }
        let (reason, step, _) = REASONS[self.chance.random_range(0..REASONS.len())];
        (step, reason)
    }

    fn verdict(&mut self) -> Value {
        if self.likes() {
            let kind = ["PING", "PONG", "GOSSIP"][self.chance.random_range(0..3_usize)];
            json!({"verdict": "accepted", "message": {"type": kind, "data": {}}, "skipped": []})
        } else {
            let (step, reason) = self.reason();
            json!({"verdict": "rejected", "step": step, "reason": reason})
        }
    }

    fn encoded(&mut self) -> Value {
        if self.likes() {
            let mut bytes = vec![0; self.chance.random_range(0..64_usize)];
            self.chance.fill(&mut bytes[..]);
            json!({"datagram": hex::encode(bytes)})
        } else {
            json!({"refused": self.reason().1})
        }
    }
}

impl Adapter for NullAdapter {
    fn request(&mut self, body: Value) -> Result<Value, AdapterError> {
        let (op, request) = crate::attach::envelope::wrap(body, 1)?;
        match self.answer(&request) {
            Some(answer) => crate::attach::envelope::unwrap(&op, 1, answer),
            None => Err(AdapterError::TimedOut {
                op,
                within: std::time::Duration::ZERO,
                last_words: "standard error: nothing".to_owned(),
            }),
        }
    }
}

fn hello(kind: Kind) -> Value {
    json!({
        "adapter": 1,
        "name": format!("null-{}", kind.name()),
        "language": "Rust",
        "version": env!("CARGO_PKG_VERSION"),
        "profiles": ["core", "membership", "anti-entropy"],
        "capabilities": ["codec", "core"],
    })
}

/// Answers requests on standard input until it ends.
///
/// # Errors
/// Those of reading and writing.
pub fn serve(
    kind: Kind,
    random_seed: u64,
    input: impl BufRead,
    mut output: impl Write,
) -> io::Result<()> {
    let mut adapter = NullAdapter::new(kind, random_seed);
    for line in input.lines() {
        let request: Value = serde_json::from_str(&line?).unwrap_or_default();
        if let Some(answer) = adapter.answer(&request) {
            writeln!(output, "{answer}")?;
            output.flush()?;
        }
    }
    Ok(())
}
