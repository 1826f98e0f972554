"""The protocol as a machine without socket, thread, clock and source of chance: time and seed are arguments.

**One call at a time, and carry out its effects before the next.** Every call gets the two clocks; `mono` must never fall. The machine wants a
`tick` at the `wake` of its last effects, at the latest.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ..wire.canonical import JsonValue
from ..wire.entry import Entry, new_entry
from ..wire.host import Address
from ..wire.message import Membership
from ..wire.reason import Invalid
from ..wire.record import Record, State
from .absence import Absence
from .clock import ClockExhausted
from .compose import Composer
from .config import Config, ConfigError, is_shallow
from .context import Context
from .effects import Effects, Fatal, Now, Outcome
from .healing import Healing
from .joining import Joining
from .legacy import Legacy
from .liveness import Liveness
from .merging import Merging
from .news import News
from .pages import Pages
from .peers import EARNED
from .pings import Pings
from .pulls import Pulls
from .receive import Receive
from .refutation import Refutation
from .rounds import Rounds
from .sync import Sync

# The message, `data`, `localData` and the entry are open around a value.
_MAX_VALUE_DEPTH = 28


class Refused(Exception):
    """A local write or deletion that cannot be done; nothing changed. `reason` is a code of chapter 12, or `entry.unknown`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Machine:
    """One node. Raises ConfigError where it cannot be created; no other call fails for what came from outside."""

    def __init__(self, config: Config, now: Now) -> None:
        try:
            self._context = context = Context(config, now)
        except ClockExhausted:
            raise ConfigError(f"the wall clock {now.wall} is beyond what this protocol can count") from None
        self._stopped = False
        absence = Absence(context)
        self._sync = sync = Sync(context, absence)
        self._composer = composer = Composer(context, absence)
        self._pings = pings = Pings(context)
        self._joining = joining = Joining(context, pings)
        self._liveness = liveness = Liveness(context, pings)
        self._news = news = News(context, composer)
        self._pulls = pulls = Pulls(context, pings)
        self._refutation = refutation = Refutation(context)
        self._pages = pages = Pages(context, pings)
        self._merging = merging = Merging(context, composer, liveness, news, pulls, refutation, sync)
        self._healing = Healing(context, pings, joining)
        self._rounds = Rounds(context, pings, composer, news)
        legacy = Legacy(context, merging, refutation, pings)
        self._receive = Receive(context, merging, refutation, pings, pages, joining, liveness, sync, absence, legacy)

    def begin(self, now: Now) -> Effects:
        """What the machine wants right after its creation."""
        return self._run(now, self._tick)

    def tick(self, now: Now) -> Effects:
        """Does all that is due."""
        return self._run(now, self._tick)

    def datagram(self, now: Now, source: Address, datagram: bytes) -> tuple[Effects, Outcome]:
        """Takes a datagram from an address."""
        outcome = Outcome(None, [])

        def receive() -> None:
            nonlocal outcome
            outcome = self._receive.datagram(source, datagram)

        effects = self._run(now, receive)
        return effects, outcome

    def set(self, now: Now, key: str, value: JsonValue) -> Effects:
        """Writes a value; raises Refused (MGP1-MSG-008, MGP1-MRG-010)."""
        if not is_shallow(value, _MAX_VALUE_DEPTH):
            raise Refused("entry.shape")
        return self._run(now, lambda: self._write(key, value, deleted=False))

    def delete(self, now: Now, key: str) -> Effects:
        """Deletes a key; raises Refused with `entry.unknown` where it is not held (MGP1-MRG-011)."""
        self._enter(now)
        held = self._context.store.get(key)
        if held is None or held.deleted:
            raise Refused("entry.unknown")
        return self._run(now, lambda: self._write(key, None, deleted=True))

    def get(self, now: Now, key: str) -> Entry | None:
        """The entry of a key; None where there is no such key (MGP1-MRG-007)."""
        self._enter(now)
        entry = self._context.store.get(key)
        return None if entry is None or entry.deleted else entry

    def ping(self, now: Now, member_id: str) -> tuple[Effects, bool]:
        """PINGs a member, a stranger as soon as MGP1-DIS-013 allows; false where none may be sent (MGP1-DIS-014)."""
        context = self._context
        member = context.members.get(member_id)
        if member is None or (member.state is State.DEAD and not context.is_validated(member.address)):
            return self._run(now, lambda: None), False
        address = member.address
        until = now.mono + 2 * context.parameters.suspect_timeout
        return self._run(now, lambda: self._pings.want(address, member_id, until=until)), True

    def add_seed(self, now: Now, address: Address) -> Effects:
        """One more address to join by."""
        self._joining.add(address)
        return self._run(now, self._joining.tick)

    def leave(self, now: Now) -> Effects:
        """Says good-bye (MGP1-LIV-015); nothing is sent afterwards."""
        effects = self._run(now, self._good_bye)
        self._context.has_left = self._stopped = True
        return effects._replace(wake=None)

    def view(self, now: Now) -> Context:
        """The state at a moment, to be read only."""
        self._enter(now)
        return self._context

    def digest(self, now: Now, prefix: str) -> str | None:
        """The digest of a prefix as it stands on the wire (chapter 9)."""
        self._enter(now)
        found = self._context.store.tree.digest(prefix)
        return None if found is None else found.hex()[:32]

    def self_record(self) -> Record:
        """The own record, `last_seen` being the greatest timestamp issued or moved past."""
        context = self._context
        state = State.DEAD if context.has_left else State.ALIVE
        return Record(context.content, context.updated, context.clock.newest, state)

    def _enter(self, now: Now) -> None:
        context = self._context
        context.now = Now(now.wall, max(now.mono, context.now.mono))
        context.store.advance(now.wall)
        if context.store.dropped:
            self._composer.dropped(context.store.dropped)
            context.store.dropped.clear()

    def _run(self, now: Now, action: Callable[[], None]) -> Effects:
        """Every call: the clocks, the action, and what may be sent because of it."""
        context = self._context
        self._enter(now)
        is_mute = self._stopped
        try:
            action()
            self._flush()
        except ClockExhausted:
            if not self._stopped:
                context.events.append(Fatal("the membership clock would reach 2^52"))
            self._stopped = True
        finally:
            sent, events = context.sent, context.events
            context.sent, context.events = [], []
        if self._stopped:
            return Effects([] if is_mute else sent, events, None)
        return Effects(sent, events, max(self._wake(), context.mono + 1))

    def _tick(self) -> None:
        context = self._context
        if self._stopped:
            return
        context.remembered.expire(context.mono)
        self._restamp()
        self._liveness.tick()
        self._merging.reap()
        self._joining.tick()
        self._healing.tick()
        self._rounds.tick()
        self._sync.tick()

    def _flush(self) -> None:
        """What is sent as soon as its pace allows."""
        context = self._context
        if self._stopped:
            return
        self._refutation.flush()
        self._pings.flush()
        proved = context.peers.take_proved()
        if proved:
            self._sync.begin_first()
            self._rounds.greet(EARNED * proved)
        self._pulls.flush()
        self._pages.flush()
        self._news.flush()

    def _wake(self) -> int:
        dues = (
            self._liveness.due(),
            self._merging.reap_due(),
            self._joining.due(),
            self._healing.due(),
            self._rounds.due(),
            self._sync.due(),
            self._refutation.due(),
            self._pings.due(),
            self._pulls.due(),
            self._pages.due(),
            self._news.due(),
        )
        return int(min(math.inf if due is None else due for due in dues))

    def _write(self, key: str, value: JsonValue, *, deleted: bool) -> None:
        context = self._context
        try:
            entry = new_entry(
                key,
                value,
                timestamp=context.store.next_timestamp(key),
                version=context.random.token(),
                source_node=context.config.node_id,
                deleted=deleted,
            )
            context.store.check_room(key)
        except Invalid as why:
            raise Refused(why.reason) from None
        context.store.put(key, entry)
        self._merging.holds(key)
        self._news.entry(key, None)

    def _restamp(self) -> None:
        """Own entries that a step of the wall clock left too far ahead are written anew (MGP1-MRG-009)."""
        for key in self._context.store.hidden_keys():
            entry = self._context.store.get(key)
            if entry is not None and entry.source_node == self._context.config.node_id:
                self._write(key, entry.value, deleted=entry.deleted)

    def _good_bye(self) -> None:
        context = self._context
        if self._stopped:
            return
        enough = max(context.parameters.fanout, context.parameters.eager_copies)
        members = context.random.sample(context.validated_members(), enough)
        if members:
            datagram = context.encode(context.message(Membership(), state=State.DEAD))
            for member in members:
                context.send(member.address, datagram)
