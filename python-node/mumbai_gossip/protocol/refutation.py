"""Rumours about oneself: outrun, told to a few, and where they name another address, reported (chapter 7, Refutation)."""

from __future__ import annotations

from ..wire.limits import RUMOUR_BOUND
from ..wire.message import Gossip
from ..wire.record import Record, State
from .context import Context
from .effects import IdConflict

_REPORT_INTERVAL = 60_000


class Refutation:
    """Keeps this node's clock ahead of whatever others believe of it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pending = False
        self._next_at = 0
        self._has_refuted = False
        self._reported_at: int | None = None

    def record(self, record: Record) -> None:
        """A record of the own id was received."""
        if self._rumour(record.last_seen, record.state):
            self._check_conflict(record)
            self._refute(record.last_seen)

    def heartbeat(self, last_seen: int) -> None:
        """A heartbeat of the own id was received."""
        if self._rumour(last_seen, State.ALIVE):
            self._refute(last_seen)

    def flush(self) -> None:
        """Tells a few members, no more than once per half `gossipInterval` (MGP1-LIV-012, MGP1-LIV-013)."""
        context = self._context
        if not self._pending or context.mono < self._next_at:
            return
        self._pending = False
        fanout = context.parameters.fanout
        # Those who hold this node DEAD may be held DEAD by it: they are told where nobody better is there.
        members = context.random.sample(context.validated_members(), fanout)
        members += context.random.sample(context.validated_dead(), fanout - len(members))
        targets = list(dict.fromkeys(member.address for member in members))
        if not targets:
            return
        self._next_at = context.mono + (context.parameters.gossip_interval + 1) // 2
        datagram = context.encode(context.message(Gossip()))
        for address in targets:
            context.send(address, datagram)

    def due(self) -> int | None:
        """When the next refutation goes out."""
        return self._next_at if self._pending else None

    def _rumour(self, last_seen: int, state: State) -> bool:
        """Whether a rumour wins."""
        newest = self._context.clock.newest
        if last_seen >= RUMOUR_BOUND:
            return False
        return last_seen > newest or (last_seen == newest and state is not State.ALIVE)

    def _refute(self, last_seen: int) -> None:
        self._context.updated = self._context.clock.move_past(last_seen)
        self._has_refuted = True
        self._pending = True

    def _check_conflict(self, record: Record) -> None:
        context = self._context
        if not self._has_refuted or record.content.address == context.address:
            return
        if self._reported_at is None or context.mono - self._reported_at >= _REPORT_INTERVAL:
            self._reported_at = context.mono
            context.events.append(IdConflict(record.content.host, record.content.port))
