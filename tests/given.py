"""One grammar for tests: given what happened, when something is asked, then this follows."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

import pytest

from adapters.memory_log import MemoryLog
from application.bus import HANDLERS, Bus, Call, Command, Receipt
from application.ports import Clock, Ids
from application.store import Append
from application.work import Wanted, reactions_to
from domain.shared.aggregate import Aggregate, Event
from domain.shared.errors import NotFound, Refusal

A = TypeVar("A", bound=Aggregate)

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class TestClock:
    """A clock that stands until it is moved."""

    __test__ = False

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def pass_(self, **duration: float) -> None:
        """Let time pass: `clock.pass_(days=3)`."""
        self._now += timedelta(**duration)

    def set(self, now: datetime) -> None:
        """Move to a moment, forwards or back."""
        self._now = now


class CountingIds:
    """Identities 1, 2, 3, ... in the shape of version 7, and secrets that look like them."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> UUID:
        self._last += 1
        return UUID(int=(7 << 76) | (2 << 62) | self._last)

    def secret(self) -> str:
        self._last += 1
        return f"secret-{self._last:032d}"


class Given(Generic[A]):
    """An aggregate to which some things have been done already."""

    def __init__(self, aggregate: A) -> None:
        self.aggregate = aggregate
        aggregate.pending_events.clear()

    def at(self, now: datetime) -> Given[A]:
        """Decide at this moment."""
        self.aggregate.at(now)
        return self

    def when(self, decide: Callable[[A], Any]) -> Outcome[A]:
        """Take a decision."""
        try:
            decide(self.aggregate)
        except Refusal as refusal:
            return Outcome(self.aggregate, [], refusal)
        events = [each for each in self.aggregate.collect_events() if isinstance(each, Event)]
        return Outcome(self.aggregate, events, None)


class Outcome(Generic[A]):
    """What a decision led to."""

    def __init__(self, aggregate: A, events: list[Event], refusal: Refusal | None) -> None:
        self.aggregate = aggregate
        self.events = events
        self.refusal = refusal

    def then(self, *kinds: type[Event]) -> Outcome[A]:
        """Exactly these kinds of events happened, in this order."""
        assert self.refusal is None, self.refusal
        assert [type(event) for event in self.events] == list(kinds)
        return self

    def ignored(self) -> Outcome[A]:
        """Nothing happened, and nobody was refused."""
        return self.then()

    def refused(self, kind: type[Refusal], **facts: Any) -> Outcome[A]:
        """The rule said no, for these facts, and nothing happened."""
        assert type(self.refusal) is kind, self.refusal or self.events
        assert self.refusal is not None
        assert facts.items() <= self.refusal.facts.items()
        return self


def given(aggregate: A, *done: Callable[[A], Any]) -> Given[A]:
    """An aggregate, with things done to it before the test's own decision."""
    for decide in done:
        decide(aggregate)
    return Given(aggregate)


class WatchedLog(MemoryLog):
    """A log that also remembers each append as it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.appended: list[Append] = []

    async def append(self, append: Append) -> int:
        position = await super().append(append)
        self.appended.append(append)
        return position


def can(command: Command, ports: Iterable[type]) -> bool:
    """Whether a command needs no other ports than these, and the clock and the ids of the bus."""
    return set(HANDLERS[type(command)].needs.values()) <= {*ports, Clock, Ids}


class House:
    """The application on a log in memory: handlers and reactions, without process or network."""

    def __init__(self, ports: dict[type, object]) -> None:
        self._ports = ports
        self.clock = TestClock()
        self.ids = CountingIds()
        self.log = WatchedLog()
        self.bus = Bus(self.log, ports, clock=self.clock, ids=self.ids)
        self.wanted: list[Wanted] = []
        self._seen = 0

    async def do(self, command: Command, call: Call | None = None) -> Receipt:
        """Carry out one command, without what follows from it."""
        return await self.bus.execute(command, call)

    async def refuses(self, kind: type[Refusal], command: Command) -> Refusal:
        """The command is refused by this rule and changes nothing."""
        head = await self.log.head()
        with pytest.raises(kind) as caught:
            await self.bus.execute(command)
        assert await self.log.head() == head
        return caught.value

    async def react(self) -> Sequence[Wanted]:
        """Carry out the commands that follow until none does; return the jobs and timers.

        Whether other stories' reactions are registered depends on which tests run beside this one.
        So commands are left out which need a port that this house was not given, or which are about
        something that was never in it.
        """
        later: list[Wanted] = []
        while self._seen < len(self.log.recorded):
            recorded = self.log.recorded[self._seen]
            self._seen += 1
            for wish in reactions_to(recorded):
                if isinstance(wish.intent, Command):
                    if not can(wish.intent, self._ports):
                        continue
                    call = Call(key=str(wish.id), causation_position=recorded.position)
                    with contextlib.suppress(NotFound):
                        await self.bus.execute(wish.intent, call)
                else:
                    later.append(wish)
        self.wanted += later
        return later

    def happened(self) -> list[type[Event]]:
        """The kinds of all events so far."""
        return [type(each.event) for each in self.log.recorded]
