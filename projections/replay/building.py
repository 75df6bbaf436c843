"""Building a read model anew in a table of its own, while the one that serves goes on serving."""

from __future__ import annotations

from contextlib import aclosing

from projections.base import AnyReadModel, Unfoldable
from projections.replay import builds
from projections.replay.builds import Build, ReplayRefused, Workshop
from projections.replay.bulk import Span, Tell, bulk_of, folded, paced, pages_of, without
from projections.skips import skipped
from projections.tables import Connection, ReadTable

PAUSE = (
    "UPDATE projections SET state = 'paused', error = %s, failed_at = %s, changed_at = now()"
    " WHERE name = %s AND version = %s AND build = %s"
)


async def build(shop: Workshop, model: AnyReadModel, *, tell: Tell, anew: bool = False) -> Build:
    """Make a build of this version, or go on with one that was begun (not if `anew`).

    It reads the log in parts, and commits each part's rows with its position, so it may be killed
    at any time and called again. At the end the build has caught up, and the projector follows it
    until an operator switches to it or drops it. Raises `ReplayRefused`.
    """
    async with shop.pool.connection() as connection:
        begun = None if anew else await _begun(connection, model)
        found = begun or await builds.begin(connection, model)
        async with builds.alone_with(connection, found):
            found = await builds.reread(connection, found)
            if found.state == "paused":
                found = await builds.turn(connection, found, state="building", serves=False)
            found = await caught_up(shop, connection, build=found, tell=tell)
            table = ReadTable(connection, model, found.table)
            await table.index()
            await table.analyze()
            return await caught_up(shop, connection, build=found, tell=tell)


async def caught_up(shop: Workshop, connection: Connection, *, build: Build, tell: Tell) -> Build:
    """The build, brought up to the log's head; call it inside `alone_with`.

    Raises `ReplayRefused`; an event that can't be folded pauses the build, unless it is retired.
    """
    model = shop.fold_of(build)
    table = ReadTable(connection, model, build.table)
    bulk = bulk_of(table, model, empty=build.position == 0)
    span = Span(build.position, await shop.event_log.head())
    told = paced(tell, span)
    skips = await skipped(connection, model)
    position = build.position
    try:
        steps = folded(shop.event_log, bulk, model=model, span=span, skips=skips)
        async with aclosing(steps):
            async for position in steps:
                if bulk.full or position == span.until:
                    async with connection.transaction():
                        # What a crash would undo is done again: no need to wait for the disk.
                        await connection.execute("SET LOCAL synchronous_commit = off")
                        await bulk.write()
                        build = await builds.move(connection, build, position=position)
                told(position)
    except Unfoldable as error:
        await _pause(connection, build, error=error)
        raise ReplayRefused(f"{str(build).capitalize()} stops: {error}.") from error
    return build


async def apply(shop: Workshop, table: ReadTable, *, after: int, until: int) -> None:
    """Bring a table from one position to another, by as many statements as there are pages."""
    skips = await skipped(table.connection, table.model)
    span = Span(after, until)
    async with aclosing(pages_of(shop.event_log, [table.model], span=span)) as pages:
        async for page in pages:
            await table.apply(without(page.events, skips))


async def _begun(connection: Connection, model: AnyReadModel) -> Build | None:
    """The newest build of this version that is no longer built or not yet served."""
    for each in reversed(await builds.builds_of(connection, model.name)):
        waits = each.state in {"building", "paused"} and not each.serving
        if waits and each.version == model.version:
            if await builds.table_exists(connection, each):
                return each
            await builds.forget(connection, each)
    return None


async def _pause(connection: Connection, build: Build, *, error: Unfoldable) -> None:
    if build.state != "retired":
        await connection.execute(PAUSE, (str(error), error.position, *build.identity))
