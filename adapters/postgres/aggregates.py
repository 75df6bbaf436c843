"""Aggregates out of the log: from the newest state that is known of each, and what came after."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import cast
from uuid import UUID

from msgspec import MsgspecError, Struct
from prometheus_client import Counter

from adapters.mapper import EventMapper
from adapters.postgres.baselines import Baseline, Baselines
from adapters.postgres.loads import Asked, Loads, Rows
from adapters.states import StateForm, state_forms
from domain.shared.aggregate import SNAPSHOTTED, Aggregate

SLICE = 200
"""How many events are applied before others have a turn in the event loop."""

fetched = Counter("snapshot_fetched", "Loads that went on from a state out of the database")
unusable = Counter("snapshot_unusable", "States that were ignored because something is wrong there")

Read = Callable[[Sequence[Asked], Sequence[str]], Awaitable[Rows]]
ReadFiles = Callable[[Asked, Rows], Awaitable[Rows | None]]


class Tail(Struct):
    """An aggregate at its newest version, with the position of that; how many events it took to
    load it, and whether there was a state that could not be used.
    """

    aggregate: Aggregate
    position: int
    events: int = 0
    spoilt: bool = False


class Unusable(Exception):
    """A state that is damaged, or none of this history."""


class Aggregates:
    """Loads aggregates by the few events that no known state has yet.

    `read` answers questions, of which it is also told the shapes that a snapshot may have, by rows:
    one with the stream's first position and newest version; then a snapshot if there is one that is
    far enough ahead of what is known; then events, from the one on that is known already, but not
    all of them if they are many. If the first row is marked, `read_files` adds what lies in files,
    or says that it has to be asked anew.
    """

    def __init__(
        self, read: Read, read_files: ReadFiles, *, mapper: EventMapper, baselines: Baselines
    ) -> None:
        self._read = read
        self._read_files = read_files
        self._mapper = mapper
        self._baselines = baselines
        self._loads = Loads(lambda group: read(group, self._shapes()))
        self._forms: dict[str, StateForm] = {}
        self._kinds = 0

    async def tail(self, stream_id: UUID) -> Tail | None:
        """The aggregate of a stream; None when it has no events."""
        baseline = self._baselines.get(stream_id)
        asked = Asked(stream_id)
        if baseline is not None:
            asked = Asked(stream_id, baseline.version, baseline.position)
        rows = await self._rows(asked)
        if not rows or rows[0][2] < 0:
            return None
        try:
            known = self._known(stream_id, baseline, rows=rows)
        except Unusable:
            unusable.inc()
            self._baselines.drop(stream_id)
            whole = await self._whole(await self._rows(Asked(stream_id), alone=True), None)
            whole.spoilt = True
            return whole
        return await self._whole(rows, known)

    async def _rows(self, asked: Asked, *, alone: bool = False) -> Rows:
        """What is found of a stream; if it is asked `alone`, without snapshots."""
        while True:
            rows = await (self._read([asked], []) if alone else self._loads.rows(asked))
            if not rows or rows[0][3] is None:
                return rows
            with_files = await self._read_files(asked, rows)
            if with_files is not None:
                return with_files

    def _known(self, stream_id: UUID, baseline: Baseline | None, *, rows: Rows) -> Aggregate | None:
        """The aggregate as it was before the rows go on."""
        if len(rows) > 1 and rows[1][4] is None:
            _, position, version, shape, *_, sealed = rows[1]
            baseline = Baseline(stream_id, shape, version, position, sealed)
            fetched.inc()
            if not baseline.is_intact:
                raise Unusable
            self._baselines.put(baseline)
        elif baseline is None:
            return None
        elif len(rows) < 2 or rows[1][1:3] != (baseline.position, baseline.version):
            # The database was restored to an earlier state, and went on differently.
            raise Unusable
        form = self._forms[baseline.shape]
        try:
            return form.decode(baseline.state, stream_id=stream_id, version=baseline.version)
        except MsgspecError as error:
            raise Unusable from error

    async def _whole(self, rows: Rows, aggregate: Aggregate | None) -> Tail:
        """Apply the events of these rows, and of all that follow."""
        newest, events = rows[0][2], 0
        while True:
            behind = rows[1:] if aggregate is None else rows[2:]
            for first in range(0, len(behind), SLICE):
                if first:
                    await asyncio.sleep(0)
                aggregate = self._applied(behind[first : first + SLICE], aggregate)
            assert aggregate is not None, "a stream without events has no version"
            events += len(behind)
            position = rows[-1][1]
            if aggregate.version >= newest:
                return Tail(aggregate, position, events)
            assert behind, f"the events of {aggregate.id} end before its newest version"
            known = Asked(aggregate.id, aggregate.version, position)
            rows = await self._rows(known, alone=True)

    def _applied(self, rows: Rows, aggregate: Aggregate | None) -> Aggregate:
        decode = self._mapper.decode
        for _, _, _, topic, schema_version, subject, payload in rows:
            event = decode(topic, payload, schema_version=schema_version, subject=subject)
            if aggregate is None:
                aggregate = event.mutate(None)
            else:
                aggregate.recall(event)
        return cast("Aggregate", aggregate)

    def _shapes(self) -> Sequence[str]:
        if self._kinds != len(SNAPSHOTTED):
            self._forms = state_forms()
            self._kinds = len(SNAPSHOTTED)
        return list(self._forms)
