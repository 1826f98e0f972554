"""Members that are no longer listed, so that old rumours do not bring them back (MGP1-LIV-021)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Trace(NamedTuple):
    """What is remembered of a member."""

    last_seen: int
    host: str
    port: int
    since: int
    """Monotonic milliseconds of the moment since which it is remembered."""


class Remembered:
    """Bounded in number and in time; what has been remembered longest is forgotten first."""

    def __init__(self, *, limit: int, retention: int) -> None:
        self._limit = limit
        self._retention = retention
        self._traces: dict[str, Trace] = {}

    def __len__(self) -> int:
        return len(self._traces)

    def items(self) -> Iterator[tuple[str, Trace]]:
        """All traces, the oldest first."""
        return iter(self._traces.items())

    def get(self, member_id: str) -> Trace | None:
        """What is remembered of an id."""
        return self._traces.get(member_id)

    def put(self, member_id: str, *, last_seen: int, host: str, port: int, mono: int) -> None:
        """Remembers a member, or newer facts of one that is remembered; older facts change nothing."""
        held = self._traces.get(member_id)
        if held is not None and held.last_seen >= last_seen:
            return
        self._traces.pop(member_id, None)
        self._traces[member_id] = Trace(last_seen, host, port, mono)
        if len(self._traces) > self._limit:
            del self._traces[next(iter(self._traces))]

    def forget(self, member_id: str) -> None:
        """Forgets an id, for instance because it is listed again."""
        self._traces.pop(member_id, None)

    def expire(self, mono: int) -> None:
        """Forgets what has been remembered for the retention."""
        for member_id, trace in list(self._traces.items()):
            if mono - trace.since < self._retention:
                return
            del self._traces[member_id]
