"""Datagrams to messages and back: every step that needs no state (chapters 2 to 5)."""

from __future__ import annotations

from .frame import frame, unframe
from .json_text import parse_object
from .limits import MIN_PADDED_PING
from .message import Message
from .read import JsonObject, read_body, read_envelope
from .write import message_text

DEFAULT_MAX_PACKET_SIZE = 1_400
DEFAULT_COMPRESSION_THRESHOLD = 512


def read_text(datagram: bytes) -> JsonObject:
    """The steps `size` to `json`; raises Rejected."""
    return parse_object(unframe(datagram))


def decode(datagram: bytes) -> Message:
    """What a decoder without cluster, clock and state makes of a datagram (chapter 12); raises Rejected."""
    return read_body(read_envelope(read_text(datagram), None))


def encode(
    message: Message,
    *,
    max_packet_size: int = DEFAULT_MAX_PACKET_SIZE,
    compression_threshold: int = DEFAULT_COMPRESSION_THRESHOLD,
) -> bytes:
    """The datagram of a message; raises NotSendable where it does not fit."""
    return frame(
        message_text(message).encode(),
        max_packet_size=max_packet_size,
        compression_threshold=compression_threshold,
    )


def encode_padded(message: Message) -> bytes:
    """The datagram of a PING to an address that is not validated: raw, and padded to 480 bytes (MGP1-MSG-025)."""
    bare = message_text(message, pad="")
    return message_text(message, pad="." * max(0, MIN_PADDED_PING - len(bare.encode()))).encode()

