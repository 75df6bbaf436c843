"""Replaying a part: the rows of one key, of one stream, or of a range of events, and no others."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sized
from contextlib import aclosing
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from application.store import Recorded
from projections.base import AnyReadModel, Fold, Lines
from projections.replay import builds
from projections.replay.builds import Build, ReplayRefused, Workshop, announce
from projections.replay.bulk import Span, Tell, paced, pages_of, without
from projections.skips import skipped
from projections.tables import Connection, ReadTable

MOST_ROWS = 200_000
"""How many rows a partial replay repairs at most; for more, a build is the better tool."""


class OfKey(Struct, frozen=True):
    """The row with this key; the values of a longer key are separated by commas."""

    text: str


class OfStream(Struct, frozen=True):
    """The rows that the events of one aggregate touch."""

    stream_id: UUID


class OfRange(Struct, frozen=True):
    """The rows that the events from one position to another touch, both included."""

    first: int
    last: int


Part = OfKey | OfStream | OfRange


class Change(Struct, frozen=True):
    """A row that a replay repaired; None where there was, or is, no row."""

    key: Any
    before: Any
    after: Any


class Repair(Struct, frozen=True):
    """What a partial replay did: how many rows it computed anew, and which it changed."""

    build: Build
    rows: int
    changes: list[Change]


async def replay_part(shop: Workshop, name: str, *, part: Part, tell: Tell) -> Repair:
    """Compute a part of the serving table anew from the log, and repair it in one transaction.

    A row is computed from all events of its key up to the table's position. Raises
    `ReplayRefused`, and `Unfoldable`.
    """
    shop.newest(name)
    async with shop.pool.connection() as connection:
        build = builds.must_serve(await builds.builds_of(connection, name), name)
        model = shop.fold_of(build)
        skips = await skipped(connection, model)
        course = Course(shop, model, skips, build.position, tell)
        if isinstance(model, Lines):
            scope = await _lines_of(course, model, part=part)
        else:
            scope = await _rows_of(course, model, part=part)
        async with connection.transaction():
            now = builds.must_serve(await builds.locked_builds_of(connection, name), name)
            if now.identity != build.identity:
                raise ReplayRefused(f"Another build of {name} serves by now; try again.")
            await _goes_on(course, scope, until=now.position)
            # Whoever remembers rows until the table moves has to forget them.
            await connection.execute("SELECT pg_notify('projected', '{}')")
            return await repaired(connection, scope, build=now)


class Course(Struct, frozen=True):
    """What one partial replay reads, and up to where."""

    shop: Workshop
    model: AnyReadModel
    skips: frozenset[int]
    position: int
    tell: Tell

    async def events(self, after: int, until: int) -> AsyncGenerator[Recorded, None]:
        """The wanted events behind `after` up to `until`."""
        span = Span(after, until)
        told = paced(self.tell, span)
        log, kinds = self.shop.event_log, self.model.handlers
        async with aclosing(pages_of(log, kinds, span=span)) as pages:
            async for page in pages:
                for recorded in without(page.events, self.skips):
                    yield recorded
                told(page.position)

    async def part(self, part: OfStream | OfRange) -> list[Recorded]:
        """The wanted events of a part. Raises `ReplayRefused` when there is no such part."""
        if isinstance(part, OfRange):
            if not 1 <= part.first <= part.last <= self.position:
                raise ReplayRefused(
                    f"There are no positions {part.first} to {part.last};"
                    f" {self.model.name} stands at {self.position}."
                )
            return [each async for each in self.events(part.first - 1, part.last)]
        history = await self.shop.event_log.load(part.stream_id)
        if not history:
            raise ReplayRefused(f"There is no stream {part.stream_id}.")
        known = [each for each in without(history, self.skips) if self.model.wants(each)]
        return [each for each in known if each.position <= self.position]


class Scope(Struct):
    """Rows as they should be by key, None for a key that should have none; beside these keys, all
    rows with one of these positions belong to it.
    """

    model: AnyReadModel
    rows: dict[Any, Any]
    positions: list[int]


async def _rows_of(course: Course, model: Fold[Any], *, part: Part) -> Scope:
    if isinstance(part, OfKey):
        keys = {_key(model, part.text)}
    else:
        touched = map(model.key_for, await course.part(part))
        keys = {key for key in touched if key is not None}
    _must_fit(course, keys)
    rows: dict[Any, Any] = dict.fromkeys(keys)
    scope = Scope(model, rows, [])
    async with aclosing(course.events(0, course.position)) as events:
        async for recorded in events:
            take(scope, recorded)
    return scope


async def _lines_of(course: Course, model: Lines[Any], *, part: Part) -> Scope:
    if isinstance(part, OfKey):
        scope = Scope(model, {_key(model, part.text): None}, [])
        async with aclosing(course.events(0, course.position)) as events:
            async for recorded in events:
                take(scope, recorded)
        return scope
    happened = await course.part(part)
    lines = model.all_lines(happened)
    _must_fit(course, lines)
    places = [each.position for each in happened]
    if isinstance(part, OfRange):
        places = list(range(part.first, part.last + 1))
    return Scope(model, {model.key_of(line): line for line in lines}, places)


def take(scope: Scope, recorded: Recorded) -> None:
    """Let an event happen to the rows of the scope that it touches."""
    model = scope.model
    if isinstance(model, Lines):
        for line in model.lines(recorded):
            if (key := model.key_of(line)) in scope.rows:
                scope.rows[key] = line
        return
    key = model.key_for(recorded)
    if key in scope.rows:
        scope.rows[key] = model.evolve(scope.rows[key], recorded)


async def _goes_on(course: Course, scope: Scope, *, until: int) -> None:
    """Take what the table took while the log was read."""
    if until > course.position:
        async with aclosing(course.events(course.position, until)) as events:
            async for recorded in events:
                take(scope, recorded)


async def repaired(connection: Connection, scope: Scope, *, build: Build) -> Repair:
    """Put the rows of a scope into the build's table, in the caller's transaction."""
    table = ReadTable(connection, scope.model, build.table)
    before = await table.load(scope.rows)
    if scope.positions and "position" in scope.model.row.__struct_fields__:
        before |= await table.load_at(scope.positions)
    changes = [
        Change(key, before.get(key), scope.rows.get(key))
        for key in {**before, **scope.rows}
        if before.get(key) != scope.rows.get(key)
    ]
    await table.delete([each.key for each in changes if each.after is None])
    await table.insert(each.after for each in changes if each.after is not None)
    if changes:
        await announce(connection, build)
    return Repair(build, len(scope.rows), changes)


def _must_fit(course: Course, rows: Sized) -> None:
    if len(rows) > MOST_ROWS:
        raise ReplayRefused(
            f"This touches more than {MOST_ROWS} rows of {course.model.name}; rebuild it instead."
        )


def _key(model: AnyReadModel, text: str) -> Any:
    parts = [part.strip() for part in re.split(",", text)]
    columns = model.key_columns
    try:
        values = [
            msgspec.convert(part, column.hint, strict=False)
            for part, column in zip(parts, columns, strict=True)
        ]
    except (ValueError, msgspec.ValidationError) as error:
        shape = ",".join(f"{column.name} ({column.sql_type})" for column in columns)
        raise ReplayRefused(f"{text!r} is no key of {model.name}; it is {shape}.") from error
    return values[0] if len(values) == 1 else tuple(values)
