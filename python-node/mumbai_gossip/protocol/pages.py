"""The member list in pages, for whoever asks from an address that has proved itself (chapter 5, MEMBERSHIP)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..state.members import Member
from ..wire.host import Address
from ..wire.message import Membership
from ..wire.record import Record, State
from .context import Context
from .draft import Draft
from .fitting import Fitting
from .pings import Pings

_Page = dict[str, Record]

_SLACK = 48
"""Bytes kept free in a page: it is sent under another id and clock than it was cut with, and may then deflate a little worse."""
_MOST_PAGES = 2**32


@dataclass(slots=True)
class _Answer:
    pages: list[_Page] = field(default_factory=list)
    sent: int = 0
    next_at: int = 0


class Pages:
    """Sends at most one page to one peer per `eagerInterval` (MGP1-MSG-029)."""

    def __init__(self, context: Context, pings: Pings) -> None:
        self._context = context
        self._pings = pings
        self._fitting = Fitting(context)
        self._answers: dict[Address, _Answer] = {}

    def asked(self, source: Address) -> None:
        """A PING with `full` came from an address (MGP1-MSG-027, MGP1-MSG-028)."""
        context = self._context
        members = context.members.at(source)
        if not members or source == context.address:
            return
        if context.is_validated(source):
            self.start(source)
            return
        context.peers.owe_pages(source, context.mono)
        context.peers.question(source, context.mono)
        until = context.mono + 2 * context.parameters.suspect_timeout
        self._pings.want(source, members[0].id, until=until, pages=True)

    def start(self, address: Address) -> None:
        """Owes the list to a validated address of a member; one that is on its way is begun anew (MGP1-MSG-031)."""
        if not self._context.members.at(address):
            return
        answer = self._answers.get(address)
        if answer is None:
            self._answers[address] = _Answer(self._paginate())
        else:
            # The pace stays: at most one page per `eagerInterval`, of whichever answer.
            answer.pages, answer.sent = self._paginate(), 0

    def flush(self) -> None:
        """Sends the pages whose time has come."""
        context = self._context
        for address, answer in list(self._answers.items()):
            if context.mono < answer.next_at:
                continue
            if answer.sent == len(answer.pages) or not context.is_validated(address):
                del self._answers[address]
                continue
            page = answer.pages[answer.sent]
            answer.sent += 1
            answer.next_at = context.mono + context.parameters.eager_interval
            body = Membership(answer.sent, len(answer.pages))
            context.send(address, context.encode(context.message(body, page)))

    def due(self) -> int | None:
        """When the next page goes out."""
        return min((answer.next_at for answer in self._answers.values()), default=None)

    def _paginate(self) -> list[_Page]:
        """The record of every member that is not held DEAD, as many to a page as fit a datagram."""
        left = [member for member in self._context.members if member.state is not State.DEAD]
        pages: list[_Page] = []
        while left or not pages:
            page = self._cut(left)
            left = left[len(page) :]
            pages.append(page)
        return pages

    def _cut(self, members: list[Member]) -> _Page:
        """The first of these, as many as fit one page."""

        def fill(budget: int) -> Draft:
            draft = Draft(self._context, Membership(_MOST_PAGES, _MOST_PAGES), budget)
            for member in members:
                if not draft.add_record(member):
                    break
            return draft

        return self._fitting.fit(fill, _SLACK)[0].records
