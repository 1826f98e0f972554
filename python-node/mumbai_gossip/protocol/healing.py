"""Healing: PINGs to the dead, to the seeds and to the remembered, so that a parted cluster finds together again (chapter 7)."""

from __future__ import annotations

from ..wire.host import address_of
from ..wire.record import State
from .context import Context
from .joining import Joining
from .pings import Pings


class Healing:
    """Every `reconnectInterval` (MGP1-LIV-023 to MGP1-LIV-025)."""

    def __init__(self, context: Context, pings: Pings, joining: Joining) -> None:
        self._context = context
        self._pings = pings
        self._joining = joining
        self._next_at = context.mono + context.random.between(1, context.parameters.reconnect_interval)

    def tick(self) -> None:
        """Asks everybody who may have come back."""
        context = self._context
        if context.mono < self._next_at:
            return
        interval = context.parameters.reconnect_interval
        self._next_at = max(self._next_at + interval, context.mono + 1)
        until = context.mono + interval
        for member in context.members.dead():
            if context.is_validated(member.address):
                self._pings.send(member.address, member.id)
        for seed in context.seeds:
            if not any(member.state is State.ALIVE for member in context.members.at(seed)):
                self._pings.want(seed, None, until=until, full=self._joining.wants_list)
        traces = list(context.remembered.items())
        if traces:
            member_id, trace = traces[context.random.below(len(traces))]
            self._pings.want(address_of(trace.host, trace.port), member_id, until=until)

    def due(self) -> int:
        """When it asks next."""
        return self._next_at
