"""`decode`: what datagrams mean, line by line (MGP1-ERR-009)."""

from __future__ import annotations

import re
from typing import BinaryIO, Final

from ..wire.answer import answer
from ..wire.canonical import JsonValue, canonical

_HEX: Final = re.compile(rb"(?:[0-9a-fA-F]{2})*")


def decode(lines: BinaryIO, answers: BinaryIO) -> None:
    """Answers each line of hexadecimal digits with one line; an empty one is the empty datagram."""
    for number, line in enumerate(lines, 1):
        digits = line.removesuffix(b"\n").removesuffix(b"\r")
        found: JsonValue
        if _HEX.fullmatch(digits):
            found = answer(bytes.fromhex(digits.decode("ascii")))
        else:
            found = {"error": f"line {number} is not hexadecimal"}
        answers.write(canonical(found).encode() + b"\n")
        answers.flush()
