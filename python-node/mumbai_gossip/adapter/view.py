"""Effects, outcomes and the state as the adapter protocol shows them."""

from __future__ import annotations

from typing import Any

from ..protocol.context import Context
from ..protocol.effects import (
    ClockSkew,
    Effects,
    EntryChanged,
    Event,
    Fatal,
    IdConflict,
    MemberChanged,
    Outcome,
    Restarted,
)
from ..wire.answer import entry_meaning, record_meaning, rejection, skips
from ..wire.reason import Rejected
from ..wire.record import Record

_FAR = 2**53 - 1


def effects_view(effects: Effects) -> dict[str, Any]:
    """`sent`, `events` and `wake`."""
    return {
        "sent": [{"to": str(send.to), "datagram": send.datagram.hex()} for send in effects.sent],
        "events": [event_view(event) for event in effects.events],
        "wake": _FAR if effects.wake is None else effects.wake,
    }


def event_view(event: Event) -> dict[str, Any]:
    """One event."""
    if isinstance(event, MemberChanged):
        before = None if event.before is None else event.before.name
        after = None if event.after is None else event.after.name
        return {"event": "member", "id": event.id, "from": before, "to": after}
    if isinstance(event, Restarted):
        return {"event": "restarted", "id": event.id}
    if isinstance(event, EntryChanged):
        return {"event": "entry", "key": event.key, "deleted": event.deleted}
    if isinstance(event, IdConflict):
        return {"event": "idConflict", "host": event.host, "port": event.port}
    if isinstance(event, ClockSkew):
        return {"event": "clockSkew", "timestamp": event.timestamp}
    assert isinstance(event, Fatal)
    return {"event": "fatal", "reason": event.reason}


def outcome_view(outcome: Outcome) -> dict[str, Any]:
    """What became of a datagram."""
    if outcome.reason is not None:
        return dict(rejection(Rejected(outcome.reason)))
    return {"verdict": "accepted", "skipped": skips(outcome.skipped)}


def state_view(context: Context, own: Record) -> dict[str, Any]:
    """The state of a machine, without what is empty by nature."""
    members: dict[str, Any] = {}
    for member in context.members:
        shown: dict[str, Any] = dict(record_meaning(member.record()))
        shown["validated"] = context.peers.is_validated(member.address)
        members[member.id] = shown
    return {
        "self": record_meaning(own),
        "members": members,
        "entries": {key: entry_meaning(entry) for key, entry in context.store.items()},
        "remembered": {
            member_id: {"host": trace.host, "lastSeen": trace.last_seen, "port": trace.port}
            for member_id, trace in context.remembered.items()
        },
        "counters": {reason: count for reason, count in sorted(context.counters.items()) if count},
        "history": len(context.history),
    }

