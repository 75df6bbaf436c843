"""The builds of a read model: which tables it has, what they are for, and who may write them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal, LiteralString, Protocol
from uuid import UUID

import msgspec
import psycopg
from msgspec import Struct
from msgspec.structs import replace
from psycopg.rows import args_row
from psycopg.sql import SQL

from adapters.postgres.pool import Pool
from application.store import LogReader, Recorded
from projections import tables
from projections.base import AnyReadModel
from projections.reads import Announcement
from projections.tables import Connection, ReadTable

State = Literal["building", "live", "paused", "retired"]

BUILDS: LiteralString = (
    "SELECT name, version, build, table_name, state, serving, position, error, changed_at"
    " FROM projections WHERE name = %s ORDER BY version, build"
)
BEGIN = (
    "INSERT INTO projections (name, version, build, table_name, state)"
    " VALUES (%s, %s, %s, %s, 'building')"
)
MOVE = (
    "UPDATE projections SET position = %s, moved_at = now()"
    " WHERE name = %s AND version = %s AND build = %s AND position = %s"
)
TURN = (
    "UPDATE projections SET state = %s, serving = %s, error = NULL, failed_at = NULL,"
    " changed_at = now() WHERE name = %s AND version = %s AND build = %s"
)
FORGET = "DELETE FROM projections WHERE name = %s AND version = %s AND build = %s AND NOT serving"
LOCK_WAIT: LiteralString = "3s"
"""How long to wait for the projector to finish its page."""


class ReplayRefused(Exception):
    """What was asked of a replay can't be done; the message is one sentence, nothing changed."""


class ReplayedLog(LogReader, Protocol):
    """The log, as replays read it."""

    async def load(self, stream_id: UUID) -> Sequence[Recorded]:
        """All events of one aggregate in order; empty when there are none."""
        ...


class Workshop(Struct, frozen=True):
    """What replays work with; `models` are all that this release can fold, of any version."""

    pool: Pool
    event_log: ReplayedLog
    models: Sequence[AnyReadModel]

    def newest(self, name: str) -> AnyReadModel:
        """The newest version of a read model that this release knows. Raises `ReplayRefused`."""
        found = [model for model in self.models if model.name == name]
        if not found:
            known = ", ".join(sorted({model.name for model in self.models}))
            raise ReplayRefused(f"There is no read model {name}; there are: {known}.")
        return max(found, key=lambda model: model.version)

    def model_of(self, build: Build) -> AnyReadModel | None:
        """What folds this build; None when this release does not know its version."""
        identity = (build.name, build.version)
        return next((each for each in self.models if (each.name, each.version) == identity), None)

    def fold_of(self, build: Build) -> AnyReadModel:
        """What folds this build. Raises `ReplayRefused` when this release does not know."""
        model = self.model_of(build)
        if model is None:
            raise ReplayRefused(
                f"This release does not know how version {build.version} of {build.name} is folded."
            )
        return model


class Build(Struct, frozen=True):
    """A row of the table of projections: one table of one version of a read model."""

    name: str
    version: int
    build: int
    table: str
    state: State
    serving: bool
    position: int
    error: str | None
    changed_at: datetime

    @property
    def identity(self) -> tuple[str, int, int]:
        return self.name, self.version, self.build

    def __str__(self) -> str:
        return f"build {self.build} of {self.name} version {self.version}"


async def builds_of(connection: Connection, name: str) -> list[Build]:
    """All builds of a read model by version and build."""
    return await _builds(connection, name, query=BUILDS)


async def locked_builds_of(connection: Connection, name: str) -> list[Build]:
    """The same, and none of them moves before the end of the transaction."""
    return await _builds(connection, name, query=BUILDS + " FOR UPDATE")


def serving(builds: Sequence[Build]) -> Build | None:
    """The build that queries read."""
    return next((build for build in builds if build.serving), None)


def candidate(builds: Sequence[Build]) -> Build | None:
    """The newest build that may be switched to."""
    waiting = [each for each in builds if not each.serving and each.state in {"building", "paused"}]
    return max(waiting, key=lambda build: (build.version, build.build), default=None)


def must_serve(builds: Sequence[Build], name: str) -> Build:
    """The build that queries read. Raises `ReplayRefused` when there is none."""
    found = serving(builds)
    if found is None:
        raise ReplayRefused(f"No build of {name} serves yet; start the projector or build one.")
    return found


async def reread(connection: Connection, build: Build) -> Build:
    """The build as it stands now. Raises `ReplayRefused` when it is gone."""
    for found in await builds_of(connection, build.name):
        if found.identity == build.identity:
            return found
    raise ReplayRefused(f"Somebody dropped {build}.")


async def begin(connection: Connection, model: AnyReadModel) -> Build:
    """A new build of this version: its row, and its empty table."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (model.name,))
        builds = await builds_of(connection, model.name)
        number = max((build.build for build in builds), default=0) + 1
        table = f"{model.table}_b{number}"
        await connection.execute(BEGIN, (model.name, model.version, number, table))
        await ReadTable(connection, model, table).create()
        builds = await builds_of(connection, model.name)
    return next(build for build in builds if build.table == table)


async def move(connection: Connection, build: Build, *, position: int) -> Build:
    """Note that the build stands at `position`, in the transaction that brought it there.

    Raises `ReplayRefused` when it is not where it is believed to be.
    """
    cursor = await connection.execute(MOVE, (position, *build.identity, build.position))
    if cursor.rowcount != 1:
        raise ReplayRefused(f"Somebody else moved or dropped {build} meanwhile; try again.")
    return replace(build, position=position)


async def turn(connection: Connection, build: Build, *, state: State, serves: bool) -> Build:
    """The build in another state; what paused it is forgotten."""
    await connection.execute(TURN, (state, serves, *build.identity))
    return await reread(connection, build)


@asynccontextmanager
async def alone_with(connection: Connection, build: Build) -> AsyncIterator[None]:
    """Be the only one who writes this build's table; the projector leaves it alone meanwhile.

    Ends with the connection when the process dies. Raises `ReplayRefused` when another process
    has it.
    """
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
            await connection.execute("SELECT pg_advisory_lock(hashtext(%s))", (build.table,))
    except psycopg.errors.LockNotAvailable as error:
        raise ReplayRefused(f"Another process is at work on {build}.") from error
    try:
        yield
    finally:
        if not connection.broken:
            await connection.execute("SELECT pg_advisory_unlock(hashtext(%s))", (build.table,))


async def announce(connection: Connection, build: Build) -> None:
    """Tell those who read that the serving table stands at its position, and has other rows."""
    told = Announcement(at=build.position, moved=[build.name], changed=[build.name])
    notice = msgspec.json.encode(told).decode()
    await connection.execute("SELECT pg_notify('projected', %s)", (notice,))


async def table_exists(connection: Connection, build: Build) -> bool:
    """Whether the build's table is there."""
    cursor = await connection.execute(
        "SELECT to_regclass(%s) IS NOT NULL", (f'{tables.SCHEMA}."{build.table}"',)
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def forget(connection: Connection, build: Build) -> None:
    """Drop the build's row and table. Raises `ReplayRefused` when it serves, or is being read."""
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
        cursor = await connection.execute(FORGET, build.identity)
        if cursor.rowcount != 1:
            raise ReplayRefused(
                f"{str(build).capitalize()} serves, or is gone; nothing was dropped."
            )
        await connection.execute(
            SQL("DROP TABLE IF EXISTS {}").format(tables.qualified(build.table))
        )


async def _builds(connection: Connection, name: str, *, query: LiteralString) -> list[Build]:
    async with connection.cursor(row_factory=args_row(Build)) as cursor:
        await cursor.execute(query, (name,))
        return await cursor.fetchall()
