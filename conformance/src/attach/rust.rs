//! The Rust node in this process: its adapter is called as a function.

use serde_json::Value;

use super::{Adapter, AdapterError, envelope};

/// The adapter of the crate `mumbai-gossip`, without a process or a pipe in between.
pub struct RustInProcess {
    adapter: mumbai_gossip::adapter::Adapter,
    next_id: u64,
}

impl RustInProcess {
    /// A fresh adapter that holds no nodes.
    pub fn new() -> Self {
        Self {
            adapter: mumbai_gossip::adapter::Adapter::new(),
            next_id: 1,
        }
    }
}

impl Default for RustInProcess {
    fn default() -> Self {
        Self::new()
    }
}

impl Adapter for RustInProcess {
    fn request(&mut self, body: Value) -> Result<Value, AdapterError> {
        let (op, request) = envelope::wrap(body, self.next_id)?;
        let id = self.next_id;
        self.next_id += 1;
        let answer = self.adapter.handle(&request);
        envelope::unwrap(&op, id, answer)
    }
}
