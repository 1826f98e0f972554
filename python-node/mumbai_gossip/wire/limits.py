"""The fixed numbers of chapter 11: a node that changes them no longer speaks version 1."""

from __future__ import annotations

from typing import Final

PROTOCOL_VERSION: Final = 1

MAX_DATAGRAM: Final = 65_507
"""Bytes of UDP payload that a receiver takes (MGP1-FRM-006)."""

MAX_TEXT: Final = 65_536
"""`maxTextSize`: bytes of JSON text after inflating (MGP1-FRM-012)."""

MAX_DEPTH: Final = 32
"""Objects and arrays open at once, the top-level object included (MGP1-JSN-005)."""

MAX_NUMBER_TOKEN: Final = 64
"""Characters of one number (MGP1-JSN-007)."""

MAX_INTEGER: Final = 2**53 - 1
"""Greatest integer of a member that calls for one (MGP1-JSN-014)."""

MAX_CLOCK: Final = 2**52 - 1
"""Greatest membership clock: `timestamp`, `lastSeen`, `updated`, heartbeats."""

RUMOUR_BOUND: Final = 2**51
"""A rumour about oneself wins only below this (chapter 7, Refutation)."""

MAX_KEY_BYTES: Final = 256
MAX_ENTRY_BYTES: Final = 640
MAX_RECORD_BYTES: Final = 360

MIN_PADDED_PING: Final = 480
"""Bytes of a PING to an address that is not validated (MGP1-MSG-025)."""

ANSWER_FACTOR: Final = 3
"""Bytes of answer to an unvalidated address per byte received (MGP1-DIS-012)."""

MAX_PONG: Final = 1_400
"""Bytes of a PONG (MGP1-MSG-019)."""

MAX_SYNC_ANSWERS: Final = 4
"""Messages in answer to one SYNC (MGP1-SYN-011)."""

MAX_PREFIX: Final = 64
"""Hex digits of a path (chapter 9)."""
