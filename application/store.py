"""The unit of work: load aggregates, decide, and save all of them or none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from domain.shared.aggregate import Aggregate, Event, Metadata
from domain.shared.errors import NotFound

A = TypeVar("A", bound=Aggregate)


class Recorded(Struct):
    """An event as the log holds it. Positions are gap-free and in the order of visibility.

    What is read from a store is decoded when it is first asked for, so that whoever reads the log
    pays for, and fails at, only what it wants.
    """

    position: int
    _event: Event | None = None
    _metadata: Metadata | None = None

    @property
    def kind(self) -> type[Event] | None:
        """The class of the event; None when this release does not know it."""
        return type(self.event)

    @property
    def topic(self) -> str:
        """The stored name of the event."""
        return self.event.TOPIC

    @property
    def schema_version(self) -> int:
        """The version of the shape in which the event is stored."""
        return self.event.class_version

    @property
    def subject_id(self) -> UUID | None:
        """The person whom the personal fields are about; only what was stored knows it."""
        return None

    def says(self, text: bytes) -> bool:
        """Whether the event, as it is stored, has this text in it; nothing is decoded for it."""
        return text in msgspec.json.encode(self.event)

    @property
    def recorded_at(self) -> datetime:
        """When the log took it in."""
        return self.event.timestamp

    @property
    def event(self) -> Event:
        """What happened. Raises the library's `MapperDeserialisationError`."""
        assert self._event is not None
        return self._event

    @property
    def metadata(self) -> Metadata:
        """Who asked, by what, and why."""
        assert self._metadata is not None
        return self._metadata


class Page(Struct, frozen=True):
    """A part of the log: the events that were asked for, up to `position`."""

    events: Sequence[Recorded]
    position: int


class Loaded(Struct, frozen=True):
    """An aggregate, and the position of the last event that it knows."""

    aggregate: Aggregate
    position: int


class RequestKey(Struct, frozen=True, kw_only=True):
    """What makes a repeated request recognisable: who asked, their key, the request's hash."""

    caller: str
    key: str
    request_hash: bytes


class StoredAnswer(Struct, frozen=True, kw_only=True):
    """The answer that was stored with a request key, and the position it reflects."""

    request_hash: bytes
    answer: bytes
    position: int


class Append(Struct, frozen=True, kw_only=True):
    """What one command adds to the log: its events, and its answer under its key."""

    events: Sequence[Event]
    metadata: Metadata
    key: RequestKey | None = None
    answer: bytes = b""


class ConcurrentChange(Exception):
    """Somebody else appended to one of the streams first: load again and decide again."""


class KeyTaken(Exception):
    """The request key was used by a command that committed first."""


class LogUnavailable(Exception):
    """The log can't be reached or is full of waiting commands; try again after a while."""


class EventLog(Protocol):
    """The one append-only log of everything that happened."""

    async def aggregate(self, stream_id: UUID) -> Loaded | None:
        """What all events of one stream add up to, up to the newest; None when there are none.

        It is the caller's own, to decide on and to change. Raises `LogUnavailable`.
        """
        ...

    async def load(self, stream_id: UUID) -> Sequence[Recorded]:
        """All events of one aggregate in order, for those who read what happened; empty when there
        are none.
        """
        ...

    async def append(self, append: Append) -> int:
        """Add atomically and durably; return the position of the last event.

        Without events it is the position of the log's head. Raises `ConcurrentChange`, `KeyTaken`
        or `LogUnavailable`.
        """
        ...

    async def answer(self, caller: str, key: str) -> StoredAnswer | None:
        """The stored answer of an earlier request with this key."""
        ...


class LogReader(Protocol):
    """The log, as those read it who follow it or replay it."""

    async def page(self, after: int, limit: int) -> Sequence[Recorded]:
        """Up to `limit` events behind the position `after`, in order."""
        ...

    async def head(self) -> int:
        """The position of the newest event; 0 when there is none."""
        ...

    def pages(
        self,
        after: int,
        until: int,
        *,
        kinds: Collection[type[Event]] | None = None,
        size: int = 5_000,
        whole: bool = False,
    ) -> AsyncIterator[Page]:
        """The events behind `after` up to `until`, in order, `size` at a time; the next page is
        fetched while the present one is worked on.

        `kinds` leaves out all others. Metadata and the time of recording are there only if `whole`.
        """
        ...


class Store:
    """One command's view of the log. What is saved is committed when the handler returns.

    `known` tells of a stream what need not be asked of the log, but may be old: it is believed if
    the log takes in what was decided on it.
    """

    def __init__(
        self,
        log: EventLog,
        now: datetime,
        *,
        known: Callable[[UUID], Aggregate | None] | None = None,
    ) -> None:
        self.now = now
        self.position = 0
        self.saved: list[Aggregate] = []
        self.asked: set[UUID] = set()
        self.believed: list[Aggregate] = []
        self._log = log
        self._known = known
        self._seen: dict[UUID, Aggregate] = {}
        self._missing: set[UUID] = set()

    async def find(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """The aggregate, or None if it has no history. The same answer each time it is asked."""
        seen = self._seen.get(aggregate_id)
        if seen is None:
            if aggregate_id in self._missing:
                return None
            self.asked.add(aggregate_id)
            known = self._known(aggregate_id) if self._known else None
            if known is not None:
                self.believed.append(known)
                seen = known
            else:
                loaded = await self._log.aggregate(aggregate_id)
                if loaded is None:
                    self._missing.add(aggregate_id)
                    return None
                seen = loaded.aggregate
                self.position = max(self.position, loaded.position)
            self._seen[aggregate_id] = seen
        if not isinstance(seen, kind):
            return None
        return seen.at(self.now)

    async def consult(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """The aggregate as it is now, for what is only read: whoever changes a stream that many
        consult stands in nobody's way, and they not in each other's.
        """
        loaded = await self._log.aggregate(aggregate_id)
        if loaded is None or not isinstance(loaded.aggregate, kind):
            return None
        self.position = max(self.position, loaded.position)
        return loaded.aggregate.at(self.now)

    @property
    def is_sure(self) -> bool:
        """Whether the log will confirm all that the decision rests on."""
        return all(each.pending_events and each in self.saved for each in self.believed)

    async def get(self, kind: type[A], aggregate_id: UUID) -> A:
        """The aggregate. Raises `NotFound`."""
        found = await self.find(kind, aggregate_id)
        if found is None:
            raise NotFound(kind=kind.__name__.lower(), id=aggregate_id)
        return found

    def save(self, *aggregates: Aggregate) -> None:
        """Stage for the commit; the first one saved is the one the answer is about."""
        saved = {id(each) for each in self.saved}
        for aggregate in aggregates:
            if id(aggregate) not in saved:
                saved.add(id(aggregate))
                self.saved.append(aggregate)
                self._seen.setdefault(aggregate.id, aggregate)

    def pending(self) -> list[Event]:
        """The events that the commit will append, in the order of saving."""
        return [
            event
            for aggregate in self.saved
            for event in aggregate.pending_events
            if isinstance(event, Event)
        ]


async def look_up(kind: type[A], aggregate_id: UUID, *, log: EventLog) -> A:
    """The aggregate as it is now, for those who decide nothing. Raises `NotFound`."""
    loaded = await log.aggregate(aggregate_id)
    if loaded is None or not isinstance(loaded.aggregate, kind):
        raise NotFound(kind=kind.__name__.lower(), id=aggregate_id)
    return loaded.aggregate


def replay(history: Sequence[Recorded]) -> Aggregate:
    """The aggregate that `history`, which must not be empty, adds up to."""
    aggregate = history[0].event.mutate(None)
    if not isinstance(aggregate, Aggregate):
        raise TypeError(f"{history[0].event!r} does not begin an aggregate")
    for recorded in history[1:]:
        aggregate.recall(recorded.event)
    return aggregate
