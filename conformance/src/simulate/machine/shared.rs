//! One adapter process for all machines of a run.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::attach::stdio::StdioAdapter;
use crate::attach::{Adapter, AdapterError};
use crate::implementation::{absent, built_in};

/// An adapter process that several machines use in turn, each under its own handle. It ends with the last of them.
#[derive(Clone)]
pub struct SharedAdapter(Arc<Mutex<StdioAdapter>>);

impl SharedAdapter {
    /// Starts the adapter of an implementation of this repository.
    ///
    /// # Errors
    /// What is missing and what to do.
    pub fn of(name: &str) -> Result<Self, String> {
        let present = built_in();
        let found = present.iter().find(|it| it.name == name);
        let implementation = found.ok_or_else(|| {
            let why = absent().into_iter().find(|it| it.name == name);
            let why = why.map_or_else(|| "nobody knows it".to_owned(), |it| it.why);
            format!("{name} cannot be simulated: {why}")
        })?;
        let mut adapter = implementation.stdio_adapter()?;
        adapter
            .request(json!({"op": "hello", "adapter": 1}))
            .map_err(|why| format!("{name} cannot be simulated: {why}"))?;
        Ok(SharedAdapter(Arc::new(Mutex::new(adapter))))
    }
}

impl Adapter for SharedAdapter {
    fn request(&mut self, body: Value) -> Result<Value, AdapterError> {
        // A request that panicked leaves an adapter that checks every answer itself.
        let mut adapter = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        adapter.request(body)
    }
}

impl fmt::Debug for SharedAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedAdapter")
    }
}
