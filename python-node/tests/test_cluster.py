"""Clusters of machines in virtual time."""

from __future__ import annotations

import unittest

from virtual import Cluster, address

from mumbai_gossip.wire.codec import decode
from mumbai_gossip.wire.message import Digest, Entries, Gossip, Membership
from mumbai_gossip.wire.record import State


class Clusters(unittest.TestCase):
    def test_everybody_finds_everybody_through_one_seed(self) -> None:
        cluster = Cluster(25)
        cluster.run(12_000)
        for number in range(25):
            self.assertEqual(cluster.states(number), {f"n{n}": State.ALIVE for n in range(25) if n != number})

    def test_a_write_reaches_all_within_two_seconds(self) -> None:
        cluster = Cluster(25, loss=0.05)
        cluster.run(15_000)
        cluster.set(7, "k", {"a": [1, None]})
        cluster.run(2_000)
        self.assertEqual([number for number in range(25) if "k" not in cluster.entries(number)], [])

    def test_stores_agree_after_concurrent_writes_deletions_and_loss(self) -> None:
        for seed in range(3):
            cluster = Cluster(8, seed=seed, loss=0.3, failure_timeout=30_000, suspect_timeout=10_000)
            cluster.run(15_000)
            for step in range(200):
                cluster.set(step % 8, f"k{step % 23}", step)
                if step % 7 == 0:
                    cluster.delete(step % 8, f"k{step % 23}")
                cluster.run(11)
            cluster.run(90_000)
            stores = [cluster.entries(number) for number in range(8)]
            self.assertEqual(len(stores[0]), 23)
            for number in range(1, 8):
                self.assertEqual(stores[number], stores[0], (seed, number))

    def test_a_newcomer_gets_a_large_store(self) -> None:
        cluster = Cluster(3, sync_interval=2_000)
        cluster.run(3_000)
        for number in range(600):
            cluster.set(number % 3, f"key-{number}", "x" * (number % 300))
            cluster.run(3)
        cluster.run(5_000)
        cluster.add(3, seeds=(address(0),))
        cluster.run(40_000)
        self.assertEqual(cluster.entries(3), cluster.entries(0))

    def test_differences_that_cannot_be_merged_are_left_alone_for_a_while(self) -> None:
        # What a clock two days ahead has stamped, the other skips each time as dated too far ahead.
        cluster = Cluster(1, sync_interval=1_000)
        cluster.add(1, seeds=(address(0),), skew=2 * 86_400_000)
        cluster.run(3_000)
        for number in range(5):
            cluster.set(1, f"k{number}", number)
        answers = []
        for _ in range(16):
            begin = len(cluster.trace)
            cluster.run(1_000)
            answers.append(sum(isinstance(decode(datagram).body, Entries) for _, _, _, datagram in cluster.trace[begin:]))
        self.assertEqual(cluster.entries(0), {})
        self.assertGreater(min(answers[:3]), 0)
        self.assertEqual(answers[5:12], [0] * 7, "ten intervals of rest")
        self.assertGreater(sum(answers[12:]), 0, "and then another try")

    def test_a_crash_is_noticed_by_all_and_a_leave_at_once(self) -> None:
        cluster = Cluster(6)
        cluster.run(8_000)
        cluster.crash(4)
        where = address(5)
        cluster.take(where, cluster[5].leave(cluster.now(where)))
        cluster.crash(5)
        cluster.run(1_000)
        for number in range(4):
            self.assertEqual(cluster.states(number)["n5"], State.DEAD)
        cluster.run(8_000)
        for number in range(4):
            self.assertEqual(cluster.states(number)["n4"], State.DEAD)
            alive = [name for name, state in cluster.states(number).items() if state is State.ALIVE]
            self.assertEqual(len(alive), 3, "nobody else was suspected to death")

    def test_a_partition_heals(self) -> None:
        cluster = Cluster(6)
        cluster.run(8_000)
        cluster.cut = {frozenset((address(a), address(b))) for a in range(3) for b in range(3, 6)}
        cluster.run(30_000)
        self.assertEqual(cluster.states(0)["n4"], State.DEAD)
        cluster.set(0, "k", "west")
        cluster.set(5, "l", "east")
        cluster.cut = set()
        cluster.run(25_000)
        for number in range(6):
            self.assertEqual(set(cluster.states(number).values()), {State.ALIVE}, number)
            self.assertEqual(set(cluster.entries(number)), {"k", "l"})

    def test_a_partition_longer_than_the_listing_of_the_dead_heals_by_the_remembered_and_the_seeds(self) -> None:
        cluster = Cluster(4, dead_retention=5_000)
        cluster.run(8_000)
        cluster.cut = {frozenset((address(a), address(3))) for a in range(3)}
        cluster.run(60_000)
        self.assertNotIn("n3", cluster.states(0))
        cluster.cut = set()
        cluster.run(60_000)
        self.assertEqual(cluster.states(0).get("n3"), State.ALIVE)

    def test_clocks_hours_apart_do_no_harm(self) -> None:
        cluster = Cluster(2)
        cluster.add(2, seeds=(address(0),), skew=-5 * 3_600_000)
        cluster.add(3, seeds=(address(0),), skew=5 * 3_600_000)
        cluster.run(10_000)
        for number in range(4):
            self.assertEqual(set(cluster.states(number).values()), {State.ALIVE})
        cluster.set(3, "k", "ahead")
        cluster.run(2_000)
        cluster.set(2, "k", "behind, but later")
        cluster.run(2_000)
        self.assertEqual({cluster.entries(number)["k"][0] for number in range(4)}, {"behind, but later"})

    def test_a_restart_with_a_clock_behind_is_believed_again(self) -> None:
        cluster = Cluster(3)
        cluster.run(6_000)
        cluster.crash(2)
        cluster.run(500)
        cluster.add(2, seeds=(address(0),), skew=-3_600_000)
        cluster.run(6_000)
        for number in (0, 1):
            self.assertEqual(cluster.states(number)["n2"], State.ALIVE)

    def test_the_same_calls_give_the_same_answers(self) -> None:
        traces = []
        for _ in range(2):
            cluster = Cluster(5, seed=9, loss=0.1)
            cluster.run(3_000)
            cluster.set(1, "k", 1)
            cluster.run(5_000)
            traces.append(cluster.trace)
        self.assertGreater(len(traces[0]), 100)
        self.assertEqual(traces[0], traces[1])

    def test_every_record_and_entry_takes_its_turn_in_the_rounds(self) -> None:
        cluster = Cluster(2, sync_interval=10**9, eager_copies=1)
        cluster.run(3_000)
        for number in range(300):
            cluster.set(0, f"k{number}", "v" * 200)
            cluster.run(15)
        begin = len(cluster.trace)
        cluster.run(240 * 1_100)
        told: set[str] = set()
        records: set[str] = set()
        for _, source, _, datagram in cluster.trace[begin:]:
            message = decode(datagram)
            if source == address(0) and isinstance(message.body, Gossip):
                told.update(message.body.entries)
                records.update(message.records)
        self.assertEqual(len(told), 300)
        self.assertEqual(records, {"n0", "n1"})

    def test_a_round_at_rest_carries_little_more_than_heartbeats(self) -> None:
        cluster = Cluster(5, sync_interval=10**9)
        cluster.run(5_000)
        for number in range(50):
            cluster.set(0, f"k{number}", "v" * 200)
        cluster.run(10_000)
        begin = len(cluster.trace)
        cluster.run(10_000)
        bodies = [decode(datagram).body for _, _, _, datagram in cluster.trace[begin:]]
        rounds = [body for body in bodies if isinstance(body, Gossip)]
        self.assertGreater(len(rounds), 100)
        for body in rounds:
            self.assertLessEqual(len(body.entries), 1)

    def test_a_node_that_joins_begins_an_exchange_at_once(self) -> None:
        cluster = Cluster(2)
        cluster.run(5_000)
        begin = len(cluster.trace)
        cluster.add(2, seeds=(address(0),))
        # A PING and its answer, of up to 39 ms each, and a pause.
        cluster.run(100)
        asked = [to for _, source, to, datagram in cluster.trace[begin:] if source == address(2) and isinstance(decode(datagram).body, Digest)]
        self.assertEqual(asked, [address(0)])

    def test_a_cold_start_of_many_nodes_takes_seconds(self) -> None:
        cluster = Cluster(60)
        cluster.run(6_000)
        for number in range(60):
            context = cluster[number].view(cluster.now(address(number)))
            self.assertEqual(len(context.validated_members()), 59, f"n{number}")

    def test_a_cluster_at_rest_sends_little(self) -> None:
        # Timeouts at which nobody who is well is asked whether he is.
        cluster = Cluster(10, suspect_timeout=5_000, failure_timeout=10_000)
        cluster.run(20_000)
        begin = len(cluster.trace)
        cluster.run(10_000)
        # Ten nodes, ten rounds, three peers each; the rest is SYNC, one DIGEST per node.
        sent = cluster.trace[begin:]
        self.assertLess(len(sent), 10 * 11 * 3 + 10 * 2 + 20)
        self.assertFalse(any(isinstance(decode(datagram).body, Membership) for _, _, _, datagram in sent))


if __name__ == "__main__":
    unittest.main()
