"""Merging what a message says of members and entries into the tables (chapter 6)."""

from __future__ import annotations

from ..state.members import Member
from ..wire.entry import Entry
from ..wire.host import Address
from ..wire.reason import Invalid, Skip
from ..wire.record import Record, State
from .compose import Composer
from .context import Context
from .effects import ClockSkew, EntryChanged, MemberChanged, Restarted
from .liveness import Liveness
from .news import News
from .pulls import Pulls
from .refutation import Refutation
from .sync import Sync


class Merging:
    """The only room that adds members and entries of others, and that takes members off the list."""

    def __init__(
        self,
        context: Context,
        composer: Composer,
        liveness: Liveness,
        news: News,
        pulls: Pulls,
        refutation: Refutation,
        sync: Sync,
    ) -> None:
        self._context = context
        self._composer = composer
        self._liveness = liveness
        self._news = news
        self._pulls = pulls
        self._refutation = refutation
        self._sync = sync

    def record(
        self,
        member_id: str,
        record: Record,
        source: Address | None,
        skipped: list[Skip],
        *,
        is_page: bool = False,
    ) -> None:
        """Merges a record, of a page of a member list perhaps; one of the own id is a rumour (MGP1-MRG-023)."""
        context = self._context
        if member_id == context.config.node_id:
            self._refutation.record(record)
            return
        member = context.members.get(member_id)
        if member is None:
            self._unknown(member_id, record, source, skipped, is_page=is_page)
            return
        is_news = self._liveness_of(member, record.last_seen, record.state)
        if record.updated > member.updated:
            context.events.append(Restarted(member_id))
        elif (
            record.updated < member.updated
            or record.content == member.content
            or record.content.canonical_bytes() <= member.content.canonical_bytes()
        ):
            if is_news:
                self._news.member(member, source)
            elif source is not None and member.record()[:2] == record[:2] and member.state is record.state:
                self._news.heard_again(("member", member_id), source)
            return
        member.updated = record.updated
        left = context.members.set_content(member, record.content)
        if left is not None:
            context.peers.left(left)
        self._news.member(member, source)

    def heartbeat(self, member_id: str, last_seen: int, source: Address, sender: Member | None) -> None:
        """Merges a heartbeat; of somebody unknown it is a reason to ask for the list (MGP1-LIV-029)."""
        context = self._context
        if member_id == context.config.node_id:
            self._refutation.heartbeat(last_seen)
            return
        member = context.members.get(member_id)
        if member is not None:
            if self._liveness_of(member, last_seen, State.ALIVE):
                self._news.member(member, source)
            return
        trace = context.remembered.get(member_id)
        if trace is not None and last_seen <= trace.last_seen:
            return
        if sender is not None:
            self._pulls.want(sender)

    def entry(self, key: str, entry: Entry, source: Address, skipped: list[Skip]) -> bool:
        """Merges an entry; true where it was kept."""
        context = self._context
        try:
            kept = context.store.merge(key, entry)
        except Invalid as why:
            skipped.append(Skip("localData", key, why.reason))
            if why.reason == "entry.future":
                context.events.append(ClockSkew(entry.timestamp))
            return False
        if kept:
            self.holds(key)
            context.events.append(EntryChanged(key, entry.deleted))
            self._news.entry(key, source)
        elif context.store.get(key) == entry:
            self._news.heard_again(("entry", key), source)
        return kept

    def holds(self, key: str) -> None:
        """A key was written: it takes part in the rounds as long as it is held."""
        if self._context.store.get(key) is None:
            self._composer.rotation.remove(("entry", key))
        else:
            self._composer.rotation.add(("entry", key))

    def reap(self) -> None:
        """Takes off the list whoever has been DEAD for `deadRetention` (MGP1-LIV-018)."""
        context = self._context
        for member in context.members.dead(since=context.mono - context.parameters.dead_retention):
            context.members.remove(member)
            context.peers.left(member.address)
            self._composer.rotation.remove(("member", member.id))
            self._liveness.removed(member)
            self._pulls.removed(member.id)
            self._sync.removed(member.id)
            self._remember(member.id, Record(member.content, member.updated, member.last_seen, member.state))
            context.events.append(MemberChanged(member.id, State.DEAD, None))

    def reap_due(self) -> int | None:
        """When the next member is to be reaped."""
        first = self._context.members.first_death()
        return None if first is None else first + self._context.parameters.dead_retention

    def _unknown(
        self, member_id: str, record: Record, source: Address | None, skipped: list[Skip], *, is_page: bool
    ) -> None:
        context = self._context
        if record.state is State.DEAD:
            self._remember(member_id, record)
            return
        trace = context.remembered.get(member_id)
        if trace is not None and record.last_seen <= trace.last_seen:
            return
        if context.members.is_full():
            skipped.append(Skip("membership", member_id, "record.capacity"))
            return
        context.remembered.forget(member_id)
        member = context.members.add(member_id, record, context.mono)
        self._composer.rotation.add(("member", member_id))
        self._liveness.added(member)
        context.events.append(MemberChanged(member_id, None, record.state))
        # Whoever sent a page has told of its members long ago; if each that joins told of all, a cold start would be a flood.
        if not is_page:
            self._news.member(member, source)

    def _remember(self, member_id: str, record: Record) -> None:
        self._context.remembered.put(
            member_id,
            last_seen=record.last_seen,
            host=record.content.host,
            port=record.content.port,
            mono=self._context.mono,
        )

    def _liveness_of(self, member: Member, last_seen: int, state: State) -> bool:
        """Merges a liveness (MGP1-MRG-015); true where the state changed."""
        if (last_seen, state) <= (member.last_seen, member.state):
            return False
        if last_seen > member.last_seen:
            member.last_seen = last_seen
            self._liveness.grew(member)
        before = member.state
        self._context.set_state(member, state)
        return member.state is not before
