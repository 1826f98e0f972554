"""A cluster of machines in virtual time, over a network that delays, loses and repeats datagrams. Everything follows from one seed."""

from __future__ import annotations

import heapq
import random
from typing import Any

import support  # noqa: F401

from mumbai_gossip.protocol.config import Config
from mumbai_gossip.protocol.effects import Effects, Event, Now
from mumbai_gossip.protocol.machine import Machine
from mumbai_gossip.protocol.parameters import Parameters
from mumbai_gossip.wire.codec import decode
from mumbai_gossip.wire.host import Address
from mumbai_gossip.wire.record import State

WALL = 1_760_000_000_000


class Cluster:
    """Nodes `n0`, `n1`, …; each but the first knows the first as a seed."""

    def __init__(self, size: int, seed: int = 1, loss: float = 0.0, **parameters: Any) -> None:
        self.chance = random.Random(seed)
        self.loss = loss
        self.mono = 0
        self.parameters = Parameters(**parameters)
        self.machines: dict[Address, Machine] = {}
        self.skew: dict[Address, int] = {}
        self.wake: dict[Address, int] = {}
        self.events: dict[Address, list[Event]] = {}
        self.cut: set[frozenset[Address]] = set()
        self.trace: list[tuple[int, Address, Address, bytes]] = []
        self._queue: list[tuple[int, int, Address, Address, bytes]] = []
        self._count = 0
        for number in range(size):
            self.add(number, seeds=(address(0),) if number else ())

    def now(self, where: Address) -> Now:
        return Now(WALL + self.mono + self.skew.get(where, 0), self.mono)

    def add(self, number: int, seeds: tuple[Address, ...], skew: int = 0, **more: Any) -> Machine:
        where = address(number)
        self.skew[where] = skew
        config = Config(
            f"n{number}", where.host, where.port, self.chance.randrange(2**50), seeds=seeds, parameters=self.parameters, **more
        )
        machine = self.machines[where] = Machine(config, self.now(where))
        self.events[where] = []
        self.take(where, machine.begin(self.now(where)))
        return machine

    def __getitem__(self, number: int) -> Machine:
        return self.machines[address(number)]

    def take(self, where: Address, effects: Effects) -> None:
        self.events[where] += effects.events
        if effects.wake is None:
            self.wake.pop(where, None)
        else:
            assert effects.wake > self.mono, "a wake lies after the call that named it"
            self.wake[where] = effects.wake
        for send in effects.sent:
            message = decode(send.datagram)
            assert not message.skipped and len(send.datagram) <= self.parameters.max_packet_size
            self.trace.append((self.mono, where, send.to, send.datagram))
            if frozenset((where, send.to)) in self.cut or self.chance.random() < self.loss:
                continue
            for _ in range(2 if self.chance.random() < 0.02 else 1):
                self._count += 1
                at = self.mono + self.chance.randrange(1, 40)
                heapq.heappush(self._queue, (at, self._count, where, send.to, send.datagram))

    def crash(self, number: int) -> None:
        del self.machines[address(number)]
        self.wake.pop(address(number), None)

    def run(self, milliseconds: int) -> None:
        end = self.mono + milliseconds
        while True:
            next_wake = min(self.wake.values(), default=end + 1)
            next_datagram = self._queue[0][0] if self._queue else end + 1
            self.mono = max(self.mono, min(next_wake, next_datagram, end))
            if min(next_wake, next_datagram) > end:
                return
            if next_datagram <= next_wake:
                _, _, source, to, datagram = heapq.heappop(self._queue)
                if to in self.machines:
                    effects, _ = self.machines[to].datagram(self.now(to), source, datagram)
                    self.take(to, effects)
            else:
                where = min(self.wake, key=lambda name: (self.wake[name], name))
                self.take(where, self.machines[where].tick(self.now(where)))

    def states(self, number: int) -> dict[str, State]:
        where = address(number)
        return {member.id: member.state for member in self.machines[where].view(self.now(where)).members}

    def entries(self, number: int) -> dict[str, Any]:
        where = address(number)
        store = self.machines[where].view(self.now(where)).store
        return {key: entry[:5] for key, entry in store.items()}

    def set(self, number: int, key: str, value: Any) -> None:
        where = address(number)
        self.take(where, self.machines[where].set(self.now(where), key, value))

    def delete(self, number: int, key: str) -> None:
        where = address(number)
        self.take(where, self.machines[where].delete(self.now(where), key))


def address(number: int) -> Address:
    return Address(f"10.0.{number // 250}.{number % 250 + 1}", 9_000)
