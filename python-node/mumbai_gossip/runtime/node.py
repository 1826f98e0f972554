"""A running node: one thread that owns the socket, and calls from any thread."""

from __future__ import annotations

import atexit
import contextlib
import copy
import logging
import os
import selectors
import socket
import threading
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..protocol.config import Config, ConfigError
from ..protocol.effects import Effects, Event, Fatal
from ..protocol.machine import Machine, Refused
from ..wire.canonical import JsonValue
from ..wire.host import Address
from . import clock
from .event_log import log_event
from .rejections import Rejections
from .udp import UdpSocket
from .views import MemberView, Statistics, member_view

_log = logging.getLogger("mumbai_gossip")
_AT_ONCE = 64
_LONGEST_SLEEP = 1.0
_JOIN_TIMEOUT = 5.0


class StartError(Exception):
    """A node that could not be started; nothing is running. The text is one clear line."""


class NodeStopped(RuntimeError):
    """A node that is not running was told to do something; nothing changed."""


class Node:
    """A node over UDP. All methods may be called from any thread; none of them waits for the network.

    `listen` is where it listens, and `config.host` with `config.port` what it tells others; a port of 0 there means the one listened on. The
    `random_seed` of the configuration is replaced by 256 bits of the system's. `on_event` is called for each event, in the order in which they
    happened, from whichever thread caused it, and may call the node; what it raises is logged.
    """

    def __init__(self, config: Config, listen: Address, on_event: Callable[[Event], None] | None = None) -> None:
        self._config = config
        self._listen = listen
        self._on_event = on_event
        self._lock = threading.RLock()
        self._machine: Machine | None = None
        self._socket: UdpSocket | None = None
        self._thread: threading.Thread | None = None
        self._doorbell: socket.socket | None = None
        self._bell: socket.socket | None = None
        self._wake: int | None = None
        self._rejections = Rejections(_log, config.node_id)
        self._ended = threading.Event()
        self.statistics = Statistics()

    def start(self) -> Address:
        """Starts and returns where it listens; raises StartError or ConfigError. A node that runs is left alone."""
        with self._lock:
            if self._socket is not None:
                return Address(self._listen.host, self._socket.port)
            udp = self._bind()
            try:
                port = self._config.port or udp.port
                config = replace(self._config, port=port, random_seed=os.urandom(32))
                moment = clock.now()
                self._machine = Machine(config, moment)
            except BaseException:
                udp.close()
                raise
            self._socket = udp
            self.statistics = Statistics()
            self._ended.clear()
            self._doorbell, self._bell = socket.socketpair()
            self._doorbell.setblocking(False)
            self._bell.setblocking(False)
            events = self._carry_out(self._machine.begin(moment))
            self._thread = threading.Thread(
                target=self._run, args=(udp, self._doorbell), name=f"mumbai-gossip-{config.node_id}", daemon=True
            )
            self._thread.start()
            _started.add(self)
            address = Address(self._listen.host, udp.port)
        self._report(events)
        return address

    def stop(self) -> None:
        """Says good-bye to some members and stops; nothing happens where it is not running."""
        self._end(leave=True)

    def kill(self) -> None:
        """Stops without a word, as a crash would."""
        self._end(leave=False)

    def wait(self, timeout: float | None = None) -> bool:
        """Waits until the node has stopped; false where `timeout` seconds passed before."""
        return self._ended.wait(timeout)

    @property
    def is_running(self) -> bool:
        """Whether it takes part in the cluster."""
        return self._machine is not None

    def set(self, key: str, value: JsonValue) -> None:
        """Writes a value; raises Refused with the reason, or NodeStopped."""
        self._call(lambda machine: machine.set(clock.now(), key, value))

    def delete(self, key: str) -> None:
        """Deletes a key; raises Refused with `entry.unknown` where it is not held, or NodeStopped."""
        self._call(lambda machine: machine.delete(clock.now(), key))

    def get(self, key: str) -> tuple[bool, JsonValue]:
        """Whether there is such a key, and a copy of its value."""
        with self._lock:
            entry = self._running().get(clock.now(), key)
            return (False, None) if entry is None else (True, copy.deepcopy(entry.value))

    def ping(self, member_id: str) -> bool:
        """PINGs a member; false where it is unknown, or DEAD at an address that never proved itself."""
        sent = False

        def ping(machine: Machine) -> Effects:
            nonlocal sent
            effects, sent = machine.ping(clock.now(), member_id)
            return effects

        self._call(ping)
        return sent

    def add_seed(self, address: Address) -> None:
        """One more address to join by."""
        self._call(lambda machine: machine.add_seed(clock.now(), address))

    def members(self) -> list[MemberView]:
        """All members, in the order of their ids."""
        with self._lock:
            context = self._running().view(clock.now())
            return [member_view(member, context.mono, context.is_validated(member.address)) for member in
                    sorted(context.members, key=lambda member: member.id)]

    def inspect(self, look: Callable[[Machine], Any]) -> Any:
        """What `look` makes of the machine, which it must not change or keep; raises NodeStopped."""
        with self._lock:
            return look(self._running())

    def _running(self) -> Machine:
        if self._machine is None:
            raise NodeStopped(f"node {self._config.node_id} is not running")
        return self._machine

    def _bind(self) -> UdpSocket:
        try:
            return UdpSocket(self._listen.host, self._listen.port)
        except OSError as why:
            raise StartError(f"cannot listen on {self._listen}: {why.strerror or why}") from None

    def _call(self, action: Callable[[Machine], Effects]) -> None:
        with self._lock:
            events = self._carry_out(action(self._running()))
            self._ring()
        self._report(events)

    def _carry_out(self, effects: Effects) -> list[Event]:
        """Sends what is to be sent; gives the events back, to be reported once the lock is free."""
        assert self._socket is not None
        for send in effects.sent:
            try:
                self._socket.send(send.to, send.datagram)
            except OSError as why:
                # One address that cannot be reached concerns no other (MGP1-ERR-007).
                self.statistics.failed_sends += 1
                _log.debug("%s: cannot send to %s: %s", self._config.node_id, send.to, why)
            else:
                self.statistics.messages_sent += 1
                self.statistics.bytes_sent += len(send.datagram)
        self._wake = effects.wake
        return effects.events

    def _run(self, udp: UdpSocket, doorbell: socket.socket) -> None:
        """The thread: datagrams, the bell, and ticks."""
        with selectors.DefaultSelector() as selector:
            selector.register(udp, selectors.EVENT_READ)
            selector.register(doorbell, selectors.EVENT_READ)
            while self._socket is udp:
                try:
                    selector.select(self._sleep())
                    self._turn(udp, doorbell)
                except Exception:
                    if self._socket is not udp:
                        return
                    # Nothing that comes from outside may end this thread (MGP1-ERR-005).
                    _log.exception("%s: an error that should not happen; the node goes on", self._config.node_id)
                    self._ended.wait(0.01)

    def _sleep(self) -> float:
        wake = self._wake
        return _LONGEST_SLEEP if wake is None else min(_LONGEST_SLEEP, max(0, wake - clock.mono()) / 1000)

    def _turn(self, udp: UdpSocket, doorbell: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            doorbell.recv(4096)
        failures = 0
        for _ in range(_AT_ONCE):
            with self._lock:
                if self._socket is not udp or self._machine is None:
                    return
                try:
                    received = udp.receive()
                except OSError as why:
                    # An ICMP error of an earlier send, for instance (MGP1-ERR-006).
                    _log.debug("%s: receive: %s", self._config.node_id, why)
                    failures += 1
                    continue
                if received is None:
                    break
                events = self._take(self._machine, *received)
            self._report(events)
        if failures == _AT_ONCE:
            # An error that does not go away must not take the whole processor.
            self._ended.wait(0.01)
        with self._lock:
            if self._socket is not udp or self._machine is None:
                return
            if self._wake is None or clock.mono() < self._wake:
                return
            events = self._carry_out(self._machine.tick(clock.now()))
        self._report(events)

    def _take(self, machine: Machine, datagram: bytes, source: Address) -> list[Event]:
        self.statistics.messages_received += 1
        self.statistics.bytes_received += len(datagram)
        effects, outcome = machine.datagram(clock.now(), source, datagram)
        if outcome.reason is not None or outcome.skipped:
            self._rejections.note(outcome, source, clock.mono())
        return self._carry_out(effects)

    def _ring(self) -> None:
        if threading.current_thread() is not self._thread and self._bell is not None:
            # A bell that is full has been rung.
            with contextlib.suppress(OSError):
                self._bell.send(b"\x00")

    def _report(self, events: list[Event]) -> None:
        for event in events:
            log_event(self._config.node_id, event)
            if self._on_event is not None:
                try:
                    self._on_event(event)
                except Exception:
                    _log.exception("%s: a listener failed", self._config.node_id)
            if isinstance(event, Fatal):
                self._end(leave=False)

    def _end(self, *, leave: bool) -> None:
        with self._lock:
            if self._machine is None or self._socket is None:
                return
            if leave:
                self._carry_out(self._machine.leave(clock.now()))
            self._ring()
            udp, thread, bells = self._socket, self._thread, (self._doorbell, self._bell)
            # From here on the thread reads no datagram any more, and ends.
            self._machine = self._socket = self._thread = self._doorbell = self._bell = None
        if thread is not None and thread is not threading.current_thread():
            thread.join(_JOIN_TIMEOUT)
        udp.close()
        for bell in bells:
            if bell is not None:
                bell.close()
        self._ended.set()


_started: weakref.WeakSet[Node] = weakref.WeakSet()


@atexit.register
def _leave_at_exit() -> None:
    """A process that ends says good-bye for the nodes that it forgot to stop."""
    for node in list(_started):
        node.stop()


__all__ = ["ConfigError", "MemberView", "Node", "NodeStopped", "Refused", "StartError", "Statistics"]
