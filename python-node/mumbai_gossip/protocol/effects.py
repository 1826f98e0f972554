"""What goes into the machine, and what it wants done: plain values."""

from __future__ import annotations

from typing import NamedTuple, Union

from ..wire.host import Address
from ..wire.reason import Skip
from ..wire.record import State


class Now(NamedTuple):
    """The two clocks, in milliseconds."""

    wall: int
    """Unix time; may step."""
    mono: int
    """Never falls."""


class Send(NamedTuple):
    """A datagram to be sent once."""

    to: Address
    datagram: bytes


class MemberChanged(NamedTuple):
    """A member is new (`before` is None), changed its state, or was reaped (`after` is None)."""

    id: str
    before: State | None
    after: State | None


class Restarted(NamedTuple):
    """A member set its content anew: its `updated` grew."""

    id: str


class EntryChanged(NamedTuple):
    """A message changed an entry."""

    key: str
    deleted: bool


class IdConflict(NamedTuple):
    """Somebody else uses this node's id, at another address (MGP1-LIV-014)."""

    host: str
    port: int


class ClockSkew(NamedTuple):
    """An entry was skipped because it is dated too far ahead (MGP1-MRG-003)."""

    timestamp: int


class Fatal(NamedTuple):
    """The node cannot go on; it sends nothing more."""

    reason: str


Event = Union[MemberChanged, Restarted, EntryChanged, IdConflict, ClockSkew, Fatal]


class Effects(NamedTuple):
    """What one call of the machine wants done."""

    sent: list[Send]
    events: list[Event]
    wake: int | None
    """Monotonic time at which it wants the next tick at the latest; None once it has stopped."""


class Outcome(NamedTuple):
    """What became of a datagram."""

    reason: str | None
    """Why it was rejected; None where it was accepted."""
    skipped: list[Skip]

    @property
    def accepted(self) -> bool:
        """Whether the message was applied."""
        return self.reason is None
