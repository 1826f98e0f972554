"""What goes into a GOSSIP: as much as fits, and everything in its turn (chapter 8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice, zip_longest
from math import ceil

from ..state.members import Member
from ..wire.entry import Entry
from ..wire.entry import item_text as entry_text
from ..wire.limits import MAX_TEXT
from ..wire.message import Entries, Gossip, Membership, Message
from ..wire.reason import NotSendable
from ..wire.record import Record, State
from ..wire.record import item_text as record_text
from ..wire.write import heartbeat_text, message_text
from .absence import Absence
from .context import Context

Name = tuple[str, str]
"""What may be told: `"entry"` and a key, or `"member"` and an id."""

_HEARTBEAT_SHARE = 0.6
_ROTATION = 240
"""In about so many rounds everything that is held is told once more (MGP1-DIS-009). News and SYNC are there for what is in a hurry."""
_REPEATS = 3
"""Rounds that repeat what was news, for those that every copy of it missed."""
_TRIES = 4
_LOOK_AHEAD = 16


def byte_length(text: str) -> int:
    """Bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


class Draft:
    """A message that grows up to a number of bytes of text."""

    def __init__(self, context: Context, body: Gossip | Entries | Membership, limit: int) -> None:
        self._context = context
        self._body = body
        self._records: dict[str, Record] = {}
        self._limit = limit
        # The clock is not moved for a measurement: its greatest length is assumed, and so are section names and page numbers.
        bare = Message(
            context.config.node_id, "x" * 11, 2**52 - 1, {context.config.node_id: context.own_record_widest()}, body,
            context.config.cluster,
        )
        self._size = byte_length(message_text(bare)) + 32
        self._heartbeat_bytes = 0

    def add_entry(self, key: str, entry: Entry) -> bool:
        """Adds an entry where it fits."""
        if isinstance(self._body, Membership) or not self._take(byte_length(entry_text(key, entry))):
            return False
        self._body.entries[key] = entry
        return True

    def add_record(self, member: Member) -> bool:
        """Adds the record of a member where it fits."""
        return self.put_record(member.id, member.record())

    def put_record(self, member_id: str, record: Record) -> bool:
        """Adds a record where it fits."""
        if not self._take(byte_length(record_text(member_id, record))):
            return False
        self._records[member_id] = record
        return True

    def add_heartbeat(self, member: Member, most: int) -> bool:
        """Adds a heartbeat where it fits, and within `most` bytes of heartbeats."""
        cost = len(heartbeat_text(member.id, member.last_seen)) + 1
        if self._heartbeat_bytes + cost > most or not isinstance(self._body, Gossip) or not self._take(cost - 1):
            return False
        self._heartbeat_bytes += cost
        self._body.heartbeats[member.id] = member.last_seen
        return True

    def message(self) -> Message:
        """The message, under a new id and timestamp."""
        return self._context.message(self._body, self._records)

    def _take(self, size: int) -> bool:
        if self._size + size + 1 > self._limit:
            return False
        self._size += size + 1
        return True


class Rotation:
    """Names that take turns: what was sent goes to the end, so that nothing is postponed for ever (MGP1-DIS-009)."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}

    def add(self, name: str) -> None:
        """Lets a name take part, or keeps its turn."""
        self._names.setdefault(name, None)

    def remove(self, name: str) -> None:
        """Takes a name out."""
        self._names.pop(name, None)

    def turn(self, name: str) -> None:
        """Sends a name to the end."""
        if name in self._names:
            del self._names[name]
            self._names[name] = None

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Composer:
    """Chooses what a GOSSIP carries."""

    def __init__(self, context: Context, absence: Absence) -> None:
        self._context = context
        self._absence = absence
        self.keys = Rotation()
        self.ids = Rotation()
        self._round = 0
        self._recent: dict[Name, int] = {}
        """What was news lately, oldest first, with the last round that repeats it."""

    def draft(self, body: Gossip | Entries | Membership, limit: int | None = None) -> Draft:
        """An empty message that may grow to `limit` bytes of text, by default to what always fits a datagram."""
        return Draft(self._context, body, limit or self._context.parameters.max_packet_size)

    def is_sendable(self, name: Name) -> bool:
        """Whether something is held and may be offered outside an exchange (MGP1-SYN-018)."""
        kind, id_or_key = name
        if kind == "member":
            return id_or_key in self._context.members
        return not self._absence.is_silent() and self._context.store.sendable(id_or_key) is not None

    def include(self, name: Name, draft: Draft) -> bool:
        """Adds what is sendable to a message where it fits."""
        if not self.is_sendable(name):
            return False
        kind, id_or_key = name
        if kind == "member":
            member = self._context.members.get(id_or_key)
            return member is not None and draft.add_record(member)
        entry = self._context.store.sendable(id_or_key)
        return entry is not None and draft.add_entry(id_or_key, entry)

    def repeat(self, name: Name) -> None:
        """Has the next few rounds tell what is news."""
        self._recent.pop(name, None)
        self._recent[name] = self._round + _REPEATS
        if len(self._recent) > self._context.parameters.max_news:
            del self._recent[next(iter(self._recent))]

    def round(self) -> bytes:
        """The GOSSIP of a round. More text than a datagram has room for is tried first, as it may compress."""
        self._round += 1
        while self._recent and next(iter(self._recent.values())) < self._round:
            del self._recent[next(iter(self._recent))]
        most = self._context.parameters.max_packet_size
        limit = min(2 * most, MAX_TEXT)
        for _ in range(_TRIES):
            draft, told = self._fill(limit)
            try:
                datagram = self._context.encode(draft.message())
            except NotSendable:
                limit = max(most, limit * 3 // 4) if limit > most + most // 4 else most
                continue
            self._end_turn(told)
            return datagram
        draft, told = self._fill(most)
        self._end_turn(told)
        return self._context.encode(draft.message())

    def dropped(self, keys: list[str]) -> None:
        """Keys are no longer held."""
        for key in keys:
            self.keys.remove(key)

    def _end_turn(self, told: Iterable[Name]) -> None:
        for kind, id_or_key in told:
            (self.keys if kind == "entry" else self.ids).turn(id_or_key)

    def _fill(self, limit: int) -> tuple[Draft, dict[Name, None]]:
        """An entry and a record whose turn it is first, so that nothing can keep them out; heartbeats; what was news; the rest of the turn."""
        draft = self.draft(Gossip(), limit)
        turn = self._turn()
        told: dict[Name, None] = {}
        for name in turn[:2]:
            if self.include(name, draft):
                told[name] = None
        self._add_heartbeats(draft, {id_or_key for kind, id_or_key in told if kind == "member"}, int(limit * _HEARTBEAT_SHARE))
        misses = 0
        for name in chain(reversed(self._recent), turn[2:]):
            if name in told or not self.is_sendable(name):
                continue
            if self.include(name, draft):
                told[name] = None
            else:
                misses += 1
                if misses == _LOOK_AHEAD:
                    break
        return draft, told

    def _turn(self) -> list[Name]:
        """Whose turn it is in the rotation: entries and records by turns. Which comes first changes, as there may be room for one alone."""
        kinds = [self._first("entry", self.keys), self._first("member", self.ids)]
        if self._round % 2:
            kinds.reverse()
        return [name for pair in zip_longest(*kinds) for name in pair if name is not None]

    def _first(self, kind: str, rotation: Rotation) -> list[Name]:
        """As many names as come up at once, so that the rotation takes some 240 rounds."""
        if kind == "entry" and self._absence.is_silent():
            return []
        names = (name for id_or_key in rotation if self.is_sendable(name := (kind, id_or_key)))
        return list(islice(names, ceil(len(rotation) / _ROTATION)))

    def _add_heartbeats(self, draft: Draft, told: set[str], most: int) -> None:
        """Heartbeats of the living, freshest first, in at most 60 % of what the datagram holds (MGP1-DIS-010)."""
        living = [member for member in self._context.members if member.state is State.ALIVE and member.id not in told]
        living.sort(key=lambda member: -member.grown_at)
        for member in living:
            if not draft.add_heartbeat(member, most):
                return
