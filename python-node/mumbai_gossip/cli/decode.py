"""`decode`: what datagrams mean, line by line (MGP1-ERR-009)."""

from __future__ import annotations

import re
from typing import BinaryIO, Final

from ..wire.answer import answer, answer_any
from ..wire.canonical import JsonValue, canonical

_HEX: Final = re.compile(rb"(?:[0-9a-fA-F]{2})*")


def decode(lines: BinaryIO, answers: BinaryIO, *, legacy: bool = False) -> None:
    """Answers each line of hexadecimal digits with one line; an empty one is the empty datagram. `legacy` takes version 0 too."""
    meaning_of = answer_any if legacy else answer
    for number, line in enumerate(lines, 1):
        digits = line.removesuffix(b"\n").removesuffix(b"\r")
        found: JsonValue = {"error": f"line {number} is not hexadecimal"}
        if _HEX.fullmatch(digits):
            found = meaning_of(bytes.fromhex(digits.decode("ascii")))
        answers.write(canonical(found).encode() + b"\n")
        answers.flush()
