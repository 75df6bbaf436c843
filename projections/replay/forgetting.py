"""Forgetting a person in every table: whatever their events touch is computed anew without them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import aclosing, asynccontextmanager
from uuid import UUID

import psycopg
import structlog
from msgspec import Struct
from psycopg.sql import SQL, Composed

from application.erasure import NotYet
from application.store import Recorded
from domain.shared.aggregate import EVENTS, Event, personal_names
from projections import tables
from projections.base import AnyReadModel, Fold, Lines
from projections.replay import builds
from projections.replay.builds import Build, Workshop
from projections.replay.bulk import Span, pages_of, without
from projections.replay.partial import Scope, repaired, take
from projections.skips import skipped
from projections.tables import Connection

log = structlog.get_logger()

NAMES = "SELECT DISTINCT name FROM projections ORDER BY name"
FOLLOWED = {"live", "building"}
LOCK_WAIT = "5s"
"""How long queries are held up at most by a table that waits to be written anew."""

Each = Callable[[Recorded], None]


class Forgetting:
    """Works on all builds of all read models, also on those that are paused or retired."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    async def forget(self, person_id: UUID, *, reached: int) -> Forgotten:
        """Compute anew what the events about a person touch, their key being destroyed, and write
        these tables anew, so that nothing is left between their rows.

        `reached` is where the log stood when nobody could read the person any more. Raises `NotYet`
        when a build that is followed was not there, but does what can be done before.
        """
        async with self._shop.pool.connection() as connection:
            known = [each async for each in self._builds(connection)]
            patches = [await self._patch(connection, build) for build in known]
            events = await self._collect(person_id, patches)
            await self._compute(patches)
            touched = [each for each in patches if each.scope.rows]
            for each in touched:
                await self._repair(connection, each)
            for each in touched:
                await _write_anew(connection, each.build)
        for build in known:
            if build.state in FOLLOWED and build.position < reached:
                raise NotYet(f"{build} stood at {build.position} and has to reach {reached}")
        return Forgotten(events=events, rows=sum(len(each.scope.rows) for each in touched))

    async def _builds(self, connection: Connection) -> AsyncIterator[Build]:
        cursor = await connection.execute(NAMES)
        for (name,) in await cursor.fetchall():
            for build in await builds.builds_of(connection, name):
                if not await builds.table_exists(connection, build):
                    continue
                if self._shop.model_of(build):
                    yield build
                elif build.serving or build.state in FOLLOWED:
                    raise NotYet(f"another release looks after {build}")
                else:
                    # Nobody can bring it up to date, and it may name whoever is erased.
                    await builds.forget(connection, build)
                    log.warning("build_dropped", build=str(build), why="it can't be cleared")

    async def _patch(self, connection: Connection, build: Build) -> Patch:
        model = self._shop.fold_of(build)
        return Patch(build, model, await skipped(connection, model), Scope(model, {}, []))

    async def _collect(self, person_id: UUID, patches: Sequence[Patch]) -> int:
        """Find the rows that the events about the person touch; how many events there are."""
        positions: set[int] = set()

        def found(recorded: Recorded) -> None:
            if recorded.subject_id == person_id:
                positions.add(recorded.position)
                for patch in patches:
                    patch.find(recorded)

        kinds = [kind for kind in EVENTS.values() if personal_names(kind)]
        await self._read(kinds, found, until=await self._shop.event_log.head())
        return len(positions)

    async def _compute(self, patches: Sequence[Patch]) -> None:
        """Let everything happen to these rows, in the order of the log."""
        open_ones = [each for each in patches if each.scope.rows and isinstance(each.model, Fold)]

        def happened(recorded: Recorded) -> None:
            for patch in open_ones:
                patch.take(recorded)

        kinds = {kind for each in open_ones for kind in each.model.handlers}
        await self._read(kinds, happened, until=_furthest(open_ones))

    async def _read(self, kinds: Collection[type[Event]], each: Each, *, until: int) -> None:
        if not kinds:
            return
        async with aclosing(pages_of(self._shop.event_log, kinds, span=Span(0, until))) as pages:
            async for page in pages:
                for recorded in page.events:
                    each(recorded)

    async def _repair(self, connection: Connection, patch: Patch) -> None:
        async with connection.transaction():
            if not await _is_free(connection, patch.build):
                raise NotYet(f"another process is at work on {patch.build}")
            now = await _locked(connection, patch.build)
            span = Span(patch.build.position, now.position)
            if span.until > span.after:
                pages = pages_of(self._shop.event_log, patch.model.handlers, span=span)
                async with aclosing(pages):
                    async for page in pages:
                        for recorded in without(page.events, patch.skips):
                            take(patch.scope, recorded)
            # Whoever remembers rows until the table moves has to forget them.
            await connection.execute("SELECT pg_notify('projected', '{}')")
            await repaired(connection, patch.scope, build=now)


class Forgotten(Struct, frozen=True, kw_only=True):
    """How many events say something about the person, and how many rows were computed anew."""

    events: int
    rows: int


class Patch(Struct):
    """What the rows of one build are going to be."""

    build: Build
    model: AnyReadModel
    skips: frozenset[int]
    scope: Scope

    def find(self, recorded: Recorded) -> None:
        """Remember the rows that an event touches."""
        if not self._takes(recorded):
            return
        model = self.model
        if isinstance(model, Lines):
            self.scope.rows |= {model.key_of(line): line for line in model.lines(recorded)}
        elif (key := model.key_for(recorded)) is not None:
            self.scope.rows[key] = None

    def take(self, recorded: Recorded) -> None:
        """Let an event happen to the rows that were found."""
        if self._takes(recorded):
            take(self.scope, recorded)

    def _takes(self, recorded: Recorded) -> bool:
        position = recorded.position
        here = position <= self.build.position and position not in self.skips
        return here and self.model.wants(recorded)


def _furthest(patches: Sequence[Patch]) -> int:
    return max((each.build.position for each in patches), default=0)


async def _is_free(connection: Connection, build: Build) -> bool:
    cursor = await connection.execute(
        "SELECT pg_try_advisory_xact_lock(hashtext(%s))", (build.table,)
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def _locked(connection: Connection, build: Build) -> Build:
    for each in await builds.locked_builds_of(connection, build.name):
        if each.identity == build.identity:
            return each
    raise NotYet(f"somebody dropped {build}")


async def _write_anew(connection: Connection, build: Build) -> None:
    """Leave nothing of what rows were before in the table's files, nor in its statistics."""
    async with _patience(connection):
        try:
            await connection.execute(_full_vacuum(build))
        except psycopg.errors.LockNotAvailable as error:
            raise NotYet(f"the table of {build} is being read all the time") from error


def _full_vacuum(build: Build) -> Composed:
    return SQL("VACUUM (FULL, ANALYZE) {}").format(tables.qualified(build.table))


@asynccontextmanager
async def _patience(connection: Connection) -> AsyncIterator[None]:
    await connection.execute(f"SET lock_timeout = '{LOCK_WAIT}'")
    try:
        yield
    finally:
        await connection.execute("RESET lock_timeout")
