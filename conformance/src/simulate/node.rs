//! A protocol machine as a host of a simulated world, and the journal of what is done to it.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use serde_json::Value;
use simulation::network::HostId;
use simulation::time::{self, Micros};
use simulation::world::{self, Host};

use super::machine::{
    AdapterMachine, Call, Effects, Event, Machine, Now, Outgoing, RustMachine, Settings, Shared,
    View,
};
use crate::attach::AdapterError;

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
}

/// One call of one machine, and what came of it.
#[derive(Debug, Clone)]
pub struct Happening {
    /// Which host.
    pub host: HostId,
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
#[derive(Clone, Default)]
pub struct Maker {
    java: Option<Shared>,
    count: Rc<RefCell<u64>>,
}

impl Maker {
    /// The implementations that can be named.
    pub const NAMES: [&'static str; 2] = ["rust", "java"];

    /// A maker of these implementations; `java` starts the Java virtual machine.
    ///
    /// # Errors
    /// One line that says what is missing and what to do.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut maker = Maker::default();
        for name in names {
            match name {
                "rust" => {}
                "java" if maker.java.is_some() => {}
                "java" => {
                    maker.java = Some(Rc::new(RefCell::new(crate::attach::java::JavaJni::new()?)));
                }
                other => {
                    return Err(format!(
                        "there is no implementation {other:?} to simulate; there are {}",
                        Self::NAMES.join(", ")
                    ));
                }
            }
        }
        Ok(maker)
    }

    /// Creates a machine and returns its first effects.
    ///
    /// # Errors
    /// Those of its adapter.
    pub fn create(
        &self,
        implementation: &str,
        settings: &Settings,
        now: Now,
    ) -> Result<(Box<dyn Machine>, Effects), AdapterError> {
        match (&self.java, implementation) {
            (Some(java), "java") => {
                *self.count.borrow_mut() += 1;
                let handle = format!("{}#{}", settings.id, self.count.borrow());
                let (machine, effects) =
                    AdapterMachine::create(Rc::clone(java), handle, settings, now)?;
                Ok((Box::new(machine), effects))
            }
            _ => {
                let (machine, effects) = RustMachine::create(settings, now)?;
                Ok((Box::new(machine), effects))
            }
        }
    }
}

/// A host: a machine that is created when the host starts, and gone when it crashes.
pub struct Node {
    host: HostId,
    implementation: String,
    settings: Settings,
    maker: Maker,
    journal: Journal,
    machine: Option<Box<dyn Machine>>,
}

impl Node {
    /// A host that is not started yet.
    pub fn new(
        host: HostId,
        implementation: &str,
        settings: Settings,
        maker: Maker,
        journal: Journal,
    ) -> Self {
        Node {
            host,
            implementation: implementation.to_owned(),
            settings,
            maker,
            journal,
            machine: None,
        }
    }

    /// What its machine holds; `None` before its start.
    ///
    /// # Errors
    /// Those of its adapter.
    pub fn view(&self, now: time::Now) -> Result<Option<View>, AdapterError> {
        self.machine
            .as_ref()
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
        self.journal.borrow_mut().push(Happening {
            host: self.host,
            now: clocks(now),
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
            self.maker
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
    }
}
