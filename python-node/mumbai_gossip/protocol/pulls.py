"""Asking for the member list on hearing of somebody unknown (MGP1-LIV-029, MGP1-LIV-030)."""

from __future__ import annotations

from ..wire.record import State
from .context import Context
from .pings import Pings


class Pulls:
    """At most one question per member and `suspectTimeout`."""

    def __init__(self, context: Context, pings: Pings) -> None:
        self._context = context
        self._pings = pings
        self._due: dict[str, int] = {}
        self._asked: dict[str, int] = {}

    def want(self, member_id: str) -> None:
        """A validated member knows somebody that this node does not."""
        asked = self._asked.get(member_id)
        spacing = self._context.parameters.suspect_timeout
        self._due.setdefault(member_id, self._context.mono if asked is None else asked + spacing)

    def removed(self, member_id: str) -> None:
        """A member was taken off the list."""
        self._due.pop(member_id, None)
        self._asked.pop(member_id, None)

    def flush(self) -> None:
        """Asks whoever is due."""
        context = self._context
        for member_id in [member_id for member_id, due in self._due.items() if due <= context.mono]:
            del self._due[member_id]
            member = context.members.get(member_id)
            if member is None or member.state is State.DEAD or not context.is_validated(member.address):
                continue
            self._asked[member_id] = context.mono
            self._pings.send(member.address, member_id, full=True)

    def due(self) -> int | None:
        """When the next question is due."""
        return min(self._due.values(), default=None)
