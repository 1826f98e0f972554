"""The published class, and the node under it, over loopback UDP."""

from __future__ import annotations

import contextlib
import io
import json
import random
import socket
import threading
import unittest
import zlib

from support import eventually, vectors

from mumbai_gossip import NodeStopped, Parameters, ProductionGossipProtocol, Refused, StartError
from mumbai_gossip.demo import mumbai_distributed_system_demo
from mumbai_gossip.protocol.config import Config
from mumbai_gossip.protocol.effects import EntryChanged, Event
from mumbai_gossip.runtime import Node
from mumbai_gossip.wire.host import Address

FAST = Parameters(gossip_interval=100, suspect_timeout=1_000, failure_timeout=2_000, reconnect_interval=500)


def node(name: str, *known: ProductionGossipProtocol, port: int = 0, legacy: bool = False) -> ProductionGossipProtocol:
    return ProductionGossipProtocol(name, "127.0.0.1", port, [(k.host, k.port) for k in known], parameters=FAST, legacy=legacy)


class PublishedSurface(unittest.TestCase):
    def test_two_nodes_share_members_and_data(self) -> None:
        with node("a") as a, node("b", a) as b:
            a.set_local_data("k", {"nested": [1, 2.5, None, "ü"]})
            eventually(lambda: b.get_cluster_data("k") == {"nested": [1, 2.5, None, "ü"]}, "the value arrives")
            eventually(lambda: "b" in a.get_cluster_status()["cluster_nodes"], "a knows b")
            status = b.get_cluster_status()
            self.assertEqual(status["local_node"], {"node_id": "b", "address": b.address, "state": "alive"})
            self.assertEqual(status["cluster_nodes"]["a"]["address"], a.address)
            self.assertEqual(status["cluster_nodes"]["a"]["state"], "alive")
            self.assertEqual(status["local_state"]["k"]["sourceNode"], "a")
            self.assertGreater(status["statistics"]["messages_sent"], 0)
            b.delete_local_data("k")
            eventually(lambda: a.get_cluster_data("k") is None, "the deletion arrives")

    def test_a_node_that_stops_is_dead_to_the_others_and_may_come_back(self) -> None:
        with node("a") as a:
            b = node("b", a)
            b.start()
            eventually(lambda: _state(a, "b") == "alive", "a knows b")
            eventually(lambda: a._node is not None and a._node.members()[0].is_validated, "b's address has proved itself")
            b.stop()
            eventually(lambda: _state(a, "b") == "dead", "b is dead to a")
            self.assertEqual(b.get_cluster_status()["local_node"]["state"], "stopped")
            self.assertIn("a", b.get_cluster_status()["cluster_nodes"], "what it knew last")
            b.start()
            eventually(lambda: _state(a, "b") == "alive", "b is back")
            b.stop()

    def test_starting_and_stopping_twice_is_as_good_as_once(self) -> None:
        a = node("a")
        a.stop()
        a.start()
        port = a.port
        a.start()
        self.assertEqual((a.port, a.running), (port, True))
        a.stop()
        a.stop()
        self.assertFalse(a.running)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", port))

    def test_what_cannot_be_done_is_said(self) -> None:
        with node("a") as a:
            with self.assertRaises(StartError):
                node("b", port=a.port).start()
            with self.assertRaises(Refused) as refused:
                a.set_local_data("k", "x" * 1_000)
            self.assertEqual(refused.exception.reason, "entry.size")
            for value in (float("nan"), "\ud800", object(), {1: 1}):
                with self.assertRaises(Refused):
                    a.set_local_data("k", value)
            with self.assertRaises(Refused):
                a.delete_local_data("nothing")
            self.assertIsNone(a.get_cluster_data("k"))
        with self.assertRaises(NodeStopped):
            a.delete_local_data("k")
        with self.assertRaises(ValueError):
            ProductionGossipProtocol("a", "127.0.0.1", 0, [("no.such.host.invalid", 1)])

    def test_what_is_set_before_the_start_is_written_at_the_start(self) -> None:
        a = node("a")
        a.set_local_data("k", 1)
        self.assertEqual(a.get_cluster_data("k"), 1)
        with a:
            self.assertEqual(a.get_cluster_data("k"), 1)
            self.assertEqual(a.get_cluster_status()["local_state"]["k"]["sourceNode"], "a")
        b = node("b")
        b.set_local_data("k", "x" * 1_000)
        with self.assertRaises(Refused):
            b.start()
        self.assertFalse(b.running)

    def test_a_value_is_written_as_it_was_at_the_time(self) -> None:
        with node("a") as a:
            mine = {"list": [1]}
            a.set_local_data("k", mine)
            mine["list"].append(2)
            self.assertEqual(a.get_cluster_data("k"), {"list": [1]})
            got = a.get_cluster_data("k")
            assert isinstance(got, dict)
            got["list"] = None
            self.assertEqual(a.get_cluster_data("k"), {"list": [1]})

    def test_add_node_names_an_address_and_ping_node_asks_a_member(self) -> None:
        with node("a") as a, node("b") as b:
            self.assertFalse(b.ping_node("a"), "unknown so far")
            b.add_node("a", a.host, a.port)
            eventually(lambda: _state(b, "a") == "alive", "b knows a")
            before = a.get_cluster_status()["statistics"]["messages_received"]
            self.assertTrue(b.ping_node("a"))
            eventually(lambda: a.get_cluster_status()["statistics"]["messages_received"] > before, "the PING arrives")

    def test_many_threads_may_use_one_node(self) -> None:
        with node("a") as a, node("b", a) as b:
            def work(number: int) -> None:
                for step in range(50):
                    a.set_local_data(f"k{number}-{step % 10}", step)
                    a.get_cluster_data(f"k{number}-0")
                    a.get_cluster_status()

            threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            eventually(
                lambda: all(b.get_cluster_data(f"k{n}-{s}") == 40 + s for n in range(8) for s in range(10)), "all values arrive"
            )

    def test_the_demonstration_shows_what_it_says(self) -> None:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            mumbai_distributed_system_demo()
        self.assertEqual(said.getvalue().count("Known nodes: 4"), 5)
        self.assertEqual(said.getvalue().count("Alive=2, Suspect=0, Dead=2"), 3)


class Robustness(unittest.TestCase):
    def test_a_node_keeps_running_whatever_it_receives(self) -> None:
        chance = random.Random(1)
        datagrams = [bytes.fromhex(vector["datagram"]) for vector in vectors("decode")]
        stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with stranger, self.assertLogs("mumbai_gossip", "WARNING") as logs, node("a") as a, node("b", a) as b:
            target = ("127.0.0.1", a.port)
            for datagram in [b"", b"\x00" * 65_507, *datagrams, *[chance.randbytes(200) for _ in range(300)]]:
                stranger.sendto(datagram[:65_507], target)
            a.set_local_data("k", 1)
            eventually(lambda: b.get_cluster_data("k") == 1, "it still gossips")
            b.set_local_data("l", 2)
            eventually(lambda: a.get_cluster_data("l") == 2, "it still receives")
            self.assertGreater(sum(a.get_cluster_status()["refused_input"].values()), 100)
        self.assertLess(len(logs.output), 10, "refused input is logged now and then, not each time")

    def test_an_address_that_nobody_listens_on_stops_nothing(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
        a = ProductionGossipProtocol("a", "127.0.0.1", 0, [("127.0.0.1", port), ("::1", 9), ("192.0.2.1", 9)], parameters=FAST)
        with a, node("b", a) as b:
            b.set_local_data("k", 1)
            eventually(lambda: a.get_cluster_data("k") == 1, "it receives in spite of ICMP")

    def test_version_0_pings_are_answered_where_they_are_wanted(self) -> None:
        with node("a", legacy=True) as a, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as old:
            old.bind(("127.0.0.1", 0))
            old.settimeout(20)
            ping = {"message_type": "ping", "sender_id": "old", "data": {"ping_id": "p"}, "timestamp": 1e9, "message_id": "m"}
            old.sendto(zlib.compress(json.dumps(ping).encode()), ("127.0.0.1", a.port))
            answers = [old.recv(65_535) for _ in range(1)]
            while answers[-1][:1] == b"{":
                answers.append(old.recv(65_535))
            self.assertEqual(json.loads(zlib.decompress(answers[-1]))["data"], {"ping_id": "p"})

    def test_ipv6_nodes_find_each_other(self) -> None:
        try:
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
                probe.bind(("::1", 0))
        except OSError:
            self.skipTest("no IPv6 on this host")
        a = ProductionGossipProtocol("a", "::1", 0, parameters=FAST)
        with a:
            b = ProductionGossipProtocol("b", "::1", 0, [("::1", a.port)], parameters=FAST)
            with b:
                a.set_local_data("k", 1)
                eventually(lambda: b.get_cluster_data("k") == 1, "the value arrives")

    def test_a_listener_hears_events_and_may_call_the_node(self) -> None:
        heard: list[Event] = []

        def listen(event: Event) -> None:
            heard.append(event)
            if isinstance(event, EntryChanged) and event.key == "question":
                listener.set("answer", 42)
            raise RuntimeError("a listener that fails stops nothing")

        with node("a") as a:
            config = Config("b", "127.0.0.1", 0, 0, seeds=(Address("127.0.0.1", a.port),), parameters=FAST)
            listener = Node(config, Address("127.0.0.1", 0), listen)
            with self.assertLogs("mumbai_gossip", "ERROR"):
                listener.start()
                a.set_local_data("question", "?")
                eventually(lambda: a.get_cluster_data("answer") == 42, "the listener answers")
                listener.stop()
            self.assertTrue(listener.wait(0))
        self.assertTrue(any(isinstance(event, EntryChanged) for event in heard))


def _state(of: ProductionGossipProtocol, name: str) -> str | None:
    member = of.get_cluster_status()["cluster_nodes"].get(name)
    return None if member is None else member["state"]


if __name__ == "__main__":
    unittest.main()
