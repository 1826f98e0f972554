"""Where a key lies in the tree of chapter 9."""

from __future__ import annotations

import hashlib
from functools import lru_cache


@lru_cache(maxsize=4096)
def path(key: str) -> str:
    """The SHA-256 of a key's UTF-8 bytes as 64 lower-case hex digits."""
    return hashlib.sha256(key.encode()).hexdigest()
