"""Names made of the id alphabet `A-Z a-z 0-9 . _ : -` (chapter 4), and hexadecimal prefixes (chapter 9)."""

from __future__ import annotations

import re
from typing import Final

_NODE_ID: Final = re.compile(r"[A-Za-z0-9._:\-]{1,64}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9._:\-]{1,36}")
_CLUSTER: Final = re.compile(r"[A-Za-z0-9._:\-]{0,32}")
_PREFIX: Final = re.compile(r"[0-9a-f]{0,64}")
_DIGEST: Final = re.compile(r"[0-9a-f]{32}")


def is_node_id(value: object) -> bool:
    """1 to 64 characters of the id alphabet."""
    return type(value) is str and _NODE_ID.fullmatch(value) is not None


def is_token(value: object) -> bool:
    """1 to 36 characters of the id alphabet."""
    return type(value) is str and _TOKEN.fullmatch(value) is not None


def is_cluster(value: object) -> bool:
    """0 to 32 characters of the id alphabet."""
    return type(value) is str and _CLUSTER.fullmatch(value) is not None


def is_prefix(value: object) -> bool:
    """0 to 64 lower-case hexadecimal digits."""
    return type(value) is str and _PREFIX.fullmatch(value) is not None


def is_digest(value: object) -> bool:
    """A digest as it stands on the wire: 32 lower-case hexadecimal digits."""
    return type(value) is str and _DIGEST.fullmatch(value) is not None
