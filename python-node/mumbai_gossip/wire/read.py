"""From a JSON object to a message, in the order of receipt (chapters 4, 5 and 12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from . import paths
from .canonical import JsonValue, utf16_key
from .entry import Entry, read_entry
from .ids import is_cluster, is_digest, is_node_id, is_prefix, is_token
from .limits import MAX_CLOCK, MAX_INTEGER, MAX_PREFIX, PROTOCOL_VERSION
from .message import TYPES, Body, Digest, Entries, Envelope, Gossip, Membership, Message, Ping, Pong
from .reason import Invalid, Rejected, Skip
from .record import State, read_record

JsonObject = dict[str, JsonValue]
_Item = TypeVar("_Item")
_HEX: Final = frozenset("0123456789abcdef")


def is_integer(value: JsonValue) -> bool:
    """An integer from 0 to 2^53-1, and no boolean, text or number with a fraction (MGP1-JSN-011, MGP1-JSN-014)."""
    return type(value) is int and 0 <= value <= MAX_INTEGER


def check_version(text: JsonObject) -> None:
    """The step `version`; raises Rejected."""
    version = text.get("protocolVersion", 0)
    if version == PROTOCOL_VERSION and type(version) is int:
        return
    raise Rejected("version.unsupported" if is_integer(version) else "version.bad")


def check_cluster(name: JsonValue, own: str | None) -> str:
    """The step `cluster`; raises Rejected. `own` is None for a decoder without a cluster."""
    if name is None:
        name = ""
    if type(name) is not str or not is_cluster(name):
        raise Rejected("cluster.bad")
    if own is not None and name != own:
        raise Rejected("cluster.mismatch")
    return name


def read_envelope(text: JsonObject, cluster: str | None) -> Envelope:
    """The steps `version`, `cluster` and `envelope`; raises Rejected."""
    check_version(text)
    name = check_cluster(text.get("cluster"), cluster)
    kind = text.get("type")
    if type(kind) is not str:
        raise Rejected("envelope.type")
    sender_id = text.get("senderId")
    if type(sender_id) is not str or not is_node_id(sender_id):
        raise Rejected("envelope.senderId")
    message_id = text.get("messageId")
    if type(message_id) is not str or not is_token(message_id):
        raise Rejected("envelope.messageId")
    timestamp = text.get("timestamp")
    if type(timestamp) is not int or not 0 <= timestamp <= MAX_CLOCK:
        raise Rejected("envelope.timestamp")
    data = text.get("data")
    if type(data) is not dict:
        raise Rejected("envelope.data")
    membership = data.get("membership")
    if type(membership) is not dict:
        raise Rejected("envelope.self")
    try:
        own = read_record(sender_id, membership.get(sender_id))
    except Invalid:
        raise Rejected("envelope.self") from None
    if own.state is State.SUSPECT or own.last_seen != timestamp:
        raise Rejected("envelope.self")
    return Envelope(name, kind, sender_id, message_id, timestamp, data, own)


def read_body(envelope: Envelope) -> Message:
    """The steps `type` and `body`, then the items of the sections; raises Rejected.

    Each reader below makes all the checks of its body before it reads items: `localData` itself, the others here, in the order of `skipped`.
    """
    if envelope.type not in TYPES:
        raise Rejected("type.unknown")
    data = envelope.data
    skipped: list[Skip] = []
    body = _READERS[envelope.type](data, skipped)
    records = _items(data, "membership", read_record, skipped, {envelope.sender_id: envelope.own})
    if isinstance(body, (Gossip, Pong)):
        body.heartbeats = read_heartbeats(data, skipped)
    return Message(
        envelope.sender_id, envelope.message_id, envelope.timestamp, records, body, envelope.cluster, skipped
    )


def read_heartbeats(data: JsonObject, skipped: list[Skip]) -> dict[str, int]:
    """The valid heartbeats of a section that is an object or absent."""
    return _items(data, "heartbeats", _read_heartbeat, skipped)


def _read_heartbeat(member_id: str, item: JsonValue) -> int:
    if not is_node_id(member_id):
        raise Invalid("heartbeat.id")
    if type(item) is not int or not 0 <= item <= MAX_CLOCK:
        raise Invalid("heartbeat.value")
    return item


def _items(
    data: JsonObject,
    section: str,
    read: Callable[[str, JsonValue], _Item],
    skipped: list[Skip],
    known: dict[str, _Item] | None = None,
) -> dict[str, _Item]:
    """The valid items of a section; the others are skipped one by one (MGP1-MSG-002)."""
    items = data.get(section)
    found: dict[str, _Item] = {}
    if type(items) is not dict:
        return found
    bad: list[Skip] = []
    for name, item in items.items():
        if known is not None and name in known:
            found[name] = known[name]
            continue
        try:
            found[name] = read(name, item)
        except Invalid as why:
            bad.append(Skip(section, name, why.reason))
    if bad:
        bad.sort(key=lambda skip: utf16_key(skip.name))
        skipped.extend(bad)
    return found


def _check_section(data: JsonObject, name: str) -> None:
    section = data.get(name)
    if section is not None and type(section) is not dict:
        raise Rejected(f"body.{name}")


def _read_gossip(data: JsonObject, skipped: list[Skip]) -> Body:
    _check_section(data, "localData")
    _check_section(data, "heartbeats")
    return Gossip(_items(data, "localData", read_entry, skipped))


def _read_ping(data: JsonObject, _skipped: list[Skip]) -> Body:
    ping_id = _read_ping_id(data)
    target_id = data.get("targetId")
    if target_id is not None and not is_node_id(target_id):
        raise Rejected("body.targetId")
    full = data.get("full")
    if full is not None and type(full) is not bool:
        raise Rejected("body.full")
    return Ping(ping_id, target_id if type(target_id) is str else None, full is True)


def _read_pong(data: JsonObject, _skipped: list[Skip]) -> Body:
    _check_section(data, "heartbeats")
    return Pong(_read_ping_id(data))


def _read_ping_id(data: JsonObject) -> str:
    ping_id = data.get("pingId")
    if type(ping_id) is not str or not is_token(ping_id):
        raise Rejected("body.pingId")
    return ping_id


def _read_membership(data: JsonObject, _skipped: list[Skip]) -> Body:
    page, pages = data.get("page"), data.get("pages")
    if page is None and pages is None:
        return Membership()
    if (
        type(page) is not int
        or type(pages) is not int
        or not 1 <= page <= pages <= MAX_INTEGER
    ):
        raise Rejected("body.page")
    return Membership(page, pages)


def _read_sync(data: JsonObject, skipped: list[Skip]) -> Body:
    phase = data.get("phase")
    if phase == "ENTRIES":
        _check_section(data, "localData")
    elif phase != "DIGEST":
        raise Rejected("body.phase")
    prefix = data.get("prefix")
    if type(prefix) is not str or not is_prefix(prefix):
        raise Rejected("body.prefix")
    if phase == "DIGEST":
        return Digest(prefix, _read_children(prefix, data.get("children")))
    reply = data.get("reply")
    if reply is not None and type(reply) is not bool:
        raise Rejected("body.reply")

    def read_below(key: str, item: JsonValue) -> Entry:
        entry = read_entry(key, item)
        if not paths.path(key).startswith(prefix):
            raise Invalid("entry.prefix")
        return entry

    return Entries(prefix, _items(data, "localData", read_below, skipped), reply is True)


def _read_children(prefix: str, children: JsonValue) -> dict[str, str]:
    if type(children) is not dict or (children and len(prefix) == MAX_PREFIX):
        raise Rejected("body.children")
    found: dict[str, str] = {}
    for digit, digest in children.items():
        if digit not in _HEX or type(digest) is not str or not is_digest(digest):
            raise Rejected("body.children")
        found[digit] = digest
    return found


_READERS: Final[dict[str, Callable[[JsonObject, list[Skip]], Body]]] = {
    "GOSSIP": _read_gossip,
    "PING": _read_ping,
    "PONG": _read_pong,
    "MEMBERSHIP": _read_membership,
    "SYNC": _read_sync,
}
