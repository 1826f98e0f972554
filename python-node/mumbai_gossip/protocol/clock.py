"""The membership clock: a logical clock that stamps a node's messages (MGP1-LIV-001)."""

from __future__ import annotations

from ..wire.limits import MAX_CLOCK
from .effects import Now


class ClockExhausted(Exception):
    """The clock would reach 2^52 (MGP1-LIV-004)."""


class MembershipClock:
    """Reads the wall clock once, then advances with the monotonic one, and never issues a number twice."""

    def __init__(self, start: Now) -> None:
        self._offset = start.wall - start.mono
        self.newest = start.wall
        """The greatest timestamp issued or moved past."""
        if not 0 <= self.newest <= MAX_CLOCK:
            raise ClockExhausted

    def issue(self, mono: int) -> int:
        """A timestamp greater than every one before; raises ClockExhausted."""
        return self._raise_to(max(self._offset + mono, self.newest + 1))

    def move_past(self, timestamp: int) -> int:
        """Moves past a timestamp that others have heard of this node; raises ClockExhausted."""
        return self._raise_to(max(timestamp, self.newest) + 1)

    def _raise_to(self, value: int) -> int:
        if value > MAX_CLOCK:
            raise ClockExhausted
        self.newest = value
        return value
