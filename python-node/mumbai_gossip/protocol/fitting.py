"""Filling a message until its datagram is full: more text than bytes, as long as compression makes up for it (MGP1-DIS-008)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..wire.codec import encode
from ..wire.limits import MAX_TEXT
from .context import Context
from .draft import Draft

_MOST_TEXT: Final = 400
"""Percent of a datagram's length that a text may have at most: hardly any gossip deflates to less than a quarter."""
_FIRST_TEXT: Final = 300
"""The same before anything was composed: gossip deflates to about a third."""
_MARGIN: Final = 95
"""Percent of an estimate that is used, so that the first try fits as a rule."""


class Fitting:
    """Learns from the messages that were full how long a text may be."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._percent = _FIRST_TEXT

    def fit(self, fill: Callable[[int], Draft], slack: int = 0) -> tuple[Draft, bytes]:
        """Has a draft filled up to a number of bytes of text, until its datagram leaves `slack` bytes of `maxPacketSize` free.

        Takes one try or two as a rule; a text as long as the datagram may be always fits.
        """
        most = self._context.parameters.max_packet_size - slack
        budget = self._budget(most)
        while True:
            draft = fill(budget)
            datagram = encode(
                draft.message(),
                max_packet_size=MAX_TEXT,
                compression_threshold=self._context.parameters.compression_threshold,
            )
            fits = len(datagram) <= most
            if draft.is_full or not fits:
                self._percent = max(100, min(100 * draft.size // len(datagram), _MOST_TEXT))
            if fits or budget <= most:
                return draft, datagram
            # From what was filled, which may be far below the budget, and by a step at least.
            budget = max(most, min(self._budget(most), min(budget, draft.size) * _MARGIN // 100))

    def _budget(self, most: int) -> int:
        return max(most, min(most * self._percent // 100 * _MARGIN // 100, MAX_TEXT))
