"""Every decode vector: a datagram and what a decoder must make of it."""

from __future__ import annotations

import unittest

from support import json_equal, vectors

from mumbai_gossip.wire.answer import answer


class DecodeVectors(unittest.TestCase):
    def test_every_datagram_means_what_the_vector_says(self) -> None:
        # Accepted ones first: a parser that caches names must not learn bad ones from good ones.
        order = sorted(vectors("decode"), key=lambda vector: vector["expect"]["verdict"])
        self.assertGreater(len(order), 2000)
        for vector in order:
            with self.subTest(vector["id"], hunts=vector["hunts"]):
                got = answer(bytes.fromhex(vector["datagram"]))
                expect = vector["expect"]
                if expect["verdict"] == "rejected":
                    reasons = [expect["reason"], *vector.get("orReasons", [])]
                    self.assertEqual((got["verdict"], got.get("step")), ("rejected", expect["step"]))
                    self.assertIn(got["reason"], reasons)
                else:
                    self.assertTrue(json_equal(got, expect), f"{got}\n!= {expect}")


if __name__ == "__main__":
    unittest.main()
