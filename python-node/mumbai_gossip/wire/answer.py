"""A decoder's answer to one datagram, and the meaning of a message as JSON (chapter 12)."""

from __future__ import annotations

from .canonical import JsonValue
from .codec import decode, read_text
from .entry import Entry
from .legacy import LegacyMessage, is_legacy, read_legacy_body, read_legacy_envelope
from .limits import PROTOCOL_VERSION
from .message import Body, Digest, Entries, Gossip, Membership, Message, Ping, type_of
from .reason import Rejected, Skip
from .record import Content, Record

JsonObject = dict[str, JsonValue]


def answer(datagram: bytes) -> JsonObject:
    """What `decode` answers: the meaning with what was skipped, or the step and the reason of the rejection."""
    try:
        message = decode(datagram)
    except Rejected as why:
        return rejection(why)
    return {"message": meaning(message), "skipped": skips(message.skipped), "verdict": "accepted"}


def answer_any(datagram: bytes) -> JsonObject:
    """What `decode` answers where it was asked for version 0 too (chapter 10)."""
    try:
        text = read_text(datagram)
        if not is_legacy(text):
            return answer(datagram)
        message = read_legacy_body(read_legacy_envelope(text))
    except Rejected as why:
        return rejection(why)
    return {"message": legacy_meaning(message), "skipped": skips(message.skipped), "verdict": "accepted"}


def rejection(why: Rejected) -> JsonObject:
    """The answer to a datagram that was rejected."""
    return {"reason": why.reason, "step": why.step, "verdict": "rejected"}


def skips(skipped: list[Skip]) -> list[JsonValue]:
    """`skipped` of an answer."""
    return [{"name": skip.name, "reason": skip.reason, "section": skip.section} for skip in skipped]


def meaning(message: Message) -> JsonObject:
    """The meaning of a message: nothing unknown in it, nothing skipped, and every default written out."""
    return {
        "cluster": message.cluster,
        "data": _data(message),
        "messageId": message.message_id,
        "protocolVersion": PROTOCOL_VERSION,
        "senderId": message.sender_id,
        "timestamp": message.timestamp,
        "type": type_of(message.body),
    }


def legacy_meaning(message: LegacyMessage) -> JsonObject:
    """The meaning of a version 0 message (chapter 10)."""
    envelope = message.envelope
    data: JsonObject = {}
    if envelope.type == "GOSSIP":
        data["localData"] = _entries(message.entries)
        data["membership"] = {name: {"host": host, "port": port} for name, (host, port) in message.named.items()}
    elif envelope.type in ("PING", "PONG") and envelope.ping_id is not None:
        data["pingId"] = envelope.ping_id
    return {
        "cluster": "",
        "data": data,
        "dialect": envelope.dialect.value,
        "messageId": envelope.message_id,
        "protocolVersion": 0,
        "senderId": envelope.sender_id,
        "timestamp": envelope.timestamp,
        "type": envelope.type,
    }


def entry_meaning(entry: Entry) -> JsonObject:
    """The five members of an entry."""
    return {
        "deleted": entry.deleted,
        "sourceNode": entry.source_node,
        "timestamp": entry.timestamp,
        "value": entry.value,
        "version": entry.version,
    }


def record_meaning(record: Record) -> JsonObject:
    """The members of a record, `versions` only where it names them."""
    found: JsonObject = content_meaning(record.content)
    found.update(lastSeen=record.last_seen, state=record.state.name, updated=record.updated)
    return found


def content_meaning(content: Content) -> JsonObject:
    """The content of a record."""
    found: JsonObject = {"host": content.host, "metadata": content.metadata, "port": content.port}
    if content.versions is not None:
        found["versions"] = {"max": content.versions.max, "min": content.versions.min}
    return found


def _data(message: Message) -> JsonObject:
    data: JsonObject = {"membership": {name: record_meaning(record) for name, record in message.records.items()}}
    data.update(_body(message.body))
    return data


def _body(body: Body) -> JsonObject:
    if isinstance(body, Gossip):
        return {"heartbeats": dict(body.heartbeats), "localData": _entries(body.entries)}
    if isinstance(body, Ping):
        ping: JsonObject = {"full": body.full, "pingId": body.ping_id}
        if body.target_id is not None:
            ping["targetId"] = body.target_id
        return ping
    if isinstance(body, Membership):
        return {} if body.page is None else {"page": body.page, "pages": body.pages}
    if isinstance(body, Digest):
        return {"children": dict(body.children), "phase": "DIGEST", "prefix": body.prefix}
    if isinstance(body, Entries):
        return {
            "localData": _entries(body.entries),
            "phase": "ENTRIES",
            "prefix": body.prefix,
            "reply": body.reply,
        }
    return {"heartbeats": dict(body.heartbeats), "pingId": body.ping_id}


def _entries(entries: dict[str, Entry]) -> JsonObject:
    return {key: entry_meaning(entry) for key, entry in entries.items()}
