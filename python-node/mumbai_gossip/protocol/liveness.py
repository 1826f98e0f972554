"""Ages: from ALIVE to SUSPECT to DEAD by the monotonic clock, and the PINGs in between (chapter 7, Age)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..state.members import Member
from ..wire.record import State
from .context import Context
from .pings import Pings


@dataclass(slots=True)
class _Suspicion:
    next_at: int
    unanswered: dict[str, int] = field(default_factory=dict)
    """Ping ids and when they were sent, since the last sign of life."""


class Liveness:
    """Checks ages when something may have happened, and at least every quarter of `suspectTimeout` (MGP1-LIV-031)."""

    def __init__(self, context: Context, pings: Pings) -> None:
        self._context = context
        self._pings = pings
        self._suspicions: dict[str, _Suspicion] = {}
        self._checked_at = context.mono
        self._next_check = context.mono + self._quarter()

    def added(self, member: Member) -> None:
        """A member was added, or is listed as living again."""
        self._next_check = min(self._next_check, member.grown_at + self._threshold())

    def grew(self, member: Member) -> None:
        """The `lastSeen` of a member grew: its age counts from now, and what it did not answer is forgotten."""
        member.grown_at = self._context.mono
        if self._suspicions:
            self._suspicions.pop(member.id, None)
        if member.state is State.DEAD:
            # For the living the next check is early enough already.
            self.added(member)

    def removed(self, member: Member) -> None:
        """A member was taken off the list."""
        self._suspicions.pop(member.id, None)

    def answered(self, member_id: str, ping_id: str) -> None:
        """A PONG echoed a PING to a member."""
        suspicion = self._suspicions.get(member_id)
        if suspicion is not None:
            suspicion.unanswered.pop(ping_id, None)

    def tick(self) -> None:
        """Checks all ages where it is time to."""
        context = self._context
        mono = context.mono
        paused = 2 * (mono - self._checked_at) > context.parameters.suspect_timeout
        if mono < self._next_check and not paused:
            return
        if paused:
            # The process stood still: nobody is to blame for what it did not read (MGP1-LIV-010).
            for member in context.members:
                member.grown_at = mono
        self._checked_at = mono
        self._next_check = mono + self._quarter()
        for member in list(context.members):
            if member.state is not State.DEAD:
                self._check(member)

    def due(self) -> int:
        """When ages are checked next."""
        return self._next_check

    def _check(self, member: Member) -> None:
        context, parameters, mono = self._context, self._context.parameters, self._context.mono
        age = member.age(mono)
        if age < self._threshold():
            self._next_check = min(self._next_check, member.grown_at + self._threshold())
            return
        suspicion = self._suspicions.get(member.id)
        if suspicion is None:
            suspicion = self._suspicions[member.id] = _Suspicion(mono)
        if self._is_dead(age, suspicion):
            self._suspicions.pop(member.id, None)
            context.set_state(member, State.DEAD)
            return
        if age > parameters.suspect_timeout and member.state is State.ALIVE:
            context.set_state(member, State.SUSPECT)
        if suspicion.next_at <= mono:
            ping_id = self._pings.try_send(member.address, member.id)
            if ping_id is not None:
                suspicion.unanswered[ping_id] = mono
            suspicion.next_at = mono + self._half()
        self._next_check = min(self._next_check, self._next_step(member, age, suspicion))

    def _is_dead(self, age: int, suspicion: _Suspicion) -> bool:
        failure_timeout = self._context.parameters.failure_timeout
        if age <= failure_timeout:
            return False
        return age > 2 * failure_timeout or self._ripe_at(suspicion) <= self._context.mono

    def _ripe_at(self, suspicion: _Suspicion) -> int:
        """When the second unanswered PING will have been out for half a `gossipInterval`."""
        if len(suspicion.unanswered) < 2:
            return self._context.mono + self._half()
        return sorted(suspicion.unanswered.values())[1] + self._half()

    def _next_step(self, member: Member, age: int, suspicion: _Suspicion) -> int:
        parameters = self._context.parameters
        steps = [suspicion.next_at]
        if age <= parameters.suspect_timeout:
            steps.append(member.grown_at + parameters.suspect_timeout + 1)
        steps.append(max(member.grown_at + parameters.failure_timeout + 1, self._ripe_at(suspicion)))
        steps.append(member.grown_at + 2 * parameters.failure_timeout + 1)
        return min(steps)

    def _threshold(self) -> int:
        parameters = self._context.parameters
        return parameters.suspect_timeout - parameters.gossip_interval

    def _half(self) -> int:
        return (self._context.parameters.gossip_interval + 1) // 2

    def _quarter(self) -> int:
        return max(1, self._context.parameters.suspect_timeout // 4)
