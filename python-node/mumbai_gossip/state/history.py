"""The last messages that were applied, against duplicates (MGP1-ENV-016 to MGP1-ENV-018)."""

from __future__ import annotations


class History:
    """Pairs of sender and message id, the oldest forgotten first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pairs: dict[tuple[str, str], None] = {}

    def __len__(self) -> int:
        return len(self._pairs)

    def __contains__(self, pair: tuple[str, str]) -> bool:
        return pair in self._pairs

    def add(self, sender_id: str, message_id: str) -> None:
        """Enters a message that is being applied."""
        self._pairs[(sender_id, message_id)] = None
        if len(self._pairs) > self._limit:
            del self._pairs[next(iter(self._pairs))]
