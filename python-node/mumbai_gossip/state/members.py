"""The member table: records of others, with their age (chapters 6 and 7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..wire.host import Address
from ..wire.record import Content, Record, State


@dataclass(slots=True)
class Member:
    """A node as this one knows it. Times are of the monotonic clock, in milliseconds."""

    id: str
    content: Content
    address: Address
    updated: int
    last_seen: int
    state: State
    grown_at: int
    """When `last_seen` last grew, or the member was added: where its age counts from."""

    def record(self) -> Record:
        """What is told of it."""
        return Record(self.content, self.updated, self.last_seen, self.state)

    def age(self, mono: int) -> int:
        """Milliseconds since its `last_seen` last grew."""
        return mono - self.grown_at


class MemberTable:
    """Members by id, and who is at which address."""

    def __init__(self, max_members: int) -> None:
        self._max_members = max_members
        self._members: dict[str, Member] = {}
        self._at: dict[Address, set[str]] = {}
        self._dead_since: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members.values())

    def __contains__(self, member_id: str) -> bool:
        return member_id in self._members

    def get(self, member_id: str) -> Member | None:
        """The member of an id."""
        return self._members.get(member_id)

    def is_full(self) -> bool:
        """Whether no more may be added (MGP1-MRG-022)."""
        return len(self._members) >= self._max_members

    def at(self, address: Address) -> list[Member]:
        """The members whose records name an address."""
        return [self._members[member_id] for member_id in sorted(self._at.get(address, ()))]

    def add(self, member_id: str, record: Record, mono: int) -> Member:
        """Lists a member that is not listed."""
        content = record.content
        member = Member(
            member_id, content, content.address, record.updated, record.last_seen, record.state, grown_at=mono
        )
        self._members[member_id] = member
        self._at.setdefault(member.address, set()).add(member_id)
        return member

    def set_state(self, member: Member, state: State, mono: int) -> None:
        """Changes the state of a member, and notes since when it is DEAD."""
        member.state = state
        self._dead_since.pop(member.id, None)
        if state is State.DEAD:
            self._dead_since[member.id] = mono

    def dead(self, since: int | None = None) -> list[Member]:
        """The DEAD members, those first who have been for longest; only those who have been since `since` where that is given."""
        found = []
        for member_id, moment in self._dead_since.items():
            if since is not None and moment > since:
                break
            found.append(self._members[member_id])
        return found

    def first_death(self) -> int | None:
        """Since when the first of the DEAD has been so."""
        return next(iter(self._dead_since.values()), None)

    def remove(self, member: Member) -> None:
        """Takes a member off the list."""
        del self._members[member.id]
        self._dead_since.pop(member.id, None)
        self._leave_address(member)

    def set_content(self, member: Member, content: Content) -> Address | None:
        """Replaces content; returns the address left behind where it changed."""
        member.content = content
        address = content.address
        if address == member.address:
            return None
        left = member.address
        self._leave_address(member)
        member.address = address
        self._at.setdefault(address, set()).add(member.id)
        return left

    def _leave_address(self, member: Member) -> None:
        there = self._at[member.address]
        there.discard(member.id)
        if not there:
            del self._at[member.address]
