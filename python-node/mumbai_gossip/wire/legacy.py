"""Version 0: the two dialects that were published before version 1 (chapter 10), read and, for one answer, written."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from .canonical import JsonValue, number, utf16_key
from .entry import Entry, read_entry
from .host import Address, address_of, is_usable_host
from .ids import is_node_id, is_token
from .limits import MAX_CLOCK, MAX_INTEGER
from .message import TYPES
from .reason import Invalid, Rejected, Skip

JsonObject = dict[str, JsonValue]
SOURCE_NODE = "v0"
"""The `sourceNode` of every mapped entry, so that all relays map alike (MGP1-LEG-004)."""

_ASCII_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}


class _Names(NamedTuple):
    type: str
    sender_id: str
    message_id: str
    local_data: str
    ping_id: str


class Dialect(Enum):
    """Which listing a message comes from; told by its members and not by its frame (MGP1-LEG-001)."""

    JAVA = "v0-java"
    PYTHON = "v0-python"

    @property
    def names(self) -> _Names:
        """What this dialect calls things."""
        return _NAMES[self]


_NAMES = {
    Dialect.JAVA: _Names("type", "senderId", "messageId", "localData", "pingId"),
    Dialect.PYTHON: _Names("message_type", "sender_id", "message_id", "local_state", "ping_id"),
}


@dataclass(slots=True)
class LegacyEnvelope:
    """A version 0 message up to the step `legacy`."""

    dialect: Dialect
    type: str
    sender_id: str
    message_id: str
    timestamp: int
    """Mapped to milliseconds."""
    ping_id: str | None
    data: JsonObject


@dataclass(slots=True)
class LegacyMessage:
    """What is learnt from a version 0 message."""

    envelope: LegacyEnvelope
    entries: dict[str, Entry] = field(default_factory=dict)
    named: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Hosts and ports of the other members that it names, where they are addresses (MGP1-LEG-007)."""
    skipped: list[Skip] = field(default_factory=list)

    def addresses(self) -> list[Address]:
        """The addresses that it names."""
        return [address_of(host, port) for host, port in self.named.values()]


def is_legacy(text: JsonObject) -> bool:
    """Whether a message is of version 0: the absence of `protocolVersion`, and nothing else, says so."""
    return "protocolVersion" not in text


def read_legacy_envelope(text: JsonObject) -> LegacyEnvelope:
    """The step `legacy`; raises Rejected (MGP1-LEG-002)."""
    if "type" in text:
        dialect = Dialect.JAVA
    elif "message_type" in text:
        dialect = Dialect.PYTHON
    else:
        raise Rejected("legacy.bad")
    names = dialect.names
    kind, sender_id, message_id = text.get(names.type), text.get(names.sender_id), text.get(names.message_id)
    timestamp, data = milliseconds(dialect, text.get("timestamp")), text.get("data")
    if (
        type(kind) is not str
        or type(sender_id) is not str
        or not is_node_id(sender_id)
        or type(message_id) is not str
        or not is_token(message_id)
        or timestamp is None
        or timestamp > MAX_CLOCK
        or type(data) is not dict
    ):
        raise Rejected("legacy.bad")
    if dialect is Dialect.PYTHON:
        kind = kind.translate(_ASCII_UPPER)
    found = data.get(names.ping_id)
    ping_id = found if type(found) is str and is_token(found) else None
    if kind == "PING" and ping_id is None:
        raise Rejected("legacy.bad")
    if kind == "GOSSIP":
        for section in (names.local_data, "membership"):
            if data.get(section) is not None and type(data[section]) is not dict:
                raise Rejected("legacy.bad")
    return LegacyEnvelope(dialect, kind, sender_id, message_id, timestamp, ping_id, data)


def read_legacy_body(envelope: LegacyEnvelope) -> LegacyMessage:
    """The step `type`, then the entries and addresses of a GOSSIP; raises Rejected."""
    if envelope.type not in TYPES:
        raise Rejected("type.unknown")
    message = LegacyMessage(envelope)
    if envelope.type != "GOSSIP":
        return message
    entries = envelope.data.get(envelope.dialect.names.local_data)
    for key, item in entries.items() if type(entries) is dict else ():
        try:
            message.entries[key] = _entry(envelope.dialect, key, item)
        except Invalid as why:
            message.skipped.append(Skip("localData", key, why.reason))
    message.skipped.sort(key=lambda skip: utf16_key(skip.name))
    members = envelope.data.get("membership")
    for name, member in members.items() if type(members) is dict else ():
        if name == envelope.sender_id or type(member) is not dict:
            continue
        host, port = member.get("host"), member.get("port")
        if type(host) is str and type(port) is int and 1 <= port <= 65535 and is_usable_host(host):
            message.named[name] = (host, port)
    return message


def milliseconds(dialect: Dialect, value: JsonValue) -> int | None:
    """A time of a dialect as milliseconds, 0 to 2^53-1; None where it is none.

    Seconds are multiplied as doubles and rounded half to even, so that every relay maps alike.
    """
    if dialect is Dialect.JAVA:
        found = value if type(value) is int else None
    elif type(value) in (int, float):
        try:
            found = round(float(value) * 1000.0)  # type: ignore[arg-type]
        except OverflowError:
            return None
    else:
        return None
    return found if found is not None and 0 <= found <= MAX_INTEGER else None


def pong_datagram(dialect: Dialect, sender_id: str, message_id: str, timestamp: int, ping_id: str) -> bytes:
    """The answer to a version 0 PING: five members and nothing unknown, in the frame of its dialect (MGP1-LEG-008)."""
    if dialect is Dialect.JAVA:
        return (
            f'{{"data":{{"pingId":"{ping_id}"}},"messageId":"{message_id}","senderId":"{sender_id}",'
            f'"timestamp":{timestamp},"type":"PONG"}}'
        ).encode()
    text = (
        f'{{"data":{{"ping_id":"{ping_id}"}},"message_id":"{message_id}","message_type":"pong",'
        f'"sender_id":"{sender_id}","timestamp":{number(timestamp / 1000)}}}'
    )
    return zlib.compress(text.encode())


def _entry(dialect: Dialect, key: str, item: JsonValue) -> Entry:
    """The mapped entry (MGP1-LEG-004); raises Invalid with the reason of chapter 5 (MGP1-LEG-005)."""
    if type(item) is not dict:
        return read_entry(key, item)
    version = item.get("version")
    if dialect is Dialect.PYTHON:
        version = f"{version:07d}" if type(version) is int and 0 <= version <= MAX_INTEGER else None
    mapped: JsonObject = {
        "value": item.get("value"),
        "timestamp": milliseconds(dialect, item.get("timestamp")),
        "version": version,
        "sourceNode": SOURCE_NODE,
    }
    return read_entry(key, mapped)
