"""What tests of read models do again and again: store notes, let a projector follow, look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString, TypeVar
from uuid import UUID, uuid4

from psycopg.sql import SQL

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.store import Append
from domain.shared.aggregate import Metadata
from projections import tables
from projections.base import Fold
from projections.runner import Projector
from tests.core.notes import Note, NoteRow
from tests.given import NOW

T = TypeVar("T")

AUTHOR = UUID(int=1)
SECONDS = 20


async def store(log: PostgresLog, *notes: Note) -> int:
    """Append what happened to these notes, as one command; the last event's position."""
    events: list[Any] = [event for note in notes for event in note.collect_events()]
    command_id = uuid4()
    facts = Metadata(command_id=command_id, command="Test", correlation_id=command_id)
    return await log.append(Append(events=events, metadata=facts))


async def catch_up(projector: Projector) -> None:
    """Let the projector follow to the head."""
    await projector.prepare()
    while await projector.step():
        pass


@asynccontextmanager
async def running(projector: Projector) -> AsyncIterator[None]:
    """Let the projector run; it is woken all the time."""

    async def woken() -> None:
        await asyncio.sleep(0)

    task = asyncio.create_task(projector.run(woken))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(ask: Callable[[], Awaitable[T | None]]) -> T:
    """The first answer that is true."""
    async with asyncio.timeout(SECONDS):
        while True:
            if answer := await ask():
                return answer


async def asked(pool: Pool, query: LiteralString, *parameters: object) -> list[tuple[Any, ...]]:
    """What SQL answers."""
    async with pool.connection() as connection:
        cursor = await connection.execute(query, parameters)
        return await cursor.fetchall() if cursor.description else []


async def rows(pool: Pool, table: str = "test_notes") -> list[tuple[Any, ...]]:
    """The rows of a read table."""
    async with pool.connection() as connection:
        query = SQL("SELECT * FROM {} ORDER BY 1, 2").format(tables.qualified(table))
        cursor = await connection.execute(query)
        return await cursor.fetchall()


async def standings(pool: Pool) -> Sequence[tuple[Any, ...]]:
    """Name, version, build, state, serving and position of each build."""
    return await asked(
        pool,
        "SELECT name, version, build, state, serving, position FROM projections ORDER BY 1, 2, 3",
    )


def note_read_by(*readers: str) -> Note:
    """A note that these have read, one after the other."""
    note = Note.write(uuid4(), AUTHOR, "text", now=NOW)
    for reader in readers:
        note.read(reader)
    return note


def poisoned_rows(version: int = 1) -> Fold[NoteRow]:
    """A read model that takes everything but what was read by `poison`."""
    rows_: Fold[NoteRow] = Fold("test_poisoned", NoteRow, version=version, key=["note_id"])

    @rows_.on(Note.Read)
    def read(_row: NoteRow | None, event: Note.Read) -> NoteRow:
        if event.by == "poison":
            raise ValueError("can't be folded")
        return NoteRow(
            note_id=event.originator_id, text=event.by, readers=(), last_read_at=event.timestamp
        )

    return rows_
