"""Joining: PINGs to the seeds until one has answered, and until the member list has come (chapter 7, Joining)."""

from __future__ import annotations

from ..wire.host import Address
from .context import Context
from .pings import Pings


class Joining:
    """Asks the configured seed addresses. It invents no ids for them (MGP1-LIV-028)."""

    def __init__(self, context: Context, pings: Pings) -> None:
        self._context = context
        self._pings = pings
        self._has_answer = False
        self.wants_list = True
        """Whether PINGs to seeds ask for the member list (MGP1-MSG-030)."""

    def add(self, seed: Address) -> None:
        """One more seed, which is asked even where another has answered."""
        if seed != self._context.address:
            self._context.seeds[seed] = None

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
        """All seeds until one has answered, and from then on those that were never asked."""
        return [seed for seed in self._context.seeds if not self._has_answer or seed not in self._pings.last_to_seed]

    def _due_at(self, seed: Address) -> int:
        last = self._pings.last_to_seed.get(seed)
        return 0 if last is None else last + self._context.parameters.suspect_timeout
