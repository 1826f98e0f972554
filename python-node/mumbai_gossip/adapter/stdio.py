"""One request per line in, one answer per line out."""

from __future__ import annotations

import json
from typing import BinaryIO

from ..wire.canonical import NotJson, canonical
from .dispatch import Adapter


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers until the requests end. Nothing else may be written to `answers`."""
    adapter = Adapter()
    for line in requests:
        if not line.strip():
            continue
        answers.write(answer_line(adapter, line))
        answers.flush()


def answer_line(adapter: Adapter, line: bytes) -> bytes:
    """The answer to one line."""
    try:
        request = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as why:
        error = {"code": "bad-request", "message": f"the line is no JSON: {why}"}
        return canonical({"id": None, "error": dict(error)}).encode() + b"\n"
    answer = adapter.answer(request)
    try:
        return canonical(answer).encode() + b"\n"
    except (NotJson, RecursionError) as why:
        return canonical({"id": None, "error": {"code": "internal", "message": str(why)}}).encode() + b"\n"
