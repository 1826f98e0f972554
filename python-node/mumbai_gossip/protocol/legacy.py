"""What a node makes of version 0 messages, where it is configured to receive them (chapter 10)."""

from __future__ import annotations

from contextlib import suppress

from ..wire.host import Address
from ..wire.legacy import LegacyMessage, pong_datagram, read_legacy_body, read_legacy_envelope
from ..wire.limits import ANSWER_FACTOR
from ..wire.read import JsonObject
from ..wire.reason import Invalid, Rejected, Skip
from ..wire.record import Record, State, new_content
from .context import Context
from .merging import Merging
from .pings import Pings
from .refutation import Refutation

_MOST_ASKED = 256


class Legacy:
    """Learns entries, the sender, and addresses; answers PINGs; sends nothing else of version 0 (MGP1-LEG-009)."""

    def __init__(self, context: Context, merging: Merging, refutation: Refutation, pings: Pings) -> None:
        self._context = context
        self._merging = merging
        self._refutation = refutation
        self._pings = pings
        self._asked: dict[Address, int] = {}

    def check(self, text: JsonObject, source: Address) -> LegacyMessage:
        """The steps from `version` on; raises Rejected."""
        context = self._context
        if context.config.legacy is None:
            raise Rejected("version.unsupported")
        if context.config.legacy != context.config.cluster:
            raise Rejected("cluster.mismatch")
        envelope = read_legacy_envelope(text)
        if envelope.sender_id == context.config.node_id:
            # What would be skipped of anybody else is no rumour either.
            with suppress(Invalid):
                self._refutation.record(_record(envelope.sender_id, envelope.timestamp, source))
            raise Rejected("sender.self")
        if (envelope.sender_id, envelope.message_id) in context.history:
            raise Rejected("duplicate.message")
        return read_legacy_body(envelope)

    def apply(self, message: LegacyMessage, source: Address, size: int) -> None:
        """Merges the sender and the entries, and answers a PING."""
        envelope = message.envelope
        self._merge_sender(envelope.sender_id, envelope.timestamp, source, message.skipped)
        for key, entry in message.entries.items():
            self._merging.entry(key, entry, source, message.skipped)
        if envelope.type == "PING" and envelope.ping_id is not None:
            self._answer(message, envelope.ping_id, source, size)
        for address in message.addresses():
            self._ask(address, source)

    def _merge_sender(self, sender_id: str, timestamp: int, source: Address, skipped: list[Skip]) -> None:
        """As a heartbeat where nothing else would change, so that it is not news each time (MGP1-LEG-006)."""
        member = self._context.members.get(sender_id)
        if member is not None and member.address == source:
            content = member.content
            if not content.metadata and content.versions is None:
                self._merging.heartbeat(sender_id, timestamp, source, None)
                return
        try:
            record = _record(sender_id, timestamp, source)
        except Invalid as why:
            skipped.append(Skip("membership", sender_id, why.reason))
            return
        self._merging.record(sender_id, record, source, skipped)

    def _answer(self, message: LegacyMessage, ping_id: str, source: Address, size: int) -> None:
        context, envelope = self._context, message.envelope
        if source == context.address:
            return
        timestamp = context.clock.issue(context.mono)
        datagram = pong_datagram(
            envelope.dialect, context.config.node_id, context.random.token(), timestamp, ping_id
        )
        limit = context.parameters.max_packet_size
        if not context.is_validated(source):
            limit = min(limit, ANSWER_FACTOR * size)
        if len(datagram) <= limit:
            context.send(source, datagram)

    def _ask(self, address: Address, source: Address) -> None:
        """PINGs an address that a version 0 node names, now and then, and within MGP1-DIS-013 (MGP1-LEG-007)."""
        context = self._context
        if address in (source, context.address) or context.members.at(address):
            return
        asked = self._asked.get(address)
        if asked is not None and context.mono - asked < context.parameters.reconnect_interval:
            return
        self._asked.pop(address, None)
        self._asked[address] = context.mono
        if len(self._asked) > _MOST_ASKED:
            del self._asked[next(iter(self._asked))]
        until = context.mono + context.parameters.reconnect_interval
        self._pings.want(address, None, until=until, full=True)


def _record(sender_id: str, timestamp: int, source: Address) -> Record:
    return Record(new_content(sender_id, source.host, source.port), timestamp, timestamp, State.ALIVE)
