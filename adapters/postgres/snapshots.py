"""Snapshots are taken beside the answers, by nobody who waits for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.aggregates import Tail
from adapters.postgres.baselines import Baseline, Baselines
from adapters.states import state_form

log = structlog.get_logger()

TAIL = 100
"""How many events a load may take before a snapshot is worth it."""
DUE = 1_000
"""How many streams may wait for their snapshot; the next load of another one asks again."""

taken = Counter("snapshot_taken", "Snapshots that were written")
failed = Counter("snapshot_failed", "Snapshots that could not be written")

# Beside it go those that releases long gone have left behind.
TAKE = (
    "WITH gone AS (DELETE FROM snapshots WHERE stream_id = %(stream_id)s"
    " AND shape <> %(shape)s AND taken_at < now() - interval '30 days')"
    " INSERT INTO snapshots AS s (stream_id, shape, version, position, state) VALUES"
    " (%(stream_id)s, %(shape)s, %(version)s, %(position)s, %(state)b)"
    " ON CONFLICT (stream_id, shape) DO UPDATE SET version = excluded.version,"
    " position = excluded.position, state = excluded.state, taken_at = now()"
    " WHERE s.version <= excluded.version"
)

Pool = AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]


class Snapshots:
    """Takes snapshots of streams whose loads were long, one after the other.

    `load` gives an aggregate that nobody else has, because what a command was given may have
    changed already.
    """

    def __init__(
        self,
        pool: Pool,
        load: Callable[[UUID], Coroutine[Any, Any, Tail | None]],
        baselines: Baselines,
    ) -> None:
        self._pool = pool
        self._load = load
        self._baselines = baselines
        self._due: dict[UUID, None] = {}
        self._task: asyncio.Task[None] | None = None

    def consider(self, tail: Tail) -> None:
        """Note that a load took so many events; it is not delayed by this."""
        if not _worth_it(tail):
            return
        if len(self._due) < DUE:
            self._due[tail.aggregate.id] = None
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._take_all(), name="snapshots")

    async def settle(self) -> None:
        """Wait until all that are due are taken."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    async def stop(self) -> None:
        """Leave the rest to the next loads."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _take_all(self) -> None:
        while self._due:
            stream_id = next(iter(self._due))
            # Whoever asks from now on may have seen what this one does not.
            del self._due[stream_id]
            try:
                await self._take(stream_id)
            except Exception as error:  # noqa: BLE001  # a snapshot that is missing is no failure of anybody
                failed.inc()
                log.warning("snapshot_failed", stream_id=str(stream_id), error=str(error))

    async def _take(self, stream_id: UUID) -> None:
        tail = await self._load(stream_id)
        if tail is None or not _worth_it(tail):
            return
        form = state_form(type(tail.aggregate))
        state = form.encode(tail.aggregate)
        place = Baseline(stream_id, form.shape, tail.aggregate.version, tail.position, b"")
        await asyncio.sleep(0)
        baseline = place.holding(state)
        async with self._pool.connection() as connection:
            await connection.execute(
                TAKE,
                {
                    "stream_id": stream_id,
                    "shape": baseline.shape,
                    "version": baseline.version,
                    "position": baseline.position,
                    "state": baseline.sealed,
                },
            )
        self._baselines.put(baseline)
        taken.inc()


def _worth_it(tail: Tail) -> bool:
    return tail.aggregate.SNAPSHOTS and (tail.events >= TAIL or tail.spoilt)
