"""News: told to a few members at once, a few times over (chapter 8, News at once).

The first copies of an item go to random members and spread it in the fewest steps; the later ones to the members that come next on the ring of
ids, so that each member is somebody's duty (Voulgaris and van Steen, *Hybrid Dissemination*, Middleware 2007).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..state.members import Member
from ..wire.host import Address
from .compose import Composer
from .context import Context
from .draft import Name


@dataclass(slots=True)
class _Item:
    copies: int = 0
    is_spread: bool = False
    """Whether the random copies are out, and the ring is next (MGP1-DIS-017)."""
    is_round: bool = False
    """Whether a copy went to the next on the ring."""
    told: set[Address] = field(default_factory=set)
    """Who knows it: those it went to or came from, and the one it is about."""


class News:
    """The queue of news. It is bounded; what falls out is repaired by rounds and SYNC."""

    def __init__(self, context: Context, composer: Composer) -> None:
        self._context = context
        self._composer = composer
        self._items: dict[Name, _Item] = {}
        """What is still to be told, oldest first."""
        self._next_at = 0
        self._stalled = False

    def __iter__(self) -> Iterator[Name]:
        return iter(self._items)

    def entry(self, key: str, source: Address | None) -> None:
        """An entry is new; nobody owes it to where it came from."""
        self._add(("entry", key), source)
        self._composer.repeat(key)

    def member(self, member: Member, source: Address | None) -> None:
        """A member is new or has changed; nobody owes it to the member itself either."""
        self._add(("member", member.id), source).told.add(member.address)

    def heard_again(self, name: Name, source: Address) -> None:
        """A peer knows an item too: that counts as a copy sent to it, but the last one goes round the ring (MGP1-DIS-007)."""
        item = self._items.get(name)
        if item is None or source in item.told:
            return
        item.told.add(source)
        if item.is_round or self._left(item) > 1:
            self._copied(name, item, 1)
            item.is_spread |= self._left(item) == 1

    def flush(self) -> None:
        """Sends one message with what is due to up to `fanout` peers, and no sooner than MGP1-DIS-006 allows."""
        context = self._context
        if not self._items or context.mono < self._next_at:
            return
        peers = [member.address for member in context.validated_members()]
        self._stalled = not peers
        while peers and self._items:
            name, item = next(iter(self._items.items()))
            targets = self._targets(item, peers)
            if targets and self._composer.is_sendable(name):
                self._send(targets)
                self._next_at = context.mono + context.parameters.eager_interval
                return
            # Everybody knows it, or it is no longer to be told.
            del self._items[name]

    def due(self) -> int | None:
        """When the next message goes out; None where there is nothing to tell, or nobody to tell it to."""
        return None if not self._items or self._stalled else self._next_at

    def _add(self, name: Name, source: Address | None) -> _Item:
        self._items.pop(name, None)
        item = self._items[name] = _Item()
        if source is not None:
            item.told.add(source)
        if len(self._items) > self._context.parameters.max_news:
            del self._items[next(iter(self._items))]
        self._stalled = False
        return item

    def _targets(self, item: _Item, peers: list[Address]) -> list[Address]:
        """Whom an item goes to next."""
        room = min(self._context.parameters.fanout, self._left(item))
        if item.is_spread:
            return [address for address in self._context.ring() if address not in item.told][:room]
        return self._context.random.sample([address for address in peers if address not in item.told], room)

    def _send(self, targets: list[Address]) -> None:
        """Sends these all items that none of them knows, as many as fit."""
        datagram, told = self._composer.news(name for name, item in self._items.items() if self._fits(item, targets))
        for address in targets:
            self._context.send(address, datagram)
        for name in told:
            item = self._items[name]
            item.told.update(targets)
            item.is_round = item.is_spread
            item.is_spread = True
            self._copied(name, item, len(targets))

    def _fits(self, item: _Item, targets: list[Address]) -> bool:
        return item.told.isdisjoint(targets) and len(targets) <= self._left(item)

    def _left(self, item: _Item) -> int:
        return self._context.parameters.eager_copies - item.copies

    def _copied(self, name: Name, item: _Item, copies: int) -> None:
        item.copies += copies
        if self._left(item) <= 0:
            del self._items[name]
