"""Coming back after a long absence: what this node holds may have been deleted, and the deletion forgotten (MGP1-SYN-018)."""

from __future__ import annotations

from .context import Context

_PATIENCE = 10
"""How long a node that was cut off waits for SYNC from anybody, in `syncInterval`s."""


class Absence:
    """Whether entries may be offered outside exchanges."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._heard_at = context.mono
        self._waiting_since: int | None = None
        """While entries are held back: when a member was heard of again, or when one spoke SYNC since."""

    def is_silent(self) -> bool:
        """Whether entries go out in exchanges alone."""
        return self._is_cut_off() or self._waits()

    def heard(self, sender_id: str) -> None:
        """A message was applied; it counts where its sender is a member."""
        if sender_id not in self._context.members:
            return
        if self._is_cut_off():
            self._waiting_since = self._context.mono
        elif not self._waits():
            self._waiting_since = None
        self._heard_at = self._context.mono

    def heard_sync(self) -> None:
        """A SYNC came from the validated address of the member that sent it: an exchange with it is worth waiting for."""
        if self._waits():
            self._waiting_since = self._context.mono

    def end(self) -> None:
        """The store of such a member was found to be the same as this one."""
        self._waiting_since = None

    def _is_cut_off(self) -> bool:
        return self._context.mono - self._heard_at > self._context.parameters.tombstone_retention

    def _waits(self) -> bool:
        patience = _PATIENCE * self._context.parameters.sync_interval
        return self._waiting_since is not None and self._context.mono - self._waiting_since < patience
