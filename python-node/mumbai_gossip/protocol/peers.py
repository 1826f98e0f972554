"""Which addresses have proved themselves, which PINGs are out, and how many may go to strangers (chapter 8)."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from ..state.members import MemberTable
from ..wire.host import Address
from .parameters import Parameters

EARNED = 2
"""PINGs to strangers that an address makes room for by proving itself (MGP1-DIS-013)."""

_ENOUGH = 64
"""With so many validated addresses there is enough to choose from, and other strangers are met at the pace of the rounds: where all met all at
once, a cold start would cost a PING for each pair of nodes."""


@dataclass(slots=True)
class Outstanding:
    """A PING that was sent and not yet answered."""

    address: Address
    sent_at: int
    pages: bool = False
    """Whether the member list is owed to whoever answers (MGP1-MSG-028)."""


class Peers:
    """Validation of addresses (MGP1-DIS-011, MGP1-DIS-015) and the pace of PINGs to the others (MGP1-DIS-013)."""

    def __init__(self, parameters: Parameters, members: MemberTable, seeds: Collection[Address]) -> None:
        self._parameters = parameters
        self._members = members
        self._seeds = seeds
        self._validated: set[Address] = set()
        self._outstanding: dict[str, Outstanding] = {}
        self._recent: deque[int] = deque()
        """When PINGs went to strangers, within the last `gossipInterval`."""
        self._earned: deque[int] = deque()
        """When addresses were validated, within the last `gossipInterval`."""
        self._proved = 0
        self._last: dict[Address, int] = {}
        self._questions: set[Address] = set()
        """Strangers that asked for the member list since the last PING to them."""

    def strangers_lacking(self) -> int:
        """How many more strangers to ask before there are validated addresses enough, if those asked lately answer."""
        open_questions = max(0, len(self._recent) - len(self._earned))
        return max(0, _ENOUGH - len(self._validated) - open_questions)

    def is_validated(self, address: Address) -> bool:
        """Whether an address echoed a ping id, and a member or a seed still has it."""
        return address in self._validated

    def may_ping_stranger(self, address: Address, mono: int) -> bool:
        """Whether MGP1-DIS-013 leaves room for a PING to an address that is not validated."""
        return self.room_at(mono) <= mono and self.free_at(address) <= mono

    def room_at(self, mono: int) -> int:
        """When the next PING to a stranger is allowed at the earliest: 0 for at once.

        Room comes when a PING is old enough, and goes when the answer that earned it is.
        """
        self._expire_pace(mono)
        interval = self._parameters.gossip_interval
        earned = list(self._earned)
        if self._has_room(len(self._recent), len(earned)):
            return 0
        left = 0
        for gone, sent in enumerate(self._recent, start=1):
            at = sent + interval + 1
            while left < len(earned) and earned[left] + interval <= at:
                left += 1
            if self._has_room(len(self._recent) - gone, len(earned) - left):
                return at
        return 0

    def free_at(self, address: Address) -> int:
        """When this stranger may be asked again at the earliest."""
        last = self._last.get(address)
        if last is None:
            return 0
        is_soon = address in self._seeds or address in self._questions
        return last + (self._parameters.gossip_interval if is_soon else self._parameters.suspect_timeout)

    def question(self, address: Address, mono: int) -> None:
        """A stranger asked for the member list: a PING to it is an answer now, and no amplification (MGP1-DIS-013)."""
        if self._last.get(address, mono) < mono:
            self._questions.add(address)

    def sent(self, ping_id: str, address: Address, mono: int, *, pages: bool = False) -> None:
        """Notes a PING on its way out."""
        self._expire(mono)
        self._outstanding[ping_id] = Outstanding(address, mono, pages)
        if address not in self._validated:
            self._expire_pace(mono)
            self._recent.append(mono)
            self._last.pop(address, None)
            self._last[address] = mono
            self._questions.discard(address)

    def answered(self, ping_id: str, source: Address, mono: int) -> Outstanding | None:
        """Notes a PONG that was applied, and gives the PING to its source that it answers; that validates the source, if it may be."""
        self._expire(mono)
        ping = self._outstanding.get(ping_id)
        if ping is None or ping.address != source:
            return None
        del self._outstanding[ping_id]
        if self._is_wanted(source) and source not in self._validated:
            self._validated.add(source)
            self._earned.append(mono)
            self._proved += 1
        return ping

    def take_proved(self) -> int:
        """How many addresses were validated since the last call."""
        proved, self._proved = self._proved, 0
        return proved

    def owe_pages(self, address: Address, mono: int) -> None:
        """Has the PINGs that are out to an address bring the member list to whoever answers."""
        self._expire(mono)
        for ping in self._outstanding.values():
            if ping.address == address:
                ping.pages = True

    def left(self, address: Address) -> None:
        """A member has gone from an address, which counts as validated only while somebody has it."""
        if not self._is_wanted(address):
            self._validated.discard(address)

    def _is_wanted(self, address: Address) -> bool:
        return address in self._seeds or bool(self._members.at(address))

    def _has_room(self, sent: int, earned: int) -> bool:
        return sent < self._parameters.fanout + EARNED * earned

    def _expire_pace(self, mono: int) -> None:
        interval = self._parameters.gossip_interval
        while self._recent and mono - self._recent[0] > interval:
            self._recent.popleft()
        while self._earned and mono - self._earned[0] >= interval:
            self._earned.popleft()

    def _expire(self, mono: int) -> None:
        limit = mono - 2 * self._parameters.suspect_timeout
        while self._outstanding:
            ping_id = next(iter(self._outstanding))
            if self._outstanding[ping_id].sent_at >= limit:
                break
            del self._outstanding[ping_id]
        limit = mono - self._parameters.suspect_timeout
        while self._last:
            address = next(iter(self._last))
            if self._last[address] > limit:
                break
            del self._last[address]
            self._questions.discard(address)
