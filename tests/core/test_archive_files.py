"""An archive file that is missing, cut short, changed or exchanged is never read wrongly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from prometheus_client import REGISTRY

from adapters.postgres.archive.archiving import check_file, restore
from adapters.postgres.archive.faults import FileUnreadable
from adapters.postgres.archive.opened import Opened
from adapters.postgres.archive.partitions import partitions
from adapters.postgres.archive.parts import Partition, index_name
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.store import LogUnavailable
from tests.core.archived import another_log, log_with_archives, written
from tests.core.parts import archive_some, nothing_told, read_through, small_partitions

SIZE = 80


@pytest.fixture
async def log(pool: Pool, database_url: str, tmp_path: Path) -> AsyncIterator[PostgresLog]:
    """A log of 200 events, of which 160 lie in two files."""
    small_partitions(database_url, SIZE)
    async with log_with_archives(pool, database_url, tmp_path) as log:
        await written(log)
        await asyncio.to_thread(archive_some, database_url, tmp_path)
        yield log


def archived(database_url: str) -> list[Partition]:
    with psycopg.connect(database_url) as connection:
        return [each for each in partitions(connection) if each.state == "archived"]


def told(folder: Path, part: Partition) -> list[tuple[Any, ...]]:
    """All that a part's files say."""
    opened = Opened(folder, part)
    rows, position = [], part.first - 1
    while position < part.last:
        some, position = opened.part(position, 7, topics=None, whole=True)
        rows += some
    streams = sorted({place[0] for places in opened.index.places() for place in places})
    for stream in streams:
        rows += opened.history(UUID(bytes=stream), since=0)
    return rows


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def exchange(path: Path) -> None:
    other = path.with_name(path.name.replace("events_1-80", "events_81-160"))
    path.write_bytes(other.read_bytes())


@pytest.mark.parametrize("harm", [remove, empty, halve, exchange])
@pytest.mark.parametrize("name", ["events_1-80.parquet", "events_1-80.streams.parquet"])
async def test_pages_loads_and_restores_name_the_file_that_was_harmed(
    log: PostgresLog, database_url: str, tmp_path: Path, name: str, harm: Callable[[Path], None]
) -> None:
    history = await log.page(0, 200)
    stream = history[0].event.originator_id
    harm(tmp_path / name)
    counted = REGISTRY.get_sample_value("archive_unreadable_total") or 0
    async with another_log(database_url, tmp_path) as another:
        with pytest.raises(LogUnavailable, match=name):
            await read_through(another)
        with pytest.raises(LogUnavailable, match=name):
            await another.page(0, 10)
        with pytest.raises(LogUnavailable, match=name):
            await another.load(stream)
        assert len(await another.page(80, 200)) == 80
    assert (REGISTRY.get_sample_value("archive_unreadable_total") or 0) > counted
    parts = archived(database_url)
    if "streams" not in name:
        with pytest.raises(FileUnreadable, match=name):
            await asyncio.to_thread(
                restore, database_url, tmp_path, wanted=parts[:1], tell=nothing_told
            )
    with pytest.raises(FileUnreadable, match=name):
        await asyncio.to_thread(check_file, tmp_path, parts[0])
    assert archived(database_url) == parts


@pytest.mark.parametrize("indexed", [False, True])
async def test_no_changed_byte_is_read_as_if_it_were_right(
    log: PostgresLog, database_url: str, tmp_path: Path, indexed: bool
) -> None:
    assert await log.head() == 200
    await asyncio.to_thread(flip_bytes, tmp_path, archived(database_url)[0], indexed=indexed)


def refused(path: Path, read: Callable[[], None]) -> bool:
    """Whether reading is refused with a sentence that names the file."""
    try:
        read()
    except FileUnreadable as fault:
        return path.name in str(fault)
    return False


def flip_bytes(folder: Path, part: Partition, *, indexed: bool) -> None:
    assert part.file is not None
    path = folder / (index_name(part.file) if indexed else part.file)
    right, expected = path.read_bytes(), told(folder, part)
    noticed, step = 0, len(right) // 1_500 + 1
    read: list[Any] = []
    for place in range(0, len(right), step):
        path.write_bytes(right[:place] + bytes([right[place] ^ 0x10]) + right[place + 1 :])
        noticed += refused(path, lambda: check_file(folder, part))
        if not refused(path, lambda: read.append(told(folder, part))):
            assert read.pop() == expected, place
    path.write_bytes(right)
    assert noticed > len(right) // step * 0.8
    for length in range(0, len(right), 97):
        path.write_bytes(right[:length])
        with pytest.raises(FileUnreadable, match=path.name):
            told(folder, part)


async def test_a_process_that_does_not_know_the_folder_says_so(
    log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    async with another_log(database_url, tmp_path / "elsewhere") as another:
        with pytest.raises(LogUnavailable, match=r"elsewhere/events_1-80\.parquet is missing"):
            await another.page(0, 10)
    assert len(await log.page(0, 200)) == 80


async def test_a_file_that_was_removed_after_its_events_were_restored_is_not_missed(
    log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    everything = await read_through(log)
    parts = archived(database_url)
    async with another_log(database_url, tmp_path) as another:
        await another._archives.refresh()
        await asyncio.to_thread(restore, database_url, tmp_path, wanted=parts, tell=nothing_told)
        for each in parts:
            remove(tmp_path / (each.file or ""))
        assert len(await another.page(0, 50)) == 50
        await another._archives.refresh()
        assert await read_through(another) == everything
