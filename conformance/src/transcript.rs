//! What was exchanged in a case that said nothing about it: wrappers that write datagrams down on their way, so that a report can show the
//! cases that passed, too.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::attach::{Adapter, AdapterError};
use crate::cases::{Launcher, NodeProcess, NodeSettings, NotLaunched, Timing};
use crate::verdict::{Direction, LoggedDatagram, Verdict};
use crate::wire::Log;

/// Datagrams that are kept of one case: the first half and the last half of that number.
const KEPT: usize = 400;

/// The datagrams of a case: those that its failure names, else those that were written down.
pub fn of(verdict: &Verdict, written: Vec<LoggedDatagram>) -> Vec<LoggedDatagram> {
    match verdict {
        Verdict::Fail(failure) if !failure.datagrams.is_empty() => failure.datagrams.clone(),
        _ => written,
    }
}

/// An adapter that writes down what goes through it: the datagrams to decode, those that were encoded, and all that a machine got and
/// wanted sent, at the time of the case's own clock.
pub struct RecordingAdapter<'a> {
    adapter: &'a mut dyn Adapter,
    first: Vec<LoggedDatagram>,
    last: VecDeque<LoggedDatagram>,
}

impl<'a> RecordingAdapter<'a> {
    /// Records what goes to and from that adapter.
    pub fn new(adapter: &'a mut dyn Adapter) -> Self {
        Self {
            adapter,
            first: Vec::new(),
            last: VecDeque::new(),
        }
    }

    /// All that was kept, oldest first.
    pub fn into_datagrams(self) -> Vec<LoggedDatagram> {
        self.first.into_iter().chain(self.last).collect()
    }

    fn note(&mut self, at_ms: u64, direction: Direction, peer: Option<SocketAddr>, hex: &Value) {
        let Some(bytes) = hex.as_str().and_then(|digits| hex::decode(digits).ok()) else {
            return;
        };
        let logged = LoggedDatagram {
            at_ms,
            direction,
            peer,
            bytes,
        };
        if self.first.len() < KEPT / 2 {
            self.first.push(logged);
            return;
        }
        if self.last.len() == KEPT / 2 {
            self.last.pop_front();
        }
        self.last.push_back(logged);
    }
}

impl Adapter for RecordingAdapter<'_> {
    fn request(&mut self, body: Value) -> Result<Value, AdapterError> {
        let at_ms = body["now"]["mono"].as_u64().unwrap_or(0);
        let address = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
        if matches!(body["op"].as_str(), Some("decode" | "datagram")) {
            let from = address(&body["from"]);
            self.note(at_ms, Direction::Received, from, &body["datagram"]);
        }
        let is_encode = body["op"] == "encode";
        let answer = self.adapter.request(body)?;
        if is_encode {
            self.note(at_ms, Direction::Sent, None, &answer["datagram"]);
        }
        for sent in answer["sent"].as_array().into_iter().flatten() {
            let to = address(&sent["to"]);
            self.note(at_ms, Direction::Sent, to, &sent["datagram"]);
        }
        Ok(answer)
    }
}

/// A launcher whose benches write into a log that outlives them. A case that is repeated begins a new one.
pub struct RecordingLauncher<'a> {
    launcher: &'a dyn Launcher,
    log: Mutex<Log>,
}

impl<'a> RecordingLauncher<'a> {
    /// Records what the peers of these nodes exchange with them.
    pub fn new(launcher: &'a dyn Launcher) -> Self {
        Self {
            launcher,
            log: Mutex::default(),
        }
    }

    /// What the last bench wrote down, oldest first.
    pub fn datagrams(&self) -> Vec<LoggedDatagram> {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .datagrams()
    }
}

impl Launcher for RecordingLauncher<'_> {
    fn launch(&self, settings: &NodeSettings) -> Result<Box<dyn NodeProcess>, NotLaunched> {
        self.launcher.launch(settings)
    }

    fn timing(&self, gossip_interval_ms: u64) -> Timing {
        self.launcher.timing(gossip_interval_ms)
    }

    fn log(&self) -> Log {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        *log = Log::default();
        log.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    struct Parrot;

    impl Adapter for Parrot {
        fn request(&mut self, _: Value) -> Result<Value, AdapterError> {
            Ok(json!({"sent": [{"to": "127.0.0.1:9001", "datagram": "01"}], "events": []}))
        }
    }

    #[test]
    fn what_a_machine_gets_and_sends_is_written_down_with_its_time() {
        let mut parrot = Parrot;
        let mut recording = RecordingAdapter::new(&mut parrot);
        recording
            .request(json!({"op": "datagram", "now": {"wall": 9, "mono": 7}, "from": "127.0.0.1:9002", "datagram": "ff"}))
            .unwrap();
        let datagrams = recording.into_datagrams();
        let seen: Vec<_> = datagrams
            .iter()
            .map(|logged| {
                (
                    logged.at_ms,
                    logged.direction,
                    logged.peer,
                    &logged.bytes[..],
                )
            })
            .collect();
        let (to, from) = ("127.0.0.1:9001".parse().ok(), "127.0.0.1:9002".parse().ok());
        assert_eq!(
            seen,
            [
                (7, Direction::Received, from, &[0xff_u8][..]),
                (7, Direction::Sent, to, &[1][..])
            ]
        );
    }

    #[test]
    fn of_a_long_case_the_beginning_and_the_end_are_kept() {
        let mut parrot = Parrot;
        let mut recording = RecordingAdapter::new(&mut parrot);
        for mono in 0..1_000 {
            recording
                .request(json!({"op": "tick", "now": {"wall": 9, "mono": mono}}))
                .unwrap();
        }
        let datagrams = recording.into_datagrams();
        assert_eq!(datagrams.len(), KEPT);
        assert_eq!(datagrams[0].at_ms, 0);
        assert_eq!(datagrams[KEPT - 1].at_ms, 999);
    }
}
