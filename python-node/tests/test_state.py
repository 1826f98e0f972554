"""The tables: tree, store, what is remembered, history."""

from __future__ import annotations

import hashlib
import random
import unittest

import support  # noqa: F401

from mumbai_gossip.state.entries import Store
from mumbai_gossip.state.history import History
from mumbai_gossip.state.remembered import Remembered
from mumbai_gossip.state.tree import Tree, leaf_digest
from mumbai_gossip.wire.entry import Entry, new_entry
from mumbai_gossip.wire.paths import path
from mumbai_gossip.wire.reason import Invalid

WALL = 1_760_000_000_000


def entry(timestamp: int, *, value: object = 1, deleted: bool = False, version: str = "v") -> Entry:
    return new_entry(
        "k", None if deleted else value, timestamp=timestamp, version=version, source_node="p", deleted=deleted  # type: ignore[arg-type]
    )


def naive_digest(entries: dict[str, Entry], prefix: str) -> bytes | None:
    """Chapter 9 as it is written."""
    below = {key: item for key, item in entries.items() if path(key).startswith(prefix)}
    if not below:
        return None
    if len(below) == 1:
        ((key, item),) = below.items()
        return leaf_digest(key, item)
    parts = [b"\x01"]
    for number, digit in enumerate("0123456789abcdef"):
        digest = naive_digest(below, prefix + digit)
        if digest is not None:
            parts += [bytes([number]), digest]
    return hashlib.sha256(b"".join(parts)).digest()


class Trees(unittest.TestCase):
    def test_a_tree_kept_up_to_date_is_the_tree_computed_anew(self) -> None:
        chance = random.Random(3)
        tree = Tree()
        held: dict[str, Entry] = {}
        for step in range(1_500):
            key = f"k{chance.randrange(300)}"
            if chance.random() < 0.4:
                tree.remove(key)
                held.pop(key, None)
            else:
                held[key] = entry(step)
                tree.put(key, held[key])
            if step % 100 == 0:
                some = [path(key)[: chance.randrange(5)] for key in held]
                for prefix in ["", "0", "f", *some[:20]]:
                    self.assertEqual(tree.digest(prefix), naive_digest(held, prefix), (step, prefix))
                    self.assertEqual(set(tree.keys(prefix)), {key for key in held if path(key).startswith(prefix)})
                    children = {d: naive_digest(held, prefix + d) for d in "0123456789abcdef"}
                    self.assertEqual(tree.children(prefix), {d: c.hex()[:32] for d, c in children.items() if c is not None})
        for key in list(held):
            tree.remove(key)
        self.assertIsNone(tree.digest(""))


class Stores(unittest.TestCase):
    def store(self, **changes: int) -> Store:
        limits = {"max_entries": 3, "max_future_skew": 1_000, "tombstone_retention": 5_000, "wall": WALL, **changes}
        return Store(**limits)

    def test_merging_is_a_join(self) -> None:
        chance = random.Random(5)
        writes = [
            entry(WALL + chance.randrange(3), value=chance.randrange(4), version=f"v{chance.randrange(3)}") for _ in range(40)
        ]
        ends = set()
        for _ in range(30):
            chance.shuffle(writes)
            store = self.store()
            for write in [*writes, *writes[:10]]:
                store.merge("k", write)
            held = store.get("k")
            assert held is not None
            ends.add((held.timestamp, held.version, held.value))
        self.assertEqual(len(ends), 1)

    def test_an_entry_far_ahead_is_skipped_and_one_that_became_so_is_hidden(self) -> None:
        store = self.store()
        with self.assertRaisesRegex(Invalid, "entry.future"):
            store.merge("k", entry(WALL + 1_001))
        self.assertTrue(store.merge("k", entry(WALL + 1_000)))
        store.advance(WALL - 1)
        self.assertIsNone(store.sendable("k"))
        self.assertIsNone(store.tree.digest(""))
        self.assertTrue(store.merge("k", entry(WALL - 500)), "whatever comes beats it")
        store.advance(WALL)
        self.assertIsNotNone(store.sendable("k"))

    def test_an_entry_is_shown_again_when_the_clock_has_caught_up(self) -> None:
        store = self.store()
        store.merge("k", entry(WALL + 1_000))
        before = store.tree.digest("")
        store.advance(WALL - 50_000)
        self.assertEqual(store.hidden_keys(), ["k"])
        store.advance(WALL)
        self.assertEqual((store.hidden_keys(), store.tree.digest("")), ([], before))

    def test_a_tombstone_expires_by_its_own_time(self) -> None:
        store = self.store()
        store.merge("k", entry(WALL, deleted=True))
        store.advance(WALL + 5_000)
        self.assertIsNotNone(store.get("k"))
        store.advance(WALL + 5_001)
        self.assertIsNone(store.get("k"))
        self.assertEqual(store.dropped, ["k"])
        with self.assertRaisesRegex(Invalid, "entry.expired"):
            store.merge("k", entry(WALL, deleted=True))

    def test_a_full_store_takes_no_new_key(self) -> None:
        store = self.store()
        for key in "abc":
            store.merge(key, entry(WALL))
        with self.assertRaisesRegex(Invalid, "entry.capacity"):
            store.merge("d", entry(WALL))
        self.assertTrue(store.merge("a", entry(WALL + 1)))


class Memories(unittest.TestCase):
    def test_what_is_remembered_longest_is_forgotten_first(self) -> None:
        remembered = Remembered(limit=2, retention=100)
        for number, name in enumerate("abc"):
            remembered.put(name, last_seen=1, host="127.0.0.1", port=1, mono=number)
        self.assertEqual([name for name, _ in remembered.items()], ["b", "c"])
        remembered.put("b", last_seen=1, host="127.0.0.1", port=1, mono=50)
        remembered.expire(101)
        self.assertEqual([name for name, _ in remembered.items()], ["c"], "old facts do not prolong it")

    def test_history_forgets_the_oldest_pair(self) -> None:
        history = History(2)
        for name in ("m1", "m2", "m3"):
            history.add("p", name)
        self.assertEqual([("p", name) in history for name in ("m1", "m2", "m3")], [False, True, True])


if __name__ == "__main__":
    unittest.main()
