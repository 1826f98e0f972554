"""What the rooms of the machine share: the tables, the clock, chance, and the way out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from heapq import nsmallest

from ..state.entries import Store
from ..state.history import History
from ..state.members import Member, MemberTable
from ..state.remembered import Remembered
from ..wire.codec import encode
from ..wire.host import Address
from ..wire.limits import MAX_CLOCK
from ..wire.message import Body, Message
from ..wire.reason import Skip
from ..wire.record import Record, State
from .clock import MembershipClock
from .config import Config
from .effects import Event, MemberChanged, Now, Send
from .peers import Peers
from .random import Random


class Context:
    """State of one machine. Only the room that a change belongs to makes it."""

    def __init__(self, config: Config, now: Now) -> None:
        parameters = config.parameters
        self.config = config
        self.parameters = parameters
        self.now = now
        self.content = config.own_content()
        self.address = config.address
        self.clock = MembershipClock(now)
        self.updated = self.clock.newest
        self.random = Random(config.random_seed)
        self.members = MemberTable(parameters.max_members)
        self.remembered = Remembered(limit=parameters.max_remembered, retention=parameters.remembered_retention)
        self.store = Store(
            max_entries=parameters.max_entries,
            max_future_skew=parameters.max_future_skew,
            tombstone_retention=parameters.tombstone_retention,
            wall=now.wall,
        )
        self.history = History(parameters.max_message_history)
        self.seeds: dict[Address, None] = dict.fromkeys(seed for seed in config.seeds if seed != self.address)
        """Addresses to join by, other than the own one."""
        self.peers = Peers(parameters, self.members, self.seeds)
        self.counters: Counter[str] = Counter()
        self.sent: list[Send] = []
        self.events: list[Event] = []
        self.has_left = False

    @property
    def mono(self) -> int:
        """The monotonic clock of this call."""
        return self.now.mono

    def message(self, body: Body, records: dict[str, Record] | None = None, state: State = State.ALIVE) -> Message:
        """A new message with the own record in it, under a new id and timestamp (MGP1-ENV-010 to MGP1-ENV-012)."""
        timestamp = self.clock.issue(self.mono)
        own = Record(self.content, self.updated, timestamp, state)
        everybody = dict(records) if records else {}
        everybody[self.config.node_id] = own
        return Message(self.config.node_id, self.random.token(), timestamp, everybody, body, self.config.cluster)

    def own_record_widest(self) -> Record:
        """The own record as long as it can get, for measurements."""
        return Record(self.content, MAX_CLOCK, MAX_CLOCK, State.ALIVE)

    def encode(self, message: Message, limit: int | None = None) -> bytes:
        """The datagram of a message; raises NotSendable where it is larger than `maxPacketSize`, or `limit`."""
        most = self.parameters.max_packet_size
        return encode(
            message,
            max_packet_size=most if limit is None else min(limit, most),
            compression_threshold=self.parameters.compression_threshold,
        )

    def send(self, to: Address, datagram: bytes) -> None:
        """Has a datagram sent; never to the own address (MGP1-DIS-016)."""
        if to != self.address:
            self.sent.append(Send(to, datagram))

    def skip(self, skip: Skip) -> None:
        """Counts what was skipped (MGP1-ERR-004)."""
        self.counters[skip.reason] += 1

    def set_state(self, member: Member, state: State) -> None:
        """Changes the liveness state of a member and reports it."""
        if state is member.state:
            return
        self.events.append(MemberChanged(member.id, member.state, state))
        self.members.set_state(member, state, self.mono)

    def validated_members(self) -> list[Member]:
        """Members that are not DEAD, at most one for each validated address."""
        return self._distinct(member for member in self.members if member.state is not State.DEAD)

    def ring(self) -> list[Address]:
        """The validated addresses of members that are not DEAD, in the order of ids from this node's own on, the least following the greatest."""
        own = self.config.node_id
        members = sorted(self.validated_members(), key=lambda member: (member.id < own, member.id))
        return [member.address for member in members]

    def strangers_on_ring(self) -> list[Member]:
        """Those of the next `eagerCopies` members on the ring of ids that have not proved themselves yet."""
        own = self.config.node_id
        others = (m for m in self.members if m.state is not State.DEAD and m.address != self.address)
        ring = nsmallest(self.parameters.eager_copies, others, key=lambda member: (member.id < own, member.id))
        return [member for member in ring if not self.is_validated(member.address)]

    def validated_dead(self) -> list[Member]:
        """DEAD members, at most one for each validated address."""
        return self._distinct(self.members.dead())

    def _distinct(self, members: Iterable[Member]) -> list[Member]:
        return list({member.address: member for member in members if self.is_validated(member.address)}.values())

    def is_validated(self, address: Address) -> bool:
        """Whether an address of another node has proved that it wants our datagrams."""
        return address != self.address and self.peers.is_validated(address)
