"""Read models as they were: the rows of a few keys, folded from the events of a few aggregates."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from msgspec import Struct

from application.past import Cut, WholeLog
from application.store import Recorded
from projections.base import AnyReadModel, Fold, Lines
from projections.reads import Reads

Row = TypeVar("Row", bound=Struct)

SLICE = 200
"""How many events are folded before others have a turn in the event loop."""
SKIPPED = "SELECT position FROM skips WHERE name = %s AND version = %s"


class Change(Struct, frozen=True):
    """What one event did to a row; None where there was, or is, no row."""

    recorded: Recorded
    before: Any
    after: Any


class Past(Struct, frozen=True):
    """What queries about the past are answered from, by the folds of the present.

    Whoever asks names the aggregates whose events make the rows; nothing else is read of the log.
    """

    log: WholeLog
    reads: Reads
    cut: Cut

    async def events(self, stream_ids: Iterable[UUID]) -> Sequence[Recorded]:
        """All that had happened to these aggregates, in order."""
        return await self.log.histories(set(stream_ids), until=self.cut.position)

    async def rows(self, model: Fold[Row], events: Sequence[Recorded]) -> dict[Any, Row]:
        """The rows after these events, by their keys."""
        rows: dict[Any, Any] = {}
        async for some in _slices(await self._wanted(model, events)):
            rows |= model.fold(rows, some)
        return {key: row for key, row in rows.items() if row is not None}

    async def lines(self, model: Lines[Row], events: Sequence[Recorded]) -> list[Row]:
        """The lines of these events, in order."""
        lines: list[Row] = []
        async for some in _slices(await self._wanted(model, events)):
            lines += model.all_lines(some)
        return lines

    async def course(self, model: Fold[Any], events: Sequence[Recorded]) -> list[Change]:
        """What each of these events, which all touch the same row, did to it."""
        row: Any = None
        changes: list[Change] = []
        async for some in _slices(await self._wanted(model, events)):
            for recorded in some:
                before, row = row, model.evolve(row, recorded)
                changes.append(Change(recorded, before, row))
        return changes

    async def _wanted(self, model: AnyReadModel, events: Sequence[Recorded]) -> list[Recorded]:
        # What operators let the live table go on without is left out here, too.
        skips = {row[0] for row in await self.reads.rows(SKIPPED, (model.name, model.version))}
        return [each for each in events if model.wants(each) and each.position not in skips]


async def first_of(
    ids: Sequence[UUID],
    rows_of: Callable[[Sequence[UUID]], Awaitable[Mapping[Any, Row]]],
    *,
    limit: int,
    wanted: Callable[[Row], bool] = lambda _: True,
) -> list[Row]:
    """The first so many rows of these ids, in their order, that were there and are `wanted`."""
    found: list[Row] = []
    for some in _batches(ids, limit):
        rows = await rows_of(some)
        found += [row for each in some if (row := rows.get(each)) is not None and wanted(row)]
        if len(found) >= limit:
            break
    return found[:limit]


def _batches(items: Sequence[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


async def _slices(events: Sequence[Recorded]) -> AsyncIterator[list[Recorded]]:
    for some in _batches(events, SLICE):
        yield some
        await asyncio.sleep(0)
