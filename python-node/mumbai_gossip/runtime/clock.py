"""The clocks of this host."""

from __future__ import annotations

import time

from ..protocol.effects import Now


def now() -> Now:
    """Unix time and monotonic time in milliseconds. A wall clock before 1970 counts as 1970."""
    return Now(max(0, time.time_ns() // 1_000_000), mono())


def mono() -> int:
    """Monotonic milliseconds."""
    return time.monotonic_ns() // 1_000_000
