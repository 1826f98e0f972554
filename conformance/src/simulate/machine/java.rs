//! A Java machine through JNI: what is called all the time goes as bytes, the rest as the JSON of the adapter protocol.
//!
//! The layout of the bytes is that of the class `mumbai.gossip.adapter.Adapter`.

use std::net::SocketAddr;

use serde_json::Value;

use super::adapter::event;
use super::members::Names;
use super::{
    AdapterMachine, Call, Effects, Event, Machine, Now, Outgoing, Seen, Settings, Stamp, View,
    garbage,
};
use crate::attach::AdapterError;
use crate::attach::java::JavaJni;
use crate::oracle::canonical;
use crate::oracle::message::State;

const DATAGRAM: u8 = 1;
const TICK: u8 = 2;
const STATE: u8 = 3;
const ERROR: u8 = 0xFF;

/// A Java machine.
pub struct JavaMachine {
    machine: AdapterMachine<JavaJni>,
    names: Names,
}

impl JavaMachine {
    /// Creates a machine and returns its first effects.
    ///
    /// # Errors
    /// Those of the adapter; [`AdapterError::Died`] where there is no Java.
    pub fn create(settings: &Settings, now: Now) -> Result<(Self, Effects), AdapterError> {
        let java = JavaJni::new().map_err(|why| AdapterError::Died {
            op: "create".to_owned(),
            why,
        })?;
        let (machine, effects) = AdapterMachine::create(java, settings.id.clone(), settings, now)?;
        let names = Names::default();
        Ok((JavaMachine { machine, names }, effects))
    }

    fn ask(
        &self,
        op: u8,
        now: Now,
        from: Option<(SocketAddr, &[u8])>,
    ) -> Result<Vec<u8>, AdapterError> {
        let mut request = Vec::with_capacity(64 + from.map_or(0, |(_, bytes)| bytes.len()));
        request.push(op);
        request.extend((self.machine.number() as u32).to_be_bytes());
        request.extend(now.wall.to_be_bytes());
        request.extend(now.mono.to_be_bytes());
        if let Some((from, bytes)) = from {
            let from = from.to_string();
            request.extend((from.len() as u16).to_be_bytes());
            request.extend(from.as_bytes());
            request.extend(bytes);
        }
        let answer = self.machine.adapter().core(&request)?;
        if answer.first() == Some(&ERROR) {
            let error: Value = serde_json::from_slice(&answer[1..]).unwrap_or_default();
            let text = |name: &str| error[name].as_str().unwrap_or("?").to_owned();
            return Err(AdapterError::Refused {
                op: "core".to_owned(),
                code: text("code"),
                message: text("message"),
            });
        }
        Ok(answer)
    }
}

impl Machine for JavaMachine {
    fn call(&mut self, now: Now, call: Call<'_>) -> Result<Effects, AdapterError> {
        let answer = match call {
            Call::Datagram(from, bytes) => self.ask(DATAGRAM, now, Some((from, bytes)))?,
            Call::Tick => self.ask(TICK, now, None)?,
            Call::Set(..) | Call::Delete(_) | Call::Leave => return self.machine.call(now, call),
        };
        effects(&mut Bytes(&answer))
            .ok_or_else(|| garbage("core", &hex::encode(&answer), "effects as bytes"))
    }

    fn view(&mut self, now: Now) -> Result<View, AdapterError> {
        let answer = self.ask(STATE, now, None)?;
        view(&mut Bytes(&answer), &mut self.names)
            .ok_or_else(|| garbage("core", &hex::encode(&answer), "a state as bytes"))
    }
}

/// What is left of an answer. Numbers are big-endian; every read is `None` where too little is left.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number<const N: usize>(&mut self) -> Option<u64> {
        let mut bytes = [0; 8];
        bytes[8 - N..].copy_from_slice(self.take(N)?);
        Some(u64::from_be_bytes(bytes))
    }

    /// Bytes after their length, which is a number of `N` bytes.
    fn block<const N: usize>(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number::<N>()?).ok()?;
        self.take(length)
    }

    fn text<const N: usize>(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.block::<N>()?).ok()
    }

    fn ends<T>(&self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}

fn effects(bytes: &mut Bytes<'_>) -> Option<Effects> {
    let wake = bytes.number::<8>()?;
    let sent = (0..bytes.number::<2>()?)
        .map(|_| {
            let to = bytes.text::<2>()?.parse().ok()?;
            let bytes = bytes.block::<4>()?.to_vec();
            Some(Outgoing { to, bytes })
        })
        .collect::<Option<_>>()?;
    let report = bytes.block::<4>()?;
    let events: Vec<Event> = if report.is_empty() {
        Vec::new()
    } else {
        let report: Value = serde_json::from_slice(report).ok()?;
        report["events"]
            .as_array()?
            .iter()
            .map(event)
            .collect::<Option<_>>()?
    };
    bytes.ends(Effects {
        sent,
        events,
        wake,
        refused: None,
    })
}

fn view(bytes: &mut Bytes<'_>, names: &mut Names) -> Option<View> {
    bytes.number::<1>()?;
    let history = usize::try_from(bytes.number::<4>()?).ok()?;
    let remembered = usize::try_from(bytes.number::<4>()?).ok()?;
    let members: Vec<(&str, Seen)> = (0..bytes.number::<4>()?)
        .map(|_| Some((bytes.text::<2>()?, seen(bytes)?)))
        .collect::<Option<_>>()?;
    let entries = (0..bytes.number::<4>()?)
        .map(|_| Some((bytes.text::<2>()?.to_owned(), stamp(bytes)?)))
        .collect::<Option<_>>()?;
    bytes.ends(View {
        members: names.share(members),
        entries,
        remembered,
        history,
    })
}

fn seen(bytes: &mut Bytes<'_>) -> Option<Seen> {
    let state = match bytes.number::<1>()? {
        0 => State::Alive,
        1 => State::Suspect,
        2 => State::Dead,
        _ => return None,
    };
    Some(Seen {
        state,
        last_seen: bytes.number::<8>()?,
        updated: bytes.number::<8>()?,
    })
}

fn stamp(bytes: &mut Bytes<'_>) -> Option<Stamp> {
    let deleted = bytes.number::<1>()? != 0;
    let timestamp = bytes.number::<8>()?;
    let version = bytes.text::<2>()?.to_owned();
    let source = bytes.text::<2>()?.to_owned();
    let value: Value = serde_json::from_slice(bytes.block::<4>()?).ok()?;
    Some(Stamp {
        timestamp,
        version,
        source,
        deleted,
        value: canonical(&value),
    })
}
