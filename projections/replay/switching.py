"""Letting another build serve: at once for all readers, and back again."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import LiteralString

import psycopg

from adapters.postgres.pool import Pool
from projections.base import AnyReadModel
from projections.replay import builds
from projections.replay.building import apply, build, caught_up
from projections.replay.builds import Build, ReplayedLog, ReplayRefused, Workshop, announce
from projections.replay.bulk import Tell
from projections.tables import Connection, ReadTable

TRIES = 20
PAUSE_SECONDS = 0.25
"""Between two tries to lock, so that readers who queue behind the lock go on."""
LOCK_WAIT: LiteralString = "400ms"


async def switch(shop: Workshop, name: str, *, tell: Tell) -> Build:
    """Let the newest build that waits serve; the one before is retired, and its table stays.

    Readers see the one or the other, never an error, and never less of the log than before.
    Raises `ReplayRefused`.
    """
    async with shop.pool.connection() as connection:
        found = builds.candidate(await builds.builds_of(connection, name))
        if found is None:
            shop.newest(name)
            raise ReplayRefused(f"No build of {name} waits to be switched to; build one first.")
        if found.state == "paused":
            raise ReplayRefused(f"{str(found).capitalize()} is paused: {found.error}")
        return await _switch_to(shop, connection, found=found, tell=tell)


async def switch_back(shop: Workshop, name: str, *, tell: Tell) -> Build:
    """Let the build that was retired last serve again, once it has caught up.

    Raises `ReplayRefused`, also when this release does not know how that version is folded.
    """
    async with shop.pool.connection() as connection:
        known = await builds.builds_of(connection, name)
        retired = [each for each in known if each.state == "retired"]
        if not retired:
            shop.newest(name)
            raise ReplayRefused(f"There is no retired build of {name} to go back to.")
        found = max(retired, key=lambda each: each.changed_at)
        return await _switch_to(shop, connection, found=found, tell=tell)


async def drop(shop: Workshop, name: str, *, number: int, version: int | None = None) -> Build:
    """Remove a build with its table; never the one that serves. Raises `ReplayRefused`.

    `version` is needed only where two versions have builds of the same number.
    """
    async with shop.pool.connection() as connection:
        known = await builds.builds_of(connection, name)
        found = [each for each in known if each.build == number]
        found = [each for each in found if version in {None, each.version}]
        if not found:
            shop.newest(name) if not known else None
            raise ReplayRefused(f"There is no such build of {name}; there are: {_listed(known)}.")
        if len(found) > 1:
            raise ReplayRefused(f"Several versions have a build {number}: {_listed(found)}.")
        await _drop(connection, found[0])
        return found[0]


async def rebuild(
    pool: Pool, event_log: ReplayedLog, *, model: AnyReadModel, tell: Tell, keep: bool = False
) -> int:
    """Build a read model anew and switch to it; return the position that it shows then.

    The table before is dropped, unless it is to be kept to go back to, or is being read for long.
    Raises `ReplayRefused`.
    """
    shop = Workshop(pool, event_log, (model,))
    async with pool.connection() as connection:
        before = builds.serving(await builds.builds_of(connection, model.name))
        made = await build(shop, model, tell=tell, anew=True)
        made = await _switch_to(shop, connection, found=made, tell=tell)
        if before and not keep:
            with suppress(ReplayRefused):
                await _drop(connection, before)
    return made.position


async def _switch_to(shop: Workshop, connection: Connection, *, found: Build, tell: Tell) -> Build:
    shop.fold_of(found)
    if not await builds.table_exists(connection, found):
        raise ReplayRefused(f"The table of {found} is gone; drop this build.")
    async with builds.alone_with(connection, found):
        found = await builds.reread(connection, found)
        if found.serving:  # a projector may switch to a new version by itself
            return found
        found = await caught_up(shop, connection, build=found, tell=tell)
        for _ in range(TRIES):
            try:
                async with connection.transaction():
                    return await _swap(shop, connection, found=found)
            except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
                await asyncio.sleep(PAUSE_SECONDS)
    raise ReplayRefused(f"Long queries hold {found.name}; switch when they have ended.")


async def _swap(shop: Workshop, connection: Connection, *, found: Build) -> Build:
    await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
    before = builds.serving(await builds.locked_builds_of(connection, found.name))
    goal = max(found.position, before.position if before else 0)
    table = ReadTable(connection, shop.fold_of(found), found.table)
    await apply(shop, table, after=found.position, until=goal)
    found = await builds.move(connection, found, position=goal)
    if before and before.identity != found.identity:
        await builds.turn(connection, before, state="retired", serves=False)
    found = await builds.turn(connection, found, state="live", serves=True)
    await table.serve()
    await announce(connection, found)
    return found


async def _drop(connection: Connection, build: Build) -> None:
    async with builds.alone_with(connection, build):
        try:
            await builds.forget(connection, build)
        except psycopg.errors.LockNotAvailable as error:
            raise ReplayRefused(f"Somebody reads {build}; drop it when they have ended.") from error


def _listed(found: list[Build]) -> str:
    return ", ".join(
        f"build {each.build} of version {each.version}{' (serves)' if each.serving else ''}"
        for each in found
    )
