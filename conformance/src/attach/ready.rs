//! Is the node there? Asked with PINGs until one is answered; what came instead is remembered, because it explains why not.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Once;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cases::NodeSettings;
use crate::oracle::{self, Decoded};
use crate::requirements;
use crate::wire::message;

/// When a node that does not answer a PING of a leaving member is asked by an ordinary one.
/// That adds the asker to the node's members, so it comes late: a slow start must not be taken for a node that lists strangers.
const ASK_OTHERWISE_AFTER: f64 = 2.0 / 3.0;
/// How long a process that should be gone has to show that it is not.
const ANSWER_AFTER_THE_END: Duration = Duration::from_millis(300);
/// When it is said for the first time that nothing answers yet.
const SAY_SO_AFTER: Duration = Duration::from_secs(5);
/// Pause between two PINGs while a node starts.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// Asks one node whether it is there. The socket stays open as long as this lives, so that no other peer gets its port while the node may remember it.
pub struct Probe {
    socket: UdpSocket,
    own: SocketAddr,
    address: SocketAddr,
    /// The last thing that came and was no answer.
    instead: Option<String>,
}

impl Probe {
    /// A probe of a node that is to listen on that address.
    ///
    /// # Errors
    /// What the system says of a socket there.
    pub fn new(address: SocketAddr) -> Result<Self, String> {
        let socket = UdpSocket::bind((address.ip(), 0))
            .map_err(|error| format!("the suite has no socket on {}: {error}", address.ip()))?;
        socket
            .set_read_timeout(Some(ASK_EVERY))
            .map_err(|error| error.to_string())?;
        let own = socket.local_addr().map_err(|error| error.to_string())?;
        Ok(Self {
            socket,
            own,
            address,
            instead: None,
        })
    }

    /// Asks until a PONG comes (`Ok`), the deadline passes, or `ended` says that the process is gone.
    ///
    /// # Errors
    /// What came instead of an answer, and what to try.
    pub fn wait(
        &mut self,
        settings: &NodeSettings,
        within: Duration,
        mut ended: impl FnMut() -> Option<String>,
    ) -> Result<(), String> {
        let began = Instant::now();
        let mut said = false;
        while began.elapsed() < within {
            if let Some(end) = ended() {
                return Err(end);
            }
            // A member that leaves is answered (MGP1-MSG-019) and yet not added (MGP1-MRG-020): asking leaves no member behind.
            let state = if began.elapsed() < within.mul_f64(ASK_OTHERWISE_AFTER) {
                "DEAD"
            } else {
                "ALIVE"
            };
            let ping = readiness_ping(self.own, state, &settings.cluster);
            // Not sent is not answered.
            let _ = self
                .socket
                .send_to(&message::padded(&ping, message::PADDED_PING), self.address);
            if self.heard(settings) {
                return Ok(());
            }
            if !said && began.elapsed() >= SAY_SO_AFTER && within > 2 * SAY_SO_AFTER {
                said = true;
                self.say_so(settings, within);
            }
        }
        Err(format!(
            "answered no PING on {} within {} s{}",
            self.address,
            within.as_secs_f64().round(),
            self.diagnosis(settings)
        ))
    }

    /// Tells whoever watches why nothing happens; once in a process, because a command that is wrong is wrong for every case.
    fn say_so(&self, settings: &NodeSettings, within: Duration) {
        static SAID: Once = Once::new();
        SAID.call_once(|| {
            eprintln!(
                "  no PONG from {} after {} s{}\n  waiting for up to {} s (--start-timeout)",
                self.address,
                SAY_SO_AFTER.as_secs(),
                self.diagnosis(settings),
                within.as_secs()
            );
        });
    }

    fn heard(&mut self, settings: &NodeSettings) -> bool {
        let mut buffer = vec![0; 65_536];
        let asked = Instant::now();
        while asked.elapsed() < ASK_EVERY {
            let Ok((length, from)) = self.socket.recv_from(&mut buffer) else {
                continue;
            };
            match oracle::decode(&buffer[..length]) {
                Decoded::Accepted { message, .. } => {
                    let sender = message["senderId"].as_str().unwrap_or_default();
                    if message["type"] != "PONG" {
                        continue;
                    }
                    if from == self.address && sender == settings.id {
                        return true;
                    }
                    self.instead = Some(if from == self.address {
                        format!(
                            "a PONG of `{sender}` came, not of `{}`\n  try: pass {{id}} on as the node id",
                            settings.id
                        )
                    } else {
                        format!(
                            "its PONG came from {from}\n  try: answer from the socket that listens on {{host}}:{{port}}, and listen on no other"
                        )
                    });
                }
                rejected => {
                    self.instead = Some(no_message(&rejected, from, &buffer[..length]));
                }
            }
        }
        false
    }

    /// Why nothing that answers came, as far as it can be seen from outside.
    fn diagnosis(&self, settings: &NodeSettings) -> String {
        if let Some(instead) = &self.instead {
            return format!(": {instead}");
        }
        if self.is_refused(settings) {
            return format!(
                ": nothing listens on UDP {}\n  try: does the node take {{port}} and {{host}} from its command line, and is it UDP?",
                self.address
            );
        }
        ": it stayed silent\n  try: a PING is answered whoever asks, also one of a member that is just leaving (MGP1-MSG-019), in raw JSON and with the same `pingId`"
            .to_owned()
    }

    /// Whether the system says that the port is closed; it tells only a connected socket.
    fn is_refused(&self, settings: &NodeSettings) -> bool {
        let ask = || -> std::io::Result<()> {
            let socket = UdpSocket::bind((self.address.ip(), 0))?;
            socket.connect(self.address)?;
            socket.set_read_timeout(Some(ASK_EVERY))?;
            let ping = readiness_ping(socket.local_addr()?, "DEAD", &settings.cluster);
            socket.send(&message::padded(&ping, message::PADDED_PING))?;
            socket.recv(&mut [0; 16]).map(|_| ())
        };
        ask().is_err_and(|error| {
            matches!(
                error.kind(),
                ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
            )
        })
    }
}

/// Whether anything answers PINGs at an address; nothing is known of it but that.
pub(crate) fn still_answers(address: SocketAddr) -> bool {
    const ATTEMPTS: usize = 3;
    let ask = || -> std::io::Result<()> {
        let socket = UdpSocket::bind((address.ip(), 0))?;
        // A connected socket is told at once that the port is closed.
        socket.connect(address)?;
        socket.set_read_timeout(Some(ANSWER_AFTER_THE_END))?;
        let ping = readiness_ping(socket.local_addr()?, "DEAD", "");
        socket.send(&message::padded(&ping, message::PADDED_PING))?;
        socket.recv(&mut [0; 2_048]).map(|_| ())
    };
    (0..ATTEMPTS).any(|_| ask().is_ok())
}

/// What a node said that the oracle rejects, with the sentence that it breaks.
fn no_message(rejected: &Decoded, from: SocketAddr, bytes: &[u8]) -> String {
    let why = rejected.to_value();
    let text = |name: &str| why[name].as_str().unwrap_or("?").to_owned();
    let reason = text("reason");
    let rule = oracle::reasons::requirement_of(&reason)
        .and_then(requirements::find)
        .map_or_else(String::new, |rule| {
            format!("\n  rule: {} {}", rule.id, rule.sentence)
        });
    format!(
        "what came from {from} is no message of version 1: rejected at step {} with {reason}: {}{rule}\n  try: chapter 14 of the specification shows a PONG byte by byte",
        text("step"),
        excerpt(bytes)
    )
}

/// The beginning of a datagram, as text where it is text.
fn excerpt(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(120)];
    match std::str::from_utf8(head) {
        Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
        _ => hex::encode(head),
    }
}

/// A PING from a member that is just leaving, or from an ordinary one.
fn readiness_ping(own: SocketAddr, state: &str, cluster: &str) -> Value {
    let now = crate::wire::wall_ms();
    let token = format!("{:016x}", rand::random::<u64>());
    let mut ping = json!({
        "protocolVersion": 1,
        "type": "PING",
        "senderId": format!("probe-{token}"),
        "messageId": token,
        "timestamp": now,
        "data": {"pingId": token, "membership": {format!("probe-{token}"): message::record_in(state, own, now)}},
    });
    if !cluster.is_empty() {
        ping["cluster"] = json!(cluster);
    }
    ping
}
