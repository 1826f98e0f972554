"""News: told to a few random members at once, a few times over (chapter 8, News at once)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..state.members import Member
from ..wire.host import Address
from ..wire.message import Gossip
from .compose import Composer, Draft
from .context import Context


@dataclass(slots=True)
class _Item:
    copies: int = 0
    told: set[Address] = field(default_factory=set)


class News:
    """The queue of news. It is bounded; what falls out is repaired by rounds and SYNC."""

    def __init__(self, context: Context, composer: Composer) -> None:
        self._context = context
        self._composer = composer
        self._items: dict[tuple[str, str], _Item] = {}
        self._next_at = 0
        self._stalled = False

    def entry(self, key: str, source: Address | None) -> None:
        """An entry is new; nobody owes it to where it came from."""
        self._add(("entry", key), source)

    def member(self, member: Member, source: Address | None) -> None:
        """A member is new or has changed; nobody owes it to the member itself either."""
        self._add(("member", member.id), source).told.add(member.address)

    def flush(self) -> None:
        """Sends one message with what is due to up to `fanout` peers, and no sooner than MGP1-DIS-006 allows."""
        context = self._context
        if not self._items or context.mono < self._next_at:
            return
        peers = [member.address for member in context.validated_members()]
        self._stalled = not peers
        if not peers:
            return
        while self._items:
            item = next(iter(self._items))
            targets = self._targets(item, peers)
            if targets and self._is_sendable(item):
                self._send(targets)
                self._next_at = context.mono + context.parameters.eager_interval
                return
            del self._items[item]

    def due(self) -> int | None:
        """When the next message goes out; None where there is nothing to tell, or nobody to tell it to."""
        return None if not self._items or self._stalled else self._next_at

    def _add(self, name: tuple[str, str], source: Address | None) -> _Item:
        self._items.pop(name, None)
        item = self._items[name] = _Item()
        if source is not None:
            item.told.add(source)
        if len(self._items) > self._context.parameters.max_news:
            del self._items[next(iter(self._items))]
        self._stalled = False
        return item

    def _targets(self, name: tuple[str, str], peers: list[Address]) -> list[Address]:
        item = self._items[name]
        room = min(self._context.parameters.fanout, self._context.parameters.eager_copies - item.copies)
        return self._context.random.sample([address for address in peers if address not in item.told], max(0, room))

    def _send(self, targets: list[Address]) -> None:
        context = self._context
        draft = self._composer.draft(Gossip())
        included = [name for name in list(self._items) if self._fits(name, targets) and self._include(name, draft)]
        datagram = context.encode(draft.message())
        for address in targets:
            context.send(address, datagram)
        for name in included:
            item = self._items[name]
            item.copies += len(targets)
            item.told.update(targets)
            if item.copies >= context.parameters.eager_copies:
                del self._items[name]

    def _fits(self, name: tuple[str, str], targets: list[Address]) -> bool:
        item = self._items[name]
        copies = item.copies + len(targets)
        return item.told.isdisjoint(targets) and copies <= self._context.parameters.eager_copies

    def _include(self, name: tuple[str, str], draft: Draft) -> bool:
        kind, id_or_key = name
        if kind == "entry":
            entry = self._composer.sendable_entry(id_or_key)
            return entry is not None and draft.add_entry(id_or_key, entry)
        member = self._context.members.get(id_or_key)
        return member is not None and draft.add_record(member)

    def _is_sendable(self, name: tuple[str, str]) -> bool:
        kind, id_or_key = name
        if kind == "entry":
            return self._composer.sendable_entry(id_or_key) is not None
        return id_or_key in self._context.members
