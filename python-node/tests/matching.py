"""The patterns of merge and timeline vectors (fixtures/README.md)."""

from __future__ import annotations

from typing import Any

from support import json_equal

ABSENT = object()
_COMPARE = {
    "$gt": lambda a, b: a > b,
    "$ge": lambda a, b: a >= b,
    "$lt": lambda a, b: a < b,
    "$le": lambda a, b: a <= b,
}


def matches(pattern: Any, value: Any) -> bool:
    """Whether a value matches a pattern."""
    if isinstance(pattern, dict):
        if len(pattern) == 1:
            (name, bound), = pattern.items()
            if name == "$any":
                return value is not ABSENT
            if name in _COMPARE:
                return isinstance(value, (int, float)) and not isinstance(value, bool) and _COMPARE[name](value, bound)
        return isinstance(value, dict) and all(matches(want, value.get(name, ABSENT)) for name, want in pattern.items())
    if pattern is None:
        return value is None or value is ABSENT
    if isinstance(pattern, list):
        return isinstance(value, list) and len(pattern) == len(value) and all(map(matches, pattern, value))
    return value is not ABSENT and json_equal(pattern, value)
