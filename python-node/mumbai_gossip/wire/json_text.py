"""From JSON text to a value: I-JSON, narrowed where parsers disagree (chapter 3).

The scanner of the standard library, which is written in C, does the reading. Hooks refuse what it would let pass: repeated names, long and
infinite numbers, NaN. Depth and lone surrogates are looked at afterwards, and only in a text that could have them.
"""

from __future__ import annotations

import json
import math
import re
from typing import Final, NoReturn, cast

from .canonical import JsonValue
from .limits import MAX_DEPTH, MAX_NUMBER_TOKEN
from .reason import Rejected

_WHITE_SPACE: Final = " \t\n\r"
_STRING: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_BRACKETS: Final = str.maketrans("[]", "{}")
_NOT_A_BRACKET: Final = re.compile(r"[^{}]+")


def parse_object(data: bytes) -> dict[str, JsonValue]:
    """Reads a whole text by every rule of chapter 3 (MGP1-JSN-008); raises Rejected.

    Memory and time are bounded by the length of the text, which the framing has bounded.
    """
    if not data.startswith(b"{"):
        raise Rejected("json.not-object")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Rejected("json.encoding") from None
    try:
        value, end = _DECODER.raw_decode(text)
    except RecursionError:
        raise Rejected("json.depth") from None
    except ValueError:
        raise Rejected("json.syntax") from None
    if text[end:].strip(_WHITE_SPACE):
        raise Rejected("json.syntax")
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth_exceeds(text, MAX_DEPTH):
        raise Rejected("json.depth")
    if _SURROGATE_ESCAPE.search(text) and _has_lone_surrogate(value):
        raise Rejected("json.surrogate")
    return cast("dict[str, JsonValue]", value)


def _unique(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Rejected("json.duplicate")
    return members


def _integer(token: str) -> int | float:
    if len(token) > MAX_NUMBER_TOKEN:
        raise Rejected("json.number")
    # No integer where one is called for, as `1.0` is none (chapter 3 leaves both open).
    return -0.0 if token == "-0" else int(token)


def _float(token: str) -> float:
    if len(token) > MAX_NUMBER_TOKEN:
        raise Rejected("json.number")
    value = float(token)
    if not math.isfinite(value):
        raise Rejected("json.number")
    return value


def _no_constant(_token: str) -> NoReturn:
    # NaN, Infinity and -Infinity: the scanner takes them, the grammar does not.
    raise Rejected("json.syntax")


def _depth_exceeds(text: str, limit: int) -> bool:
    """Whether more than `limit` objects and arrays are open at once, in a text that is known to be JSON."""
    skeleton = _NOT_A_BRACKET.sub("", _STRING.sub("", text).translate(_BRACKETS))
    for _ in range(limit):
        # Each pass removes the innermost pairs: one level.
        skeleton = skeleton.replace("{}", "")
        if not skeleton:
            return False
    return True


def _has_lone_surrogate(value: JsonValue) -> bool:
    # The scanner has joined the pairs; what is left over cannot be encoded.
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_float, parse_constant=_no_constant
)
