//! Chapter 5, records and heartbeats.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::{CLOCK_END, integer, is_node_id, optional};
use crate::oracle::canonical;

/// Largest size of a record in canonical bytes (MGP1-MSG-013).
pub const MAX_RECORD_SIZE: usize = 360;

/// The liveness state, in the order of severity (MGP1-MRG-015).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Heard of lately.
    Alive,
    /// Not heard of for a while.
    Suspect,
    /// Given up, or left.
    Dead,
}

impl State {
    /// The state of that name.
    pub fn from_name(name: &str) -> Option<State> {
        match name {
            "ALIVE" => Some(State::Alive),
            "SUSPECT" => Some(State::Suspect),
            "DEAD" => Some(State::Dead),
            _ => None,
        }
    }

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            State::Alive => "ALIVE",
            State::Suspect => "SUSPECT",
            State::Dead => "DEAD",
        }
    }
}

/// A valid record, without its id.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// IP address literal, as it was written.
    pub host: String,
    /// UDP port.
    pub port: u16,
    /// Liveness state.
    pub state: State,
    /// The member's membership clock in its newest message known.
    pub last_seen: u64,
    /// The member's membership clock when it last set its content.
    pub updated: u64,
    /// What the member says of itself.
    pub metadata: Map<String, Value>,
    /// The least and greatest protocol version it speaks.
    pub versions: Option<(u64, u64)>,
}

impl Record {
    /// The record as chapter 12 shows it.
    pub fn to_value(&self) -> Value {
        let mut record = json!({
            "host": self.host,
            "port": self.port,
            "state": self.state.name(),
            "lastSeen": self.last_seen,
            "updated": self.updated,
            "metadata": self.metadata,
        });
        if let Some((min, max)) = self.versions {
            record["versions"] = json!({"min": min, "max": max});
        }
        record
    }
}

/// The canonical content of a record: host, metadata, port and, where present, versions.
pub fn canonical_content(record: &Record) -> String {
    let mut content = json!({
        "host": record.host,
        "metadata": record.metadata,
        "port": record.port,
    });
    if let Some((min, max)) = record.versions {
        content["versions"] = json!({"min": min, "max": max});
    }
    canonical(&content)
}

/// The size of a record: the length of `"id":` and the record, counted as if it were SUSPECT with the longest clocks.
pub fn record_size(id: &str, record: &Record) -> usize {
    let text = |text: &str| canonical(&Value::from(text));
    let (host, port) = (text(&record.host), record.port);
    let metadata = match record.metadata.is_empty() {
        true => "{}".to_owned(),
        false => canonical(&Value::from(record.metadata.clone())),
    };
    let clock = CLOCK_END - 1;
    let versions = record.versions.map_or(String::new(), |(min, max)| {
        format!(r#","versions":{{"max":{max},"min":{min}}}"#)
    });
    // Canonical: the names in order, and integers this small as their digits.
    let counted = format!(
        r#"{{"host":{host},"lastSeen":{clock},"metadata":{metadata},"port":{port},"state":"SUSPECT","updated":{clock}{versions}}}"#
    );
    text(id).len() + ":".len() + counted.len()
}

/// Checks one member of `membership`.
///
/// # Errors
/// The reason to skip it; of several the first in the order of chapter 5.
pub fn check_record(id: &str, value: &Value) -> Result<Record, &'static str> {
    // MGP1-MSG-009
    if !is_node_id(id) {
        return Err("record.id");
    }
    // MGP1-MSG-010
    let record = record_of(value).ok_or("record.shape")?;
    // MGP1-MSG-011
    if !is_usable_host(&record.host) {
        return Err("record.host");
    }
    // MGP1-MSG-012
    if record.last_seen >= CLOCK_END || record.updated > record.last_seen {
        return Err("record.clock");
    }
    // MGP1-MSG-013
    if record_size(id, &record) > MAX_RECORD_SIZE {
        return Err("record.size");
    }
    Ok(record)
}

/// Checks one member of `heartbeats`.
///
/// # Errors
/// The reason to skip it.
pub fn check_heartbeat(id: &str, value: &Value) -> Result<u64, &'static str> {
    // MGP1-MSG-015
    if !is_node_id(id) {
        return Err("heartbeat.id");
    }
    // MGP1-MSG-016
    integer(Some(value))
        .filter(|last_seen| *last_seen < CLOCK_END)
        .ok_or("heartbeat.value")
}

fn record_of(value: &Value) -> Option<Record> {
    let members = value.as_object()?;
    Some(Record {
        host: members.get("host")?.as_str()?.to_owned(),
        port: u16::try_from(integer(members.get("port"))?)
            .ok()
            .filter(|port| *port > 0)?,
        state: State::from_name(members.get("state")?.as_str()?)?,
        last_seen: integer(members.get("lastSeen"))?,
        updated: integer(members.get("updated"))?,
        metadata: match optional(members, "metadata") {
            None => Map::new(),
            Some(metadata) => metadata.as_object()?.clone(),
        },
        versions: match optional(members, "versions") {
            None => None,
            Some(versions) => Some(version_range(versions)?),
        },
    })
}

fn version_range(value: &Value) -> Option<(u64, u64)> {
    let members = value.as_object()?;
    let min = integer(members.get("min"))?;
    let max = integer(members.get("max"))?;
    (1 <= min && min <= max).then_some((min, max))
}

/// Whether a host is an IP address literal that one node can listen on (MGP1-MSG-011). The standard library reads
/// dotted-decimal without leading zeros and RFC 4291 section 2.2 without zone and brackets.
pub fn is_usable_host(host: &str) -> bool {
    let Ok(address) = host.parse::<IpAddr>() else {
        return false;
    };
    // Chapter 1: ::ffff:a.b.c.d counts as a.b.c.d.
    let address = address.to_canonical();
    let is_broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    !address.is_unspecified() && !address.is_multicast() && !is_broadcast
}
