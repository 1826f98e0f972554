"""The published demonstration: five suburbs, of which two go."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from .production import ProductionGossipProtocol

SUBURBS = ("bandra", "andheri", "powai", "colaba", "worli")
_DEADLINE = 15.0


def mumbai_distributed_system_demo(first_port: int = 0) -> None:
    """Runs five nodes in this process. Where the listing slept, this waits for what it wanted to see.

    `first_port` is that of the first suburb, the others follow; 0 takes any free ones. The listing had 9001.
    """
    print("Mumbai Distributed System Gossip Demo")
    nodes: list[ProductionGossipProtocol] = []
    try:
        for number, suburb in enumerate(SUBURBS):
            port = first_port + number if first_port else 0
            known = [("127.0.0.1", node.port) for node in nodes[:2]]
            node = ProductionGossipProtocol(f"mumbai_{suburb}", "127.0.0.1", port, known)
            node.start()
            nodes.append(node)
            # A key that all write belongs to whoever wrote last; a key that only one writes bears its name.
            node.set_local_data("location", suburb)
            node.set_local_data(f"{suburb}/service_type", random.choice(["web", "database", "cache", "queue"]))
            node.set_local_data(f"{suburb}/load", random.randint(10, 90))
        print(f"Started {len(nodes)} Mumbai nodes")
        keys = 1 + 2 * len(SUBURBS)
        _wait(lambda: all(_knows(node, len(nodes) - 1, keys) for node in nodes), "all nodes know all members and keys")
        print("\nCluster status from each Mumbai node:")
        for node in nodes:
            _show(node)
        print("\nPowai leaves, Worli is cut off without a word...")
        nodes[2].stop()
        nodes[4].kill()
        left = [node for number, node in enumerate(nodes) if number not in (2, 4)]
        _wait(lambda: all(_states(node).count("dead") == 2 for node in left), "the others hold both of them dead")
        for node in left:
            states = _states(node)
            counts = ", ".join(f"{state.capitalize()}={states.count(state)}" for state in ("alive", "suspect", "dead"))
            print(f"Node {node.node_id}: {counts}")
    finally:
        print("\nCleaning up Mumbai distributed system...")
        for node in nodes:
            node.stop()
    print("Mumbai distributed system demo completed!")


def _knows(node: ProductionGossipProtocol, members: int, keys: int) -> bool:
    status = node.get_cluster_status()
    return len(status["cluster_nodes"]) == members and len(status["local_state"]) == keys


def _states(node: ProductionGossipProtocol) -> list[str]:
    return [member["state"] for member in node.get_cluster_status()["cluster_nodes"].values()]


def _show(node: ProductionGossipProtocol) -> None:
    status = node.get_cluster_status()
    statistics = status["statistics"]
    print(f"\nNode: {node.node_id}")
    print(f"   Known nodes: {len(status['cluster_nodes'])}")
    print(f"   Local state keys: {sorted(status['local_state'])}")
    print(f"   Messages sent: {statistics['messages_sent']}, received: {statistics['messages_received']}")
    print(f"   location: {node.get_cluster_data('location')}")


def _wait(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _DEADLINE
    begin = time.monotonic()
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"demo: after {_DEADLINE:.0f} s it does not hold that {what}")
        time.sleep(0.02)
    print(f"After {time.monotonic() - begin:.2f} s {what}.")
