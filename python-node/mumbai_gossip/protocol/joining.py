"""Joining: PINGs to the seeds until one has answered, and until the member list has come (chapter 7, Joining)."""

from __future__ import annotations

from ..wire.host import Address
from .context import Context
from .pings import Pings

_EAGER = 2
"""For so many `suspectTimeout`s seeds are asked in every interval: a first PING or its answer may have been lost."""


class Joining:
    """Asks the configured seed addresses. It invents no ids for them (MGP1-LIV-028)."""

    def __init__(self, context: Context, pings: Pings) -> None:
        self._context = context
        self._pings = pings
        self._has_answer = False
        self._eager_until = context.mono + _EAGER * context.parameters.suspect_timeout
        self.wants_list = True
        """Whether PINGs to seeds ask for the member list (MGP1-MSG-030)."""

    def add(self, seed: Address) -> None:
        """One more seed, which is asked even where another has answered."""
        context = self._context
        if seed != context.address:
            context.seeds[seed] = None
            self._eager_until = context.mono + _EAGER * context.parameters.suspect_timeout

    def answered(self, source: Address) -> None:
        """A PONG to one of our PINGs came from an address."""
        if source in self._context.seeds:
            self._has_answer = True

    def has_list(self) -> None:
        """The last page of a member list has come."""
        self.wants_list = False

    def tick(self) -> None:
        """Asks each seed that is due (MGP1-LIV-027)."""
        for seed in self._waiting():
            if self._due_at(seed) <= self._context.mono:
                self._pings.try_send(seed, None, full=self.wants_list)

    def due(self) -> int | None:
        """When the next seed is to be asked."""
        peers = self._context.peers
        room_at = peers.room_at(self._context.mono)
        return min(
            (max(self._due_at(seed), room_at, peers.free_at(seed)) for seed in self._waiting()), default=None
        )

    def _waiting(self) -> list[Address]:
        """All seeds until one has answered, and for a while until the member list has come; from then on those that were never asked."""
        is_joining = not self._has_answer or (self.wants_list and self._context.mono < self._eager_until)
        return [seed for seed in self._context.seeds if is_joining or seed not in self._pings.last_to_seed]

    def _due_at(self, seed: Address) -> int:
        last = self._pings.last_to_seed.get(seed)
        if last is None:
            return 0
        parameters = self._context.parameters
        soon = last + parameters.gossip_interval
        return soon if soon < self._eager_until else last + parameters.suspect_timeout
