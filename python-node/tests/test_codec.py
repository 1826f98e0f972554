"""Framing and text: what has no vector, because it is about resources, or about what this node sends."""

from __future__ import annotations

import json
import sys
import tracemalloc
import unittest
import zlib

import support  # noqa: F401

from mumbai_gossip.wire.codec import decode, encode, encode_padded
from mumbai_gossip.wire.frame import frame, unframe
from mumbai_gossip.wire.json_text import parse_object
from mumbai_gossip.wire.message import Gossip, Message, Ping
from mumbai_gossip.wire.reason import NotSendable, Rejected
from mumbai_gossip.wire.record import Record, State, new_content


def message(body: Gossip | Ping) -> Message:
    own = Record(new_content("p1", "127.0.0.1", 9001), 5, 7, State.ALIVE)
    return Message("p1", "m1", 7, {"p1": own}, body)


def reason(action: object, *arguments: object) -> str:
    try:
        action(*arguments)  # type: ignore[operator]
    except Rejected as why:
        return why.reason
    return "accepted"


class Receiving(unittest.TestCase):
    def test_a_bomb_is_given_up_at_the_limit(self) -> None:
        bomb = zlib.compress(b"{" + b" " * 60_000_000)
        tracemalloc.start()
        try:
            self.assertEqual(reason(unframe, bomb), "inflate.too-big")
            self.assertLess(tracemalloc.get_traced_memory()[1], 1_000_000)
        finally:
            tracemalloc.stop()

    def test_a_text_of_exactly_the_limit_is_taken_whatever_follows_in_the_stream(self) -> None:
        text = b"{" + b" " * 65_534 + b"}"
        press = zlib.compressobj()
        stream = press.compress(text) + b"".join(press.flush(zlib.Z_FULL_FLUSH) for _ in range(50)) + press.flush()
        self.assertEqual(unframe(stream), text)
        self.assertEqual(reason(unframe, zlib.compress(text + b" ")), "inflate.too-big")

    def test_the_depth_of_nesting_is_judged_alike_however_deep_the_caller_is(self) -> None:
        deep = b'{"a":' + b"[" * 31 + b"]" * 31 + b"}"
        deeper = b'{"a":' + b"[" * 32 + b"]" * 32 + b"}"
        bottomless = b'{"a":' + b"[" * 65_000
        mixed = b'{"\\"[{":[{},[' + b"{}," * 60 + b'"]]]}}"]]}'

        def at(depth: int) -> list[str]:
            if depth:
                return at(depth - 1)
            return [reason(parse_object, text) for text in (deep, deeper, bottomless, mixed)]

        self.assertEqual(at(0), ["accepted", "json.depth", "json.depth", "accepted"])
        self.assertEqual(at(sys.getrecursionlimit() // 2), at(0))

    def test_a_long_number_is_refused_before_it_is_computed(self) -> None:
        self.assertEqual(reason(parse_object, b'{"a":' + b"9" * 65_000 + b"}"), "json.number")
        self.assertEqual(reason(parse_object, b'{"a":' + b"9" * 64 + b"}"), "accepted")

    def test_brackets_and_escapes_inside_strings_count_for_nothing(self) -> None:
        text = json.dumps({"a": "[{" * 100, "b": "\\ud800", "c": ['"'] * 40}).encode()
        self.assertEqual(reason(parse_object, text), "accepted")


class Sending(unittest.TestCase):
    def test_a_ping_to_a_stranger_is_raw_and_480_bytes_long(self) -> None:
        datagram = encode_padded(message(Ping("x")))
        self.assertEqual((datagram[:1], len(datagram)), (b"{", 480))
        self.assertEqual(decode(datagram).body, Ping("x"))

    def test_what_does_not_shrink_is_sent_raw(self) -> None:
        text = bytes(range(32, 127)) * 6
        self.assertEqual(frame(text, max_packet_size=1400, compression_threshold=512)[0] & 0x0F, 8)
        noise = bytes((7919 * n * n + n) % 251 for n in range(600))
        sent = frame(noise, max_packet_size=1400, compression_threshold=512)
        self.assertLessEqual(len(sent), len(noise))

    def test_empty_metadata_is_not_sent(self) -> None:
        sent = encode(message(Ping("x")), max_packet_size=1400, compression_threshold=512)
        self.assertNotIn(b"metadata", sent)
        self.assertEqual(decode(sent).records, message(Ping("x")).records)

    def test_a_datagram_is_never_too_large(self) -> None:
        text = bytes((n * n * 31 + n // 7) % 256 for n in range(5_000))
        with self.assertRaises(NotSendable):
            frame(text, max_packet_size=1400, compression_threshold=0, raw=True)

    def test_what_is_encoded_decodes_to_the_same(self) -> None:
        sent = message(Gossip({}, {"p2": 9}))
        got = decode(encode(sent))
        self.assertEqual((got.records, got.body), (sent.records, sent.body))


if __name__ == "__main__":
    unittest.main()
