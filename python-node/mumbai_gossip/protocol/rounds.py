"""Rounds: one GOSSIP each to a few members, and a PING each to a few strangers (chapter 8, Rounds)."""

from __future__ import annotations

from ..wire.record import State
from .compose import Composer
from .context import Context
from .news import News
from .pings import Pings


class Rounds:
    """Every `gossipInterval` ± 10 %, drawn at random (MGP1-DIS-001)."""

    def __init__(self, context: Context, pings: Pings, composer: Composer, news: News) -> None:
        self._context = context
        self._pings = pings
        self._composer = composer
        self._news = news
        self._next_at = context.mono + context.random.between(1, context.parameters.gossip_interval)

    def tick(self) -> None:
        """Holds a round where it is time to."""
        context = self._context
        if context.mono < self._next_at:
            return
        interval = context.parameters.gossip_interval
        self._next_at = context.mono + context.random.between(interval - interval // 10, interval + interval // 10)
        self._gossip()
        self.ask_strangers(context.parameters.fanout)

    def due(self) -> int:
        """When the next round is."""
        return self._next_at

    def greet(self, count: int) -> None:
        """PINGs up to so many strangers because others have answered: those to whom later copies of news are owed (MGP1-DIS-017), then any."""
        context = self._context
        for member in context.strangers_on_ring():
            if count and self._pings.try_send(member.address, member.id) is not None:
                count -= 1
        self.ask_strangers(min(count, context.peers.strangers_lacking()))

    def ask_strangers(self, count: int) -> None:
        """PINGs up to so many members whose addresses are not validated, where there is room for it (MGP1-DIS-003)."""
        context = self._context
        if not count or context.peers.room_at(context.mono) > context.mono:
            return
        strangers = [
            member
            for member in context.members
            if member.state is not State.DEAD
            and member.address != context.address
            and not context.is_validated(member.address)
            and context.peers.free_at(member.address) <= context.mono
        ]
        for member in context.random.sample(strangers, count):
            self._pings.try_send(member.address, member.id)

    def _gossip(self) -> None:
        """To members that are not DEAD; where there is none, to the DEAD, who may have come back (MGP1-LIV-026)."""
        context = self._context
        is_alone = len(context.members.dead()) == len(context.members)
        members = context.validated_dead() if is_alone else context.validated_members()
        targets = context.random.sample(members, context.parameters.fanout)
        if not targets:
            return
        datagram = self._composer.round(self._news)
        for member in targets:
            context.send(member.address, datagram)
