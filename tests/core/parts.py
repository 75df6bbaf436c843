"""Small partitions of the log, so that a test meets many of them; and what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.sql import SQL, Literal

from adapters.postgres.archive.archiving import Moved, archivable, archive
from adapters.postgres.log import PostgresLog
from application.store import Append
from tests.core.notes import Note
from tests.core.writing import commanding
from tests.given import NOW


def nothing_told(_done: int, _total: int) -> None:
    """Progress that nobody looks at."""


def small_partitions(database_url: str, size: int) -> None:
    """Give the first partition of an empty log another size, which all others take from it."""
    with psycopg.connect(database_url) as connection:
        connection.execute("ALTER TABLE events DETACH PARTITION events_1")
        connection.execute(
            SQL("ALTER TABLE events ATTACH PARTITION events_1 FOR VALUES FROM (1) TO ({})").format(
                Literal(size + 1)
            )
        )
        connection.execute("UPDATE log_partitions SET last_position = %s", (size,))


def archive_some(database_url: str, folder: Path, *, before: int | None = None) -> list[Moved]:
    """Archive all partitions that can be, or those before a position."""
    with psycopg.connect(database_url) as connection:
        wanted = archivable(connection, before=before)
    return list(archive(database_url, folder, wanted=wanted, tell=nothing_told))


def note(*, readers: int = 3, text: str = "Günaydın, dünya", author: UUID | None = None) -> Note:
    """A note that was written and read some times; its events are not saved yet."""
    written = Note.write(uuid4(), author or uuid4(), text, now=NOW)
    for number in range(readers):
        written.read(f"reader {number}")
    return written


def of(*notes: Note) -> Append:
    """One command with all new events of these notes."""
    return commanding(event for each in notes for event in each.collect_events())  # type: ignore[misc]  # events of ours


async def read_through(log: PostgresLog, **wanted: Any) -> list[tuple[Any, ...]]:
    """All that the log's pages say, from the first event to the newest."""
    told = []
    async for page in log.pages(0, await log.head(), whole=True, **wanted):
        told += facts(page.events)
    return told


def facts(events: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What there is to know of some recorded events."""
    return [(e.position, e.topic, e.event, e.metadata, e.recorded_at) for e in events]
