"""Archived parts of the log are read as if they were still in the table."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from adapters.postgres.archive.archiving import archivable, archive, restore
from adapters.postgres.archive.faults import LogKept
from adapters.postgres.archive.partitions import partitions
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.store import ConcurrentChange, replay
from tests.core.archived import another_log, log_with_archives, written
from tests.core.notes import Note
from tests.core.parts import (
    archive_some,
    facts,
    note,
    nothing_told,
    of,
    read_through,
    small_partitions,
)
from tests.core.writing import commanding

SIZE = 40


@pytest.fixture
async def log(pool: Pool, database_url: str, tmp_path: Path) -> AsyncIterator[PostgresLog]:
    """A log with small partitions and a folder for archives."""
    small_partitions(database_url, SIZE)
    async with log_with_archives(pool, database_url, tmp_path) as log:
        yield log


async def test_pages_loads_and_replays_of_archived_events_equal_those_of_the_table(
    log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    notes = await written(log)
    pages = await read_through(log)
    reads = await read_through(log, kinds=[Note.Read], size=7)
    histories = [facts(await log.load(each.id)) for each in notes]
    moved = await asyncio.to_thread(archive_some, database_url, tmp_path)
    assert [each.first for each in moved] == [1, 41, 81, 121]
    assert await read_through(log) == pages
    assert await read_through(log, size=3) == pages
    assert await read_through(log, kinds=[Note.Read], size=7) == reads
    assert [facts(await log.load(each.id)) for each in notes] == histories
    for after in range(0, 200, 13):
        page = await log.page(after, 30)
        assert facts(page) == pages[after : after + len(page)]
        assert page


async def test_a_log_that_was_opened_before_the_archive_was_made_misses_nothing_in_a_load(
    log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    notes = await written(log)
    before = await asyncio.gather(*(log.load(each.id) for each in notes))
    await asyncio.to_thread(archive_some, database_url, tmp_path, before=100)
    after = await asyncio.gather(*(log.load(each.id) for each in notes))
    assert list(map(facts, after)) == list(map(facts, before))
    assert await log.load(uuid4()) == []


async def test_histories_are_cut_at_a_position_wherever_their_events_lie(
    log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    notes = await written(log)
    wholes = [each for note in notes[:7] for each in await log.load(note.id)]
    ids = [uuid4(), *(note.id for note in notes[:7])]
    names = await log.topics([1, 2, 150])
    for _ in range(2):
        for until in (0, 30, 60, 110, 200):
            found = await log.histories(ids, until=until)
            wanted = [each for each in wholes if each.position <= until]
            assert facts(found) == facts(sorted(wanted, key=lambda each: each.position))
        assert await log.topics([1, 2, 150]) == names
        assert await log.histories([], until=200) == []
        await asyncio.to_thread(archive_some, database_url, tmp_path, before=100)


async def test_aggregates_are_the_same_wherever_their_events_lie(
    log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    notes = await written(log)
    for before in (90, 130, None):
        await asyncio.to_thread(archive_some, database_url, tmp_path, before=before)
        async with another_log(database_url, tmp_path) as another:
            for each in notes:
                loaded = [await some.aggregate(each.id) for some in (log, another)]
                history = await log.load(each.id)
                for one in loaded:
                    assert one is not None
                    assert isinstance(one.aggregate, Note)
                    assert one.position == history[-1].position
                    assert one.aggregate.version == 4
                    assert one.aggregate.text == each.text
                    assert one.aggregate.readers == each.readers[:3]


async def test_a_stream_that_was_archived_can_be_continued_and_conflicts_are_detected(
    log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    notes = await written(log)
    await asyncio.to_thread(archive_some, database_url, tmp_path)
    again = replay(await log.load(notes[0].id))
    assert isinstance(again, Note)
    stale = replay(await log.load(notes[0].id))
    assert isinstance(stale, Note)
    again.read("somebody new")
    await log.append(of(again))
    stale.read("somebody else")
    with pytest.raises(ConcurrentChange):
        await log.append(of(stale))
    beginning = Note.Removed(
        originator_id=notes[1].id, originator_version=1, timestamp=notes[1].created_on
    )
    with pytest.raises(ConcurrentChange):
        await log.append(commanding([beginning]))


async def test_only_full_partitions_with_events_behind_them_are_archived(
    log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    await log.append(of(*(note(readers=0) for _ in range(SIZE))))
    with psycopg.connect(database_url) as connection:
        assert archivable(connection) == []
    await log.append(of(note(readers=0)))
    with psycopg.connect(database_url) as connection:
        assert [each.last for each in archivable(connection)] == [SIZE]
        assert archivable(connection, before=SIZE) == []
        assert len(archivable(connection, before=SIZE + 1)) == 1
    await asyncio.to_thread(archive_some, database_url, tmp_path)
    assert await log.head() == SIZE + 1
    assert await log.append(of(note(readers=0))) == SIZE + 2


async def test_what_was_restored_is_the_same_row_by_row(
    log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    await written(log)
    everything = "SELECT e::text FROM events AS e ORDER BY position"
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(everything).fetchall()
    pages = await read_through(log)
    await asyncio.to_thread(archive_some, database_url, tmp_path)
    with psycopg.connect(database_url) as connection:
        assert len(connection.execute(everything).fetchall()) == 40
        wanted = [each for each in partitions(connection) if each.state == "archived"]
    for some in (wanted[1:2], [wanted[0], *wanted[2:]]):
        await asyncio.to_thread(restore, database_url, tmp_path, wanted=some, tell=nothing_told)
        assert await read_through(log) == pages
    with psycopg.connect(database_url) as connection:
        assert connection.execute(everything).fetchall() == rows
        assert {each.state for each in partitions(connection)} == {"attached"}
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM events_41")


async def test_two_processes_do_not_archive_at_the_same_time(
    log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    await written(log)
    with psycopg.connect(database_url) as connection:
        wanted = archivable(connection)
    first = archive(database_url, tmp_path, wanted=wanted, tell=nothing_told)
    await asyncio.to_thread(next, first)
    with pytest.raises(LogKept, match="Another process"):
        await asyncio.to_thread(archive_some, database_url, tmp_path)
    first.close()
    assert len(await asyncio.to_thread(archive_some, database_url, tmp_path)) == 3
