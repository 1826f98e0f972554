"""What a node never does to the network, whatever happens: judged from its datagrams alone."""

from __future__ import annotations

import unittest
from collections import defaultdict
from typing import ClassVar

from virtual import Cluster, address

from mumbai_gossip.wire.codec import decode
from mumbai_gossip.wire.host import Address
from mumbai_gossip.wire.limits import MIN_PADDED_PING
from mumbai_gossip.wire.message import Gossip, Membership, Ping, Pong

SEEDS = {address(0), address(5), address(77)}


def turmoil(seed: int) -> Cluster:
    """Joins, loss, a partition, crashes, restarts with other clocks, and many writes."""
    cluster = Cluster(9, seed=seed, loss=0.1, dead_retention=8_000, max_message_history=50)
    cluster.run(6_000)
    for step in range(120):
        cluster.set(step % 9, f"k{step % 31}", "x" * step)
        cluster.run(29)
    cluster.cut = {frozenset((address(a), address(b))) for a in range(4) for b in range(4, 9)}
    cluster.run(15_000)
    cluster.cut = set()
    cluster.crash(8)
    cluster.run(3_000)
    cluster.add(8, seeds=(address(0), address(5), address(77)), skew=-7_200_000)
    cluster.crash(2)
    cluster.run(25_000)
    return cluster


class Manners(unittest.TestCase):
    clusters: ClassVar[list[Cluster]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.clusters = [turmoil(seed) for seed in range(2)]

    def test_strangers_are_asked_rarely_and_with_padding(self) -> None:
        for cluster in self.clusters:
            parameters = cluster.parameters
            sent: dict[Address, list[tuple[int, Address]]] = defaultdict(list)
            answered: dict[Address, list[int]] = defaultdict(list)
            asked: set[str] = set()
            full: dict[Address, list[tuple[int, Address]]] = defaultdict(list)
            for at, source, to, datagram in cluster.trace:
                body = decode(datagram).body
                if isinstance(body, Ping) and len(datagram) >= MIN_PADDED_PING and b'"pad"' in datagram:
                    # A node that restarts forgets whom it asked: its past life is another node here.
                    sent[source].append((at, to))
                    asked.add(body.ping_id)
                if isinstance(body, Ping) and body.full:
                    full[source].append((at, to))
                if isinstance(body, Pong) and body.ping_id in asked:
                    answered[to].append(at)
            self.assertTrue(sent)
            for source, pings in sent.items():
                if source == address(8):
                    continue
                for number, (at, to) in enumerate(pings):
                    in_interval = [when for when, _ in pings[: number + 1] if at - when <= parameters.gossip_interval]
                    # An answer counts when it comes, which is up to 40 ms after it was sent.
                    since = at - parameters.gossip_interval - 40
                    earned = 2 * len([when for when in answered[source] if since <= when <= at])
                    self.assertLessEqual(len(in_interval), parameters.fanout + earned, (source, at))
                    # Seeds, and whoever asked for the member list meanwhile, may be asked sooner again.
                    questions = [when for when, whom in full.get(to, []) if whom == source]
                    for when in (when for when, whom in pings[:number] if whom == to):
                        is_soon = to in SEEDS or any(when <= question <= at for question in questions)
                        spacing = parameters.gossip_interval if is_soon else parameters.suspect_timeout
                        self.assertGreaterEqual(at - when, spacing, (source, to, at))

    def test_nothing_but_padded_pings_and_short_answers_goes_to_an_address_that_never_answered(self) -> None:
        for cluster in self.clusters:
            proved: set[tuple[Address, Address]] = set()
            for at, source, to, datagram in cluster.trace:
                body = decode(datagram).body
                if isinstance(body, Pong):
                    # It may be lost; but where none was ever sent, nothing is proved.
                    proved.add((to, source))
                elif not isinstance(body, Ping):
                    self.assertIn((source, to), proved, (at, type(body)))
                elif (source, to) not in proved:
                    self.assertIn(b'"pad"', datagram)

    def test_timestamps_and_ids_never_repeat(self) -> None:
        for cluster in self.clusters:
            seen: dict[tuple[Address, str], bytes] = {}
            newest: dict[Address, int] = {}
            for at, source, _, datagram in cluster.trace:
                message = decode(datagram)
                name = (source, message.message_id)
                if name in seen:
                    self.assertEqual(seen[name], datagram, "copies of one message are alike")
                    continue
                seen[name] = datagram
                if source != address(8):
                    self.assertGreater(message.timestamp, newest.get(source, -1), at)
                    newest[source] = message.timestamp

    def test_a_record_stands_for_the_heartbeat_of_its_member(self) -> None:
        for cluster in self.clusters:
            beats = 0
            for _, _, _, datagram in cluster.trace:
                message = decode(datagram)
                if isinstance(message.body, Gossip):
                    beats += len(message.body.heartbeats)
                    self.assertEqual(message.body.heartbeats.keys() & message.records.keys(), set())
            self.assertGreater(beats, 1_000)

    def test_news_keeps_its_pace(self) -> None:
        cluster = Cluster(6)
        cluster.run(6_000)
        begin = len(cluster.trace)
        for step in range(100):
            cluster.set(1, f"k{step}", step)
            cluster.run(1)
        gossips = [
            at for at, source, _, datagram in cluster.trace[begin:]
            if source == address(1) and isinstance(decode(datagram).body, Gossip)
        ]
        self.assertGreater(len(gossips), 20)
        for at in gossips:
            window = [when for when in gossips if at <= when < at + cluster.parameters.eager_interval]
            self.assertLessEqual(len(window), 2 * cluster.parameters.fanout, "a round may fall among them")

    def test_pages_are_numbered_without_a_gap(self) -> None:
        cluster = Cluster(1)
        for number in range(1, 40):
            cluster.add(number, seeds=(address(0),))
        cluster.run(8_000)
        begin = len(cluster.trace)
        cluster.add(40, seeds=(address(0),))
        cluster.run(3_000)
        pages = [
            (body.page, body.pages)
            for _, _, to, datagram in cluster.trace[begin:]
            if to == address(40) and isinstance(body := decode(datagram).body, Membership)
        ]
        self.assertTrue(pages)
        last = pages[0][1]
        assert last is not None
        self.assertEqual(pages[:last], [(page, last) for page in range(1, last + 1)])


if __name__ == "__main__":
    unittest.main()
