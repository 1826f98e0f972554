"""What a machine is created with."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..wire.canonical import JsonValue, NotJson
from ..wire.host import Address, address_of
from ..wire.ids import is_cluster, is_node_id
from ..wire.reason import Invalid
from ..wire.record import Content, new_content
from .parameters import Parameters


class ConfigError(ValueError):
    """A configuration that no node can run with; nothing was started. The text is one clear line."""


@dataclass(frozen=True)
class Config:
    """One node.

    `random_seed` is the machine's only source of chance: equal seeds and equal calls give equal answers, so a node in production is given at
    least 128 unpredictable bits (MGP1-ENV-012).
    """

    node_id: str
    host: str
    port: int
    random_seed: int | bytes
    cluster: str = ""
    metadata: dict[str, JsonValue] = field(default_factory=dict)
    seeds: tuple[Address, ...] = ()
    parameters: Parameters = field(default_factory=Parameters)
    legacy: str | None = None
    """The cluster that messages of version 0 count as sent in (MGP1-LEG-003), as a rule `""`; None, the default, rejects them."""

    def own_content(self) -> Content:
        """The content of the own record; raises ConfigError where others would skip it (MGP1-MSG-014)."""
        if not is_node_id(self.node_id):
            raise ConfigError(f"node id {self.node_id!r} is not 1 to 64 characters of A-Z a-z 0-9 . _ : -")
        for name in (self.cluster, self.legacy or ""):
            if not is_cluster(name):
                raise ConfigError(f"cluster {name!r} is not 0 to 32 characters of A-Z a-z 0-9 . _ : -")
        if not is_shallow(self.metadata, _MAX_METADATA_DEPTH):
            raise ConfigError(f"metadata is nested deeper than {_MAX_METADATA_DEPTH} levels")
        try:
            content = new_content(self.node_id, self.host, self.port, self.metadata)
        except NotJson as why:
            raise ConfigError(f"metadata: {why}") from None
        except Invalid as why:
            raise ConfigError(f"{_EXPLAINED[why.reason]} ({why.reason}); {self.host}:{self.port}") from None
        return content

    @property
    def address(self) -> Address:
        """The own address."""
        return address_of(self.host, self.port)


_EXPLAINED = {
    "record.shape": "the own record needs a port from 1 to 65535 and an object as metadata",
    "record.host": "others must be able to reach the advertised host: one IP address, not unspecified, multicast or broadcast",
    "record.size": "the own record is larger than 360 bytes: shorten the metadata or the id",
}

# The message, `data`, `membership` and the record are open around it.
_MAX_METADATA_DEPTH = 28


def is_shallow(value: JsonValue, most: int) -> bool:
    """Whether at most so many objects and arrays are open at once in a value. Ends for a value that holds itself, too."""
    pending: list[tuple[JsonValue, int]] = [(value, 1)]
    while pending:
        item, depth = pending.pop()
        if isinstance(item, (dict, list, tuple)):
            if depth > most:
                return False
            pending.extend((child, depth + 1) for child in (item.values() if isinstance(item, dict) else item))
    return True
