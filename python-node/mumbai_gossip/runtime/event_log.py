"""Events in the log."""

from __future__ import annotations

import logging

from ..protocol.effects import ClockSkew, EntryChanged, Event, Fatal, IdConflict, MemberChanged, Restarted

_log = logging.getLogger("mumbai_gossip")


def log_event(node_id: str, event: Event) -> None:
    """One line for an event, at the level that it is worth."""
    if isinstance(event, MemberChanged):
        before = "new" if event.before is None else event.before.name
        after = "forgotten" if event.after is None else event.after.name
        _log.info("%s: member %s: %s -> %s", node_id, event.id, before, after)
    elif isinstance(event, Restarted):
        _log.info("%s: member %s has set its record anew", node_id, event.id)
    elif isinstance(event, IdConflict):
        _log.error("%s: another node uses this id at %s port %d: give one of them another id", node_id, event.host, event.port)
    elif isinstance(event, ClockSkew):
        _log.debug("%s: an entry is dated too far ahead: %d", node_id, event.timestamp)
    elif isinstance(event, Fatal):
        _log.critical("%s: stopped: %s", node_id, event.reason)
    elif isinstance(event, EntryChanged):
        _log.debug("%s: entry %s changed", node_id, event.key)
