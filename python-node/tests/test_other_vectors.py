"""Encode and digest vectors."""

from __future__ import annotations

import json
import unittest

from driver import Driver
from support import json_equal, vectors

from mumbai_gossip.adapter.dispatch import Adapter
from mumbai_gossip.wire.answer import answer


class EncodeVectors(unittest.TestCase):
    def test_what_is_encoded_means_what_it_should(self) -> None:
        adapter = Adapter()
        for vector in vectors("encode"):
            with self.subTest(vector["id"], hunts=vector["hunts"]):
                got = adapter.answer({"id": 1, "op": "encode", "message": vector["message"]})["ok"]
                expect = vector["expect"]
                if expect.get("refused"):
                    self.assertIn("refused", got)
                    continue
                datagram = bytes.fromhex(got["datagram"])
                self.assertLessEqual(len(datagram), 1_400)
                if expect["frame"] != "any":
                    self.assertEqual("raw" if datagram[:1] == b"{" else "zlib", expect["frame"])
                meaning = {"verdict": "accepted", "skipped": [], "message": vector["message"]}
                self.assertTrue(json_equal(answer(datagram), meaning))


class DigestVectors(unittest.TestCase):
    def test_digests_are_those_that_others_compute(self) -> None:
        for vector in vectors("digest"):
            with self.subTest(vector["id"], hunts=vector["hunts"]):
                driver = Driver(vector)
                own = {"host": "127.0.0.1", "port": 9001, "state": "ALIVE", "lastSeen": 0, "updated": 0}
                entries = vector["entries"]
                for number, key in enumerate(entries):
                    message = {
                        "protocolVersion": 1, "cluster": driver.cluster, "type": "GOSSIP", "senderId": "p1",
                        "messageId": f"m{number}", "timestamp": number,
                        "data": {"membership": {"p1": {**own, "lastSeen": number}}, "localData": {key: entries[key]}},
                    }
                    driver.receive("127.0.0.1:9001", json.dumps(message).encode())
                driver.wall_offset += vector.get("stepWall", 0)
                for prefix, digest in vector["digests"].items():
                    self.assertEqual(driver.call("digest", prefix=prefix)["digest"], digest, prefix)


if __name__ == "__main__":
    unittest.main()
