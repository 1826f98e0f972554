"""Receipt of a datagram: the steps of chapter 12, then its effects."""

from __future__ import annotations

from ..wire.codec import read_text
from ..wire.host import Address
from ..wire.legacy import LegacyMessage, is_legacy
from ..wire.limits import ANSWER_FACTOR, MAX_PONG
from ..wire.message import Digest, Entries, Envelope, Gossip, Membership, Message, Ping, Pong
from ..wire.read import JsonObject, read_body, read_envelope
from ..wire.reason import NotSendable, Rejected, Skip
from ..wire.record import Record
from .absence import Absence
from .context import Context
from .effects import Outcome
from .joining import Joining
from .legacy import Legacy
from .liveness import Liveness
from .merging import Merging
from .pages import Pages
from .pings import Pings
from .refutation import Refutation
from .sync import Sync

_SECTIONS = ("localData", "membership", "heartbeats")


class Receive:
    """Checks, merges and answers."""

    def __init__(
        self,
        context: Context,
        merging: Merging,
        refutation: Refutation,
        pings: Pings,
        pages: Pages,
        joining: Joining,
        liveness: Liveness,
        sync: Sync,
        absence: Absence,
        legacy: Legacy,
    ) -> None:
        self._context = context
        self._merging = merging
        self._refutation = refutation
        self._pings = pings
        self._pages = pages
        self._joining = joining
        self._liveness = liveness
        self._sync = sync
        self._absence = absence
        self._legacy = legacy

    def datagram(self, source: Address, datagram: bytes) -> Outcome:
        """One datagram from an address. What is rejected is counted and changes nothing else (MGP1-ERR-002)."""
        context = self._context
        try:
            text = read_text(datagram)
            message = self._legacy.check(text, source) if is_legacy(text) else self._check(text)
        except Rejected as why:
            context.counters[why.reason] += 1
            return Outcome(why.reason, [])
        skipped = message.skipped
        before = len(skipped)
        if isinstance(message, LegacyMessage):
            context.history.add(message.envelope.sender_id, message.envelope.message_id)
            self._legacy.apply(message, source, len(datagram))
            self._absence.heard(message.envelope.sender_id)
        else:
            context.history.add(message.sender_id, message.message_id)
            self._apply(message, source, len(datagram), skipped)
        if len(skipped) > before:
            skipped.sort(key=lambda skip: (_SECTIONS.index(skip.section), skip.name.encode("utf-16-be")))
        for skip in skipped:
            context.skip(skip)
        return Outcome(None, skipped)

    def _check(self, text: JsonObject) -> Message:
        """The steps `version` to `body`; raises Rejected."""
        context = self._context
        envelope = read_envelope(text, context.config.cluster)
        if envelope.sender_id == context.config.node_id:
            self._hear_oneself(envelope)
            raise Rejected("sender.self")
        if (envelope.sender_id, envelope.message_id) in context.history:
            raise Rejected("duplicate.message")
        return read_body(envelope)

    def _hear_oneself(self, envelope: Envelope) -> None:
        """Somebody else sends under the own id: only a rumour is made of it, of the sender's record alone (MGP1-ENV-015)."""
        self._refutation.record(envelope.own)

    def _apply(self, message: Message, source: Address, size: int, skipped: list[Skip]) -> None:
        context, body = self._context, message.body
        # News is owed to members, at the addresses that they name: this one knows it.
        origin = message.records[message.sender_id].content.address
        is_page = isinstance(body, Membership) and body.page is not None
        for member_id, record in message.records.items():
            self._merging.record(member_id, record, origin, skipped, is_page=is_page)
        self._absence.heard(message.sender_id)
        changed = False
        if isinstance(body, (Gossip, Entries)):
            for key, entry in body.entries.items():
                changed = self._merging.entry(key, entry, origin, skipped) or changed
        if isinstance(body, (Gossip, Pong)):
            sender = context.members.get(message.sender_id)
            for member_id, last_seen in body.heartbeats.items():
                self._merging.heartbeat(member_id, last_seen, origin, sender)
        if isinstance(body, Ping):
            self._ping(message.sender_id, body, source, size)
        elif isinstance(body, Pong):
            self.pong(message.sender_id, body.ping_id, source)
        elif isinstance(body, Membership):
            if body.page is not None and body.page == body.pages:
                self._joining.has_list()
        elif isinstance(body, Digest):
            self._sync.digest(message.sender_id, source, body)
        elif isinstance(body, Entries):
            self._sync.entries(message.sender_id, source, body, changed)

    def pong(self, sender_id: str, ping_id: str, source: Address) -> None:
        """Somebody answered a PING: the address it came from has proved itself (MGP1-DIS-011)."""
        self._liveness.answered(sender_id, ping_id)
        ping = self._context.peers.answered(ping_id, source, self._context.mono)
        if ping is None:
            return
        self._pings.answered(source)
        self._joining.answered(source)
        if ping.pages:
            self._pages.start(source)

    def _ping(self, sender_id: str, ping: Ping, source: Address, size: int) -> None:
        """Answers a PING (MGP1-MSG-019 to MGP1-MSG-024)."""
        context = self._context
        if ping.target_id is not None and ping.target_id != context.config.node_id:
            return
        member = context.members.get(sender_id)
        trace = context.remembered.get(sender_id)
        floors = [known.last_seen for known in (member, trace) if known is not None]
        body = Pong(ping.ping_id, {sender_id: max(floors)} if floors else {})
        records = {} if member is None else {sender_id: member.record()}
        if source != context.address:
            self._answer(source, body, records, size)
        if ping.full:
            self._pages.asked(source)

    def _answer(self, source: Address, body: Pong, records: dict[str, Record], size: int) -> None:
        """Sends the largest lawful PONG; none where even the smallest is too long (MGP1-DIS-012)."""
        context = self._context
        limit = MAX_PONG if context.is_validated(source) else min(MAX_PONG, ANSWER_FACTOR * size)
        for shown in (records, {}) if records else ({},):
            try:
                context.send(source, context.encode(context.message(body, shown), limit))
            except NotSendable:
                continue
            return


