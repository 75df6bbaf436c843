"""Replaying a read model: build it anew beside the live one, or prove the live one right."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from msgspec import Struct
from psycopg.sql import SQL, Identifier

from adapters.postgres.pool import Pool
from application.store import Recorded
from projections import tables
from projections.base import AnyReadModel, Fold
from projections.runner import LogPages
from projections.tables import Connection, ReadTable

PAGE = 5_000
SHOWN = 10
"""How many differing rows are named at most."""


class Progress(Struct, frozen=True):
    """How far a replay has come, in events."""

    done: int
    total: int


Tell = Callable[[Progress], None]


class Verdict(Struct, frozen=True):
    """What comparing a live table with its fold found."""

    position: int
    rows: int
    missing: list[Any]
    unexpected: list[Any]
    different: list[Any]

    @property
    def equal(self) -> bool:
        return not (self.missing or self.unexpected or self.different)


async def rebuild(pool: Pool, event_log: LogPages, *, model: AnyReadModel, tell: Tell) -> int:
    """Build a shadow table by COPY while the live one serves, then swap; return the position.

    The projector may go on meanwhile: what it did in between is replayed under its lock.
    """
    shadow = f"{model.table}_shadow"
    async with pool.connection() as connection:
        await connection.execute(SQL("DROP TABLE IF EXISTS {}").format(tables.qualified(shadow)))
        built = ReadTable(connection, model, shadow)
        await built.create()
        head = await event_log.head()
        rows = await _replay(event_log, model, until=head, tell=tell)
        async with connection.transaction():
            await built.copy(rows)
            await built.index()
        async with connection.transaction():
            position = await _locked_position(connection, model)
            async for page in _pages(event_log, after=head, until=position):
                await built.apply(page)
            await _swap(built, max(position, head))
        return max(position, head)


async def verify(pool: Pool, event_log: LogPages, *, model: AnyReadModel, tell: Tell) -> Verdict:
    """Compare the live table with the fold of the log up to the table's position."""
    async with pool.connection() as connection, connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor = await connection.execute(
            "SELECT position FROM projections WHERE name = %s AND version = %s",
            (model.name, model.version),
        )
        found = await cursor.fetchone()
        position = int(found[0]) if found else 0
        names = SQL(", ").join(Identifier(column.name) for column in model.columns)
        cursor = await connection.execute(
            SQL("SELECT {} FROM {}").format(names, tables.qualified(model.table)), binary=True
        )
        live = {model.key_of(row): row for row in map(model.read, await cursor.fetchall())}
    expected = {
        model.key_of(row): row for row in await _replay(event_log, model, until=position, tell=tell)
    }
    both = live.keys() & expected.keys()
    return Verdict(
        position,
        len(live),
        missing=sorted(expected.keys() - live.keys(), key=str)[:SHOWN],
        unexpected=sorted(live.keys() - expected.keys(), key=str)[:SHOWN],
        different=sorted((key for key in both if live[key] != expected[key]), key=str)[:SHOWN],
    )


async def _replay(event_log: LogPages, model: AnyReadModel, *, until: int, tell: Tell) -> list[Any]:
    folded: dict[Any, Any] = {}
    lines: list[Any] = []
    async for page in _pages(event_log, after=0, until=until):
        wanted = [recorded for recorded in page if model.wants(recorded)]
        if isinstance(model, Fold):
            folded |= model.fold(folded, wanted)
        else:
            lines += [line for recorded in wanted for line in model.lines(recorded)]
        tell(Progress(page[-1].position, until))
    return lines or [row for row in folded.values() if row is not None]


async def _pages(event_log: LogPages, *, after: int, until: int) -> AsyncIterator[list[Recorded]]:
    while after < until:
        page = list(await event_log.page(after, min(PAGE, until - after)))
        if not page:
            return
        yield page
        after = page[-1].position


async def _locked_position(connection: Connection, model: AnyReadModel) -> int:
    cursor = await connection.execute(
        "SELECT position FROM projections WHERE name = %s AND version = %s FOR UPDATE",
        (model.name, model.version),
    )
    found = await cursor.fetchone()
    return int(found[0]) if found else 0


async def _swap(built: ReadTable, position: int) -> None:
    connection, model = built.connection, built.model
    live = tables.qualified(model.table)
    await connection.execute(SQL("DROP VIEW IF EXISTS {}").format(tables.qualified(model.name)))
    await connection.execute(SQL("DROP TABLE IF EXISTS {}").format(live))
    await connection.execute(
        SQL("ALTER TABLE {} RENAME TO {}").format(
            tables.qualified(built.name), Identifier(model.table)
        )
    )
    await _rename_indexes(built)
    await ReadTable(connection, model).serve()
    await connection.execute(
        "INSERT INTO projections (name, version, state, position) VALUES (%s, %s, 'live', %s)"
        " ON CONFLICT (name, version) DO UPDATE"
        " SET position = excluded.position, state = 'live', error = NULL, changed_at = now()",
        (model.name, model.version, position),
    )


async def _rename_indexes(built: ReadTable) -> None:
    connection, table = built.connection, built.model.table
    cursor = await connection.execute(
        "SELECT indexname FROM pg_indexes WHERE schemaname = %s AND tablename = %s",
        (tables.SCHEMA, table),
    )
    for (name,) in await cursor.fetchall():
        await connection.execute(
            SQL("ALTER INDEX {} RENAME TO {}").format(
                tables.qualified(name), Identifier(name.replace(built.name, table, 1))
            )
        )
