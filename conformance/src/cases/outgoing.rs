//! What every datagram of a node must be like, whatever the case is about.

use crate::oracle::outgoing::Circumstances;
use crate::oracle::{self, Decoded};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::net::SocketAddr;

/// Shortest token that can carry 64 random bits: the id alphabet has 66 characters (MGP1-ENV-012).
const SHORTEST_RANDOM: usize = 11;

/// A broken sentence, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Id of the requirement.
    pub requirement: &'static str,
    /// What it asks for.
    pub expected: String,
    /// What was sent.
    pub actual: String,
}

fn breach(
    requirement: &'static str,
    expected: impl Into<String>,
    actual: impl Into<String>,
) -> Breach {
    Breach {
        requirement,
        expected: expected.into(),
        actual: actual.into(),
    }
}

/// A datagram that the node sent, taken apart.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Its meaning (chapter 12).
    pub meaning: Value,
    /// `raw` or `zlib`.
    pub frame: &'static str,
    /// Whether its text is canonical (MGP1-JSN-018).
    pub canonical: bool,
}

/// Follows everything that one node sends.
#[derive(Debug)]
pub struct Watch {
    node_id: String,
    cluster: String,
    known: Circumstances,
    last_timestamp: Option<u64>,
    messages: BTreeMap<String, (Vec<u8>, BTreeSet<SocketAddr>)>,
    proven: BTreeSet<SocketAddr>,
    asked: BTreeSet<(SocketAddr, String)>,
    answered: BTreeSet<SocketAddr>,
    /// PINGs of version 0 that may still be answered: from where, dialect, ping id, length.
    old_pings: Vec<(SocketAddr, String, String, usize)>,
}

impl Watch {
    /// Watches a node with these settings; what is absent has its default.
    pub fn new(config: &Value) -> Self {
        let defaults = Circumstances::default();
        let size = |name: &str, default: usize| {
            config[name]
                .as_u64()
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or(default)
        };
        let time = |name: &str, default: u64| config[name].as_u64().unwrap_or(default);
        let known = Circumstances {
            max_packet_size: size("maxPacketSize", defaults.max_packet_size),
            compression_threshold: size("compressionThreshold", defaults.compression_threshold),
            max_future_skew: time("maxFutureSkew", defaults.max_future_skew),
            tombstone_retention: time("tombstoneRetention", defaults.tombstone_retention),
            ..defaults
        };
        Watch {
            node_id: config["nodeId"].as_str().unwrap_or_default().to_owned(),
            cluster: config["cluster"].as_str().unwrap_or_default().to_owned(),
            known,
            last_timestamp: None,
            messages: BTreeMap::new(),
            proven: BTreeSet::new(),
            asked: BTreeSet::new(),
            answered: BTreeSet::new(),
            old_pings: Vec::new(),
        }
    }

    /// Notes a datagram that reaches the node: a PONG that echoes a PING proves its address. Whether the proof has lapsed since is for a vector to say.
    pub fn received(&mut self, from: SocketAddr, datagram: &[u8]) {
        self.answered.insert(from);
        if let Some((dialect, ping_id)) = oracle::legacy::ping_of(datagram) {
            self.old_pings
                .push((from, dialect, ping_id, datagram.len()));
        }
        if let Decoded::Accepted { message, .. } = oracle::decode(datagram)
            && message["type"] == "PONG"
            && let Some(ping_id) = message["data"]["pingId"].as_str()
            && self.asked.contains(&(from, ping_id.to_owned()))
        {
            self.proven.insert(from);
        }
    }

    /// Judges one datagram that the node sent to `to` when its wall clock showed `wall`.
    ///
    /// # Errors
    /// The first sentence it breaks.
    pub fn judge_outgoing(
        &mut self,
        to: SocketAddr,
        datagram: &[u8],
        wall: i64,
    ) -> Result<Judged, Breach> {
        if let Decoded::Accepted { message, .. } = oracle::legacy::decode(datagram)
            && oracle::legacy::is_version_0(&message)
        {
            return self.judge_old_answer(to, datagram, &message);
        }
        let known = Circumstances {
            wall: u64::try_from(wall).ok(),
            ..self.known.clone()
        };
        if let Some(first) = oracle::outgoing::judge(datagram, &known).into_iter().next() {
            let expected = format!("every datagram to keep {}", first.requirement);
            return Err(breach(first.requirement, expected, first.line));
        }
        let (text, frame) = opened(datagram);
        let Decoded::Accepted {
            message: meaning, ..
        } = oracle::decode(datagram)
        else {
            return Err(breach(
                "MGP1-FRM-001",
                "a datagram that decodes",
                hex::encode(datagram),
            ));
        };
        self.judge_envelope(to, datagram, &meaning)?;
        self.judge_destination(to, datagram, frame, &meaning)?;
        let canonical = serde_json::from_slice::<Value>(&text)
            .is_ok_and(|value| oracle::canonical(&value).as_bytes() == text);
        Ok(Judged {
            meaning,
            frame,
            canonical,
        })
    }

    /// A message of version 0 is right only as the one answer to a PING of version 0 (MGP1-LEG-008, MGP1-LEG-009).
    fn judge_old_answer(
        &mut self,
        to: SocketAddr,
        datagram: &[u8],
        message: &Value,
    ) -> Result<Judged, Breach> {
        let asked = self
            .old_pings
            .iter()
            .position(|(from, dialect, ping_id, _)| {
                *from == to
                    && message["dialect"] == dialect.as_str()
                    && message["data"]["pingId"] == ping_id.as_str()
            });
        let Some(asked) = asked else {
            return Err(breach(
                "MGP1-LEG-009",
                "no message of version 0 but one answer to each PING of version 0",
                format!("{message} to {to}"),
            ));
        };
        let (_, dialect, ping_id, length) = self.old_pings.swap_remove(asked);
        let ping = (dialect.as_str(), ping_id.as_str(), length);
        let meaning = oracle::legacy::judge_answer(datagram, &self.node_id, ping)
            .map_err(|(requirement, expected, actual)| breach(requirement, expected, actual))?;
        self.judge_numbering(to, datagram, &meaning)?;
        let (_, frame) = opened(datagram);
        Ok(Judged {
            meaning,
            frame,
            canonical: true,
        })
    }

    fn judge_envelope(
        &mut self,
        to: SocketAddr,
        datagram: &[u8],
        meaning: &Value,
    ) -> Result<(), Breach> {
        if meaning["senderId"] != self.node_id.as_str() {
            return Err(breach(
                "MGP1-ENV-010",
                format!("senderId {}", self.node_id),
                meaning["senderId"].to_string(),
            ));
        }
        if meaning["cluster"] != self.cluster.as_str() {
            return Err(breach(
                "MGP1-ENV-007",
                format!("cluster {:?}", self.cluster),
                meaning["cluster"].to_string(),
            ));
        }
        if meaning["protocolVersion"] != 1 {
            return Err(breach(
                "MGP1-ENV-001",
                "protocolVersion 1",
                meaning["protocolVersion"].to_string(),
            ));
        }
        self.judge_numbering(to, datagram, meaning)
    }

    /// Ids and timestamps, which messages of both versions have.
    fn judge_numbering(
        &mut self,
        to: SocketAddr,
        datagram: &[u8],
        meaning: &Value,
    ) -> Result<(), Breach> {
        let message_id = meaning["messageId"].as_str().unwrap_or_default();
        let mut random = vec![message_id];
        if meaning["type"] == "PING" {
            let ping_id = meaning["data"]["pingId"].as_str().unwrap_or_default();
            random.push(ping_id);
            if !self.asked.insert((to, ping_id.to_owned())) {
                return Err(breach(
                    "MGP1-ENV-012",
                    "a new pingId",
                    format!("{ping_id} again, to {to}"),
                ));
            }
        }
        if let Some(id) = random.into_iter().find(|id| id.len() < SHORTEST_RANDOM) {
            return Err(breach(
                "MGP1-ENV-012",
                "64 random bits: at least 11 characters",
                id,
            ));
        }
        if let Some((bytes, receivers)) = self.messages.get_mut(message_id) {
            if bytes != datagram {
                return Err(breach(
                    "MGP1-ENV-013",
                    "a new messageId for a new message",
                    format!("{message_id} again, with other bytes, to {to}"),
                ));
            }
            if !receivers.insert(to) {
                return Err(breach(
                    "MGP1-ENV-013",
                    "a new messageId for a retransmission",
                    format!("{message_id} again to {to}"),
                ));
            }
            return Ok(());
        }
        self.messages.insert(
            message_id.to_owned(),
            (datagram.to_vec(), BTreeSet::from([to])),
        );
        let timestamp = meaning["timestamp"].as_u64().unwrap_or_default();
        if let Some(last) = self.last_timestamp.filter(|&last| timestamp <= last) {
            return Err(breach(
                "MGP1-ENV-011",
                format!("a timestamp above {last}"),
                format!("{timestamp} in {message_id} to {to}"),
            ));
        }
        self.last_timestamp = Some(timestamp);
        Ok(())
    }

    fn judge_destination(
        &self,
        to: SocketAddr,
        datagram: &[u8],
        frame: &str,
        meaning: &Value,
    ) -> Result<(), Breach> {
        if self.proven.contains(&to) {
            return Ok(());
        }
        match meaning["type"].as_str() {
            Some("PING") if frame != "raw" || datagram.len() < 480 => Err(breach(
                "MGP1-MSG-025",
                "at least 480 bytes raw to an address not validated",
                format!("{} bytes {frame} to {to}", datagram.len()),
            )),
            Some("PING") => Ok(()),
            Some("PONG") if self.answered.contains(&to) => Ok(()),
            Some(other) => Err(breach(
                "MGP1-DIS-012",
                "nothing but PINGs and answers to an address not validated",
                format!("{other} to {to}"),
            )),
            None => Ok(()),
        }
    }
}

/// The text of a datagram that the oracle found in order, and its frame.
fn opened(datagram: &[u8]) -> (Vec<u8>, &'static str) {
    if datagram.first() == Some(&b'{') {
        return (datagram.to_vec(), "raw");
    }
    let mut text = Vec::new();
    // An error leaves a text that is not canonical; the oracle has inflated the same bytes before.
    let _ = flate2::read::ZlibDecoder::new(datagram).read_to_end(&mut text);
    (text, "zlib")
}
