"""Records: what is known of one member (chapter 5, Records)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

from .canonical import JsonValue, canonical
from .host import Address, address_of, is_usable_host
from .ids import is_node_id
from .limits import MAX_CLOCK, MAX_INTEGER, MAX_RECORD_BYTES
from .reason import Invalid


class State(IntEnum):
    """Liveness of a member; the order is the severity of MGP1-MRG-015."""

    ALIVE = 0
    SUSPECT = 1
    DEAD = 2


_STATES: Final = {state.name: state for state in State}
_NAMES: Final = tuple(state.name for state in State)


class Versions(NamedTuple):
    """The protocol versions that a member speaks."""

    min: int
    max: int


class Content(NamedTuple):
    """What only the member itself is the author of."""

    host: str
    port: int
    metadata: dict[str, JsonValue]
    versions: Versions | None
    metadata_json: str
    """The canonical text of `metadata`."""

    def canonical_bytes(self) -> bytes:
        """The canonical content, which decides between two of one `updated` (MGP1-MRG-016)."""
        return f'{{"host":"{self.host}","metadata":{self.metadata_json},"port":{self.port}{self.tail()}}}'.encode()

    def tail(self) -> str:
        """`versions` as the last member, or nothing."""
        return "" if self.versions is None else f',"versions":{{"max":{self.versions.max},"min":{self.versions.min}}}'

    @property
    def address(self) -> Address:
        """Where the member says that it listens."""
        return address_of(self.host, self.port)


class Record(NamedTuple):
    """Content and liveness of one member."""

    content: Content
    updated: int
    last_seen: int
    state: State

    def text(self) -> str:
        """The record as it travels: canonical, without metadata where there is none."""
        content = self.content
        metadata = f'"metadata":{content.metadata_json},' if content.metadata else ""
        return (
            f'{{"host":"{content.host}","lastSeen":{self.last_seen},{metadata}'
            f'"port":{content.port},"state":"{_NAMES[self.state]}","updated":{self.updated}{content.tail()}}}'
        )


_NO_METADATA: Final[dict[str, JsonValue]] = {}
# Quotes and a colon around the id, and a record with SUSPECT and the greatest clocks, without host, metadata, port and versions.
_FRAME_BYTES: Final = 3 + len(
    f'{{"host":"","lastSeen":{MAX_CLOCK},"metadata":,"port":,"state":"SUSPECT","updated":{MAX_CLOCK}}}'
)


def new_content(
    member_id: str, host: str, port: int, metadata: JsonValue = None, versions: Versions | None = None
) -> Content:
    """Valid content; raises Invalid with the first rule of chapter 5 that it breaks, or NotJson for metadata."""
    if not is_node_id(member_id):
        raise Invalid("record.id")
    if metadata is None:
        metadata = {}
    if not 1 <= port <= 65535 or not isinstance(metadata, dict):
        raise Invalid("record.shape")
    if not is_usable_host(host):
        raise Invalid("record.host")
    content = Content(host, port, metadata, versions, canonical(metadata))
    _check_size(member_id, content)
    return content


def read_record(member_id: str, item: JsonValue) -> Record:
    """The record that a message has under an id; raises Invalid."""
    if not is_node_id(member_id):
        raise Invalid("record.id")
    if type(item) is not dict:
        raise Invalid("record.shape")
    host = item.get("host")
    port = item.get("port")
    state = item.get("state")
    last_seen = item.get("lastSeen")
    updated = item.get("updated")
    metadata = item.get("metadata")
    if metadata is None:
        metadata = _NO_METADATA
    if (
        type(host) is not str
        or type(port) is not int
        or not 1 <= port <= 65535
        or type(state) is not str
        or state not in _STATES
        or type(last_seen) is not int
        or not 0 <= last_seen <= MAX_INTEGER
        or type(updated) is not int
        or not 0 <= updated <= MAX_INTEGER
        or type(metadata) is not dict
    ):
        raise Invalid("record.shape")
    versions = _read_versions(item.get("versions"))
    if not is_usable_host(host):
        raise Invalid("record.host")
    if last_seen > MAX_CLOCK or updated > last_seen:
        raise Invalid("record.clock")
    content = Content(host, port, metadata, versions, canonical(metadata) if metadata else "{}")
    _check_size(member_id, content)
    return Record(content, updated, last_seen, _STATES[state])


def item_text(member_id: str, record: Record) -> str:
    """The record as a member of `membership`, canonical."""
    return f'"{member_id}":{record.text()}'


def _read_versions(item: JsonValue) -> Versions | None:
    if item is None:
        return None
    if type(item) is dict:
        low, high = item.get("min"), item.get("max")
        if type(low) is int and type(high) is int and 1 <= low <= high <= MAX_INTEGER:
            return Versions(low, high)
    raise Invalid("record.shape")


def _check_size(member_id: str, content: Content) -> None:
    metadata = content.metadata_json
    size = (
        _FRAME_BYTES
        + len(member_id)
        + len(content.host)
        + (len(metadata) if metadata.isascii() else len(metadata.encode()))
        + len(str(content.port))
        + len(content.tail())
    )
    if size > MAX_RECORD_BYTES:
        raise Invalid("record.size")
