//! States, events and skips as the adapter protocol spells them.

use serde_json::{Map, Value, json};

use crate::protocol::{Event, Status};
use crate::wire::{Entry, Record, Skipped};

pub(super) fn entry(entry: &Entry) -> Value {
    json!({
        "value": entry.value.to_value(),
        "timestamp": entry.timestamp,
        "version": entry.version,
        "sourceNode": entry.source_node,
        "deleted": entry.deleted,
    })
}

fn record(record: &Record) -> Value {
    let mut out = json!({
        "host": record.host,
        "port": record.port,
        "state": record.state.name(),
        "lastSeen": record.last_seen,
        "updated": record.updated,
        "metadata": record.metadata.to_value(),
    });
    if let Some(versions) = record.versions {
        out["versions"] = json!({"min": versions.min, "max": versions.max});
    }
    out
}

pub(super) fn skipped(item: &Skipped) -> Value {
    json!({"section": item.section.name(), "name": item.name, "reason": item.reason.code()})
}

pub(super) fn status(status: &Status) -> Value {
    let members: Map<_, _> = status
        .members
        .iter()
        .map(|(id, member)| {
            let mut out = record(&member.record);
            out["validated"] = json!(member.validated);
            (id.clone(), out)
        })
        .collect();
    let entries: Map<_, _> = status
        .entries
        .iter()
        .map(|(k, e)| (k.clone(), entry(e)))
        .collect();
    let remembered: Map<_, _> = status
        .remembered
        .iter()
        .map(|(id, m)| {
            let out = json!({"lastSeen": m.last_seen, "host": m.host, "port": m.port});
            (id.clone(), out)
        })
        .collect();
    json!({
        "self": record(&status.own),
        "members": members,
        "entries": entries,
        "remembered": remembered,
        "counters": status.counters,
        "history": status.history,
    })
}

pub(super) fn event(event: &Event) -> Value {
    match event {
        Event::Member { id, from, to } => {
            let (from, to) = (from.map(|s| s.name()), to.map(|s| s.name()));
            json!({"event": "member", "id": id, "from": from, "to": to})
        }
        Event::Restarted { id } => json!({"event": "restarted", "id": id}),
        Event::Entry { key, deleted } => json!({"event": "entry", "key": key, "deleted": deleted}),
        Event::IdConflict { host, port } => {
            json!({"event": "idConflict", "host": host, "port": port})
        }
        Event::ClockSkew { timestamp } => json!({"event": "clockSkew", "timestamp": timestamp}),
        Event::Fatal { reason } => json!({"event": "fatal", "reason": reason}),
    }
}
