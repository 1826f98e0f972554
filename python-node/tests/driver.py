"""Drives a machine through the adapter protocol, as a suite would, in virtual time."""

from __future__ import annotations

import json
import zlib
from typing import Any

import support  # noqa: F401
from matching import ABSENT, matches

from mumbai_gossip.adapter.dispatch import Adapter
from mumbai_gossip.wire.answer import answer_any
from mumbai_gossip.wire.canonical import canonical

NODE_ID = "iut"


class Driver:
    """One node `iut` at 127.0.0.1:9000, its clocks, and what it has sent."""

    def __init__(self, vector: dict[str, Any], seed: int = 1) -> None:
        self.adapter = Adapter()
        self.wall_offset: int = vector.get("wall", 1_760_000_000_000)
        self.mono = 0
        self.sent: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.pings: dict[str, list[str]] = {}
        self.peers = {peer["address"]: Peer(peer, vector) for peer in vector.get("peers", [])}
        self.wake = 0
        config = {"nodeId": NODE_ID, "host": "127.0.0.1", "port": 9000, "randomSeed": seed, **vector["config"]}
        self.cluster = config.get("cluster", "")
        self.take(self.call("create", config=config))

    @property
    def wall(self) -> int:
        return self.wall_offset + self.mono

    def call(self, op: str, **members: Any) -> Any:
        """Calls an operation; an error of the adapter fails the test."""
        request = {"id": 1, "op": op, "node": "n", "now": {"wall": self.wall, "mono": self.mono}, **members}
        got = self.adapter.answer(json.loads(json.dumps(request)))
        if "error" in got:
            raise AssertionError(got["error"])
        return got["ok"]

    def take(self, effects: dict[str, Any]) -> None:
        """Notes what was sent, and lets peers answer PINGs in the same millisecond."""
        self.wake = effects.get("wake", self.wake)
        self.events += effects.get("events", [])
        replies = []
        for send in effects.get("sent", []):
            note = self._note(send)
            self.sent.append(note)
            if note["message"]["type"] == "PING":
                self.pings.setdefault(note["to"], []).append(note["message"]["data"]["pingId"])
                peer = self.peers.get(note["to"])
                if peer is not None and peer.answers:
                    replies.append((note["to"], peer.pong(note["message"]["data"]["pingId"], self.wall, self.cluster)))
        for source, message in replies:
            self.receive(source, json.dumps(message).encode())

    def receive(self, source: str, datagram: bytes) -> Any:
        """Gives the node a datagram."""
        effects = self.call("datagram", **{"from": source, "datagram": datagram.hex()})
        outcome = effects["outcome"]
        self.take(effects)
        return outcome

    def run_to(self, at: int) -> None:
        """Ticks at every time the node asked for, and at `at`."""
        while self.wake < at:
            self.mono = max(self.mono, self.wake)
            before = self.wake
            self.tick()
            assert self.wake > before, "the node asks for a tick that has been given"
        self.mono = at
        self.tick()

    def tick(self) -> None:
        """A tick now."""
        self.take(self.call("tick"))

    def _note(self, send: dict[str, Any]) -> dict[str, Any]:
        datagram = bytes.fromhex(send["datagram"])
        got = answer_any(datagram)
        assert got["verdict"] == "accepted" and not got["skipped"], f"the node sent what others reject: {got}"
        raw = datagram[:1] == b"{"
        text = datagram if raw else zlib.decompress(datagram)
        return {
            "to": send["to"],
            "message": got["message"],
            "frame": "raw" if raw else "zlib",
            "bytes": len(datagram),
            "canonical": canonical(json.loads(text)).encode() == text,
            "at": self.mono,
        }


class Peer:
    """A peer that answers PINGs and does nothing else."""

    def __init__(self, peer: dict[str, Any], vector: dict[str, Any]) -> None:
        self.id = peer["id"]
        self.host, _, port = peer["address"].rpartition(":")
        self.host = self.host.strip("[]")
        self.port = int(port)
        self.answers = peer.get("answers", True)
        self.updated = vector["wall"]
        self.last = -1
        self.count = 0

    def pong(self, ping_id: str, wall: int, cluster: str) -> dict[str, Any]:
        self.last = max(wall, self.last + 1)
        self.count += 1
        record = {
            "host": self.host, "port": self.port, "state": "ALIVE", "lastSeen": self.last,
            "updated": self.updated, "metadata": {},
        }
        return {
            "protocolVersion": 1, "cluster": cluster, "type": "PONG", "senderId": self.id,
            "messageId": f"auto-{self.count}", "timestamp": self.last,
            "data": {"membership": {self.id: record}, "pingId": ping_id},
        }


def state_complaints(expect: dict[str, Any], state: dict[str, Any]) -> list[str]:
    """What of an `expect` does not hold in a state."""
    found = []
    for table in ("members", "entries", "remembered", "counters"):
        for name, pattern in expect.get(table, {}).items():
            got = state[table].get(name, ABSENT)
            if table == "counters" and got is ABSENT:
                got = 0
            if not matches(pattern, got):
                found.append(f"{table}.{name}: {'absent' if got is ABSENT else got}, not {pattern}")
    if "self" in expect and not matches(expect["self"], state["self"]):
        found.append(f"self: {state['self']}, not {expect['self']}")
    for table, pattern in expect.get("counts", {}).items():
        got = state[table] if table == "history" else len(state[table])
        if not matches(pattern, got):
            found.append(f"counts.{table}: {got}, not {pattern}")
    return found
