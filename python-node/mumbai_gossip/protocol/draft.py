"""A message that grows up to a number of bytes of text."""

from __future__ import annotations

from ..state.members import Member
from ..wire.entry import Entry
from ..wire.entry import item_text as entry_text
from ..wire.message import Entries, Gossip, Membership, Message
from ..wire.record import Record
from ..wire.record import item_text as record_text
from ..wire.write import heartbeat_text, message_text
from .context import Context

Name = tuple[str, str]
"""What may be told: `"entry"` and a key, or `"member"` and an id."""


def byte_length(text: str) -> int:
    """Bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


class Draft:
    """What is in the message so far. Sizes are upper bounds, so that it never ends up longer."""

    def __init__(self, context: Context, body: Gossip | Entries | Membership, limit: int) -> None:
        self._context = context
        self._body = body
        self.records: dict[str, Record] = {}
        self.told: dict[Name, None] = {}
        """The entries and records in it, in the order in which they came."""
        self.is_full = False
        """Whether something did not fit."""
        self._limit = limit
        # The clock is not moved for a measurement: its greatest length is assumed, and so are section names and page numbers.
        bare = Message(
            context.config.node_id, "x" * 11, 2**52 - 1, {context.config.node_id: context.own_record_widest()}, body,
            context.config.cluster,
        )
        self.size = byte_length(message_text(bare)) + 32
        self._heartbeat_bytes = 0

    def add_entry(self, key: str, entry: Entry) -> bool:
        """Adds an entry where it fits."""
        if isinstance(self._body, Membership) or not self._take(byte_length(entry_text(key, entry))):
            return False
        self._body.entries[key] = entry
        self.told["entry", key] = None
        return True

    def add_record(self, member: Member) -> bool:
        """Adds the record of a member where it fits."""
        record = member.record()
        if not self._take(byte_length(record_text(member.id, record))):
            return False
        self.records[member.id] = record
        self.told["member", member.id] = None
        return True

    def add_heartbeat(self, member: Member, most: int) -> bool:
        """Adds a heartbeat where it fits, and within `most` bytes of heartbeats; a record that is there says as much."""
        if member.id in self.records:
            return True
        cost = len(heartbeat_text(member.id, member.last_seen)) + 1
        if self._heartbeat_bytes + cost > most:
            self.is_full = True
            return False
        if not isinstance(self._body, Gossip) or not self._take(cost - 1):
            return False
        self._heartbeat_bytes += cost
        self._body.heartbeats[member.id] = member.last_seen
        return True

    def message(self) -> Message:
        """The message, under a new id and timestamp."""
        return self._context.message(self._body, self.records)

    def _take(self, size: int) -> bool:
        if self.size + size + 1 > self._limit:
            self.is_full = True
            return False
        self.size += size + 1
        return True
