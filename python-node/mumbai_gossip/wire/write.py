"""From a message to canonical JSON text (MGP1-JSN-018), put together from the canonical texts of its parts."""

from __future__ import annotations

from collections.abc import Iterable

from .canonical import sort_names
from .entry import Entry
from .entry import item_text as entry_text
from .limits import PROTOCOL_VERSION
from .message import Body, Digest, Entries, Gossip, Membership, Message, Ping, Pong, type_of
from .record import item_text as record_text


def message_text(message: Message, pad: str | None = None) -> str:
    """The canonical text. Sections that are empty and members at their default are left out."""
    records = message.records
    membership = _object(record_text(name, records[name]) for name in sorted(records))
    cluster = f'"cluster":"{message.cluster}",' if message.cluster else ""
    return (
        f'{{{cluster}"data":{_data(message.body, membership, pad)},"messageId":"{message.message_id}",'
        f'"protocolVersion":{PROTOCOL_VERSION},"senderId":"{message.sender_id}",'
        f'"timestamp":{message.timestamp},"type":"{type_of(message.body)}"}}'
    )


def heartbeat_text(member_id: str, last_seen: int) -> str:
    """A heartbeat as a member of `heartbeats`."""
    return f'"{member_id}":{last_seen}'


def _data(body: Body, membership: str, pad: str | None) -> str:
    """The members of `data`, each kind's in the order of their names."""
    records = f'"membership":{membership}'
    if isinstance(body, Gossip):
        return "{" + _heartbeats(body.heartbeats) + _local_data(body.entries) + records + "}"
    if isinstance(body, Ping):
        full = '"full":true,' if body.full else ""
        padding = "" if pad is None else f',"pad":"{pad}"'
        target = "" if body.target_id is None else f',"targetId":"{body.target_id}"'
        return f'{{{full}{records}{padding},"pingId":"{body.ping_id}"{target}}}'
    if isinstance(body, Pong):
        return f'{{{_heartbeats(body.heartbeats)}{records},"pingId":"{body.ping_id}"}}'
    if isinstance(body, Membership):
        page = "" if body.page is None else f',"page":{body.page},"pages":{body.pages}'
        return f"{{{records}{page}}}"
    if isinstance(body, Digest):
        children = _object(f'"{digit}":"{body.children[digit]}"' for digit in sorted(body.children))
        return f'{{"children":{children},{records},"phase":"DIGEST","prefix":"{body.prefix}"}}'
    return _entries(body, records)


def _entries(body: Entries, records: str) -> str:
    reply = ',"reply":true' if body.reply else ""
    return f'{{{_local_data(body.entries)}{records},"phase":"ENTRIES","prefix":"{body.prefix}"{reply}}}'


def _heartbeats(heartbeats: dict[str, int]) -> str:
    if not heartbeats:
        return ""
    return '"heartbeats":' + _object(heartbeat_text(name, heartbeats[name]) for name in sorted(heartbeats)) + ","


def _local_data(entries: dict[str, Entry]) -> str:
    if not entries:
        return ""
    return '"localData":' + _object(entry_text(key, entries[key]) for key in sort_names(entries)) + ","


def _object(members: Iterable[str]) -> str:
    return "{" + ",".join(members) + "}"
