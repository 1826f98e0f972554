"""The shared store: a join of entries (chapter 6)."""

from __future__ import annotations

from collections.abc import Iterator

from ..wire.entry import Entry
from ..wire.reason import Invalid
from .tree import Tree


class Store:
    """Keys and their entries, tombstones included.

    `advance` tells it the wall clock; every other call answers for that moment. An entry that is dated too far ahead of it is held and read, but is
    neither sent nor counted into digests, and loses to whatever else comes (MGP1-MRG-008): it is *hidden*.
    """

    def __init__(self, *, max_entries: int, max_future_skew: int, tombstone_retention: int, wall: int) -> None:
        self._max_entries = max_entries
        self._max_future_skew = max_future_skew
        self._tombstone_retention = tombstone_retention
        self._wall = wall
        self._held: dict[str, Entry] = {}
        self._hidden: set[str] = set()
        self._tombstones: set[str] = set()
        self._latest = -1
        self._oldest_tombstone: int | None = None
        self.dropped: list[str] = []
        """Keys whose tombstones expired since somebody last emptied this list."""
        self.tree = Tree()

    def __len__(self) -> int:
        return len(self._held)

    def items(self) -> Iterator[tuple[str, Entry]]:
        """All that is held, tombstones included."""
        return iter(self._held.items())

    def get(self, key: str) -> Entry | None:
        """What is held under a key, a tombstone included."""
        return self._held.get(key)

    def sendable(self, key: str) -> Entry | None:
        """What may be told to others of a key."""
        return None if key in self._hidden else self._held.get(key)

    def below(self, prefix: str) -> Iterator[tuple[str, Entry]]:
        """The entries that lie below a prefix of chapter 9."""
        return ((key, self._held[key]) for key in self.tree.keys(prefix))

    def advance(self, wall: int) -> None:
        """Moves to a wall clock, which may have stepped: drops expired tombstones, hides and shows by date."""
        if wall == self._wall:
            return
        self._wall = wall
        if self._oldest_tombstone is not None and self._oldest_tombstone + self._tombstone_retention < wall:
            for key in [key for key in self._tombstones if self._is_expired(self._held[key])]:
                self._drop(key)
            stamps = (self._held[key].timestamp for key in self._tombstones)
            self._oldest_tombstone = min(stamps, default=None)
        if self._latest > wall + self._max_future_skew:
            for key, entry in self._held.items():
                if key not in self._hidden and self._is_future(entry):
                    self._hidden.add(key)
                    self.tree.remove(key)
            stamps = (entry.timestamp for key, entry in self._held.items() if key not in self._hidden)
            self._latest = max(stamps, default=-1)
        for key in [key for key in self._hidden if not self._is_future(self._held[key])]:
            self._hidden.discard(key)
            self.put(key, self._held[key])

    def hidden_keys(self) -> list[str]:
        """Keys whose entries are dated too far ahead."""
        return list(self._hidden)

    def merge(self, key: str, entry: Entry) -> bool:
        """Merges a received entry; true where it was kept and is new or greater. Raises Invalid where it is skipped."""
        if self._is_future(entry):
            raise Invalid("entry.future")
        held = self._held.get(key)
        if held is None:
            if entry.deleted and self._is_expired(entry):
                raise Invalid("entry.expired")
            self.check_room(key)
        elif key not in self._hidden and not entry.beats(held):
            return False
        self.put(key, entry)
        return True

    def check_room(self, key: str) -> None:
        """Raises Invalid where a key is new and the store is full (MGP1-MRG-010)."""
        if key not in self._held and len(self._held) >= self._max_entries:
            raise Invalid("entry.capacity")

    def next_timestamp(self, key: str) -> int:
        """The stamp of a local write (MGP1-MRG-005)."""
        held = self._held.get(key)
        if held is None or key in self._hidden:
            return self._wall
        return max(self._wall, held.timestamp + 1)

    def put(self, key: str, entry: Entry) -> None:
        """Holds an entry whatever was held before."""
        self._hidden.discard(key)
        self._held[key] = entry
        if not entry.deleted:
            self._tombstones.discard(key)
        elif self._is_expired(entry):
            self._drop(key)
            return
        else:
            self._tombstones.add(key)
            if self._oldest_tombstone is None or entry.timestamp < self._oldest_tombstone:
                self._oldest_tombstone = entry.timestamp
        if self._is_future(entry):
            # A write on top of an entry at the edge of the skew may lie one millisecond beyond it.
            self._hidden.add(key)
            self.tree.remove(key)
            return
        self._latest = max(self._latest, entry.timestamp)
        self.tree.put(key, entry)

    def _drop(self, key: str) -> None:
        del self._held[key]
        self.dropped.append(key)
        self._tombstones.discard(key)
        self._hidden.discard(key)
        self.tree.remove(key)

    def _is_future(self, entry: Entry) -> bool:
        return entry.timestamp > self._wall + self._max_future_skew

    def _is_expired(self, entry: Entry) -> bool:
        return entry.timestamp + self._tombstone_retention < self._wall
