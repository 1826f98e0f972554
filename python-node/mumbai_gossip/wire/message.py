"""What a message means, apart from how it is spelled (chapters 4, 5 and 9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias, Union

from .canonical import JsonValue
from .entry import Entry
from .reason import Skip
from .record import Record


@dataclass(slots=True)
class Gossip:
    """GOSSIP: any subset of the sender's state."""

    entries: dict[str, Entry] = field(default_factory=dict)
    heartbeats: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Ping:
    """PING: are you there?"""

    ping_id: str
    target_id: str | None = None
    full: bool = False


@dataclass(slots=True)
class Pong:
    """PONG: yes, and this is what I hold of you."""

    ping_id: str
    heartbeats: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Membership:
    """MEMBERSHIP: a page of the member list, or a leave announcement, which has no page."""

    page: int | None = None
    pages: int | None = None


@dataclass(slots=True)
class Digest:
    """SYNC of phase DIGEST: the digests one digit below a prefix."""

    prefix: str
    children: dict[str, str]


@dataclass(slots=True)
class Entries:
    """SYNC of phase ENTRIES: entries below a prefix."""

    prefix: str
    entries: dict[str, Entry]
    reply: bool = False


Body: TypeAlias = Union[Gossip, Ping, Pong, Membership, Digest, Entries]


@dataclass(slots=True)
class Message:
    """One message of version 1. `records` holds the sender's own record too (MGP1-ENV-010)."""

    sender_id: str
    message_id: str
    timestamp: int
    records: dict[str, Record]
    body: Body
    cluster: str = ""
    skipped: list[Skip] = field(default_factory=list)
    """What a receiver left out, by section and then by name in canonical order."""


@dataclass(slots=True)
class Envelope:
    """A message that is right as far as the step `envelope`, its body unread."""

    cluster: str
    type: str
    sender_id: str
    message_id: str
    timestamp: int
    data: dict[str, JsonValue]
    own: Record
    """The sender's record in `data.membership`."""


TYPES = ("GOSSIP", "PING", "PONG", "MEMBERSHIP", "SYNC")


def type_of(body: Body) -> str:
    """The `type` that says which body a message has."""
    if isinstance(body, (Digest, Entries)):
        return "SYNC"
    return type(body).__name__.upper()
