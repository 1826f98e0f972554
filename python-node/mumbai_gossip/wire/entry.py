"""Entries: one line of the shared store (chapter 5, Entries)."""

from __future__ import annotations

import json
from typing import NamedTuple

from .canonical import JsonValue, NotJson, canonical, quote
from .ids import is_node_id, is_token
from .limits import MAX_ENTRY_BYTES, MAX_INTEGER, MAX_KEY_BYTES
from .reason import Invalid


class Entry(NamedTuple):
    """A value with the stamp of its writer. Never changed: a new write is a new entry."""

    value: JsonValue
    timestamp: int
    """The writer's wall clock at the write, milliseconds, 0 to 2^53-1."""
    version: str
    source_node: str
    deleted: bool
    value_json: str
    """The canonical text of `value`: what is sent, and what decides last (MGP1-MRG-001)."""

    def beats(self, other: Entry) -> bool:
        """Whether this is the greater one (MGP1-MRG-001). Ids are ASCII, so text sorts as its bytes do."""
        mine = (self.timestamp, self.version, self.source_node, self.deleted)
        theirs = (other.timestamp, other.version, other.source_node, other.deleted)
        if mine != theirs:
            return mine > theirs
        return self.value_json != other.value_json and self.value_json.encode() > other.value_json.encode()

    def text(self) -> str:
        """The canonical form of the entry."""
        deleted = '"deleted":true,' if self.deleted else ""
        return (
            f'{{{deleted}"sourceNode":"{self.source_node}","timestamp":{self.timestamp},'
            f'"value":{self.value_json},"version":"{self.version}"}}'
        )


def new_entry(
    key: str, value: JsonValue, *, timestamp: int, version: str, source_node: str, deleted: bool = False
) -> Entry:
    """A valid entry for a key; raises Invalid with the first rule of chapter 5 that it breaks."""
    _check_key(key)
    try:
        value_json = canonical(value)
    except (NotJson, RecursionError):
        raise Invalid("entry.shape") from None
    if not 0 <= timestamp <= MAX_INTEGER:
        raise Invalid("entry.shape")
    if type(value) in (dict, list, tuple):
        # A copy: what the caller does to his object afterwards is no write.
        value = json.loads(value_json)
    entry = Entry(value, timestamp, version, source_node, deleted, value_json)
    _check_size(key, entry)
    return entry


def read_entry(key: str, item: JsonValue) -> Entry:
    """The entry that a message has for a key; raises Invalid."""
    _check_key(key)
    if type(item) is not dict:
        raise Invalid("entry.shape")
    timestamp = item.get("timestamp")
    version = item.get("version")
    source_node = item.get("sourceNode")
    deleted = item.get("deleted")
    if deleted is None:
        deleted = False
    if (
        type(timestamp) is not int
        or not 0 <= timestamp <= MAX_INTEGER
        or type(version) is not str
        or not is_token(version)
        or type(source_node) is not str
        or not is_node_id(source_node)
        or type(deleted) is not bool
    ):
        raise Invalid("entry.shape")
    value = item.get("value")
    if deleted and value is not None:
        raise Invalid("entry.tombstone-value")
    entry = Entry(value, timestamp, version, source_node, deleted, canonical(value))
    _check_size(key, entry)
    return entry


def item_text(key: str, entry: Entry) -> str:
    """The entry as a member of `localData`, canonical."""
    return f"{quote(key)}:{entry.text()}"


def _check_key(key: str) -> None:
    try:
        length = len(key) if key.isascii() else len(key.encode())
    except UnicodeEncodeError:
        raise Invalid("entry.key") from None
    if not 1 <= length <= MAX_KEY_BYTES:
        raise Invalid("entry.key")


def _check_size(key: str, entry: Entry) -> None:
    text = item_text(key, entry)
    if len(text) > MAX_ENTRY_BYTES or (not text.isascii() and len(text.encode()) > MAX_ENTRY_BYTES):
        raise Invalid("entry.size")
