"""Whatever happens while an archive is made, no event is lost and nobody misses one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.archive.archiving import restore
from adapters.postgres.archive.partitions import partitions
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from projections.base import AnyReadModel
from projections.runner import Projector
from tests.core.archived import (
    CHOSEN,
    another_log,
    killed_archiving,
    log_with_archives,
    written,
)
from tests.core.notes import Note, note_rows, reading_lines
from tests.core.parts import (
    archive_some,
    facts,
    note,
    nothing_told,
    of,
    read_through,
    small_partitions,
)
from tests.core.projecting import catch_up, rows
from tests.core.replaying import equals_its_fold

SIZE = 12


@pytest.fixture
async def log(pool: Pool, database_url: str, tmp_path: Path) -> AsyncIterator[PostgresLog]:
    """A log with many small partitions."""
    small_partitions(database_url, SIZE)
    async with log_with_archives(pool, database_url, tmp_path) as log:
        yield log


def kinds_of_files(folder: Path) -> set[str]:
    return {path.suffix for path in folder.iterdir()}


def states(database_url: str) -> list[str]:
    with psycopg.connect(database_url) as connection:
        return [each.state for each in partitions(connection)]


@pytest.mark.fault
async def test_a_process_that_is_killed_while_it_archives_loses_nothing(
    log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    notes = await written(log)
    everything = await read_through(log)
    for moment in CHOSEN:
        before = states(database_url)
        assert await asyncio.to_thread(killed_archiving, database_url, tmp_path, moment) == -9
        after = states(database_url)
        assert after.count("archived") - before.count("archived") == (moment == "when_free after")
        async with another_log(database_url, tmp_path) as another:
            for each in (log, another):
                assert await read_through(each) == everything, moment
    moved = await asyncio.to_thread(archive_some, database_url, tmp_path)
    assert len(moved) == 200 // SIZE - 1
    assert await read_through(log) == everything
    assert sum([len(await log.load(each.id)) for each in notes]) == 200
    assert kinds_of_files(tmp_path) == {".parquet"}


async def test_files_that_an_interrupted_run_has_left_are_used_if_they_are_right(
    log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    await written(log)
    moment = "_mark before"
    assert await asyncio.to_thread(killed_archiving, database_url, tmp_path, moment) == -9
    left = tmp_path / f"events_1-{SIZE}.parquet"
    made = left.stat().st_ino
    moved = await asyncio.to_thread(archive_some, database_url, tmp_path, before=SIZE + 1)
    assert [each.path for each in moved] == [left]
    assert left.stat().st_ino == made
    wrong = tmp_path / f"events_{SIZE + 1}-{2 * SIZE}.parquet"
    wrong.write_bytes(left.read_bytes())
    everything = await read_through(log)
    await asyncio.to_thread(archive_some, database_url, tmp_path)
    assert await read_through(log) == everything


async def test_a_reader_that_tails_or_replays_meanwhile_misses_nothing(
    log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    notes = await written(log)
    moving = asyncio.create_task(back_and_forth(log, database_url, tmp_path))

    async def looks() -> int:
        times = 0
        while not moving.done():
            async with another_log(database_url, tmp_path) as another:
                pages = another.pages(0, 200, kinds=[Note.Read], size=5)
                seen = [each.position async for page in pages for each in page.events]
                assert seen == [*range(51, 201)]
                for each in notes[:10]:
                    assert len(await another.load(each.id)) == 4
            times += 1
        return times

    async def tails() -> list[int]:
        seen: list[int] = []
        while not moving.done() or len(seen) < await log.head():
            seen += [recorded.position for recorded in await log.page(len(seen), 7)]
            await asyncio.sleep(0)
        return seen

    times, seen, _ = await asyncio.gather(looks(), tails(), moving)
    assert times > 0
    assert seen == list(range(1, await log.head() + 1))


async def back_and_forth(log: PostgresLog, database_url: str, folder: Path) -> None:
    """Write, archive all that can be, and restore some of it, again and again."""
    for _ in range(3):
        await log.append(of(note(readers=SIZE)))
        await asyncio.to_thread(archive_some, database_url, folder)
        with psycopg.connect(database_url) as connection:
            archived = [each for each in partitions(connection) if each.state == "archived"]
        some = archived[::3]
        await asyncio.to_thread(restore, database_url, folder, wanted=some, tell=nothing_told)


async def test_read_models_of_a_partly_archived_log_are_the_same(
    log: PostgresLog, pool: Pool, database_url: str, tmp_path: Path
) -> None:
    await written(log)
    models: list[AnyReadModel] = [note_rows(), reading_lines()]
    await catch_up(Projector(pool, log, models))
    before = [await rows(pool, model.name) for model in models]
    await asyncio.to_thread(archive_some, database_url, tmp_path, before=150)
    for model in models:
        assert await equals_its_fold(pool, log, model)
    async with pool.connection() as connection:
        await connection.execute("DELETE FROM projections")
        await connection.execute("DROP VIEW read.test_notes, read.test_readings")
    await catch_up(Projector(pool, log, [note_rows(2), reading_lines()]))
    assert [await rows(pool, model.name) for model in models] == before


async def test_a_log_with_everything_but_the_newest_archived_goes_on(
    log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    notes = await written(log)
    histories = [facts(await log.load(each.id)) for each in notes]
    await asyncio.to_thread(archive_some, database_url, tmp_path)
    assert states(database_url)[:-1] == ["archived"] * (200 // SIZE)
    assert [facts(await log.load(each.id)) for each in notes] == histories
    for each in notes:
        await log.append(of(each))
    assert [len(await log.load(each.id)) for each in notes] == [5] * 50
