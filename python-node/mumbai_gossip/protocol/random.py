"""Chance from a seed: the same seed gives the same numbers, and nobody can tell the next ones from those before."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")
_BLOCK = 64


class Random:
    """BLAKE2b in counter mode. A ping id proves an address (MGP1-DIS-011), so it must not be guessable from earlier ones."""

    def __init__(self, seed: int | bytes) -> None:
        if isinstance(seed, int):
            seed = seed.to_bytes((seed.bit_length() + 8) // 8, "big")
        self._key = hashlib.blake2b(seed).digest()
        self._counter = 0
        self._pool = b""

    def token(self) -> str:
        """A token with 66 random bits (MGP1-ENV-012)."""
        return urlsafe_b64encode(self._take(9))[:11].decode()

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1. The bias of 64 bits is below what anything here can notice."""
        return int.from_bytes(self._take(8), "big") % limit

    def between(self, low: int, high: int) -> int:
        """A number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def sample(self, items: Sequence[_T], count: int) -> list[_T]:
        """Up to `count` different items in random order."""
        pool = list(items)
        count = min(count, len(pool))
        for i in range(count):
            j = i + self.below(len(pool) - i)
            pool[i], pool[j] = pool[j], pool[i]
        return pool[:count]

    def _take(self, count: int) -> bytes:
        if len(self._pool) < count:
            self._pool = hashlib.blake2b(self._counter.to_bytes(16, "big"), key=self._key).digest()
            self._counter += 1
        taken, self._pool = self._pool[:count], self._pool[count:]
        return taken
