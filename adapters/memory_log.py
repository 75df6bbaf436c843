"""An event log in memory that keeps the promises of the one in PostgreSQL, but for durability."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from uuid import UUID

from adapters.crypto import MemoryKeys
from adapters.mapper import EventMapper, subject_id
from application.store import (
    Append,
    ConcurrentChange,
    KeyTaken,
    Loaded,
    Page,
    Recorded,
    StoredAnswer,
    replay,
)
from domain.shared.aggregate import Event


class MemoryLog:
    """`EventLog` in a list. Events are stored and read as bytes, so that mapping is exercised."""

    def __init__(self) -> None:
        self.keys = MemoryKeys()
        self.recorded: list[Recorded] = []
        self._answers: dict[tuple[str, str], StoredAnswer] = {}
        self._versions: set[tuple[UUID, int]] = set()
        self._mapper = EventMapper(self.keys)

    async def aggregate(self, stream_id: UUID) -> Loaded | None:
        history = await self.load(stream_id)
        return Loaded(replay(history), history[-1].position) if history else None

    async def load(self, stream_id: UUID) -> Sequence[Recorded]:
        return [each for each in self.recorded if each.event.originator_id == stream_id]

    async def histories(self, stream_ids: Collection[UUID], *, until: int) -> Sequence[Recorded]:
        return [each for each in self.recorded[:until] if each.event.originator_id in stream_ids]

    async def topics(self, positions: Collection[int]) -> Mapping[int, str]:
        return {each.position: each.topic for each in self.recorded if each.position in positions}

    async def page(self, after: int, limit: int) -> Sequence[Recorded]:
        return self.recorded[after : after + limit]

    async def head(self) -> int:
        return len(self.recorded)

    async def pages(
        self,
        after: int,
        until: int,
        *,
        kinds: Collection[type[Event]] | None = None,
        size: int = 5_000,
        whole: bool = False,  # noqa: ARG002  # everything is always there
    ) -> AsyncIterator[Page]:
        for start in range(after, until, size):
            end = min(start + size, until)
            events = self.recorded[start:end]
            yield Page([each for each in events if kinds is None or each.kind in kinds], end)

    async def append(self, append: Append) -> int:
        key = (append.key.caller, append.key.key) if append.key else None
        if key in self._answers:
            raise KeyTaken
        versions = {(event.originator_id, event.originator_version) for event in append.events}
        if versions & self._versions:
            raise ConcurrentChange
        self._versions |= versions
        for event in append.events:
            self.recorded.append(
                Recorded(len(self.recorded) + 1, self._stored(event), append.metadata)
            )
        position = len(self.recorded)
        if key and append.key:
            self._answers[key] = StoredAnswer(
                request_hash=append.key.request_hash, answer=append.answer, position=position
            )
        return position

    async def answer(self, caller: str, key: str) -> StoredAnswer | None:
        return self._answers.get((caller, key))

    def _stored(self, event: Event) -> Event:
        payload = self._mapper.encode(event)
        return self._mapper.decode(
            event.TOPIC, payload, schema_version=event.class_version, subject=subject_id(event)
        )
