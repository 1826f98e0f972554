"""Why a datagram is rejected, or a part of it skipped: the codes of chapter 12."""

from __future__ import annotations

from typing import NamedTuple


class Rejected(Exception):
    """A datagram that fails one step of receipt.

    The reason names the step: it is what stands before the dot. Nothing changed when this is raised (MGP1-ERR-002).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def step(self) -> str:
        """The first step that failed (MGP1-ERR-001)."""
        return self.reason.partition(".")[0]


class Invalid(Exception):
    """An entry, record or heartbeat that is skipped alone (MGP1-MSG-002)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Skip(NamedTuple):
    """What was skipped inside an accepted message."""

    section: str
    """`localData`, `membership` or `heartbeats`."""
    name: str
    reason: str


class NotSendable(Exception):
    """A message that no receiver would take as it is meant (MGP1-FRM-002, MGP1-JSN-010).

    Raised before anything is sent; the message was not changed.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
