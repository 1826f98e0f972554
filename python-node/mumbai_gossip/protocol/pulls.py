"""Asking for the member list on hearing of somebody unknown (MGP1-LIV-029, MGP1-LIV-030)."""

from __future__ import annotations

from ..state.members import Member
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
        self._next_other = 0
        """From when a member may be asked in the place of one that has not proved itself."""

    def want(self, sender: Member) -> None:
        """A member knows somebody that this node does not.

        Where it has not proved itself, another is asked in its place, one in each interval: who is missing here is hardly missing there.
        """
        context = self._context
        if context.is_validated(sender.address):
            self._plan(sender.id)
        elif context.mono >= self._next_other:
            living = [member for member in context.validated_members() if member.state is State.ALIVE]
            for member in context.random.sample(living, 1):
                self._next_other = context.mono + context.parameters.gossip_interval
                self._plan(member.id)

    def _plan(self, member_id: str) -> None:
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
