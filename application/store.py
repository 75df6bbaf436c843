"""The unit of work: load aggregates, decide, and save all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from msgspec import Struct

from domain.shared.aggregate import Aggregate, Event, Metadata
from domain.shared.errors import NotFound

A = TypeVar("A", bound=Aggregate)


class Recorded(Struct, frozen=True):
    """An event as the log holds it. Positions are gap-free and in the order of visibility."""

    position: int
    event: Event
    metadata: Metadata


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

    async def load(self, stream_id: UUID) -> Sequence[Recorded]:
        """All events of one aggregate in order; empty when there are none."""
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


class Store:
    """One command's view of the log. What is saved is committed when the handler returns."""

    def __init__(self, log: EventLog, now: datetime) -> None:
        self.now = now
        self.position = 0
        self.saved: list[Aggregate] = []
        self._log = log
        self._seen: dict[UUID, Aggregate] = {}

    async def find(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """The aggregate, or None if it has no history. The same object each time it is asked."""
        seen = self._seen.get(aggregate_id)
        if seen is None:
            history = await self._log.load(aggregate_id)
            if not history:
                return None
            seen = replay(history)
            self._seen[aggregate_id] = seen
            self.position = max(self.position, history[-1].position)
        if not isinstance(seen, kind):
            return None
        return seen.at(self.now)

    async def get(self, kind: type[A], aggregate_id: UUID) -> A:
        """The aggregate. Raises `NotFound`."""
        found = await self.find(kind, aggregate_id)
        if found is None:
            raise NotFound(kind=kind.__name__.lower(), id=aggregate_id)
        return found

    def save(self, *aggregates: Aggregate) -> None:
        """Stage for the commit; the first one saved is the one the answer is about."""
        for aggregate in aggregates:
            if not any(aggregate is saved for saved in self.saved):
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


def replay(history: Sequence[Recorded]) -> Aggregate:
    """The aggregate that `history`, which must not be empty, adds up to."""
    aggregate = history[0].event.mutate(None)
    for recorded in history[1:]:
        recorded.event.mutate(aggregate)
    if not isinstance(aggregate, Aggregate):
        raise TypeError(f"{history[0].event!r} does not begin an aggregate")
    return aggregate
