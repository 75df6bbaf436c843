"""Two releases of a small bookshop that run at the same time on one database, as processes.

`python -m tests.core.releases.old <plan>` fills shelves, and follows the log with its read models,
until its standard input ends; so does `new`, which knows more.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID, uuid4

import msgspec
from eventsourcing.persistence import MapperDeserialisationError
from msgspec import Struct

from adapters.logs import configure_logs
from adapters.postgres.listen import Bell
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import app_url, connection_pool
from application.store import Append, ConcurrentChange, replay
from domain.shared.aggregate import Aggregate, Event, Metadata
from projections.base import AnyReadModel
from projections.runner import Projector
from tests.databases import open_log

Change = Callable[[Aggregate, int], None]


class Plan(Struct, frozen=True, kw_only=True):
    """Which shelves a release fills, one after the other, and how many books it puts there; it
    goes on until so many shelves have become unreadable to it.
    """

    database_url: str
    shelves: list[UUID]
    books: int
    unreadable: int = 0


class Told(Struct, kw_only=True):
    """What became of it: positions of what was appended, how often somebody else was first, and
    shelves that could not be read.
    """

    positions: list[int] = []
    conflicts: int = 0
    unreadable: set[UUID] = set()


async def append(log: PostgresLog, aggregate: Aggregate) -> int:
    """Append what happened to an aggregate."""
    events = [each for each in aggregate.collect_events() if isinstance(each, Event)]
    command_id = uuid4()
    facts = Metadata(command_id=command_id, command="FillShelf", correlation_id=command_id)
    return await log.append(Append(events=events, metadata=facts))


async def fill(log: PostgresLog, plan: Plan, change: Change) -> Told:
    """Load a shelf, put a book on it, save it; again and again."""
    told = Told()
    for book in itertools.count():
        if book >= plan.books and len(told.unreadable) >= plan.unreadable:
            break
        shelf_id = plan.shelves[book % len(plan.shelves)]
        while True:
            try:
                shelf = replay(await log.load(shelf_id))
                change(shelf, book)
                told.positions.append(await append(log, shelf))
            except ConcurrentChange:
                told.conflicts += 1
                continue
            except MapperDeserialisationError:
                told.unreadable.add(shelf_id)
            break
    return told


def run(
    models: Sequence[AnyReadModel], work: Callable[[PostgresLog, Plan], Awaitable[Told]]
) -> None:
    """Be a release; what it tells stands alone on its standard output."""
    configure_logs("console", "error")
    asyncio.run(_run(msgspec.json.decode(sys.argv[1], type=Plan), models, work))


async def _run(
    plan: Plan,
    models: Sequence[AnyReadModel],
    work: Callable[[PostgresLog, Plan], Awaitable[Told]],
) -> None:
    async with (
        connection_pool(plan.database_url, name="release", size=4) as pool,
        open_log(pool, plan.database_url) as log,
    ):
        bell = Bell(app_url(plan.database_url), "events")
        await bell.start()
        projector = Projector(pool, log, models, switch="operator")
        following = asyncio.create_task(projector.run(bell.wait))
        told = await work(log, plan)
        sys.stdout.write(f"{msgspec.json.encode(told).decode()}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await bell.stop()
