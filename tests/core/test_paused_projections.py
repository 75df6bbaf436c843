"""What a read model can't take pauses it alone, until an operator has decided."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from projections import runner, skips
from projections.base import Fold
from projections.runner import Projector
from projections.skips import Decision, NotPaused
from tests.core.notes import Note, NoteRow, note_rows
from tests.core.projecting import (
    asked,
    catch_up,
    note_read_by,
    poisoned_rows,
    rows,
    running,
    store,
    until,
)

BECAUSE = Decision("the event is a known mistake", "ayse@ops")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long between two tries."""
    monkeypatch.setattr(runner, "BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr(runner, "LOOK_SECONDS", 0.01)


async def paused(pool: Pool) -> list[tuple[Any, ...]]:
    return await asked(
        pool, "SELECT name, position, failed_at, error FROM projections WHERE state = 'paused'"
    )


async def position(pool: Pool, name: str) -> int:
    found = await asked(pool, "SELECT position FROM projections WHERE name = %s", name)
    return int(found[0][0])


async def test_a_poison_event_pauses_only_its_read_model(
    event_log: PostgresLog, pool: Pool
) -> None:
    head = await store(event_log, note_read_by("a"), note_read_by("poison"), note_read_by("b"))
    async with running(Projector(pool, event_log, [poisoned_rows(), note_rows()])):
        ((name, reached, failed_at, error),) = await until(lambda: paused(pool))
    assert (name, reached, failed_at) == ("test_poisoned", 3, 4)
    assert "can't be folded" in error
    assert len(await rows(pool)) == 3
    assert len(await rows(pool, "test_poisoned")) == 1
    assert await position(pool, "test_notes") == head


async def test_what_fails_for_a_moment_only_is_tried_again(
    event_log: PostgresLog, pool: Pool
) -> None:
    moments = iter(range(3))
    flaky: Fold[NoteRow] = Fold("test_flaky", NoteRow, version=1, key=["note_id"])

    @flaky.on(Note.Read)
    def read(_row: NoteRow | None, event: Note.Read) -> NoteRow:
        if event.by == "b" and next(moments, None) is not None:
            raise ValueError("not now")
        return NoteRow(
            note_id=event.originator_id, text=event.by, readers=(), last_read_at=event.timestamp
        )

    head = await store(event_log, note_read_by("a"), note_read_by("b"), note_read_by("c"))
    async with running(Projector(pool, event_log, [flaky])):
        await until(lambda: asked(pool, "SELECT 1 FROM projections WHERE position = %s", head))
    assert await paused(pool) == []
    assert {row[1] for row in await rows(pool, "test_flaky")} == {"a", "b", "c"}


async def test_what_the_database_refuses_is_found_in_a_large_page(
    event_log: PostgresLog, pool: Pool
) -> None:
    head = await store(event_log, *(note_read_by(str(number)) for number in range(100)))
    model = poisoned_rows()
    projector = Projector(pool, event_log, [model, note_rows()])
    await projector.prepare()
    await asked(pool, "ALTER TABLE read.test_poisoned_v1 ADD CHECK (text <> '70')")
    async with running(projector):
        ((_, reached, failed_at, error),) = await until(lambda: paused(pool))
    assert (reached, failed_at) == (141, 142)
    assert "check constraint" in error
    assert len(await rows(pool, "test_poisoned")) == 70
    assert await position(pool, "test_notes") == head


async def test_an_event_of_a_newer_release_pauses_those_who_want_it(
    event_log: PostgresLog, pool: Pool, database_url: str
) -> None:
    head = await store(event_log, note_read_by("a"))
    with psycopg.connect(database_url) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE events SET schema_version = 9 WHERE type = 'test_note.read'")
    lines: Fold[NoteRow] = Fold("test_written", NoteRow, version=1, key=["note_id"])

    @lines.on(Note.Written)
    def written(_row: NoteRow | None, event: Note.Written) -> NoteRow:
        return NoteRow(note_id=event.originator_id, text=event.text, readers=(), last_read_at=None)

    async with running(Projector(pool, event_log, [note_rows(), lines])):
        ((name, _, failed_at, error),) = await until(lambda: paused(pool))
    assert (name, failed_at) == ("test_notes", 2)
    assert "version 9" in error
    assert await position(pool, "test_written") == head


async def test_an_operator_skips_exactly_the_event_that_failed(
    event_log: PostgresLog, pool: Pool
) -> None:
    head = await store(event_log, note_read_by("a"), note_read_by("poison"), note_read_by("b"))
    model = poisoned_rows()
    async with running(Projector(pool, event_log, [model])):
        await until(lambda: paused(pool))
        async with pool.connection() as connection:
            with pytest.raises(NotPaused, match=r"paused at position 4, not at 5\."):
                await skips.skip(connection, model.name, position=5, decision=BECAUSE)
            assert await skips.skipped(connection, model) == frozenset()
            await skips.skip(connection, model.name, position=4, decision=BECAUSE)
            assert await skips.skipped(connection, model) == {4}
            assert await skips.skipped(connection, poisoned_rows(version=2)) == frozenset()
            with pytest.raises(NotPaused, match="is not paused"):
                await skips.skip(connection, model.name, position=4, decision=BECAUSE)
        await until(lambda: asked(pool, "SELECT 1 FROM projections WHERE position = %s", head))
    assert await paused(pool) == []
    assert {row[1] for row in await rows(pool, "test_poisoned")} == {"a", "b"}
    noted = await asked(pool, "SELECT name, version, position, note, operator FROM skips")
    assert noted == [(model.name, 1, 4, BECAUSE.note, BECAUSE.operator)]


async def test_a_decision_to_skip_can_never_be_changed(pool: Pool, database_url: str) -> None:
    await asked(pool, "INSERT INTO skips VALUES ('a', 1, 4, 'why', 'who')")
    with psycopg.connect(database_url, autocommit=True) as owner:
        for change in ("DELETE FROM skips", "UPDATE skips SET note = ''", "TRUNCATE skips"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grow"):
                owner.execute(change)


async def test_a_read_model_that_was_mended_is_resumed(event_log: PostgresLog, pool: Pool) -> None:
    await store(event_log, note_read_by("poison"))
    async with running(Projector(pool, event_log, [poisoned_rows()])):
        await until(lambda: paused(pool))
        async with pool.connection() as connection:
            await skips.resume(connection, "test_poisoned", decision=BECAUSE)
        await until(lambda: paused(pool))
    mended = poisoned_rows()
    mended.handlers.clear()
    async with pool.connection() as connection:
        await skips.resume(connection, "test_poisoned", decision=BECAUSE)
        with pytest.raises(NotPaused, match="is not paused"):
            await skips.resume(connection, "test_poisoned", decision=BECAUSE)
    await catch_up(Projector(pool, event_log, [mended]))
    assert await position(pool, "test_poisoned") == 2
    noted = await asked(pool, "SELECT position, note, operator FROM resumptions")
    assert noted == [(1, BECAUSE.note, BECAUSE.operator)] * 2
