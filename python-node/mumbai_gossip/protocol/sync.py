"""Anti-entropy: a walk down two trees in which every message stands alone (chapter 9)."""

from __future__ import annotations

from ..wire.entry import Entry
from ..wire.host import Address
from ..wire.limits import MAX_SYNC_ANSWERS, MAX_TEXT
from ..wire.message import Body, Digest, Entries
from ..wire.reason import NotSendable
from ..wire.record import State
from .absence import Absence
from .barren import Barren
from .context import Context
from .draft import byte_length

# A text of entries grows at least this much with each of them: what is more cannot fit.
_LEAST_ENTRY = 60


class Sync:
    """Starts exchanges and answers those of others."""

    def __init__(self, context: Context, absence: Absence) -> None:
        self._context = context
        self._absence = absence
        self._next_at = context.mono + context.random.between(1, context.parameters.sync_interval)
        self._started_at: int | None = None
        self._peer: str | None = None
        self._barren = Barren(context)

    def begin_first(self) -> None:
        """Somebody can be asked for the first time: what a node that joins lacks is one exchange away.

        Not in the same moment: whoever answered a PING must hear this node's answer to his own before he may answer a DIGEST.
        """
        if self._started_at is None:
            self._next_at = min(self._next_at, self._context.mono + self._context.parameters.eager_interval)

    def tick(self) -> None:
        """Starts an exchange where it is time to (MGP1-SYN-003)."""
        context = self._context
        if context.mono < self._next_at:
            return
        peers = [member for member in context.validated_members() if member.state is State.ALIVE]
        if not peers:
            self._next_at = context.mono + min(context.parameters.gossip_interval, context.parameters.sync_interval)
            return
        # Some are early, so that the exchanges of many nodes do not fall together; none is late.
        interval = context.parameters.sync_interval
        self._next_at = context.mono + interval - context.random.below(interval // 10 + 1)
        (peer,) = context.random.sample(peers, 1)
        self._peer, self._started_at = peer.id, context.mono
        self._send(peer.address, Digest("", context.store.tree.children("")))

    def due(self) -> int:
        """When the next exchange starts."""
        return self._next_at

    def digest(self, sender_id: str, source: Address, body: Digest) -> None:
        """Answers a DIGEST for each child that differs (MGP1-SYN-005)."""
        answers = self._may_answer(sender_id, source)
        if answers:
            self._absence.heard_sync()
        if body.prefix == "":
            self._barren.exchange(sender_id)
        else:
            self._found_differences(sender_id)
        own = self._context.store.tree.children(body.prefix) if len(body.prefix) < 64 else {}
        digits = sorted(digit for digit in own.keys() | body.children.keys() if own.get(digit) != body.children.get(digit))
        if not digits:
            if body.prefix == "" and answers:
                self._absence.end()
            return
        if not answers:
            return
        prefixes = [body.prefix + digit for digit in digits]
        fertile = [prefix for prefix in prefixes if not self._barren.is_left_out(sender_id, prefix)]
        for prefix in self._context.random.sample(fertile, MAX_SYNC_ANSWERS):
            self._barren.differs(sender_id, prefix, (own.get(prefix[-1]), body.children.get(prefix[-1])))
            self._offer(source, prefix)

    def entries(self, sender_id: str, source: Address, body: Entries, changed: bool) -> None:
        """Answers an ENTRIES, already merged, with what its sender lacks (MGP1-SYN-009)."""
        answers = self._may_answer(sender_id, source)
        if answers:
            self._absence.heard_sync()
        self._found_differences(sender_id)
        if changed:
            self._barren.merged(sender_id, body.prefix)
        if not body.reply or not answers:
            return
        better: dict[str, Entry] = {}
        for key, entry in self._context.store.below(body.prefix):
            theirs = body.entries.get(key)
            if theirs is None or entry.beats(theirs):
                better[key] = entry
        if not better:
            return
        datagram = self._encoded(Entries(body.prefix, better))
        if datagram is None:
            self._send(source, Digest(body.prefix, self._context.store.tree.children(body.prefix)))
        else:
            self._context.send(source, datagram)

    def removed(self, member_id: str) -> None:
        """A member was taken off the list."""
        self._barren.forget(member_id)

    def _offer(self, to: Address, prefix: str) -> None:
        """All there is below a prefix, or where that is too much, the digests one digit below it."""
        datagram = self._encoded(Entries(prefix, dict(self._context.store.below(prefix)), reply=True))
        if datagram is None:
            self._send(to, Digest(prefix, self._context.store.tree.children(prefix)))
        else:
            self._context.send(to, datagram)

    def _encoded(self, body: Entries) -> bytes | None:
        """The datagram of an ENTRIES; None where it does not fit one."""
        if len(body.entries) * _LEAST_ENTRY > MAX_TEXT:
            return None
        size = 0
        for entry in body.entries.values():
            size += byte_length(entry.value_json)
            if size > MAX_TEXT:
                return None
        try:
            return self._context.encode(self._context.message(body))
        except NotSendable:
            return None

    def _send(self, to: Address, body: Body) -> None:
        self._context.send(to, self._context.encode(self._context.message(body)))

    def _may_answer(self, sender_id: str, source: Address) -> bool:
        """Only to the validated address of the member that asked, if it asked from there (MGP1-SYN-012)."""
        member = self._context.members.get(sender_id)
        return member is not None and member.address == source and self._context.is_validated(source)

    def _found_differences(self, sender_id: str) -> None:
        """Where the last exchange found differences, the next one need not wait (MGP1-SYN-004)."""
        if self._peer != sender_id or self._started_at is None:
            return
        self._next_at = min(self._next_at, self._started_at + self._context.parameters.gossip_interval)
        self._next_at = max(self._next_at, self._context.mono + 1)
        self._peer = None
