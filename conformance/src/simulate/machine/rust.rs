//! A Rust machine, called directly.

use mumbai_gossip::protocol as rust;

use super::members::Names;
use super::{Call, Effects, Event, Machine, Now, Outgoing, Seen, Settings, Stamp, View};
use crate::attach::AdapterError;
use crate::oracle::canonical;
use crate::oracle::message::State;

/// A Rust machine.
pub struct RustMachine {
    machine: rust::Machine,
    names: Names,
}

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
        let mut machine = RustMachine {
            machine,
            names: Names::default(),
        };
        let effects = machine.effects();
        Ok((machine, effects))
    }

    fn effects(&mut self) -> Effects {
        let effects = self.machine.take_effects();
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
            wake: self.machine.wake(),
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
                self.machine.on_datagram(time, from, bytes);
                None
            }
            Call::Tick => {
                self.machine.tick(time);
                None
            }
            Call::Set(key, value) => self.machine.set(time, key, value).err(),
            Call::Delete(key) => self.machine.delete(time, key).err(),
            Call::Leave => {
                self.machine.leave(time);
                None
            }
        };
        let refused = refused.map(|refusal| refusal.code().to_owned());
        Ok(Effects {
            refused,
            ..self.effects()
        })
    }

    fn view(&mut self, _: Now) -> Result<View, AdapterError> {
        let (members, entries) = self.machine.tables();
        let members = members.map(|(id, record)| {
            let seen = Seen {
                last_seen: record.last_seen,
                state: State::from_name(record.state.name()).unwrap_or(State::Dead),
                updated: record.updated,
            };
            (id, seen)
        });
        let entries = entries.map(|(key, entry)| {
            let stamp = Stamp {
                timestamp: entry.timestamp,
                value: canonical(&entry.value.to_value()),
                version: entry.version.clone(),
                source: entry.source_node.clone(),
                deleted: entry.deleted,
            };
            (key.to_owned(), stamp)
        });
        let (history, remembered) = self.machine.kept();
        Ok(View {
            members: self.names.share(members),
            entries: entries.collect(),
            remembered,
            history,
        })
    }
}
