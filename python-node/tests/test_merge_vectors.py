"""Every merge vector: messages in any order, and twice, end in one state."""

from __future__ import annotations

import itertools
import json
import random
import unittest

from driver import Driver, state_complaints
from support import vectors

PROFILES = {"core", "membership", "anti-entropy", "legacy"}
MOST_ORDERS = 24


class MergeVectors(unittest.TestCase):
    def test_the_order_and_the_number_of_messages_do_not_matter(self) -> None:
        for vector in vectors("merge"):
            if PROFILES & set(vector.get("without", [])):
                continue
            messages = vector["messages"]
            orders = list(itertools.islice(itertools.permutations(messages), 200))
            orders = orders if len(orders) <= MOST_ORDERS else random.Random(1).sample(orders, MOST_ORDERS)
            for order in orders:
                with self.subTest(vector["id"], hunts=vector["hunts"]):
                    driver = Driver(vector)
                    for item in order:
                        driver.receive(item["from"], json.dumps(item["message"]).encode())
                    self.assertEqual(state_complaints(vector["expect"], driver.call("state")), [])
                    for number, item in enumerate(order):
                        again = {**item["message"], "messageId": f"again-{number}"}
                        driver.receive(item["from"], json.dumps(again).encode())
                    twice = {name: want for name, want in vector["expect"].items() if name != "counters"}
                    self.assertEqual(state_complaints(twice, driver.call("state")), [])


if __name__ == "__main__":
    unittest.main()
