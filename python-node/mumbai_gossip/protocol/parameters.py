"""The parameters of chapter 11 with their defaults and ranges."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ..wire.limits import MAX_DATAGRAM, MAX_TEXT

_MOST = 2**52


class ParameterError(ValueError):
    """A parameter that is unknown or out of range. The text is one clear line."""


@dataclass(frozen=True)
class Parameters:
    """Local choices. Times are milliseconds."""

    gossip_interval: int = 1_000
    fanout: int = 3
    suspect_timeout: int = 3_000
    failure_timeout: int = 5_000
    max_packet_size: int = 1_400
    compression_threshold: int = 512
    max_message_history: int = 1_000
    eager_interval: int = 10
    eager_copies: int = 9
    max_news: int = 1_024
    reconnect_interval: int = 10_000
    dead_retention: int = 60_000
    remembered_retention: int = 86_400_000
    max_remembered: int = 4_096
    max_members: int = 1_024
    max_entries: int = 65_536
    max_future_skew: int = 86_400_000
    tombstone_retention: int = 86_400_000
    sync_interval: int = 10_000

    def __post_init__(self) -> None:
        for name in FIELDS:
            low, high = _RANGES.get(name, (1, _MOST))
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                raise ParameterError(f"{wire_name(name)} must be an integer from {low} to {high}, not {value!r}")
        if self.suspect_timeout <= self.gossip_interval:
            raise ParameterError("suspectTimeout must be greater than gossipInterval")
        if self.failure_timeout <= self.suspect_timeout:
            raise ParameterError("failureTimeout must be greater than suspectTimeout")


_RANGES = {
    "gossip_interval": (10, _MOST),
    "fanout": (1, 32),
    "max_packet_size": (1_400, MAX_DATAGRAM),
    "compression_threshold": (0, MAX_TEXT),
    "reconnect_interval": (10, _MOST),
    "dead_retention": (0, _MOST),
    "remembered_retention": (0, _MOST),
    "max_future_skew": (0, _MOST),
    "tombstone_retention": (0, _MOST),
    "sync_interval": (10, _MOST),
}

FIELDS = tuple(field.name for field in fields(Parameters))
"""Names of the parameters in Python."""


def wire_name(field: str) -> str:
    """The name in the specification: `suspect_timeout` is `suspectTimeout`."""
    first, *rest = field.split("_")
    return first + "".join(word.capitalize() for word in rest)


def option_name(field: str) -> str:
    """The name in a configuration file: times end in `_ms`."""
    timed = field.endswith(("_interval", "_timeout", "_retention", "_skew"))
    return f"{field}_ms" if timed else field


FIELD_OF = {wire_name(field): field for field in FIELDS}
"""From the name in the specification to the name in Python."""
