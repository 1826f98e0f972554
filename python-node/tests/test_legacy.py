"""The two published dialects (chapter 10), as captured from the published programs."""

from __future__ import annotations

import json
import unittest
import zlib
from typing import Any

from driver import Driver
from support import vectors

from mumbai_gossip.wire.answer import answer, answer_any
from mumbai_gossip.wire.legacy import Dialect, milliseconds

PEER = "127.0.0.1:9001"
CAPTURES = {
    vector["id"].partition("/capture-")[2]: bytes.fromhex(vector["datagram"])
    for vector in vectors("decode")
    if "/capture-" in vector["id"]
}


class Node(Driver):
    """A driver that notes version 0 datagrams as they are."""

    def __init__(self, **config: Any) -> None:
        self.raw: list[tuple[str, bytes]] = []
        super().__init__({"config": {"legacy": True, **config}, "wall": 1_795_390_600_000})

    def take(self, effects: dict[str, Any]) -> None:
        effects = dict(effects)
        keep = []
        for send in effects.get("sent", []):
            datagram = bytes.fromhex(send["datagram"])
            if answer(datagram)["verdict"] == "accepted":
                keep.append(send)
            else:
                self.raw.append((send["to"], datagram))
        effects["sent"] = keep
        super().take(effects)

    def hear(self, message: dict[str, Any], source: str = PEER, *, zlib_frame: bool = False) -> Any:
        text = json.dumps(message).encode()
        return self.receive(source, zlib.compress(text) if zlib_frame else text)


def java(kind: str = "GOSSIP", **changes: Any) -> dict[str, Any]:
    return {"type": kind, "senderId": "old", "messageId": "m1", "timestamp": 1_795_390_590_000, "data": {}, **changes}


def python(kind: str = "gossip", **changes: Any) -> dict[str, Any]:
    return {"message_type": kind, "sender_id": "old", "message_id": "m1", "timestamp": 1795390590.5, "data": {}, **changes}


class Decoding(unittest.TestCase):
    def test_every_captured_datagram_is_understood_where_it_is_asked_for_and_only_there(self) -> None:
        self.assertEqual(len(CAPTURES), 9)
        for name, datagram in CAPTURES.items():
            with self.subTest(name):
                got: Any = answer_any(datagram)
                self.assertEqual(got["verdict"], "accepted", got)
                self.assertEqual(got["message"]["dialect"], "v0-java" if name.startswith("java") else "v0-python")
                self.assertEqual(got["skipped"], [])
                self.assertEqual(answer(datagram), {"verdict": "rejected", "step": "version", "reason": "version.unsupported"})

    def test_seconds_become_milliseconds_as_doubles_rounded_half_to_even(self) -> None:
        cases: list[tuple[Any, int | None]] = [
            (1795390598.0284047, 1_795_390_598_028), (0.0005, 0), (0.0015, 2), (0.0025, 2), (5, 5_000), (-0.0001, 0),
            (-1, None), (9_007_199_254_740.993, None), (1e306, None), (True, None), ("1", None), (None, None),
        ]
        for seconds, expected in cases:
            with self.subTest(seconds):
                self.assertEqual(milliseconds(Dialect.PYTHON, seconds), expected)
        self.assertIsNone(milliseconds(Dialect.JAVA, 1.5))

    def test_a_message_that_lacks_what_its_dialect_requires_is_rejected(self) -> None:
        for message in [
            {}, {"type": None}, java(senderId="ö"), java(messageId=""), java(timestamp=2**52), java(timestamp=1.5), java(data=[]),
            java("PING"), java(data={"localData": []}), java(data={"membership": 1}), python(timestamp="1"), python("ping"),
            python(data={"local_state": "x"}), {**python(), "type": "GOSSIP"},
        ]:
            with self.subTest(message):
                self.assertEqual(answer_any(json.dumps(message).encode()).get("reason"), "legacy.bad")
        self.assertEqual(answer_any(json.dumps(java("gossip")).encode())["reason"], "type.unknown")
        self.assertEqual(answer_any(json.dumps(python("pıng")).encode())["reason"], "type.unknown")


class Receiving(unittest.TestCase):
    def test_a_gossip_teaches_entries_the_sender_and_addresses(self) -> None:
        node = Node()
        entry = {"value": 1, "timestamp": 1795390590.25, "version": 42}
        bad = {"value": 1, "timestamp": -1, "version": 1}
        named = {"initial_0": {"host": "127.0.0.1", "port": 9007}, "x": {"host": "localhost", "port": 9008}}
        message = python(data={"local_state": {"k": entry, "bad": bad}, "membership": named})
        outcome = node.hear(message, zlib_frame=True)
        self.assertEqual(outcome["skipped"], [{"name": "bad", "reason": "entry.shape", "section": "localData"}])
        state = node.call("state")
        self.assertEqual(
            state["entries"]["k"],
            {"value": 1, "timestamp": 1_795_390_590_250, "version": "0000042", "sourceNode": "v0", "deleted": False},
        )
        self.assertEqual(list(state["members"]), ["old"])
        self.assertEqual((state["members"]["old"]["port"], state["members"]["old"]["lastSeen"]), (9001, 1_795_390_590_500))
        node.run_to(2_000)
        pinged = {note["to"] for note in node.sent if note["message"]["type"] == "PING"}
        self.assertEqual(pinged, {PEER, "127.0.0.1:9007"})

    def test_a_known_sender_is_no_news_each_time(self) -> None:
        node = Node()
        for number in range(5):
            node.hear(java(messageId=f"m{number}", timestamp=1_795_390_590_000 + number))
        self.assertEqual([event["event"] for event in node.events], ["member"])
        self.assertEqual(node.call("state")["members"]["old"]["updated"], 1_795_390_590_000)

    def test_a_ping_is_answered_in_its_dialect(self) -> None:
        node = Node()
        node.hear(java("PING", data={"pingId": "p-1"}))
        node.hear(python("ping", message_id="m2", data={"ping_id": "p-2", "sender_port": 9001}), zlib_frame=True)
        (_, first), (_, second) = node.raw
        got = json.loads(first)
        self.assertEqual(set(got), {"type", "senderId", "messageId", "timestamp", "data"})
        self.assertEqual((got["type"], got["senderId"], got["data"]), ("PONG", "iut", {"pingId": "p-1"}))
        got = json.loads(zlib.decompress(second))
        self.assertEqual(set(got), {"message_type", "sender_id", "message_id", "timestamp", "data"})
        self.assertEqual((got["message_type"], got["data"]), ("pong", {"ping_id": "p-2"}))
        self.assertLess(abs(got["timestamp"] - 1_795_390_600), 1)

    def test_an_old_pong_validates_nothing(self) -> None:
        node = Node(seeds=[PEER])
        ping_id = node.pings[PEER][0]
        node.hear(java("PONG", data={"pingId": ping_id}))
        self.assertFalse(node.call("state")["members"]["old"]["validated"])

    def test_a_repeated_message_and_one_of_the_own_id_are_rejected(self) -> None:
        node = Node()
        node.hear(java())
        self.assertEqual(node.hear(java())["reason"], "duplicate.message")
        self.assertEqual(node.hear(java(senderId="iut", messageId="m2"))["reason"], "sender.self")

    def test_version_0_counts_as_the_empty_cluster_or_the_one_that_is_configured(self) -> None:
        self.assertEqual(Node(cluster="prod").hear(java())["reason"], "cluster.mismatch")
        self.assertEqual(Node(cluster="prod", legacyCluster="prod").hear(java())["verdict"], "accepted")
        self.assertEqual(Node(legacy=False).hear(java())["reason"], "version.unsupported")

    def test_a_source_that_is_no_address_for_a_record_is_skipped(self) -> None:
        outcome = Node().hear(java(), source="127.0.0.1:0")
        self.assertEqual(outcome["skipped"], [{"name": "old", "reason": "record.shape", "section": "membership"}])


if __name__ == "__main__":
    unittest.main()
