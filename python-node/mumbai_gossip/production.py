"""The published class, sound."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from .protocol.config import Config
from .protocol.machine import Machine
from .protocol.parameters import Parameters
from .runtime import clock
from .runtime.node import MemberView, Node, NodeStopped
from .wire.answer import entry_meaning
from .wire.canonical import JsonValue
from .wire.host import Address, normal_host

logger = logging.getLogger("mumbai_gossip")

_SECONDS = {
    "gossip_interval": "gossip_interval",
    "suspect_timeout": "suspect_timeout",
    "failure_timeout": "failure_timeout",
}


class ProductionGossipProtocol:
    """A node with the surface of the published listing: threads, no `async`, and the same names.

    Host names are resolved once, when they are given (MGP1-MSG-011 wants IP addresses on the wire). A method that cannot do what it is asked raises:
    `StartError` and `ConfigError` from `start`, `Refused` from writes, `NodeStopped` where the node must run, `ValueError` for a host without an address.
    Usable as a context manager; a process that ends stops what it forgot to stop.
    """

    def __init__(
        self,
        node_id: str,
        host: str,
        port: int,
        initial_nodes: Iterable[tuple[str, int]] | None = None,
        *,
        cluster: str = "",
        metadata: dict[str, Any] | None = None,
        advertise: tuple[str, int] | None = None,
        parameters: Parameters | None = None,
        legacy: bool = False,
    ) -> None:
        """Prepares a node; nothing is opened before `start`. A port of 0 means any free one.

        `legacy` takes messages of the two published listings too, as of the cluster with the empty name (chapter 10).
        """
        self._legacy = "" if legacy else None
        self.node_id = node_id
        self.host = host
        self.port = port
        self._advertise = advertise
        self._cluster = cluster
        self._metadata = dict(metadata or {})
        self._parameters = parameters or Parameters()
        self._seeds = [resolve(*node) for node in initial_nodes or ()]
        self._lock = threading.RLock()
        self._node: Node | None = None
        self._pending: dict[str, JsonValue] = {}
        self._last: dict[str, Any] | None = None

    @property
    def address(self) -> str:
        """`host:port` as it was given, with the real port once that is known."""
        return f"{self.host}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether it takes part in the cluster."""
        node = self._node
        return node is not None and node.is_running

    @property
    def config(self) -> dict[str, float]:
        """The published settings; a copy. The times are seconds, as they were there."""
        values = self._parameters
        found: dict[str, float] = {name: getattr(values, field) / 1000 for name, field in _SECONDS.items()}
        found["fanout"] = values.fanout
        found["max_message_history"] = values.max_message_history
        found["compression_threshold"] = values.compression_threshold
        found["max_packet_size"] = values.max_packet_size
        return found

    def start(self) -> None:
        """Starts the node; raises StartError, ConfigError, or Refused for what was set before, and leaves nothing open. A node that runs is left alone."""
        with self._lock:
            if self.running:
                return
            listen = resolve(self.host, self.port)
            told = listen if self._advertise is None else resolve(*self._advertise)
            config = Config(
                node_id=self.node_id,
                host=told.host,
                port=told.port,
                random_seed=0,
                cluster=self._cluster,
                metadata=self._metadata,
                seeds=tuple(self._seeds),
                parameters=self._parameters,
                legacy=self._legacy,
            )
            node = Node(config, listen)
            port = node.start().port
            try:
                for key, value in self._pending.items():
                    node.set(key, value)
            except BaseException:
                node.kill()
                raise
            self.port, self._node = port, node
            self._pending = {}
        logger.info("Gossip protocol started on %s", self.address)

    def stop(self) -> None:
        """Leaves the cluster and stops; nothing happens where it is not running. It may be started again, with an empty store."""
        node = self._taken_down()
        if node is not None:
            node.stop()
            logger.info("Gossip protocol stopped")

    def kill(self) -> None:
        """Stops without a word, as a crash would: the others find out by themselves."""
        node = self._taken_down()
        if node is not None:
            node.kill()

    def _taken_down(self) -> Node | None:
        with self._lock:
            node = self._node
            if node is not None and node.is_running:
                self._last = self.get_cluster_status()
            self._node = None
            return node

    def add_node(self, node_id: str, host: str, port: int) -> None:
        """Names an address where a node should be. It becomes a member when it has answered, under the id that it has itself."""
        address = resolve(host, port)
        with self._lock:
            if address not in self._seeds:
                self._seeds.append(address)
            if self.running:
                self._running().add_seed(address)
        logger.info("Added node %s at %s", node_id, address)

    def set_local_data(self, key: str, value: Any) -> None:
        """Writes a JSON value that all nodes will hold; raises Refused. Before `start` it is kept, and written then."""
        with self._lock:
            if self.running:
                self._running().set(key, value)
            else:
                self._pending[key] = value

    def delete_local_data(self, key: str) -> None:
        """Deletes a key everywhere; raises Refused with `entry.unknown` where it is not held."""
        self._running().delete(key)

    def get_cluster_data(self, key: str) -> Any:
        """The value of a key, whoever wrote it; None where there is none."""
        with self._lock:
            if not self.running:
                return self._pending.get(key)
            return self._running().get(key)[1]

    def ping_node(self, node_id: str) -> bool:
        """PINGs a member; false where it is unknown, or dead at an address that never proved itself."""
        return self._running().ping(node_id)

    def get_cluster_status(self) -> dict[str, Any]:
        """What this node knows at the moment, in the published shape; after `stop`, what it knew last."""
        with self._lock:
            node = self._node
            if node is None or not node.is_running:
                return self._stopped_status()
            entries, counters = node.inspect(_entries_and_counters)
            return {
                "local_node": {"node_id": self.node_id, "address": self.address, "state": "alive"},
                "cluster_nodes": {member.id: _member(member) for member in node.members()},
                "local_state": entries,
                "statistics": dict(vars(node.statistics)),
                "refused_input": counters,
            }

    def __enter__(self) -> ProductionGossipProtocol:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _running(self) -> Node:
        node = self._node
        if node is None:
            raise NodeStopped(f"node {self.node_id} is not running")
        return node

    def _stopped_status(self) -> dict[str, Any]:
        last = self._last or {"cluster_nodes": {}, "local_state": {}, "statistics": {}, "refused_input": {}}
        return {**last, "local_node": {"node_id": self.node_id, "address": self.address, "state": "stopped"}}


def resolve(host: str, port: int) -> Address:
    """The address of a host name or IP literal, IPv4 first; raises ValueError with one clear line."""
    literal = normal_host(host.strip("[]"))
    if not 0 <= port <= 65535:
        raise ValueError(f"{port} is no UDP port: 0 to 65535")
    if literal is not None:
        return Address(literal, port)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as why:
        raise ValueError(f"`{host}` has no address: {why}") from None
    hosts = sorted((info[0] != socket.AF_INET, str(info[4][0]).partition("%")[0]) for info in found)
    return Address(normal_host(hosts[0][1]) or hosts[0][1], port)


def _member(member: MemberView) -> dict[str, Any]:
    return {
        "address": str(member.address),
        "state": member.state.name.lower(),
        "last_seen": time.time() - member.age / 1000,
        "last_seen_ago": member.age / 1000,
        "metadata": member.metadata,
    }


def _entries_and_counters(machine: Machine) -> tuple[dict[str, Any], dict[str, int]]:
    context = machine.view(clock.now())
    found = {}
    for key, entry in context.store.items():
        if not entry.deleted:
            shown = dict(entry_meaning(entry))
            del shown["deleted"]
            found[key] = shown
    return found, dict(context.counters)
