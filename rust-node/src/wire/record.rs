//! Records: reading, sizes and canonical form (chapter 5).

use super::canonical::write_integer;
use super::compact::Compact;
use super::host::usable_host;
use super::ids::is_node_id;
use super::json::{Json, Members, member, optional};
use super::limits::{CLOCK_END, MAX_RECORD};
use super::message::{Record, State, Versions};
use super::reason::Skip;

/// Reads `membership[id]`, with the rules in the order of chapter 5.
///
/// # Errors
/// The first rule broken (MGP1-MSG-009 to MGP1-MSG-013).
pub(super) fn read(id: &str, item: &Json<'_>) -> Result<Record, Skip> {
    if !is_node_id(id) {
        return Err(Skip::RecordId);
    }
    let record = shape(item).ok_or(Skip::RecordShape)?;
    check(id, &record).map(|()| record)
}

/// Checks what the types leave open of a record, its own node's included (MGP1-MSG-014).
///
/// # Errors
/// The first rule broken.
pub fn check(id: &str, record: &Record) -> Result<(), Skip> {
    if !is_node_id(id) {
        return Err(Skip::RecordId);
    }
    if usable_host(&record.host).is_none() {
        return Err(Skip::RecordHost);
    }
    if record.last_seen >= CLOCK_END || record.updated > record.last_seen {
        return Err(Skip::RecordClock);
    }
    if record_size(id, record) > MAX_RECORD {
        return Err(Skip::RecordSize);
    }
    Ok(())
}

fn shape(item: &Json<'_>) -> Option<Record> {
    let members = item.as_object()?;
    let port = member(members, "port")?.as_integer()?;
    Some(Record {
        host: member(members, "host")?.as_str()?.to_owned(),
        port: u16::try_from(port).ok().filter(|port| *port > 0)?,
        state: State::from_name(member(members, "state")?.as_str()?)?,
        last_seen: member(members, "lastSeen")?.as_integer()?,
        updated: member(members, "updated")?.as_integer()?,
        metadata: match optional(members, "metadata") {
            None => Compact::empty_object(),
            Some(object @ Json::Object(_)) => Compact::from_json(object),
            Some(_) => return None,
        },
        versions: match optional(members, "versions") {
            None => None,
            Some(range) => Some(versions(range.as_object()?)?),
        },
    })
}

fn versions(members: &Members<'_>) -> Option<Versions> {
    let min = member(members, "min")?.as_integer()?;
    let max = member(members, "max")?.as_integer()?;
    (1 <= min && min <= max).then_some(Versions { min, max })
}

/// Size of a record: the length of `"id":` and its canonical form, counted as if it were SUSPECT with the greatest clocks.
pub fn record_size(id: &str, record: &Record) -> usize {
    let mut text = String::with_capacity(192);
    let (state, clock) = (State::Suspect, CLOCK_END - 1);
    write_with(&mut text, record, state, [clock, clock], true);
    id.len() + r#""":"#.len() + text.len()
}

/// Appends a record as it travels: canonical, without metadata where there is none.
pub(super) fn write(out: &mut String, record: &Record) {
    let clocks = [record.last_seen, record.updated];
    let has_metadata = !record.metadata.is_empty_object();
    write_with(out, record, record.state, clocks, has_metadata);
}

/// Appends a record as chapter 12 compares meanings: its canonical form.
pub(super) fn write_meaning(out: &mut String, record: &Record) {
    let clocks = [record.last_seen, record.updated];
    write_with(out, record, record.state, clocks, true);
}

fn write_with(
    out: &mut String,
    record: &Record,
    state: State,
    [last_seen, updated]: [u64; 2],
    with_metadata: bool,
) {
    out.push_str(r#"{"host":""#);
    out.push_str(&record.host);
    out.push_str(r#"","lastSeen":"#);
    write_integer(out, last_seen);
    if with_metadata {
        out.push_str(r#","metadata":"#);
        out.push_str(record.metadata.as_str());
    }
    out.push_str(r#","port":"#);
    write_integer(out, u64::from(record.port));
    out.push_str(r#","state":""#);
    out.push_str(state.name());
    out.push_str(r#"","updated":"#);
    write_integer(out, updated);
    write_versions(out, record);
    out.push('}');
}

fn write_versions(out: &mut String, record: &Record) {
    if let Some(Versions { min, max }) = record.versions {
        out.push_str(r#","versions":{"max":"#);
        write_integer(out, max);
        out.push_str(r#","min":"#);
        write_integer(out, min);
        out.push('}');
    }
}

/// The canonical content of a record: what the member itself is the only author of (MGP1-MRG-016).
pub fn canonical_content(record: &Record) -> String {
    let mut out = String::with_capacity(96);
    out.push_str(r#"{"host":""#);
    out.push_str(&record.host);
    out.push_str(r#"","metadata":"#);
    out.push_str(record.metadata.as_str());
    out.push_str(r#","port":"#);
    write_integer(&mut out, u64::from(record.port));
    write_versions(&mut out, record);
    out.push('}');
    out
}
