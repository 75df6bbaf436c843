"""The projector: one reader of the log that keeps every read model up to date, page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec
import psycopg
import structlog
from msgspec import Struct
from prometheus_client import Counter, Gauge

from adapters.postgres.pool import Pool
from application.store import LogUnavailable, Recorded
from projections.base import AnyReadModel
from projections.tables import Connection, ReadTable

log = structlog.get_logger()

PAGE = 2_000
"""The most events of one page."""
TRIES = 3
"""How often an event may fail before its read model is paused."""

projected_events = Counter("projected_events", "Events that the projector has read")
projection_position = Gauge("projection_position", "Where a read model stands", ["name"])
projection_paused = Gauge("projection_paused", "1 while a read model is paused", ["name"])


class LogPages(Protocol):
    """The log, as the projector reads it."""

    async def page(self, after: int, limit: int) -> Sequence[Recorded]: ...

    async def head(self) -> int: ...


class Standing(Struct):
    """Where one read model stands, and whether it has to be taken event by event."""

    model: AnyReadModel
    position: int
    paused: bool = False
    building: bool = False
    failures: int = 0

    @property
    def page(self) -> int:
        return 1 if self.failures else PAGE


class Projector:
    """Keeps read models live. A second one on the same database does no harm, and no good."""

    def __init__(self, pool: Pool, event_log: LogPages, models: Sequence[AnyReadModel]) -> None:
        self._pool = pool
        self._log = event_log
        self._models = models
        self.standings: list[Standing] = []

    async def prepare(self) -> None:
        """Make missing tables, and find out where each read model stands."""
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(7065746264)")
            self.standings = [await _standing(connection, model) for model in self._models]

    async def step(self) -> int:
        """Read one page for the read models that are furthest behind; return its length."""
        running = [standing for standing in self.standings if not standing.paused]
        if not running:
            return 0
        start = min(standing.position for standing in running)
        group = [standing for standing in running if standing.position == start]
        others = [standing.position for standing in running if standing.position > start]
        room = min(others, default=start + PAGE) - start
        limit = min(room, *(standing.page for standing in group))
        page = await self._log.page(start, limit)
        if page:
            await self._apply(group, page)
            projected_events.inc(len(page))
        return len(page)

    async def _apply(self, group: Sequence[Standing], page: Sequence[Recorded]) -> None:
        last = page[-1].position
        async with self._pool.connection() as connection, connection.transaction():
            if not await _undisturbed(connection, group):
                self.standings = []
                return
            done = [each for each in group if await self._apply_one(connection, each, page=page)]
            await _advance(connection, done, position=last)
        for each in done:
            each.position = last
            each.failures = 0
            projection_position.labels(each.model.name).set(last)

    async def _apply_one(
        self, connection: Connection, standing: Standing, *, page: Sequence[Recorded]
    ) -> bool:
        model = standing.model
        try:
            async with connection.transaction():
                await ReadTable(connection, model).apply(page)
        except psycopg.OperationalError:
            raise
        except Exception as error:  # whatever a fold raises must not stop the other read models
            standing.failures += 1
            where = {"read_model": model.name, "after": standing.position, "events": len(page)}
            log.exception("projection_failed", failures=standing.failures, **where)
            if len(page) == 1 and standing.failures > TRIES:
                await _pause(connection, model, error=f"at {page[0].position}: {error!r}")
                standing.paused = True
                projection_paused.labels(model.name).set(1)
            return False
        return True

    async def run(self, wake: Callable[[], Awaitable[None]]) -> None:
        """Keep up for ever; `wake` returns when there may be something new."""
        while True:
            try:
                if not self.standings:
                    await self.prepare()
                while await self.step():
                    pass
                await self._promote()
            except (psycopg.OperationalError, LogUnavailable, OSError) as error:
                log.warning("projector_waits", error=str(error))
                await asyncio.sleep(0.2)
                continue
            await wake()

    async def _promote(self) -> None:
        """Let the versions that were being built and have caught up serve from now on."""
        for standing in self.standings:
            if standing.building:
                async with self._pool.connection() as connection, connection.transaction():
                    await _promote(connection, standing.model)
                standing.building = False


async def _standing(connection: Connection, model: AnyReadModel) -> Standing:
    table = ReadTable(connection, model)
    await table.create()
    await table.index()
    await connection.execute(
        "INSERT INTO projections (name, version, state)"
        " SELECT %(name)s, %(version)s, CASE WHEN EXISTS (SELECT FROM projections"
        " WHERE name = %(name)s AND state IN ('live', 'paused')) THEN 'building' ELSE 'live' END"
        " ON CONFLICT DO NOTHING",
        {"name": model.name, "version": model.version},
    )
    cursor = await connection.execute(
        "SELECT position, state FROM projections WHERE name = %s AND version = %s",
        (model.name, model.version),
    )
    row = await cursor.fetchone()
    if row is None:
        raise psycopg.OperationalError("the projection's row is missing")
    if row[1] == "live":
        await table.serve()
    return Standing(model, row[0], paused=row[1] == "paused", building=row[1] == "building")


async def _undisturbed(connection: Connection, group: Sequence[Standing]) -> bool:
    """Lock the positions, and tell whether they are still what this projector believes."""
    cursor = await connection.execute(
        "SELECT name, position FROM projections JOIN unnest(%s::text[], %s::int[]) AS u(n, v)"
        " ON name = u.n AND version = u.v WHERE state IN ('live', 'building')"
        " ORDER BY name FOR UPDATE OF projections",
        _identities(group),
    )
    stored = {row[0]: row[1] for row in await cursor.fetchall()}
    return stored == {each.model.name: each.position for each in group}


async def _advance(connection: Connection, done: Sequence[Standing], *, position: int) -> None:
    await connection.execute(
        "UPDATE projections SET position = %s, changed_at = now()"
        " FROM unnest(%s::text[], %s::int[]) AS u(n, v) WHERE name = u.n AND version = u.v",
        (position, *_identities(done)),
    )
    positions = {each.model.name: position for each in done if not each.building}
    await connection.execute(
        "SELECT pg_notify('projected', %s)", (msgspec.json.encode(positions).decode(),)
    )


def _identities(group: Sequence[Standing]) -> tuple[list[str], list[int]]:
    return [each.model.name for each in group], [each.model.version for each in group]


async def _promote(connection: Connection, model: AnyReadModel) -> None:
    await connection.execute(
        "UPDATE projections SET state = CASE version WHEN %s THEN 'live' ELSE 'retired' END,"
        " changed_at = now() WHERE name = %s AND state <> 'retired'",
        (model.version, model.name),
    )
    await ReadTable(connection, model).serve()


async def _pause(connection: Connection, model: AnyReadModel, *, error: str) -> None:
    await connection.execute(
        "UPDATE projections SET state = 'paused', error = %s, changed_at = now()"
        " WHERE name = %s AND version = %s",
        (error, model.name, model.version),
    )
