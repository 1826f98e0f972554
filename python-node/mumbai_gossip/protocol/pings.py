"""PINGs: sent at once where the address is validated, else queued for the room that MGP1-DIS-013 leaves."""

from __future__ import annotations

from dataclasses import dataclass

from ..wire.codec import encode_padded
from ..wire.host import Address
from ..wire.message import Ping
from .context import Context

_MOST_WANTS = 256


@dataclass(slots=True)
class _Want:
    target_id: str | None
    full: bool
    pages: bool
    """Whether the member list is owed to whoever answers."""
    until: int
    validates: bool
    """Whether all it is for is that the address proves itself."""


class Pings:
    """Sends PINGs, and keeps those that strangers are to get later."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._wants: dict[Address, _Want] = {}
        self.last_to_seed: dict[Address, int] = {}
        """When each seed was asked last."""

    def send(self, address: Address, target_id: str | None, *, full: bool = False, pages: bool = False) -> str:
        """Sends a PING now and returns its id; the caller has seen to the limits."""
        context = self._context
        ping_id = context.random.token()
        message = context.message(Ping(ping_id, target_id, full))
        known = context.is_validated(address)
        context.send(address, context.encode(message) if known else encode_padded(message))
        context.peers.sent(ping_id, address, context.mono, pages=pages)
        if address in context.seeds:
            self.last_to_seed[address] = context.mono
        return ping_id

    def try_send(self, address: Address, target_id: str | None, *, full: bool = False) -> str | None:
        """Sends a PING where the limits allow it now; None where they do not."""
        context = self._context
        if address == context.address:
            return None
        if context.is_validated(address) or context.peers.may_ping_stranger(address, context.mono):
            return self.send(address, target_id, full=full)
        return None

    def want(
        self, address: Address, target_id: str | None, *, until: int, full: bool = False, pages: bool = False
    ) -> None:
        """Sends a PING as soon as the limits allow, and gives up at `until`. One is kept per address."""
        if address == self._context.address:
            return
        held = self._wants.pop(address, None)
        validates = pages
        if held is not None:
            full, pages, until = full or held.full, pages or held.pages, max(until, held.until)
            validates = validates and held.validates
        self._wants[address] = _Want(target_id, full, pages, until, validates)
        if len(self._wants) > _MOST_WANTS:
            del self._wants[next(iter(self._wants))]

    def flush(self) -> None:
        """Sends what may be sent now, the oldest wish first."""
        context = self._context
        for address, want in list(self._wants.items()):
            if want.until <= context.mono:
                del self._wants[address]
            elif context.is_validated(address) or context.peers.may_ping_stranger(address, context.mono):
                del self._wants[address]
                self.send(address, want.target_id, full=want.full, pages=want.pages)

    def answered(self, address: Address) -> None:
        """An address answered a PING: a wish that was for its proof alone has been met by another one."""
        want = self._wants.get(address)
        if want is not None and want.validates:
            del self._wants[address]

    def due(self) -> int | None:
        """When a queued PING may go out."""
        if not self._wants:
            return None
        peers = self._context.peers
        return max(peers.room_at(self._context.mono), min(peers.free_at(address) for address in self._wants))
