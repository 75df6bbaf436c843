"""Whoever waits for a position reads their own write, soon, and is told honestly when not."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from typing import LiteralString

import psycopg
import pytest

from adapters.postgres.listen import Bell
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from projections import reads as reading
from projections.reads import Announcement, Reads
from projections.runner import Projector
from tests.core.notes import note_rows, reading_lines
from tests.core.projecting import asked, note_read_by, poisoned_rows, rows, running, store, until

NOTES = ("test_notes",)
BOTH = ("test_notes", "test_readings")
LISTENERS: LiteralString = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE application_name = 'polikrami reads' AND datname = current_database()"
)


@pytest.fixture
async def projector(pool: Pool, event_log: PostgresLog) -> Projector:
    """A projector of notes and readings, whose tables are there."""
    made = Projector(pool, event_log, [note_rows(), reading_lines()])
    await made.prepare()
    return made


@pytest.fixture
async def reads(pool: Pool, database_url: str, projector: Projector) -> AsyncIterator[Reads]:
    """Reads that listen."""
    made = Reads(pool, app_url(database_url))
    await made.start()
    await until(lambda: heard(made))
    yield made
    await made.stop()


async def heard(reads: Reads) -> bool:
    await asyncio.sleep(0)
    return reads.serves(BOTH)


async def test_whoever_waits_for_a_position_reads_their_own_write(
    event_log: PostgresLog, pool: Pool, projector: Projector, reads: Reads
) -> None:
    position = await store(event_log, note_read_by("a"))
    waiting = asyncio.create_task(reads.reach(NOTES, position, timeout_seconds=5))
    await projector.step()
    assert await waiting
    assert len(await rows(pool)) == 1
    assert not await reads.reach(NOTES, position + 1, timeout_seconds=0.01)
    assert not await reads.reach(["never_ran"], 1, timeout_seconds=0.01)
    assert await reads.reach(["never_ran"], 0, timeout_seconds=0)


async def test_thousands_wait_by_one_connection_and_each_is_told_in_turn(
    event_log: PostgresLog, pool: Pool, projector: Projector, reads: Reads
) -> None:
    note = note_read_by()
    await store(event_log, note)
    positions = [number * 7 % 10 + 2 for number in range(5_000)]
    waiting = [
        asyncio.create_task(
            reads.reach(BOTH if number % 2 else NOTES, position, timeout_seconds=60)
        )
        for number, position in enumerate(positions)
    ]
    for reached in range(2, 11):
        note.read("a")
        await store(event_log, note)
        while await projector.step():
            pass
        assert await reads.reach(BOTH, reached, timeout_seconds=5)
        await asyncio.sleep(0)
        assert [task.done() for task in waiting] == [each <= reached for each in positions]
    assert await asked(pool, LISTENERS) == [(1,)]
    note.read("a")
    await store(event_log, note)
    await projector.step()
    assert all(await asyncio.gather(*waiting))
    assert not reads._waiting


async def test_those_who_gave_up_leave_nothing_behind(reads: Reads) -> None:
    far = 10**14
    patient = asyncio.create_task(reads.reach(NOTES, far + 1, timeout_seconds=60))
    gave_up = await asyncio.gather(
        *(reads.reach(NOTES, far - number, timeout_seconds=0.01) for number in range(500))
    )
    assert not any(gave_up)
    assert len(reads._waiting[NOTES]) <= 2
    patient.cancel()
    await asyncio.gather(patient, return_exceptions=True)
    assert not reads._waiting


async def test_one_too_many_is_told_at_once_that_it_is_behind(
    reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_WAITING", 3)
    waiting = [asyncio.create_task(reads.reach(NOTES, 9, timeout_seconds=60)) for _ in range(3)]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        assert not await reads.reach(NOTES, 9, timeout_seconds=60)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert reads._waiters == 0


async def test_a_paused_read_model_is_not_lifted_by_what_others_reach(
    event_log: PostgresLog, pool: Pool, database_url: str
) -> None:
    projector = Projector(pool, event_log, [note_rows(), poisoned_rows()])
    reads = Reads(pool, app_url(database_url))
    await reads.start()
    async with running(projector):
        await store(event_log, note_read_by("poison"))
        await until(lambda: asked(pool, "SELECT 1 FROM projections WHERE state = 'paused'"))
        head = await store(event_log, note_read_by("a"))
        assert await reads.reach(NOTES, head, timeout_seconds=5)
    assert not await reads.reach(["test_poisoned"], head, timeout_seconds=0.05)
    assert not reads.serves(["test_poisoned"])
    # A projector that counts other read models than this reader knows is not understood.
    assert not reads._heard(Announcement(at=head + 5, all_of=2))
    assert not reads._heard(Announcement(at=head + 5, moved=["test_poisoned"]))
    assert reads.position(NOTES) == head
    await reads.stop()


async def test_it_is_known_which_tables_changed(
    event_log: PostgresLog, projector: Projector, reads: Reads
) -> None:
    before = reads.changed_at("test_readings")
    position = await store(event_log, note_read_by())
    while await projector.step():
        pass
    assert await reads.reach(BOTH, position, timeout_seconds=5)
    assert reads.changed_at("test_notes") == position
    assert reads.changed_at("test_readings") == before
    assert reads.changed_at("never_ran") == -1


async def test_without_the_projectors_word_nothing_is_known(
    pool: Pool, event_log: PostgresLog, projector: Projector, reads: Reads, database_url: str
) -> None:
    head = await store(event_log, note_read_by("a"))
    await projector.step()
    assert await reads.reach(NOTES, head, timeout_seconds=5)
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'polikrami reads' AND datname = current_database()"
        )

    async def lost() -> bool:
        await asyncio.sleep(0)
        return not reads.serves(NOTES)

    await until(lost)
    assert (reads.position(NOTES), reads.changed_at("test_notes")) == (0, -1)
    await until(lambda: heard(reads))
    assert reads.position(NOTES) == head


async def test_what_the_projector_says_counts_for_a_few_seconds_only(
    reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reads.changed_at("test_notes") == 0
    monkeypatch.setattr(reading, "UNHEARD_SECONDS", 0.0)
    assert reads.changed_at("test_notes") == -1
    assert not reads.serves(NOTES)


async def test_the_wait_for_ones_own_write_is_short(
    event_log: PostgresLog, pool: Pool, projector: Projector, reads: Reads, database_url: str
) -> None:
    bell = Bell(app_url(database_url), "events")
    await bell.start()
    following = asyncio.create_task(projector.run(bell.wait))
    durations = []
    for _ in range(200):
        position = await store(event_log, note_read_by("a"))
        began = time.perf_counter()
        assert await reads.reach(BOTH, position, timeout_seconds=10)
        durations.append(time.perf_counter() - began)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await bell.stop()
    # A tenth of what polling each 100 ms costs on average; the benchmark tells the figure.
    assert statistics.median(durations) < 0.05
