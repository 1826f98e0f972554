"""Every legacy vector: a datagram of either version and what a decoder that was asked for version 0 makes of it."""

from __future__ import annotations

import unittest

from support import json_equal, vectors

from mumbai_gossip.wire.answer import answer_any


class LegacyVectors(unittest.TestCase):
    def test_every_datagram_means_what_the_vector_says(self) -> None:
        order = list(vectors("legacy"))
        self.assertGreater(len(order), 100)
        for vector in order:
            with self.subTest(vector["id"], hunts=vector["hunts"]):
                got, expect = answer_any(bytes.fromhex(vector["datagram"])), vector["expect"]
                self.assertTrue(json_equal(got, expect), f"{got}\n!= {expect}")


if __name__ == "__main__":
    unittest.main()
