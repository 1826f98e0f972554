"""What goes into a GOSSIP: as much as fits, and everything in its turn (chapter 8)."""

from __future__ import annotations

from collections.abc import Iterator

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

_HEARTBEAT_SHARE = 0.6
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


class Composer:
    """Chooses what a GOSSIP carries."""

    def __init__(self, context: Context, absence: Absence) -> None:
        self._context = context
        self._absence = absence
        self.keys = Rotation()
        self.ids = Rotation()

    def draft(self, body: Gossip | Entries | Membership, limit: int | None = None) -> Draft:
        """An empty message that may grow to `limit` bytes of text, by default to what always fits a datagram."""
        return Draft(self._context, body, limit or self._context.parameters.max_packet_size)

    def sendable_entry(self, key: str) -> Entry | None:
        """The entry of a key, where it may be offered outside an exchange (MGP1-SYN-018)."""
        return None if self._absence.is_silent() else self._context.store.sendable(key)

    def round(self) -> bytes:
        """The GOSSIP of a round. More text than a datagram has room for is tried first, as it may compress."""
        most = self._context.parameters.max_packet_size
        limit = min(2 * most, MAX_TEXT)
        for _ in range(_TRIES):
            draft, keys, ids = self._fill(limit)
            try:
                datagram = self._context.encode(draft.message())
            except NotSendable:
                limit = max(most, limit * 3 // 4) if limit > most + most // 4 else most
                continue
            self._turn(keys, ids)
            return datagram
        draft, keys, ids = self._fill(most)
        self._turn(keys, ids)
        return self._context.encode(draft.message())

    def dropped(self, keys: list[str]) -> None:
        """Keys are no longer held."""
        for key in keys:
            self.keys.remove(key)

    def _turn(self, keys: list[str], ids: list[str]) -> None:
        for key in keys:
            self.keys.turn(key)
        for member_id in ids:
            self.ids.turn(member_id)

    def _fill(self, limit: int) -> tuple[Draft, list[str], list[str]]:
        """One entry and one record first, so that heartbeats cannot keep them out; then heartbeats; then the rest."""
        draft = self.draft(Gossip(), limit)
        entries, records = self._entries(), self._records()
        keys: list[str] = []
        ids: list[str] = []
        self._alternate(draft, entries, records, keys, ids, rounds=1)
        self._add_heartbeats(draft, set(ids))
        self._alternate(draft, entries, records, keys, ids, rounds=None)
        return draft, keys, ids

    def _alternate(
        self,
        draft: Draft,
        entries: Iterator[tuple[str, Entry]],
        records: Iterator[Member],
        keys: list[str],
        ids: list[str],
        rounds: int | None,
    ) -> None:
        misses = 0
        while misses < _LOOK_AHEAD and (rounds is None or rounds > 0):
            entry, member = next(entries, None), next(records, None)
            if entry is None and member is None:
                return
            if entry is not None:
                if draft.add_entry(*entry):
                    keys.append(entry[0])
                else:
                    misses += 1
            if member is not None:
                if draft.add_record(member):
                    ids.append(member.id)
                else:
                    misses += 1
            if rounds is not None:
                rounds -= 1

    def _entries(self) -> Iterator[tuple[str, Entry]]:
        if self._absence.is_silent():
            return
        for key in self.keys:
            entry = self._context.store.sendable(key)
            if entry is not None:
                yield key, entry

    def _records(self) -> Iterator[Member]:
        for member_id in self.ids:
            member = self._context.members.get(member_id)
            if member is not None:
                yield member

    def _add_heartbeats(self, draft: Draft, told: set[str]) -> None:
        """Heartbeats of the living, freshest first, in at most 60 % of a datagram (MGP1-DIS-010)."""
        most = int(self._context.parameters.max_packet_size * _HEARTBEAT_SHARE)
        living = [member for member in self._context.members if member.state is State.ALIVE and member.id not in told]
        living.sort(key=lambda member: -member.grown_at)
        for member in living:
            if not draft.add_heartbeat(member, most):
                return
