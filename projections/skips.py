"""What operators decide about paused read models: to leave an event out, or to try again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from psycopg import AsyncConnection

from projections.base import AnyReadModel

Connection = AsyncConnection[tuple[Any, ...]]

SKIPPED = "SELECT position FROM skips WHERE name = %s AND version = %s"
# A build that is kept but not followed is paused, too, but nothing failed there.
STOPPED = (
    "SELECT version, build, position, failed_at FROM projections WHERE name = %s"
    " AND state = 'paused' AND (serving OR failed_at IS NOT NULL)"
    " ORDER BY version, build FOR UPDATE"
)
SKIP = (
    "INSERT INTO skips (name, version, position, note, operator) VALUES (%s, %s, %s, %s, %s)"
    " ON CONFLICT DO NOTHING"
)
NOTE = (
    "INSERT INTO resumptions (name, version, build, position, note, operator)"
    " VALUES (%s, %s, %s, %s, %s, %s)"
)
RESUME = (
    "UPDATE projections SET state = CASE WHEN serving THEN 'live' ELSE 'building' END,"
    " error = NULL, failed_at = NULL, changed_at = now()"
    " WHERE name = %s AND version = %s AND build = %s"
)


class NotPaused(Exception):
    """What was decided does not fit how the read model stands; the message is one sentence."""


class Decision(Struct, frozen=True):
    """Why an operator decides, and who they are."""

    note: str
    operator: str


class Stopped(Struct, frozen=True):
    """A paused build, and the position of the event that it can't take, where that is known."""

    version: int
    build: int
    position: int
    failed_at: int | None


async def skipped(connection: Connection, model: AnyReadModel) -> frozenset[int]:
    """The positions of events that are not given to this version of the read model.

    Whoever folds for it (the projector, a rebuild, `verify`) leaves these out.
    """
    cursor = await connection.execute(SKIPPED, (model.name, model.version))
    return frozenset(row[0] for row in await cursor.fetchall())


async def skip(connection: Connection, name: str, *, position: int, decision: Decision) -> None:
    """Decide that a paused read model goes on without the event that it can't take, for ever and
    in each build of its version. Raises `NotPaused` unless it is paused at exactly this event.
    """
    async with connection.transaction():
        stopped = await _stopped(connection, name)
        at = {each.failed_at for each in stopped}
        if position not in at:
            where = ", ".join(f"{each:,}" for each in sorted(filter(None, at)))
            raise NotPaused(
                f"{name} is paused at position {where or 'unknown'}, not at {position:,}."
            )
        for each in stopped:
            if each.failed_at == position:
                facts = (name, each.version, position, decision.note, decision.operator)
                await connection.execute(SKIP, facts)
                await _resume(connection, name, stopped=each)


async def resume(connection: Connection, name: str, *, decision: Decision) -> None:
    """Let a paused read model try again. Raises `NotPaused`."""
    async with connection.transaction():
        for each in await _stopped(connection, name):
            facts = (name, each.version, each.build, each.position)
            await connection.execute(NOTE, (*facts, decision.note, decision.operator))
            await _resume(connection, name, stopped=each)


async def _stopped(connection: Connection, name: str) -> Sequence[Stopped]:
    cursor = await connection.execute(STOPPED, (name,))
    stopped = [Stopped(*row) for row in await cursor.fetchall()]
    if not stopped:
        raise NotPaused(f"{name} is not paused; `polikrami projections list` shows what is.")
    return stopped


async def _resume(connection: Connection, name: str, *, stopped: Stopped) -> None:
    await connection.execute(RESUME, (name, stopped.version, stopped.build))
