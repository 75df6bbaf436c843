"""Migrations are applied once, however many processes start at once and whatever was there."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from yoyo import get_backend, read_migrations

from adapters.postgres.migrations import SQL_FOLDER, migrate
from tests.core.test_batches import adding, stored
from tests.core.writing import hold, log_of
from tests.databases import database_named
from tests.sources import ROOT

PROCESSES = 10
OLD = "0004"
MIGRATE = "import sys; from adapters.postgres.migrations import migrate; migrate(sys.argv[1])"


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    """A database without anything."""
    name = f"migrated_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield database_named(postgres_url, name)
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def all_migrations() -> list[str]:
    return sorted(path.stem for path in SQL_FOLDER.rglob("*.sql"))


def migrate_to(database_url: str, last: str) -> None:
    """What an older release left: the migrations up to this one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        url = urlsplit(database_url)._replace(scheme="postgresql+psycopg").geturl()
        backend = get_backend(url)
        known = read_migrations(str(SQL_FOLDER)).filter(lambda each: each.id[:4] <= last)
        backend.apply_migrations(backend.to_apply(known))
        backend.connection.close()


def many_at_once(database_url: str) -> Counter[str]:
    """Let ten processes migrate at the same time; how often each migration was applied."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([migrate.__module__])
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as processes:
        applied = list(processes.map(migrate, [database_url] * PROCESSES))
    return Counter(name for each in applied for name in each)


def test_ten_processes_make_an_empty_database_once(empty_url: str) -> None:
    assert many_at_once(empty_url) == dict.fromkeys(all_migrations(), 1)
    assert migrate(empty_url) == []


async def test_ten_processes_bring_an_older_database_up_once_and_keep_what_is_in_it(
    empty_url: str,
) -> None:
    migrate_to(empty_url, OLD)
    streams = [uuid4() for _ in range(40)]
    with psycopg.connect(empty_url) as owner:
        for stream in streams:
            events = [hold(stream, version) for version in (1, 2, 3)]
            owner.execute(
                "SELECT append_events(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    *([1, 1, 1], [stream] * 3, [1, 2, 3], [each.TOPIC for each in events]),
                    *([1, 1, 1], [None] * 3, [msgspec.json.encode(each) for each in events]),
                    [msgspec.json.encode(adding(stream).metadata)],
                    *(["test"], [str(stream)], [b"h"], [b"{}"]),
                ),
            )
    newer = [name for name in all_migrations() if name[:4] > OLD]
    assert many_at_once(empty_url) == dict.fromkeys(newer, 1)
    async with log_of(empty_url, name="migrated") as log:
        assert await log.append(adding(streams[7], 4)) == 121
        assert await log.append(adding(uuid4())) == 122
        positions = [position for position, _, _ in await stored(log)]
        assert positions == list(range(1, 123))
        assert [each.position for each in await log.load(streams[7])] == [22, 23, 24, 121]
        answer = await log.answer("test", str(streams[39]))
        assert answer is not None
        assert answer.position == 120


async def test_a_process_that_dies_while_it_migrates_keeps_nobody_waiting(empty_url: str) -> None:
    """Its lock goes with its session, and what it had begun is undone."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MIGRATE, empty_url), cwd=ROOT
    )
    async with await psycopg.AsyncConnection.connect(empty_url, autocommit=True) as owner:
        while process.returncode is None:
            cursor = await owner.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            )
            if await cursor.fetchone() != (0,):
                process.kill()
                break
            await asyncio.sleep(0)
        await process.wait()
    migrate(empty_url)
    assert migrate(empty_url) == []
