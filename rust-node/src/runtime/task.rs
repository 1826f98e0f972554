//! The one task that owns the machine and the socket: it receives, ticks, serves calls and sends.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::net::UdpSocket;
use tokio::sync::{broadcast, mpsc, oneshot};

use super::clock::Clocks;
use super::rejections::Rejections;
use super::socket::reachable;
use crate::protocol::{Event, Machine, MemberStatus, Outcome, Status};
use crate::wire::Refusal;
use crate::wire::limits::MAX_DATAGRAM;

/// One byte more than any datagram, so that none is cut (MGP1-FRM-006).
const BUFFER: usize = MAX_DATAGRAM + 1;
/// Datagrams taken before calls and ticks get their turn.
const BURST: usize = 64;
/// Pause after an error of the socket itself, so that a lasting one does not spin.
const ERROR_PAUSE: Duration = Duration::from_millis(5);

/// A call of the node's API.
pub(super) enum Call {
    Set(String, Value, oneshot::Sender<Result<(), Refusal>>),
    Delete(String, oneshot::Sender<Result<(), Refusal>>),
    Get(String, oneshot::Sender<Option<Value>>),
    Members(oneshot::Sender<BTreeMap<String, MemberStatus>>),
    Status(oneshot::Sender<Status>),
    AddSeed(SocketAddr),
    Leave,
}

pub(super) struct Task {
    pub(super) machine: Machine,
    pub(super) socket: UdpSocket,
    pub(super) ipv6: bool,
    pub(super) clocks: Clocks,
    pub(super) calls: mpsc::Receiver<Call>,
    pub(super) events: broadcast::Sender<Event>,
}

impl Task {
    /// Runs until the node leaves, meets a fatal error, or nobody holds it any more.
    pub(super) async fn run(mut self) {
        let mut buffer = vec![0_u8; BUFFER];
        let mut rejections = Rejections::default();
        self.perform().await;
        while !self.machine.is_stopped() {
            let wake = self.clocks.instant(self.machine.wake());
            tokio::select! {
                biased;
                call = self.calls.recv() => match call {
                    Some(call) => self.serve(call),
                    None => self.machine.leave(self.clocks.now()),
                },
                () = tokio::time::sleep_until(wake.into()) => {}
                received = self.socket.recv_from(&mut buffer) => {
                    self.receive(received, &mut buffer, &mut rejections).await;
                }
            }
            if !self.machine.is_stopped() {
                let now = self.clocks.now();
                if self.machine.wake() <= now.mono_ms {
                    self.machine.tick(now);
                }
            }
            self.perform().await;
        }
    }

    /// Takes one datagram, and what else is waiting, up to a burst.
    async fn receive(
        &mut self,
        mut received: io::Result<(usize, SocketAddr)>,
        buffer: &mut [u8],
        rejections: &mut Rejections,
    ) {
        for _ in 0..BURST {
            match received {
                Ok((bytes, from)) => {
                    let now = self.clocks.now();
                    let outcome = self.machine.on_datagram(now, from, &buffer[..bytes]);
                    if let Outcome::Rejected(reason) = outcome {
                        rejections.note(from, reason);
                    }
                    self.perform().await;
                }
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => return,
                Err(why) => {
                    // An unreachable port that a peer reported, or worse: the node goes on receiving (MGP1-ERR-006).
                    tracing::debug!(%why, "the socket reported an error on receive");
                    tokio::time::sleep(ERROR_PAUSE).await;
                    return;
                }
            }
            received = self.socket.try_recv_from(buffer);
        }
    }

    fn serve(&mut self, call: Call) {
        let now = self.clocks.now();
        // Who asked may be gone by now: a lost answer is nobody's loss.
        match call {
            Call::Set(key, value, answer) => {
                let _ = answer.send(self.machine.set(now, &key, &value));
            }
            Call::Delete(key, answer) => {
                let _ = answer.send(self.machine.delete(now, &key));
            }
            Call::Get(key, answer) => {
                let entry = self.machine.get(&key);
                let _ = answer.send(entry.map(|entry| entry.value.to_value()));
            }
            Call::Members(answer) => {
                let _ = answer.send(self.machine.members().collect());
            }
            Call::Status(answer) => {
                let _ = answer.send(self.machine.status());
            }
            Call::AddSeed(seed) => self.machine.add_seed(now, seed),
            Call::Leave => self.machine.leave(now),
        }
    }

    /// Sends and reports what the machine wants sent and reported.
    async fn perform(&mut self) {
        let effects = self.machine.take_effects();
        for transmit in effects.sent {
            // A failure to send to one address affects no other (MGP1-ERR-007).
            let to = reachable(transmit.to, self.ipv6);
            if let Err(why) = self.socket.send_to(&transmit.datagram, to).await {
                tracing::debug!(to = %transmit.to, %why, "could not send");
            }
        }
        for event in effects.events {
            log(&event);
            // Nobody may be listening.
            let _ = self.events.send(event);
        }
    }
}

fn log(event: &Event) {
    match event {
        Event::Member { id, from, to } => {
            let name = |state: &Option<_>| state.map_or("-", crate::wire::State::name);
            tracing::info!(%id, from = name(from), to = name(to), "member");
        }
        Event::Restarted { id } => tracing::info!(%id, "member restarted"),
        Event::Entry { key, deleted } => tracing::debug!(%key, deleted, "entry"),
        Event::IdConflict { host, port } => {
            tracing::error!(%host, port, "another node goes by this node's id");
        }
        Event::ClockSkew { timestamp } => {
            tracing::warn!(
                timestamp,
                "an own entry was dated too far ahead; stamped anew"
            );
        }
        Event::Fatal { reason } => tracing::error!(reason, "stopped"),
    }
}
