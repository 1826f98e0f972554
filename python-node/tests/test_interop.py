"""A mixed cluster with the Rust node, where there is one."""

from __future__ import annotations

import signal
import unittest

from process import NodeProcess, rust_node
from support import eventually

from mumbai_gossip import Parameters, ProductionGossipProtocol

RUST = rust_node()
PACE = ["--gossip-interval-ms", "200", "--suspect-timeout-ms", "1500", "--failure-timeout-ms", "3000"]
PARAMETERS = Parameters(gossip_interval=200, suspect_timeout=1_500, failure_timeout=3_000)


@unittest.skipIf(RUST is None, "no Rust node: set MUMBAI_GOSSIP_RUST, or build it with Cargo")
class WithRust(unittest.TestCase):
    def test_they_share_members_data_and_endings(self) -> None:
        rust = NodeProcess("rust", "--set", 'from_rust={"a":1e3}', *PACE, command=RUST)
        self.addCleanup(rust.close)
        port = int(rust.address.rpartition(":")[2])
        with ProductionGossipProtocol("python", "127.0.0.1", 0, [("127.0.0.1", port)], parameters=PARAMETERS) as here:
            other = NodeProcess("other", "--seed", here.address, *PACE, command=RUST)
            self.addCleanup(other.close)
            eventually(lambda: here.get_cluster_data("from_rust") == {"a": 1_000}, "a value of Rust arrives")
            eventually(lambda: len(here.get_cluster_status()["cluster_nodes"]) == 2, "all are known")
            here.set_local_data("from_python", [1.5, "ü"])
            node = here._node
            assert node is not None
            eventually(lambda: all(member.is_validated for member in node.members()), "all addresses have proved themselves")
            status, log = other.end(signal.SIGTERM)
            self.assertEqual(status, 0, log)
            eventually(lambda: here.get_cluster_status()["cluster_nodes"]["other"]["state"] == "dead", "a leave is heard")
            third = NodeProcess("third", "--seed", rust.address, *PACE, command=RUST)
            self.addCleanup(third.close)
            eventually(lambda: "third" in here.get_cluster_status()["cluster_nodes"], "a newcomer is told of by Rust")
            third.process.kill()
            eventually(lambda: here.get_cluster_status()["cluster_nodes"]["third"]["state"] == "dead", "a crash is noticed")


if __name__ == "__main__":
    unittest.main()
