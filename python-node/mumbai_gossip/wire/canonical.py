"""Canonical JSON, RFC 8785: members sorted by UTF-16 code units, no white space, numbers as ECMAScript prints them."""

from __future__ import annotations

import math
from collections.abc import Collection
from json.encoder import encode_basestring
from typing import Final, TypeAlias, Union

JsonValue: TypeAlias = Union[bool, int, float, str, list["JsonValue"], dict[str, "JsonValue"], None]
"""A JSON value as this package holds it. Integers are kept exactly and compared as doubles."""

_EXACT: Final = 2**53


class NotJson(ValueError):
    """A value that JSON, or the wire, cannot carry."""


def canonical(value: JsonValue) -> str:
    """The canonical text of a value. Raises NotJson for NaN, infinities, foreign types and lone surrogates."""
    text = _write(value)
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise NotJson("a string holds half of a surrogate pair") from None
    return text


def _write(value: JsonValue) -> str:
    kind = type(value)
    if kind is str:
        return encode_basestring(value)  # type: ignore[arg-type]
    if kind is int:
        return integer(value)  # type: ignore[arg-type]
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if kind is float:
        return number(value)  # type: ignore[arg-type]
    if isinstance(value, dict):
        return _write_object(value)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([_write(item) for item in value]) + "]"
    if isinstance(value, str):
        return encode_basestring(str(value))
    if isinstance(value, int):
        return integer(int(value))
    if isinstance(value, float):
        return number(float(value))
    raise NotJson(f"{kind.__name__} is no JSON value")


def _write_object(members: dict[str, JsonValue]) -> str:
    for name in members:
        if not isinstance(name, str):
            raise NotJson(f"a member name is {type(name).__name__}, not text")
    return "{" + ",".join([f"{encode_basestring(name)}:{_write(members[name])}" for name in sort_names(members)]) + "}"


def quote(text: str) -> str:
    """The canonical text of a string."""
    return encode_basestring(text)


def utf16_key(name: str) -> bytes:
    """Sorts names as RFC 8785 does."""
    return name.encode("utf-16-be", "surrogatepass")


def sort_names(members: Collection[str]) -> list[str]:
    """The names of an object in canonical order."""
    if all(map(str.isascii, members)):
        return sorted(members)
    return sorted(members, key=utf16_key)


def integer(value: int) -> str:
    """The canonical text of an integer: that of the nearest double where it is too large to be exact."""
    if -_EXACT <= value <= _EXACT:
        return str(value)
    try:
        return number(float(value))
    except OverflowError:
        raise NotJson("an integer is beyond the range of a double") from None


def number(value: float) -> str:
    """What ECMAScript prints for a double (ECMA-262, Number::toString with radix 10)."""
    if not math.isfinite(value):
        raise NotJson(f"{value} is no JSON number")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    # The value is 0.digits times ten to the power of point.
    point = len(whole) + (int(exponent) if exponent else 0)
    digits = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(digits)
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = point - 1
    tail = "." + digits[1:] if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if power > 0 else '-'}{abs(power)}"
