"""What goes into a GOSSIP: as much as fits, and everything in its turn (chapter 8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from math import ceil

from ..wire.message import Gossip
from ..wire.record import State
from .absence import Absence
from .context import Context
from .draft import Draft, Name
from .fitting import Fitting

_HEARTBEAT_SHARE = 0.6
_ROTATION = 240
"""In about so many rounds everything that is held is told once more (MGP1-DIS-009). News and SYNC are there for what is in a hurry."""
_REPEATS = 3
"""Rounds that repeat an entry which was news, for those that every copy of it missed."""


class Rotation:
    """Names that take turns: what was sent goes to the end, so that nothing is postponed for ever (MGP1-DIS-009)."""

    def __init__(self) -> None:
        self._names: dict[Name, None] = {}

    def add(self, name: Name) -> None:
        """Lets a name take part, or keeps its turn."""
        self._names.setdefault(name, None)

    def remove(self, name: Name) -> None:
        """Takes a name out."""
        self._names.pop(name, None)

    def turn(self, name: Name) -> None:
        """Sends a name to the end."""
        if name in self._names:
            del self._names[name]
            self._names[name] = None

    def __iter__(self) -> Iterator[Name]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Composer:
    """Chooses what a GOSSIP carries."""

    def __init__(self, context: Context, absence: Absence) -> None:
        self._context = context
        self._absence = absence
        self._fitting = Fitting(context)
        self.rotation = Rotation()
        self._round = 0
        self._recent: dict[Name, int] = {}
        """Entries that were news lately, oldest first, with the last round that repeats them."""

    def is_sendable(self, name: Name) -> bool:
        """Whether something is held and may be offered outside an exchange (MGP1-SYN-018)."""
        kind, id_or_key = name
        if kind == "member":
            return id_or_key in self._context.members
        return not self._absence.is_silent() and self._context.store.sendable(id_or_key) is not None

    def repeat(self, key: str) -> None:
        """Has the next few rounds tell an entry that is news."""
        name = ("entry", key)
        self._recent.pop(name, None)
        self._recent[name] = self._round + _REPEATS
        if len(self._recent) > self._context.parameters.max_news:
            del self._recent[next(iter(self._recent))]

    def news(self, names: Iterable[Name]) -> tuple[bytes, Iterable[Name]]:
        """A GOSSIP of as many of these as fit, the first ones first, and which it holds."""
        wanted = list(names)

        def fill(budget: int) -> Draft:
            draft = Draft(self._context, Gossip(), budget)
            self._offer(wanted, draft)
            return draft

        draft, datagram = self._fitting.fit(fill)
        return datagram, draft.told

    def round(self, queued: Iterable[Name]) -> bytes:
        """The GOSSIP of a round; `queued` is the news that is still to be told."""
        self._round += 1
        while self._recent and next(iter(self._recent.values())) < self._round:
            del self._recent[next(iter(self._recent))]
        turn = list(self._turn())
        # What is whose turn comes first, so that nothing can keep it out.
        members = (name for name in queued if name[0] == "member")
        first = [*turn[:1], *members, *reversed(self._recent)]

        def fill(budget: int) -> Draft:
            draft = Draft(self._context, Gossip(), budget)
            self._offer(first, draft)
            self._add_heartbeats(draft, int(budget * _HEARTBEAT_SHARE))
            self._offer(turn[1:], draft)
            return draft

        draft, datagram = self._fitting.fit(fill)
        for name in draft.told:
            self.rotation.turn(name)
        return datagram

    def dropped(self, keys: list[str]) -> None:
        """Keys are no longer held."""
        for key in keys:
            self.rotation.remove(("entry", key))

    def _turn(self) -> Iterator[Name]:
        """As many names as come up at once, so that the rotation takes some 240 rounds."""
        sendable = (name for name in self.rotation if self.is_sendable(name))
        return islice(sendable, ceil(len(self.rotation) / _ROTATION))

    def _offer(self, names: Iterable[Name], draft: Draft) -> None:
        """Adds what may be sent of these, of either kind until one does not fit."""
        closed: set[str] = set()
        for name in names:
            kind = name[0]
            if kind in closed or name in draft.told or not self.is_sendable(name):
                continue
            if not self._include(name, draft):
                closed.add(kind)
                if len(closed) == 2:
                    return

    def _include(self, name: Name, draft: Draft) -> bool:
        kind, id_or_key = name
        if kind == "member":
            member = self._context.members.get(id_or_key)
            return member is not None and draft.add_record(member)
        entry = self._context.store.sendable(id_or_key)
        return entry is not None and draft.add_entry(id_or_key, entry)

    def _add_heartbeats(self, draft: Draft, most: int) -> None:
        """Heartbeats of the living, freshest first, in at most 60 % of what the datagram holds (MGP1-DIS-010)."""
        living = [member for member in self._context.members if member.state is State.ALIVE]
        living.sort(key=lambda member: -member.grown_at)
        for member in living:
            if not draft.add_heartbeat(member, most):
                return
