//! A protocol machine as a host of a simulated world, and the journal of what is done to it.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use simulation::network::HostId;
use simulation::time::{self, Micros};
use simulation::world::{self, Host};

use super::machine::{
    AdapterMachine, Call, Effects, Event, JavaMachine, Machine, Now, Outgoing, RustMachine,
    Settings, SharedAdapter, View,
};
use crate::attach::AdapterError;
use crate::attach::java::JavaJni;

/// Why a machine was called.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// It was created.
    Start,
    /// A datagram arrived from there.
    Datagram(SocketAddr, Vec<u8>),
    /// It had asked for a tick.
    Wake,
    /// Its user wrote a key, or deleted it.
    Write(String, Option<Value>),
    /// Its user let it leave.
    Leave,
    /// It was killed, and does not run any more.
    Crash,
}

/// One call of one machine, and what came of it.
#[derive(Debug, Clone)]
pub struct Happening {
    /// Which host.
    pub host: HostId,
    /// Where it listened.
    pub address: SocketAddr,
    /// What its clocks showed.
    pub now: Now,
    /// Why it was called.
    pub cause: Cause,
    /// What it sent.
    pub sent: Vec<Outgoing>,
    /// What it reported.
    pub events: Vec<Event>,
    /// Why it refused a write, where it did.
    pub refused: Option<String>,
}

/// What happened since somebody last looked, in order.
pub type Journal = Rc<RefCell<Vec<Happening>>>;

/// Makes machines by the name of their implementation.
pub trait Workshop: Send + Sync {
    /// Creates a machine and returns its first effects.
    ///
    /// # Errors
    /// Those of its adapter.
    fn create(
        &self,
        implementation: &str,
        settings: &Settings,
        now: Now,
    ) -> Result<(Box<dyn Machine>, Effects), AdapterError>;
}

/// Makes the machines of this project. Those that are reached over standard input and output share one process; clones share it too.
#[derive(Debug, Clone)]
pub struct Maker {
    python: Option<SharedAdapter>,
    /// How many handles were given out: a machine that starts again is another one.
    handles: Arc<AtomicU64>,
}

impl Maker {
    /// The implementations that can be named.
    pub const NAMES: [&'static str; 3] = ["rust", "java", "python"];

    /// A maker of these implementations; `java` starts the Java virtual machine, `python` an adapter process that ends with the last
    /// machine and maker.
    ///
    /// # Errors
    /// What is missing and what to do.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut python = None;
        for name in names {
            match name {
                "rust" => {}
                "java" => {
                    JavaJni::new()?;
                }
                "python" if python.is_some() => {}
                "python" => python = Some(SharedAdapter::of(name)?),
                other => {
                    return Err(format!(
                        "there is no implementation {other:?} to simulate; there are {}",
                        Self::NAMES.join(", ")
                    ));
                }
            }
        }
        Ok(Maker {
            python,
            handles: Arc::default(),
        })
    }
}

impl Workshop for Maker {
    fn create(
        &self,
        implementation: &str,
        settings: &Settings,
        now: Now,
    ) -> Result<(Box<dyn Machine>, Effects), AdapterError> {
        if implementation == "java" {
            let (machine, effects) = JavaMachine::create(settings, now)?;
            return Ok((Box::new(machine), effects));
        }
        if implementation == "python" {
            let adapter = self
                .python
                .clone()
                .ok_or_else(|| AdapterError::NotStarted {
                    why: "this maker was not asked for python".to_owned(),
                })?;
            let number = self.handles.fetch_add(1, Ordering::Relaxed);
            let handle = format!("{}-{number}", settings.id);
            let (machine, effects) = AdapterMachine::create(adapter, handle, settings, now)?;
            return Ok((Box::new(machine), effects));
        }
        let (machine, effects) = RustMachine::create(settings, now)?;
        Ok((Box::new(machine), effects))
    }
}

/// A host: a machine that is created when the host starts, and gone when it crashes.
pub struct Node {
    host: HostId,
    implementation: String,
    settings: Settings,
    workshop: Arc<dyn Workshop>,
    journal: Journal,
    machine: Option<Box<dyn Machine>>,
    now: Now,
}

impl Node {
    /// A host that is not started yet.
    pub fn new(
        host: HostId,
        implementation: &str,
        settings: Settings,
        workshop: Arc<dyn Workshop>,
        journal: Journal,
    ) -> Self {
        Node {
            host,
            implementation: implementation.to_owned(),
            settings,
            workshop,
            journal,
            machine: None,
            now: Now { wall: 0, mono: 0 },
        }
    }

    /// What its machine holds; `None` before its start.
    ///
    /// # Errors
    /// Those of its adapter.
    pub fn view(&mut self, now: time::Now) -> Result<Option<View>, AdapterError> {
        self.machine
            .as_mut()
            .map(|machine| machine.view(clocks(now)))
            .transpose()
    }

    fn carry_out(
        &mut self,
        now: time::Now,
        cause: Cause,
        done: Effects,
        effects: &mut world::Effects,
    ) {
        for outgoing in &done.sent {
            effects.send(outgoing.to, outgoing.bytes.clone());
        }
        effects.wake_at(Micros::millis(done.wake));
        self.now = clocks(now);
        self.enter(cause, done);
    }

    fn enter(&self, cause: Cause, done: Effects) {
        self.journal.borrow_mut().push(Happening {
            host: self.host,
            address: self.settings.address,
            now: self.now,
            cause,
            sent: done.sent,
            events: done.events,
            refused: done.refused,
        });
    }

    fn call(
        &mut self,
        now: time::Now,
        call: Call<'_>,
        cause: Cause,
        effects: &mut world::Effects,
    ) -> Result<(), AdapterError> {
        let Some(machine) = &mut self.machine else {
            return Ok(());
        };
        let done = machine.call(clocks(now), call)?;
        self.carry_out(now, cause, done, effects);
        Ok(())
    }
}

fn clocks(now: time::Now) -> Now {
    Now {
        wall: now.wall_millis(),
        mono: now.mono.as_millis(),
    }
}

impl Host for Node {
    type Error = AdapterError;

    fn start(&mut self, now: time::Now, effects: &mut world::Effects) -> Result<(), AdapterError> {
        let (machine, done) =
            self.workshop
                .create(&self.implementation, &self.settings, clocks(now))?;
        self.machine = Some(machine);
        self.carry_out(now, Cause::Start, done, effects);
        Ok(())
    }

    fn datagram(
        &mut self,
        now: time::Now,
        from: SocketAddr,
        datagram: &[u8],
        effects: &mut world::Effects,
    ) -> Result<(), AdapterError> {
        let cause = Cause::Datagram(from, datagram.to_vec());
        self.call(now, Call::Datagram(from, datagram), cause, effects)
    }

    fn wake(&mut self, now: time::Now, effects: &mut world::Effects) -> Result<(), AdapterError> {
        self.call(now, Call::Tick, Cause::Wake, effects)
    }

    fn write(
        &mut self,
        now: time::Now,
        key: &str,
        value: &Value,
        effects: &mut world::Effects,
    ) -> Result<(), AdapterError> {
        let cause = Cause::Write(key.to_owned(), Some(value.clone()));
        self.call(now, Call::Set(key, value), cause, effects)
    }

    fn delete(
        &mut self,
        now: time::Now,
        key: &str,
        effects: &mut world::Effects,
    ) -> Result<(), AdapterError> {
        let cause = Cause::Write(key.to_owned(), None);
        self.call(now, Call::Delete(key), cause, effects)
    }

    fn leave(&mut self, now: time::Now, effects: &mut world::Effects) -> Result<(), AdapterError> {
        self.call(now, Call::Leave, Cause::Leave, effects)
    }

    fn crash(&mut self) {
        self.machine = None;
        self.enter(Cause::Crash, Effects::default());
    }
}
