//! What every datagram of a node must be like, whatever the case is about.

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
    max_packet_size: usize,
    compression_threshold: usize,
    last_timestamp: Option<u64>,
    messages: BTreeMap<String, (Vec<u8>, BTreeSet<SocketAddr>)>,
    proven: BTreeSet<SocketAddr>,
    asked: BTreeSet<(SocketAddr, String)>,
    answered: BTreeSet<SocketAddr>,
}

impl Watch {
    /// Watches a node with these settings; what is absent has its default.
    pub fn new(config: &Value) -> Self {
        let size = |name: &str, default: usize| {
            config[name]
                .as_u64()
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or(default)
        };
        Watch {
            node_id: config["nodeId"].as_str().unwrap_or_default().to_owned(),
            cluster: config["cluster"].as_str().unwrap_or_default().to_owned(),
            max_packet_size: size("maxPacketSize", 1400),
            compression_threshold: size("compressionThreshold", 512),
            last_timestamp: None,
            messages: BTreeMap::new(),
            proven: BTreeSet::new(),
            asked: BTreeSet::new(),
            answered: BTreeSet::new(),
        }
    }

    /// Notes a datagram that reaches the node: a PONG that echoes a PING proves its address. Whether the proof has lapsed since is for a vector to say.
    pub fn received(&mut self, from: SocketAddr, datagram: &[u8]) {
        self.answered.insert(from);
        if let Decoded::Accepted { message, .. } = oracle::decode(datagram)
            && message["type"] == "PONG"
            && let Some(ping_id) = message["data"]["pingId"].as_str()
            && self.asked.contains(&(from, ping_id.to_owned()))
        {
            self.proven.insert(from);
        }
    }

    /// Judges one datagram that the node sent to `to`.
    ///
    /// # Errors
    /// The first sentence it breaks.
    pub fn judge_outgoing(&mut self, to: SocketAddr, datagram: &[u8]) -> Result<Judged, Breach> {
        if datagram.len() > self.max_packet_size {
            return Err(breach(
                "MGP1-FRM-002",
                format!("at most {} bytes", self.max_packet_size),
                format!("{} bytes", datagram.len()),
            ));
        }
        let (text, frame) = self.judge_frame(datagram)?;
        let meaning = match oracle::decode(datagram) {
            Decoded::Accepted { message, skipped } if skipped.is_empty() => message,
            Decoded::Accepted { skipped, .. } => {
                let requirement = match skipped[0]["section"].as_str() {
                    Some("localData") => "MGP1-MSG-008",
                    Some("membership") => "MGP1-MSG-014",
                    _ => "MGP1-MSG-017",
                };
                return Err(breach(
                    requirement,
                    "a message in which nothing must be skipped",
                    Value::from(skipped).to_string(),
                ));
            }
            Decoded::Rejected { step, reason } => {
                let requirement = match (step, reason) {
                    ("json", _) => "MGP1-JSN-010",
                    ("version", _) => "MGP1-ENV-001",
                    (_, "envelope.self") => "MGP1-ENV-010",
                    _ => "MGP1-FRM-001",
                };
                return Err(breach(
                    requirement,
                    "a datagram that decodes",
                    format!("{reason}: {}", String::from_utf8_lossy(&text)),
                ));
            }
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

    fn judge_frame(&self, datagram: &[u8]) -> Result<(Vec<u8>, &'static str), Breach> {
        if datagram.first() == Some(&b'{') {
            return Ok((datagram.to_vec(), "raw"));
        }
        let mut text = Vec::new();
        if flate2::read::ZlibDecoder::new(datagram)
            .take(65_537)
            .read_to_end(&mut text)
            .is_err()
        {
            return Err(breach(
                "MGP1-FRM-001",
                "raw JSON or one zlib stream",
                hex::encode(datagram),
            ));
        }
        if text.len() > 65_536 {
            return Err(breach(
                "MGP1-FRM-017",
                "a text of at most 65536 bytes",
                "more",
            ));
        }
        if text.len() <= self.compression_threshold {
            let expected = format!("a text of at most {} bytes raw", self.compression_threshold);
            return Err(breach(
                "MGP1-FRM-003",
                expected,
                format!("{} bytes compressed", text.len()),
            ));
        }
        if datagram.len() >= text.len() {
            return Err(breach(
                "MGP1-FRM-005",
                format!("less than {} bytes, or raw", text.len()),
                format!("{} bytes", datagram.len()),
            ));
        }
        Ok((text, "zlib"))
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
