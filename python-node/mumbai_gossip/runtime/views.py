"""What a running node shows of itself: copies, taken at one moment."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from ..state.members import Member
from ..wire.canonical import JsonValue
from ..wire.host import Address
from ..wire.record import State


@dataclass
class Statistics:
    """Datagrams and bytes since the start."""

    messages_sent: int = 0
    messages_received: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    failed_sends: int = 0


@dataclass(frozen=True)
class MemberView:
    """A member as the node holds it at one moment."""

    id: str
    address: Address
    state: State
    last_seen: int
    """The member's own clock in its newest message known, milliseconds."""
    age: int
    """Milliseconds since `last_seen` last grew."""
    is_validated: bool
    metadata: dict[str, JsonValue]


def member_view(member: Member, mono: int, is_validated: bool) -> MemberView:
    """A member at a moment of the monotonic clock."""
    return MemberView(
        member.id,
        member.address,
        member.state,
        member.last_seen,
        member.age(mono),
        is_validated,
        copy.deepcopy(member.content.metadata),
    )
