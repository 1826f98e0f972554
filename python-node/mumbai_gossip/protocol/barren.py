"""Subtrees that stay different though there is nothing to merge in them (MGP1-SYN-014)."""

from __future__ import annotations

from dataclasses import dataclass

from .context import Context

_EXCHANGES = 3
_INTERVALS = 10
_MOST = 1_024


@dataclass(slots=True)
class _Finding:
    exchange: int
    """The last exchange with the peer in which the subtree differed."""
    streak: int
    digests: tuple[str | None, str | None]
    """Of this node and of the peer: while either changes, the difference is being settled."""
    until: int = 0


class Barren:
    """Counts, per peer and prefix, in how many exchanges in a row a difference led to nothing.

    Only exchanges that the peer started count: in the others it is the peer that finds differences, and counts them.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._exchanges: dict[str, int] = {}
        self._findings: dict[tuple[str, str], _Finding] = {}

    def exchange(self, peer: str) -> None:
        """A peer starts an exchange."""
        self._exchanges[peer] = self._exchanges.get(peer, 0) + 1

    def differs(self, peer: str, prefix: str, digests: tuple[str | None, str | None]) -> None:
        """A subtree was found different in the present exchange, and is answered."""
        number = self._exchanges.get(peer, 0)
        finding = self._findings.pop((peer, prefix), None)
        if finding is None or finding.digests != digests or finding.until:
            finding = _Finding(number, 1, digests)
        elif finding.exchange < number:
            finding.exchange = number
            finding.streak += 1
        self._findings[(peer, prefix)] = finding
        if len(self._findings) > _MOST:
            del self._findings[next(iter(self._findings))]

    def merged(self, peer: str, prefix: str) -> None:
        """Something below a prefix was worth merging."""
        for name in [name for name in self._findings if name[0] == peer and _related(name[1], prefix)]:
            del self._findings[name]

    def is_left_out(self, peer: str, prefix: str) -> bool:
        """Whether a subtree is not worth another answer for now."""
        finding = self._findings.get((peer, prefix))
        if finding is None:
            return False
        mono = self._context.mono
        if not finding.until and finding.streak >= _EXCHANGES and finding.exchange < self._exchanges.get(peer, 0):
            finding.until = mono + _INTERVALS * self._context.parameters.sync_interval
        return mono < finding.until

    def forget(self, peer: str) -> None:
        """A peer is gone."""
        self._exchanges.pop(peer, None)
        self.merged(peer, "")


def _related(a: str, b: str) -> bool:
    return a.startswith(b) or b.startswith(a)
