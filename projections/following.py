"""What the projector follows: builds of read models, with their rows and locks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal

import msgspec
from msgspec import Struct

from application.store import Recorded
from projections.base import AnyReadModel, Unfoldable
from projections.reads import Announcement
from projections.tables import Connection, ReadTable

LARGEST_NOTICE = 7_900
"""PostgreSQL takes notices below 8,000 bytes."""
CREATION = 7_065_746_264
"""The advisory lock under which projectors that start at once make what is missing."""

KNOWN = (
    "SELECT name, version, build, table_name, state, serving, position,"
    " ARRAY(SELECT s.position FROM skips AS s WHERE s.name = p.name AND s.version = p.version)"
    " FROM projections AS p ORDER BY name, version, build"
)
CREATE = (
    "INSERT INTO projections (name, version, build, table_name, state, serving)"
    " SELECT %(name)s, %(version)s, 1, %(table)s,"
    "  CASE WHEN served THEN 'building' ELSE 'live' END, NOT served"
    " FROM (SELECT EXISTS (SELECT FROM projections WHERE name = %(name)s AND serving) AS served)"
    " AS s ON CONFLICT DO NOTHING RETURNING serving"
)
# A crash that undoes a page undoes its positions, too, so nobody waits for the disk. A projector
# that freezes in a page holds its locks for 5 s at most, even where its sessions can't be ended.
LOCK_LIVE = (
    "SELECT name, version, build, position, serving, set_config('synchronous_commit', 'off', true),"
    " set_config('idle_in_transaction_session_timeout', '5s', true)"
    " FROM projections JOIN unnest(%s::text[], %s::int[], %s::int[]) AS u(n, v, b)"
    " ON name = u.n AND version = u.v AND build = u.b WHERE state = 'live'"
    " ORDER BY name, version, build FOR UPDATE OF projections"
)
# A build by COPY holds the advisory lock of its table; until it is done, the projector keeps away.
LOCK_BUILDING = (
    "WITH free AS MATERIALIZED (SELECT name, version, build, position, serving, table_name"
    " FROM projections JOIN unnest(%s::text[], %s::int[], %s::int[]) AS u(n, v, b)"
    " ON name = u.n AND version = u.v AND build = u.b WHERE state = 'building'"
    " ORDER BY name, version, build FOR UPDATE OF projections SKIP LOCKED)"
    " SELECT name, version, build, position, serving FROM free"
    " WHERE pg_try_advisory_xact_lock_shared(hashtext(table_name))"
)
ADVANCE = (
    "UPDATE projections SET position = %s, moved_at = now()"
    " FROM unnest(%s::text[], %s::int[], %s::int[]) AS u(n, v, b)"
    " WHERE name = u.n AND version = u.v AND build = u.b"
)
PAUSE = (
    "UPDATE projections SET state = 'paused', error = %s, failed_at = %s, changed_at = now()"
    " WHERE name = %s AND version = %s AND build = %s"
)
SERVING = "SELECT position FROM projections WHERE name = %s AND serving FOR UPDATE"
RETIRE = (
    "UPDATE projections SET serving = false, state = 'retired', changed_at = now()"
    " WHERE name = %s AND serving"
)
SERVE = (
    "UPDATE projections SET serving = true, state = 'live', changed_at = now()"
    " WHERE name = %s AND version = %s AND build = %s"
)
NOTIFY = "SELECT pg_notify('projected', %s)"
LOOK = "{}"
"""Tells readers to look into `projections` themselves; the database says it at changes of state."""

Identity = tuple[str, int, int]


class NewerShape(Exception):
    """The event was written by a newer release, in a shape that this one does not know."""


class Standing(Struct, eq=False):
    """A build that the projector follows. `size` limits its pages while an event up to `suspect` is
    looked for that it can't take; until `not_before` (in the loop's time) it is left alone.
    """

    model: AnyReadModel
    build: int
    table_name: str
    state: Literal["live", "building"]
    serving: bool
    position: int
    skips: frozenset[int]
    size: int
    suspect: int = 0
    failures: int = 0
    not_before: float = 0.0

    @property
    def identity(self) -> Identity:
        return self.model.name, self.model.version, self.build


class Sorted:
    """A page of the log, sorted once by kind for all who want something of it."""

    def __init__(self, page: Sequence[Recorded]) -> None:
        self.page = page
        self._kinds = [recorded.kind for recorded in page]
        self._present = set(self._kinds)
        self._newer = {
            recorded.position: recorded
            for recorded, kind in zip(page, self._kinds, strict=True)
            if kind and recorded.schema_version > kind.class_version
        }

    @property
    def first(self) -> int:
        return self.page[0].position

    @property
    def last(self) -> int:
        return self.page[-1].position

    def wanted_by(self, standing: Standing) -> Sequence[Recorded]:
        """The events that a build has to take. Raises `Unfoldable` for one of a newer shape."""
        wanted = self._present & standing.model.handlers.keys()
        if not wanted:
            return ()
        events: Sequence[Recorded] = self.page
        if len(wanted) < len(self._present):
            pairs = zip(self.page, self._kinds, strict=True)
            events = [recorded for recorded, kind in pairs if kind in wanted]
        if skips := standing.skips:
            events = [recorded for recorded in events if recorded.position not in skips]
        if self._newer:
            _must_be_known(events, self._newer)
        return events


class Census(Struct, frozen=True):
    """What there is to follow, and whether it is all that serves; versions that serve, by name."""

    standings: list[Standing]
    complete: bool
    serving: dict[str, int]


def release_of(models: Sequence[AnyReadModel]) -> str:
    """A short name of this set of read models and versions: releases that differ in it follow
    different builds, so each has a projector of its own while both run.
    """
    versions = sorted(f"{model.name}:{model.version}" for model in models)
    return sha256(" ".join(versions).encode()).hexdigest()[:8]


async def census(
    connection: Connection, models: Mapping[tuple[str, int], AnyReadModel], *, size: int
) -> Census:
    """The builds of these models that are live or building; missing ones are made first."""
    rows = await _known(connection)
    missing = models.keys() - {(row[0], row[1]) for row in rows}
    if missing:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (CREATION,))
            there = {(row[0], row[1]) for row in await _known(connection)}
            for each in sorted(missing - there):
                await _create(connection, models[each])
        rows = await _known(connection)
    standings, complete = [], True
    for name, version, build, table_name, state, serving, position, skips in rows:
        model = models.get((name, version))
        if model and state in {"live", "building"}:
            standings.append(
                Standing(model, build, table_name, state, serving, position, frozenset(skips), size)
            )
        elif serving and state == "live":
            complete = False
    return Census(standings, complete, {row[0]: row[1] for row in rows if row[5]})


async def lock(connection: Connection, group: Sequence[Standing]) -> list[Standing]:
    """Lock those that can be followed now and are what they are believed to be."""
    stored: set[tuple[Any, ...]] = set()
    for state, query in (("live", LOCK_LIVE), ("building", LOCK_BUILDING)):
        wanted = [each for each in group if each.state == state]
        if wanted:
            cursor = await connection.execute(query, _identities(wanted), prepare=True)
            stored.update(row[:5] for row in await cursor.fetchall())
    return [each for each in group if (*each.identity, each.position, each.serving) in stored]


async def advance(
    connection: Connection,
    done: Sequence[Standing],
    *,
    position: int,
    announcement: Announcement | None,
) -> None:
    """Move positions, and tell those who wait for them."""
    await connection.execute(ADVANCE, (position, *_identities(done)), prepare=True)
    if announcement:
        notice = msgspec.json.encode(announcement).decode()
        short = len(notice) <= LARGEST_NOTICE
        await connection.execute(NOTIFY, (notice if short else LOOK,), prepare=True)


async def pause(connection: Connection, standing: Standing, *, error: str, failed_at: int) -> None:
    """Stop following a build until an operator has decided."""
    await connection.execute(PAUSE, (error, failed_at, *standing.identity))


async def switch(connection: Connection, standing: Standing) -> bool:
    """Let a build serve in place of the one that does, which is retired; False, and nothing done,
    if that one has come further meanwhile: readers would see it go back.
    """
    cursor = await connection.execute(SERVING, (standing.model.name,))
    row = await cursor.fetchone()
    if row and row[0] > standing.position:
        return False
    await connection.execute(RETIRE, (standing.model.name,))
    await connection.execute(SERVE, standing.identity)
    await ReadTable(connection, standing.model, standing.table_name).serve()
    return True


def _must_be_known(events: Sequence[Recorded], newer: Mapping[int, Recorded]) -> None:
    for recorded in events:
        if recorded.position in newer:
            shape = f"{recorded.topic} is of version {recorded.schema_version}"
            raise Unfoldable(recorded, NewerShape(f"{shape}, which this release does not know"))


async def _known(connection: Connection) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(KNOWN, prepare=True)
    return await cursor.fetchall()


async def _create(connection: Connection, model: AnyReadModel) -> None:
    table = ReadTable(connection, model)
    await table.create()
    await table.index()
    cursor = await connection.execute(
        CREATE, {"name": model.name, "version": model.version, "table": model.table}
    )
    row = await cursor.fetchone()
    if row and row[0]:
        await table.serve()


def _identities(group: Sequence[Standing]) -> tuple[list[str], list[int], list[int]]:
    return (
        [each.model.name for each in group],
        [each.model.version for each in group],
        [each.build for each in group],
    )
