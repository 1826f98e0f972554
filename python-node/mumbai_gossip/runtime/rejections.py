"""Bad input in the log: the first at once, the others as a count now and then (MGP1-ERR-008)."""

from __future__ import annotations

import logging
from collections import Counter

from ..protocol.effects import Outcome
from ..wire.host import Address

_INTERVAL = 10_000
_BENIGN = frozenset({"duplicate.message"})


class Rejections:
    """One line per ten seconds at most."""

    def __init__(self, logger: logging.Logger, name: str) -> None:
        self._log = logger
        self._name = name
        self._counts: Counter[str] = Counter()
        self._next_at: int | None = None

    def note(self, outcome: Outcome, source: Address, mono: int) -> None:
        """Notes what was rejected or skipped."""
        reasons = [skip.reason for skip in outcome.skipped] if outcome.reason is None else [outcome.reason]
        for reason in reasons:
            if reason not in _BENIGN:
                self._counts[reason] += 1
        if self._counts and (self._next_at is None or mono >= self._next_at):
            self._next_at = mono + _INTERVAL
            counts = ", ".join(f"{reason} {count}" for reason, count in sorted(self._counts.items()))
            self._log.warning("%s: refused input since the last such line: %s; the latest from %s", self._name, counts, source)
            self._counts.clear()
