"""Bytes of a datagram to and from JSON text (chapter 2)."""

from __future__ import annotations

import zlib

from .limits import MAX_TEXT
from .reason import NotSendable, Rejected


def unframe(datagram: bytes) -> bytes:
    """The JSON text in a datagram; raises Rejected.

    Never holds more than `maxTextSize` bytes and one, whatever a stream would inflate to (MGP1-FRM-012).
    """
    if not datagram:
        raise Rejected("size.empty")
    first = datagram[0]
    if first == 0x7B:
        return datagram
    if not _is_zlib_header(datagram):
        raise Rejected("frame.unknown")
    stream = zlib.decompressobj()
    try:
        text = stream.decompress(datagram, MAX_TEXT + 1)
    except zlib.error:
        raise Rejected("inflate.corrupt") from None
    if len(text) > MAX_TEXT:
        raise Rejected("inflate.too-big")
    if not stream.eof:
        raise Rejected("inflate.truncated")
    if stream.unused_data:
        raise Rejected("inflate.trailing")
    return text


def _is_zlib_header(datagram: bytes) -> bool:
    """The conditions of MGP1-FRM-009: deflate, a window of at most 32 KiB, the check bits, no preset dictionary."""
    if len(datagram) < 2:
        return False
    b0, b1 = datagram[0], datagram[1]
    return b0 & 0x0F == 8 and b0 >> 4 <= 7 and (256 * b0 + b1) % 31 == 0 and not b1 & 0x20


def frame(text: bytes, *, max_packet_size: int, compression_threshold: int, raw: bool = False) -> bytes:
    """A datagram with this text; raises NotSendable where it does not fit (MGP1-FRM-001 to MGP1-FRM-005, MGP1-FRM-017).

    `raw` is for the messages that this document wants raw (MGP1-MSG-025).
    """
    if len(text) > MAX_TEXT:
        raise NotSendable("size.text")
    datagram = text
    if not raw and len(text) > compression_threshold:
        compressed = zlib.compress(text)
        if len(compressed) < len(text):
            datagram = compressed
    if len(datagram) > max_packet_size:
        raise NotSendable("size.packet")
    return datagram
