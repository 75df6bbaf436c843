"""What tests of replays do again and again: a changed fold, a builder in another process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from projections import replay
from projections.base import AnyReadModel, Fold
from projections.replay import Progress, Verdict, Workshop
from projections.runner import Projector
from tests.core.notes import Note
from tests.core.projecting import asked, note_read_by, store


class CountedNote(Struct, frozen=True, kw_only=True):
    """A note as a later release lists it: with each reader once, and how often it was read."""

    note_id: UUID
    text: str
    readers: tuple[str, ...]
    last_read_at: datetime | None
    read: int


def counted_notes() -> Fold[CountedNote]:
    """Version 2 of the read model of notes: readers are shown once, removed notes stay."""
    rows: Fold[CountedNote] = Fold("test_notes", CountedNote, version=2, key=["note_id"])

    @rows.on(Note.Written)
    def written(_row: CountedNote | None, event: Note.Written) -> CountedNote:
        return CountedNote(
            note_id=event.originator_id, text=event.text, readers=(), last_read_at=None, read=0
        )

    @rows.on(Note.Read)
    def read(row: CountedNote, event: Note.Read) -> CountedNote:
        readers = tuple(dict.fromkeys((*row.readers, event.by)))
        return replace(row, readers=readers, last_read_at=event.timestamp, read=row.read + 1)

    return rows


def silent(_progress: Progress) -> None:
    return


def stops_after(events: int) -> Callable[[Progress], None]:
    """What is told of progress, and ends it as Ctrl-C does once so many events were read."""
    begun: list[int] = []

    def tell(progress: Progress) -> None:
        begun.append(progress.done)
        if progress.done - begun[0] >= events:
            raise asyncio.CancelledError

    return tell


async def verdict(pool: Pool, log: PostgresLog, model: AnyReadModel) -> Verdict:
    """What verifying finds."""
    return await replay.verify(pool, log, model=model, tell=silent)


async def equals_its_fold(pool: Pool, log: PostgresLog, model: AnyReadModel) -> bool:
    """Whether the table is what its fold gives."""
    return (await verdict(pool, log, model)).equal


async def many_notes(log: PostgresLog, count: int) -> list[Note]:
    """Notes that none to three have read, appended one after the other."""
    notes = [note_read_by(*"abc"[: number % 4]) for number in range(count)]
    for note in notes:
        await store(log, note)
    return notes


def by_hand(pool: Pool, log: PostgresLog, *models: AnyReadModel) -> Projector:
    """A projector that leaves it to an operator to switch."""
    return Projector(pool, log, models, switch="operator")


def workshop(pool: Pool, log: PostgresLog, *models: AnyReadModel) -> Workshop:
    """A release that knows these versions."""
    return Workshop(pool, log, models)


async def builds(pool: Pool, state: Literal["building", "live", "paused", "retired"]) -> list[Any]:
    """The build numbers in a state."""
    found = await asked(pool, "SELECT build FROM projections WHERE state = %s ORDER BY 1", state)
    return [row[0] for row in found]


async def folded(log: PostgresLog, model: Fold[Any]) -> dict[Any, Any]:
    """The rows that the whole log gives, as JSON has them."""
    rows = model.fold({}, await log.page(0, 1_000_000))
    kept = {key: row for key, row in rows.items() if row is not None}
    return {key: msgspec.json.decode(msgspec.json.encode(row)) for key, row in kept.items()}
