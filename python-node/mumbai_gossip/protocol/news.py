"""News: told to a few members at once, a few times over (chapter 8, News at once).

The first copies of an item go to random members and spread it in the fewest steps; the later ones to the members that come next on the ring of
ids, so that each member is somebody's duty (Voulgaris and van Steen, *Hybrid Dissemination*, Middleware 2007).
"""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass, field

from ..state.members import Member
from ..wire.host import Address
from ..wire.message import Gossip
from .compose import Composer, Name
from .context import Context


@dataclass(slots=True)
class _Item:
    age: int
    copies: int = 0
    told: set[Address] = field(default_factory=set)
    """Who knows it: those it went to or came from, and the one it is about."""


_Queue = dict[Name, _Item]


class News:
    """The queue of news. It is bounded; what falls out is repaired by rounds and SYNC."""

    def __init__(self, context: Context, composer: Composer) -> None:
        self._context = context
        self._composer = composer
        self._fresh: _Queue = {}
        """Items whose random copies are still to be sent, oldest first."""
        self._spread: _Queue = {}
        """Items whose later copies go round the ring (MGP1-DIS-017)."""
        self._items = ChainMap(self._fresh, self._spread)
        self._ring_is_next = False
        self._count = 0
        self._next_at = 0
        self._stalled = False

    def entry(self, key: str, source: Address | None) -> None:
        """An entry is new; nobody owes it to where it came from."""
        self._add(("entry", key), source)

    def member(self, member: Member, source: Address | None) -> None:
        """A member is new or has changed; nobody owes it to the member itself either."""
        self._add(("member", member.id), source).told.add(member.address)

    def heard_again(self, name: Name, source: Address) -> None:
        """A peer knows an item too: that counts as a copy sent to it (MGP1-DIS-007)."""
        item = self._items.get(name)
        if item is not None and source not in item.told:
            item.told.add(source)
            item.copies += 1
            if item.copies >= self._context.parameters.eager_copies:
                self._drop(name)

    def flush(self) -> None:
        """Sends one message with what is due to up to `fanout` peers, and no sooner than MGP1-DIS-006 allows."""
        context = self._context
        if not self._items or context.mono < self._next_at:
            return
        peers = [member.address for member in context.validated_members()]
        self._stalled = not peers
        if not peers:
            return
        # By turns: neither do later copies keep new items waiting, nor new items the later copies.
        for queue in (self._spread, self._fresh) if self._ring_is_next else (self._fresh, self._spread):
            if self._send_oldest(queue, context.ring() if queue is self._spread else peers):
                self._ring_is_next = queue is self._fresh
                self._next_at = context.mono + context.parameters.eager_interval
                return

    def due(self) -> int | None:
        """When the next message goes out; None where there is nothing to tell, or nobody to tell it to."""
        return None if not self._items or self._stalled else self._next_at

    def _add(self, name: Name, source: Address | None) -> _Item:
        self._drop(name)
        self._count += 1
        item = self._fresh[name] = _Item(self._count)
        if source is not None:
            item.told.add(source)
        if len(self._fresh) + len(self._spread) > self._context.parameters.max_news:
            oldest = [next(iter(queue.items())) for queue in (self._fresh, self._spread) if queue]
            self._drop(min(oldest, key=lambda named: named[1].age)[0])
        self._composer.repeat(name)
        self._stalled = False
        return item

    def _drop(self, name: Name) -> None:
        self._fresh.pop(name, None)
        self._spread.pop(name, None)

    def _send_oldest(self, queue: _Queue, peers: list[Address]) -> bool:
        """Sends the oldest item of a queue that somebody still lacks, and others of the queue with it; drops those that nobody does."""
        while queue:
            name = next(iter(queue))
            targets = self._targets(queue, name, peers)
            if targets and self._composer.is_sendable(name):
                self._send(queue, targets)
                return True
            del queue[name]
        return False

    def _targets(self, queue: _Queue, name: Name, peers: list[Address]) -> list[Address]:
        item = queue[name]
        room = max(0, min(self._context.parameters.fanout, self._context.parameters.eager_copies - item.copies))
        ignorant = [address for address in peers if address not in item.told]
        return ignorant[:room] if queue is self._spread else self._context.random.sample(ignorant, room)

    def _send(self, queue: _Queue, targets: list[Address]) -> None:
        context = self._context
        draft = self._composer.draft(Gossip())
        included = [name for name in queue if self._fits(queue[name], targets) and self._composer.include(name, draft)]
        datagram = context.encode(draft.message())
        for address in targets:
            context.send(address, datagram)
        for name in included:
            item = queue.pop(name)
            item.copies += len(targets)
            item.told.update(targets)
            if item.copies < context.parameters.eager_copies:
                self._spread[name] = item

    def _fits(self, item: _Item, targets: list[Address]) -> bool:
        copies = item.copies + len(targets)
        return item.told.isdisjoint(targets) and copies <= self._context.parameters.eager_copies
