"""`decode` and `encode` as functions."""

from __future__ import annotations

from typing import Any

from ..wire.answer import answer, answer_any
from ..wire.canonical import NotJson
from ..wire.codec import decode, encode
from ..wire.message import Message
from ..wire.read import read_body, read_envelope
from ..wire.reason import NotSendable, Rejected
from .request import Request, boolean, datagram, mapping


def decode_request(request: Request) -> dict[str, Any]:
    """The answer of chapter 12; with `legacy` that of chapter 10 for version 0."""
    found = datagram(request)
    return dict(answer_any(found) if boolean(request, "legacy") else answer(found))


def encode_request(request: Request) -> dict[str, Any]:
    """The datagram of a meaning, or why no receiver would take it as it is meant."""
    try:
        message = _message(mapping(request, "message"))
        found = encode(message)
        # What the reader of a meaning does not see, a decoder of text does: depth, for one.
        decode(found)
    except (Rejected, NotSendable) as why:
        return {"refused": why.reason}
    except (NotJson, RecursionError, UnicodeEncodeError):
        return {"refused": "json.syntax"}
    return {"datagram": found.hex()}


def _message(meaning: dict[str, Any]) -> Message:
    message = read_body(read_envelope(meaning, None))
    if message.skipped:
        raise NotSendable(message.skipped[0].reason)
    return message
