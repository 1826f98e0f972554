//! From the raw view to the meaning: the steps `version` to `body` (chapters 4, 5 and 9), in the order of MGP1-ERR-001.

use sha2::{Digest, Sha256};

use super::ids::{is_cluster, is_node_id, is_token};
use super::json::{Json, Members, member, optional};
use super::limits::CLOCK_END;
use super::message::{Body, Message, Page, Phase, Record, Section, State};
use super::reason::{Reject, Skip};
use super::{entry, record};

/// Which section of `data` an item stood in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SectionName {
    /// `localData`
    LocalData,
    /// `membership`
    Membership,
    /// `heartbeats`
    Heartbeats,
}

impl SectionName {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            SectionName::LocalData => "localData",
            SectionName::Membership => "membership",
            SectionName::Heartbeats => "heartbeats",
        }
    }
}

/// One item that was left out of an accepted message (MGP1-MSG-002).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Where it stood.
    pub section: SectionName,
    /// Its key or id.
    pub name: String,
    /// Why.
    pub reason: Skip,
}

/// An accepted message and what was left out of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The meaning.
    pub message: Message,
    /// By section, then by name in UTF-16 code units.
    pub skipped: Vec<Skipped>,
}

/// The steps of receipt that need to know the receiver: they stand between those that do not (MGP1-ERR-001).
pub trait Gate {
    /// Step `cluster`, for a lawful name.
    ///
    /// # Errors
    /// `cluster.mismatch` (MGP1-ENV-006).
    fn cluster(&mut self, name: &str) -> Result<(), Reject>;

    /// Steps `sender` and `duplicate`; `own` is the sender's valid record of itself.
    ///
    /// # Errors
    /// `sender.self` or `duplicate.message` (MGP1-ENV-015, MGP1-ENV-016).
    fn sender(&mut self, sender_id: &str, message_id: &str, own: &Record) -> Result<(), Reject>;
}

/// The gate of a decoder on its own: it has no cluster and no state (chapter 12).
#[derive(Debug, Clone, Copy, Default)]
pub struct Open;

impl Gate for Open {
    fn cluster(&mut self, _: &str) -> Result<(), Reject> {
        Ok(())
    }

    fn sender(&mut self, _: &str, _: &str, _: &Record) -> Result<(), Reject> {
        Ok(())
    }
}

/// Reads a message.
///
/// # Errors
/// The first step that fails.
pub(super) fn message(top: &Members<'_>, gate: &mut impl Gate) -> Result<Decoded, Reject> {
    version(top)?;
    let cluster = match optional(top, "cluster") {
        None => "",
        Some(name) => name
            .as_str()
            .filter(|c| is_cluster(c))
            .ok_or(Reject::ClusterBad)?,
    };
    gate.cluster(cluster)?;
    let kind = text(top, "type").ok_or(Reject::EnvelopeType)?;
    let sender_id = text(top, "senderId")
        .filter(|id| is_node_id(id))
        .ok_or(Reject::EnvelopeSenderId)?;
    let message_id = text(top, "messageId")
        .filter(|id| is_token(id))
        .ok_or(Reject::EnvelopeMessageId)?;
    let timestamp = member(top, "timestamp")
        .and_then(Json::as_integer)
        .filter(|t| *t < CLOCK_END)
        .ok_or(Reject::EnvelopeTimestamp)?;
    let data = member(top, "data")
        .and_then(Json::as_object)
        .ok_or(Reject::EnvelopeData)?;
    let records = member(data, "membership")
        .and_then(Json::as_object)
        .ok_or(Reject::EnvelopeSelf)?;
    let own = own_record(records, sender_id, timestamp).ok_or(Reject::EnvelopeSelf)?;
    gate.sender(sender_id, message_id, &own)?;

    let mut skipped = Vec::new();
    let body = body(kind, data, &mut skipped)?;
    let membership = section(records, SectionName::Membership, &mut skipped, record::read);
    // The body's sections stand on both sides of `membership`; the sort is stable and keeps the order of names.
    skipped.sort_by_key(|item| item.section);
    Ok(Decoded {
        message: Message {
            cluster: cluster.to_owned(),
            sender_id: sender_id.to_owned(),
            message_id: message_id.to_owned(),
            timestamp,
            membership,
            body,
        },
        skipped,
    })
}

fn version(top: &Members<'_>) -> Result<(), Reject> {
    match member(top, "protocolVersion") {
        None => Err(Reject::VersionUnsupported),
        Some(version) => match version.as_integer() {
            None => Err(Reject::VersionBad),
            Some(1) => Ok(()),
            Some(_) => Err(Reject::VersionUnsupported),
        },
    }
}

fn text<'m>(members: &'m Members<'_>, name: &str) -> Option<&'m str> {
    member(members, name)?.as_str()
}

fn own_record(records: &Members<'_>, sender: &str, timestamp: u64) -> Option<Record> {
    record::read(sender, member(records, sender)?)
        .ok()
        .filter(|own| own.state != State::Suspect && own.last_seen == timestamp)
}

fn body(kind: &str, data: &Members<'_>, skipped: &mut Vec<Skipped>) -> Result<Body, Reject> {
    match kind {
        "GOSSIP" => {
            let entries = object(data, "localData", Reject::BodyLocalData)?;
            let beats = object(data, "heartbeats", Reject::BodyHeartbeats)?;
            Ok(Body::Gossip {
                local_data: entries.map_or_else(Vec::new, |members| {
                    section(members, SectionName::LocalData, skipped, entry::read)
                }),
                heartbeats: heartbeats(beats, skipped),
            })
        }
        "PING" => Ok(Body::Ping {
            ping_id: ping_id(data)?,
            target_id: match optional(data, "targetId") {
                None => None,
                Some(id) => Some(
                    id.as_str()
                        .filter(|id| is_node_id(id))
                        .ok_or(Reject::BodyTargetId)?
                        .to_owned(),
                ),
            },
            full: flag(data, "full", Reject::BodyFull)?,
        }),
        "PONG" => {
            let beats = object(data, "heartbeats", Reject::BodyHeartbeats)?;
            Ok(Body::Pong {
                ping_id: ping_id(data)?,
                heartbeats: heartbeats(beats, skipped),
            })
        }
        "MEMBERSHIP" => Ok(Body::Membership { page: page(data)? }),
        "SYNC" => sync(data, skipped),
        _ => Err(Reject::TypeUnknown),
    }
}

fn object<'m, 'a>(
    data: &'m Members<'a>,
    name: &str,
    reason: Reject,
) -> Result<Option<&'m Members<'a>>, Reject> {
    optional(data, name)
        .map(|section| section.as_object().ok_or(reason))
        .transpose()
}

fn flag(data: &Members<'_>, name: &str, reason: Reject) -> Result<bool, Reject> {
    match optional(data, name) {
        None => Ok(false),
        Some(Json::Bool(flag)) => Ok(*flag),
        Some(_) => Err(reason),
    }
}

fn ping_id(data: &Members<'_>) -> Result<String, Reject> {
    text(data, "pingId")
        .filter(|id| is_token(id))
        .map(str::to_owned)
        .ok_or(Reject::BodyPingId)
}

fn page(data: &Members<'_>) -> Result<Option<Page>, Reject> {
    match (optional(data, "page"), optional(data, "pages")) {
        (None, None) => Ok(None),
        (Some(page), Some(pages)) => match (page.as_integer(), pages.as_integer()) {
            (Some(page), Some(pages)) if 1 <= page && page <= pages => {
                Ok(Some(Page { page, pages }))
            }
            _ => Err(Reject::BodyPage),
        },
        _ => Err(Reject::BodyPage),
    }
}

fn sync(data: &Members<'_>, skipped: &mut Vec<Skipped>) -> Result<Body, Reject> {
    let entries = match text(data, "phase") {
        Some("DIGEST") => None,
        Some("ENTRIES") => Some(object(data, "localData", Reject::BodyLocalData)?),
        _ => return Err(Reject::BodyPhase),
    };
    let prefix = text(data, "prefix")
        .filter(|prefix| prefix.len() <= 64 && is_hex(prefix))
        .ok_or(Reject::BodyPrefix)?;
    let phase = match entries {
        None => Phase::Digest {
            children: children(data, prefix).ok_or(Reject::BodyChildren)?,
        },
        Some(entries) => {
            let reply = flag(data, "reply", Reject::BodyReply)?;
            let below = |key: &str, item: &Json<'_>| {
                let entry = entry::read(key, item)?;
                let path = hex::encode(Sha256::digest(key));
                if path.starts_with(prefix) {
                    Ok(entry)
                } else {
                    Err(Skip::EntryPrefix)
                }
            };
            let local_data = entries.map_or_else(Vec::new, |members| {
                section(members, SectionName::LocalData, skipped, below)
            });
            Phase::Entries { local_data, reply }
        }
    };
    Ok(Body::Sync {
        prefix: prefix.to_owned(),
        phase,
    })
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn children(data: &Members<'_>, prefix: &str) -> Option<Section<String>> {
    let members = member(data, "children")?.as_object()?;
    if prefix.len() == 64 && !members.is_empty() {
        return None;
    }
    members
        .iter()
        .map(|(digit, digest)| {
            let digest = digest.as_str()?;
            let right = digit.len() == 1 && is_hex(digit) && digest.len() == 32 && is_hex(digest);
            right.then(|| (digit.to_string(), digest.to_owned()))
        })
        .collect()
}

fn section<T>(
    members: &Members<'_>,
    section: SectionName,
    skipped: &mut Vec<Skipped>,
    read: impl Fn(&str, &Json<'_>) -> Result<T, Skip>,
) -> Section<T> {
    let mut items = Vec::with_capacity(members.len());
    for (name, item) in members {
        match read(name, item) {
            Ok(item) => items.push((name.to_string(), item)),
            Err(reason) => skipped.push(Skipped {
                section,
                name: name.to_string(),
                reason,
            }),
        }
    }
    items
}

fn heartbeats(members: Option<&Members<'_>>, skipped: &mut Vec<Skipped>) -> Section<u64> {
    let Some(members) = members else {
        return Vec::new();
    };
    section(members, SectionName::Heartbeats, skipped, |id, item| {
        if !is_node_id(id) {
            return Err(Skip::HeartbeatId);
        }
        item.as_integer()
            .filter(|value| *value < CLOCK_END)
            .ok_or(Skip::HeartbeatValue)
    })
}
