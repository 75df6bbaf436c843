"""Proving that a table equals its fold, however long the log is."""

from __future__ import annotations

import os
from contextlib import aclosing
from typing import Any

from msgspec import Struct
from psycopg.sql import SQL

from adapters.postgres.pool import Pool
from application.store import LogReader
from projections import tables
from projections.base import AnyReadModel
from projections.replay import builds
from projections.replay.builds import Build, ReplayRefused
from projections.replay.bulk import Span, Tell, bulk_of, folded, paced
from projections.replay.compare import Sides, count, differing
from projections.skips import skipped
from projections.tables import Connection, ReadTable

SHOWN = 10
"""How many rows of each kind are named at most."""


class Verdict(Struct, kw_only=True):
    """What comparing a table with its fold found: how many rows are wrong, and the keys of some."""

    position: int
    rows: int
    wrong: int = 0
    missing: list[Any]
    unexpected: list[Any]
    different: list[Any]

    @property
    def equal(self) -> bool:
        return not self.wrong


async def verify(pool: Pool, event_log: LogReader, *, model: AnyReadModel, tell: Tell) -> Verdict:
    """Compare the table with the fold of the log up to the table's position.

    It takes the build that serves if it is of this version, else the newest of this version. The
    fold goes into a table that nobody else ever sees. Raises `ReplayRefused` when there is no such
    build, and `Unfoldable`.
    """
    async with pool.connection() as connection, connection.transaction(force_rollback=True):
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        build = await _verified(connection, model)
        await connection.execute(
            SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(tables.qualified(build.table))
        )
        scratch = ReadTable(connection, model, f"verify_{os.getpid()}_{id(connection)}")
        await scratch.create(logged=False)
        span = Span(0, build.position)
        await _fold(event_log, scratch, span=span, tell=tell)
        verdict = Verdict(
            position=build.position,
            rows=await count(connection, build.table),
            missing=[],
            unexpected=[],
            different=[],
        )
        await _compare(connection, model, live=build.table, fold=scratch.name, verdict=verdict)
        return verdict


async def _verified(connection: Connection, model: AnyReadModel) -> Build:
    known = await builds.builds_of(connection, model.name)
    found = [each for each in known if each.version == model.version and each.state != "retired"]
    if not found:
        raise ReplayRefused(
            f"There is no build of {model.name} version {model.version}; start the projector."
        )
    return max(found, key=lambda each: (each.serving, each.build))


async def _fold(event_log: LogReader, scratch: ReadTable, *, span: Span, tell: Tell) -> None:
    model = scratch.model
    bulk = bulk_of(scratch, model, empty=True)
    skips = await skipped(scratch.connection, model)
    told = paced(tell, span)
    steps = folded(event_log, bulk, model=model, span=span, skips=skips)
    async with aclosing(steps):
        async for position in steps:
            if bulk.full or position == span.until:
                await bulk.write()
            told(position)


async def _compare(
    connection: Connection, model: AnyReadModel, *, live: str, fold: str, verdict: Verdict
) -> None:
    columns = [column.name for column in model.columns]
    sides = Sides(left=live, right=fold, key=model.key, columns=columns)
    async for each in differing(connection, sides):
        verdict.wrong += 1
        if each.left is None:
            keys = verdict.missing
        elif each.right is None:
            keys = verdict.unexpected
        else:
            keys = verdict.different
        if len(keys) < SHOWN:
            keys.append(each.key)
