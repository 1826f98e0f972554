"""What the tests share: the path to the package, the golden vectors, and equality as the specification has it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

NODE = Path(__file__).resolve().parents[1]
FIXTURES = NODE.parent / "fixtures" / "v1"
SOURCE = NODE
if str(SOURCE) not in sys.path:
    sys.path.insert(0, str(SOURCE))


def vectors(kind: str) -> Iterator[dict[str, Any]]:
    """All vectors of a kind, file by file."""
    for file in sorted((FIXTURES / kind).glob("*.json")):
        yield from json.loads(file.read_text("utf-8"))["vectors"]


def json_equal(a: Any, b: Any) -> bool:
    """JSON equality (chapter 3): numbers as doubles, objects without order."""
    if isinstance(a, bool) or isinstance(b, bool) or a is None or b is None:
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return float(a) == float(b)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(json_equal(a[name], b[name]) for name in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(json_equal, a, b))
    return type(a) is type(b) and bool(a == b)


def eventually(condition: Callable[[], object], what: str, deadline: float = 20.0) -> None:
    """Waits for an event; fails with `what` once the deadline, which is no expectation, has passed."""
    end = time.monotonic() + deadline
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"after {deadline} s it does not hold that {what}")
        time.sleep(0.005)
