"""Read models follow the log exactly, whatever is killed, poisoned or replayed."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.sql import SQL

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.store import Append
from domain.shared.aggregate import Metadata
from projections import runner, tables
from projections.base import Fold
from projections.reads import Reads
from projections.rebuild import Progress, rebuild, verify
from projections.runner import Projector
from tests.core.notes import Note, NoteRow, note_rows, reading_lines
from tests.given import NOW

AUTHOR = UUID(int=1)


def silent(_progress: Progress) -> None:
    return


async def store(log: PostgresLog, *notes: Note) -> int:
    events: list[Any] = [event for note in notes for event in note.collect_events()]
    command_id = uuid4()
    facts = Metadata(command_id=command_id, command="Test", correlation_id=command_id)
    return await log.append(Append(events=events, metadata=facts))


async def catch_up(projector: Projector) -> None:
    await projector.prepare()
    while await projector.step():
        pass


async def rows(pool: Pool, table: str = "test_notes") -> list[tuple[Any, ...]]:
    async with pool.connection() as connection:
        query = SQL("SELECT * FROM {} ORDER BY 1, 2").format(tables.qualified(table))
        cursor = await connection.execute(query)
        return await cursor.fetchall()


def note_read_by(*readers: str) -> Note:
    note = Note.write(uuid4(), AUTHOR, "text", now=NOW)
    for reader in readers:
        note.read(reader)
    return note


async def test_a_fold_and_lines_follow_the_log(event_log: PostgresLog, pool: Pool) -> None:
    gone = note_read_by("Can")
    gone.remove()
    note = note_read_by("Ayşe", "Işıl")
    await store(event_log, note, gone)
    await catch_up(Projector(pool, event_log, [note_rows(), reading_lines()]))
    assert await rows(pool) == [(note.id, "text", ["Ayşe", "Işıl"], NOW)]
    readings = await rows(pool, "test_readings")
    assert {(row[0], row[2]) for row in readings} == {
        (note.id, "Ayşe"),
        (note.id, "Işıl"),
        (gone.id, "Can"),
    }


async def test_a_projector_goes_on_where_another_stopped(
    event_log: PostgresLog, pool: Pool
) -> None:
    note = note_read_by("a")
    await store(event_log, note)
    await catch_up(Projector(pool, event_log, [note_rows()]))
    note.read("b")
    await store(event_log, note)
    await catch_up(Projector(pool, event_log, [note_rows()]))
    assert (await rows(pool))[0][2] == ["a", "b"]


async def test_two_projectors_at_once_apply_each_event_once(
    event_log: PostgresLog, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "PAGE", 3)
    note = note_read_by(*map(str, range(60)))
    await store(event_log, note)
    projectors = [Projector(pool, event_log, [note_rows()]) for _ in range(3)]
    for projector in projectors:
        await projector.prepare()

    async def follow(projector: Projector) -> None:
        for _ in range(60):
            if not projector.standings:
                await projector.prepare()
            await projector.step()

    await asyncio.gather(*map(follow, projectors))
    assert (await rows(pool))[0][2] == [str(number) for number in range(60)]


async def test_a_poison_event_pauses_only_its_read_model(
    event_log: PostgresLog, pool: Pool
) -> None:
    poisoned: Fold[NoteRow] = Fold("test_poisoned", NoteRow, version=1, key=["note_id"])

    @poisoned.on(Note.Read)
    def read(_row: NoteRow | None, event: Note.Read) -> None:
        if event.by == "poison":
            raise ValueError("can't be folded")

    await store(event_log, note_read_by("a"), note_read_by("poison"), note_read_by("b"))
    projector = Projector(pool, event_log, [poisoned, note_rows()])
    await catch_up(projector)
    assert len(await rows(pool)) == 3
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT state, position, error FROM projections WHERE name = 'test_poisoned'"
        )
        state, position, error = await cursor.fetchone() or ("", 0, "")
    assert (state, position) == ("paused", 3)
    assert "can't be folded" in error
    assert "at 4" in error


async def test_rebuilding_gives_the_same_table(event_log: PostgresLog, pool: Pool) -> None:
    notes = [note_read_by(*"abc"[: number % 4]) for number in range(30)]
    await store(event_log, *notes)
    model, lines = note_rows(), reading_lines()
    await catch_up(Projector(pool, event_log, [model, lines]))
    before = await rows(pool), await rows(pool, "test_readings")
    told: list[Progress] = []
    await rebuild(pool, event_log, model=model, tell=told.append)
    await rebuild(pool, event_log, model=lines, tell=silent)
    assert (await rows(pool), await rows(pool, "test_readings")) == before
    assert told[-1].done == told[-1].total > 0


async def test_a_rebuild_can_be_repeated_and_followed_by_more_events(
    event_log: PostgresLog, pool: Pool
) -> None:
    note = note_read_by("a")
    await store(event_log, note)
    model = note_rows()
    projector = Projector(pool, event_log, [model])
    await catch_up(projector)
    for reader in ("b", "c"):
        await rebuild(pool, event_log, model=model, tell=silent)
        note.read(reader)
        await store(event_log, note)
        while await projector.step() or not projector.standings:
            if not projector.standings:
                await projector.prepare()
    assert (await rows(pool))[0][2] == ["a", "b", "c"]
    assert (await verify(pool, event_log, model=model, tell=silent)).equal


async def test_verifying_names_the_rows_that_are_wrong(event_log: PostgresLog, pool: Pool) -> None:
    note, other = note_read_by("a"), note_read_by("b")
    await store(event_log, note, other)
    model = note_rows()
    await catch_up(Projector(pool, event_log, [model]))
    assert (await verify(pool, event_log, model=model, tell=silent)).equal
    async with pool.connection() as connection:
        await connection.execute(
            "UPDATE read.test_notes_v1 SET text = 'forged' WHERE note_id = %s", (note.id,)
        )
        await connection.execute("DELETE FROM read.test_notes_v1 WHERE note_id = %s", (other.id,))
    verdict = await verify(pool, event_log, model=model, tell=silent)
    assert (verdict.different, verdict.missing, verdict.unexpected) == ([note.id], [other.id], [])


async def test_a_new_version_is_built_while_the_old_one_serves(
    event_log: PostgresLog, pool: Pool
) -> None:
    await store(event_log, note_read_by("a"))
    await catch_up(Projector(pool, event_log, [note_rows()]))
    newer = Projector(pool, event_log, [note_rows(version=2)])
    await newer.prepare()
    assert len(await rows(pool)) == 1
    while await newer.step():
        pass
    await newer._promote()
    assert len(await rows(pool)) == 1
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT version, state FROM projections ORDER BY 1")
        assert await cursor.fetchall() == [(1, "retired"), (2, "live")]


async def test_whoever_waits_for_a_position_reads_their_own_write(
    event_log: PostgresLog, pool: Pool, database_url: str
) -> None:
    model = note_rows()
    projector = Projector(pool, event_log, [model])
    await projector.prepare()
    reads = Reads(pool, database_url)
    await reads.start()
    position = await store(event_log, note_read_by("a"))
    waiting = asyncio.create_task(reads.reach([model.name], position, timeout_seconds=5))
    await projector.step()
    assert await waiting
    assert len(await rows(pool)) == 1
    assert not await reads.reach([model.name], position + 1, timeout_seconds=0.01)
    assert not await reads.reach(["never_ran"], 1, timeout_seconds=0.01)
    await reads.stop()
