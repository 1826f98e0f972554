//! From the raw view to what a version 0 message maps to: the steps `cluster`, `legacy`, `sender`, `duplicate` and `type`.

use std::net::SocketAddr;

use super::super::compact::Compact;
use super::super::entry;
use super::super::host::usable_host;
use super::super::ids::{is_node_id, is_token};
use super::super::json::{Json, Members, member, optional};
use super::super::limits::{CLOCK_END, MAX_INTEGER};
use super::super::message::{Entry, Section};
use super::super::read::{Gate, SectionName, Skipped};
use super::super::reason::Reject;
use super::{Dialect, LegacyBody, LegacyMessage, NamedAddress, Origin, SOURCE, sender_record};

/// Digits to which the versions of `v0-python` are padded, so that they sort as the numbers that they were.
const VERSION_DIGITS: usize = 7;

/// How a dialect spells its members.
struct Names {
    kind: &'static str,
    sender_id: &'static str,
    message_id: &'static str,
    local_data: &'static str,
    ping_id: &'static str,
}

impl Dialect {
    /// Told by a member, `type` first, whatever its value (MGP1-LEG-001).
    fn of(top: &Members<'_>) -> Option<Self> {
        if member(top, "type").is_some() {
            Some(Dialect::Java)
        } else if member(top, "message_type").is_some() {
            Some(Dialect::Python)
        } else {
            None
        }
    }

    const fn names(self) -> Names {
        match self {
            Dialect::Java => Names {
                kind: "type",
                sender_id: "senderId",
                message_id: "messageId",
                local_data: "localData",
                ping_id: "pingId",
            },
            Dialect::Python => Names {
                kind: "message_type",
                sender_id: "sender_id",
                message_id: "message_id",
                local_data: "local_state",
                ping_id: "ping_id",
            },
        }
    }

    fn kind(self, text: &str) -> String {
        match self {
            Dialect::Java => text.to_owned(),
            Dialect::Python => text.to_ascii_uppercase(),
        }
    }

    /// Milliseconds, from 0 to 2^53 − 1.
    fn time(self, value: &Json<'_>) -> Option<u64> {
        match self {
            Dialect::Java => value.as_integer(),
            Dialect::Python => milliseconds(value),
        }
    }

    fn version(self, value: &Json<'_>) -> Option<String> {
        match self {
            Dialect::Java => value.as_str().filter(|v| is_token(v)).map(str::to_owned),
            Dialect::Python => {
                let number = value.as_integer()?;
                Some(format!("{number:0VERSION_DIGITS$}"))
            }
        }
    }
}

/// Seconds as a double, times 1000, rounded half to even; `None` outside of 0 to 2^53 − 1.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the rule is about doubles, and the range is checked before the last cast"
)]
fn milliseconds(value: &Json<'_>) -> Option<u64> {
    let seconds = match value {
        Json::Natural(n) => *n as f64,
        Json::Negative(n) => *n as f64,
        Json::Double(x) => *x,
        _ => return None,
    };
    let rounded = (seconds * 1000.0).round_ties_even();
    (0.0..=MAX_INTEGER as f64)
        .contains(&rounded)
        .then_some(rounded as u64)
}

/// Reads a message without `protocolVersion`.
pub(super) fn message(
    top: &Members<'_>,
    gate: &mut impl Gate,
    origin: Origin<'_>,
) -> Result<(LegacyMessage, Vec<Skipped>), Reject> {
    gate.cluster(origin.cluster)?;
    let raw = envelope(top).ok_or(Reject::LegacyBad)?;
    let own = sender_record(origin.from, raw.timestamp);
    gate.sender(raw.sender_id, raw.message_id, &own)?;
    let mut skipped = Vec::new();
    let body = match raw.body {
        RawBody::Gossip { entries, members } => LegacyBody::Gossip {
            local_data: local_data(raw.dialect, entries, &mut skipped),
            addresses: addresses(members, raw.sender_id),
        },
        RawBody::Ping(ping_id) => LegacyBody::Ping {
            ping_id: ping_id.to_owned(),
        },
        RawBody::Other(kind) => match kind.as_str() {
            "PONG" => LegacyBody::Pong {
                ping_id: raw.pong_id.map(str::to_owned),
            },
            "MEMBERSHIP" => LegacyBody::Membership,
            "SYNC" => LegacyBody::Sync,
            _ => return Err(Reject::TypeUnknown),
        },
    };
    let message = LegacyMessage {
        dialect: raw.dialect,
        sender_id: raw.sender_id.to_owned(),
        message_id: raw.message_id.to_owned(),
        timestamp: raw.timestamp,
        body,
    };
    Ok((message, skipped))
}

/// A message in which all that its dialect requires is there (MGP1-LEG-002).
struct RawMessage<'m, 'a> {
    dialect: Dialect,
    sender_id: &'m str,
    message_id: &'m str,
    timestamp: u64,
    pong_id: Option<&'m str>,
    body: RawBody<'m, 'a>,
}

enum RawBody<'m, 'a> {
    Gossip {
        entries: Option<&'m Members<'a>>,
        members: Option<&'m Members<'a>>,
    },
    Ping(&'m str),
    Other(String),
}

fn envelope<'m, 'a>(top: &'m Members<'a>) -> Option<RawMessage<'m, 'a>> {
    let dialect = Dialect::of(top)?;
    let names = dialect.names();
    let kind = dialect.kind(member(top, names.kind)?.as_str()?);
    let sender_id = member(top, names.sender_id)?.as_str();
    let message_id = member(top, names.message_id)?.as_str();
    let timestamp = dialect.time(member(top, "timestamp")?);
    let data = member(top, "data")?.as_object()?;
    let ping_id = member(data, names.ping_id)
        .and_then(Json::as_str)
        .filter(|id| is_token(id));
    let body = match kind.as_str() {
        "GOSSIP" => RawBody::Gossip {
            entries: section(data, names.local_data)?,
            members: section(data, "membership")?,
        },
        "PING" => RawBody::Ping(ping_id?),
        _ => RawBody::Other(kind),
    };
    Some(RawMessage {
        dialect,
        sender_id: sender_id.filter(|id| is_node_id(id))?,
        message_id: message_id.filter(|id| is_token(id))?,
        timestamp: timestamp.filter(|t| *t < CLOCK_END)?,
        pong_id: ping_id,
        body,
    })
}

/// `None` where the section is there and no object.
fn section<'m, 'a>(data: &'m Members<'a>, name: &str) -> Option<Option<&'m Members<'a>>> {
    match optional(data, name) {
        None => Some(None),
        Some(section) => section.as_object().map(Some),
    }
}

fn local_data(
    dialect: Dialect,
    entries: Option<&Members<'_>>,
    skipped: &mut Vec<Skipped>,
) -> Section<Entry> {
    let mut read = Vec::new();
    for (key, item) in entries.into_iter().flatten() {
        match entry::check(key, || mapped(dialect, item)) {
            Ok(entry) => read.push((key.to_string(), entry)),
            Err(reason) => skipped.push(Skipped {
                section: SectionName::LocalData,
                name: key.to_string(),
                reason,
            }),
        }
    }
    read
}

/// The mapped form of an entry: a pure function of that entry (MGP1-LEG-004). `None` for a wrong shape.
fn mapped(dialect: Dialect, item: &Json<'_>) -> Option<Entry> {
    let members = item.as_object()?;
    Some(Entry {
        value: member(members, "value").map_or_else(Compact::null, Compact::from_json),
        timestamp: dialect.time(member(members, "timestamp")?)?,
        version: dialect.version(member(members, "version")?)?,
        source_node: SOURCE.to_owned(),
        deleted: false,
    })
}

fn addresses(members: Option<&Members<'_>>, sender_id: &str) -> Section<NamedAddress> {
    members
        .into_iter()
        .flatten()
        .filter(|(id, _)| id != sender_id)
        .filter_map(|(id, item)| Some((id.to_string(), address(item)?)))
        .collect()
}

fn address(item: &Json<'_>) -> Option<NamedAddress> {
    let members = item.as_object()?;
    let host = member(members, "host")?.as_str()?;
    let port = member(members, "port")?.as_integer()?;
    let port = u16::try_from(port).ok().filter(|port| *port > 0)?;
    Some(NamedAddress {
        host: host.to_owned(),
        address: SocketAddr::new(usable_host(host)?, port),
    })
}
