"""The log in partitions: borders are crossed unnoticed, and each partition is made once."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from adapters.postgres.archive.partitions import partitions
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import app_url
from tests.core.parts import facts, note, of, read_through, small_partitions
from tests.core.tailing import tail_while_others_write

SIZE = 25


@pytest.fixture
def database_url(database_url: str) -> str:
    small_partitions(database_url, SIZE)
    return database_url


def assert_whole(database_url: str) -> int:
    """Each partition is there exactly once, side by side, for the events up to the newest; return
    how many there are.
    """
    with psycopg.connect(database_url) as connection:
        parts = partitions(connection)
        head = connection.execute("SELECT max(position), count(*) FROM events").fetchone()
        tables = connection.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events'::regclass"
        ).fetchall()
        for each in parts:
            held = connection.execute(
                SQL("SELECT min(position), max(position) FROM {}").format(Identifier(each.table))
            ).fetchone()
            last = min(each.last, head[0] if head else 0)
            assert held == ((each.first, last) if each.first <= last else (None, None))
    assert head is not None
    assert head[0] == head[1]
    assert sorted(each.table for each in parts) == sorted(table for (table,) in tables)
    assert [each.first for each in parts] == [1 + number * SIZE for number in range(len(parts))]
    assert {each.last - each.first + 1 for each in parts} == {SIZE}
    return len(parts)


async def test_one_command_may_cross_many_borders(
    event_log: PostgresLog, database_url: str
) -> None:
    long = note(readers=3 * SIZE + 3)
    assert await event_log.append(of(long)) == 3 * SIZE + 4
    assert assert_whole(database_url) == 4
    history = await event_log.load(long.id)
    assert [recorded.position for recorded in history] == list(range(1, 3 * SIZE + 5))
    assert facts(history) == await read_through(event_log)


async def test_one_batch_and_many_cross_borders(event_log: PostgresLog, database_url: str) -> None:
    notes = [note(readers=number % 7) for number in range(60)]
    await asyncio.gather(*(event_log.append(of(each)) for each in notes))
    for each in notes:
        each.read("later")
        await event_log.append(of(each))
    assert_whole(database_url)
    for each in notes:
        history = await event_log.load(each.id)
        assert [recorded.event.originator_version for recorded in history] == list(
            range(1, each.version + 1)
        )
    told = await read_through(event_log, size=7)
    assert [position for position, *_ in told] == list(range(1, await event_log.head() + 1))


async def test_a_batch_that_ends_at_a_border_makes_no_partition_before_it_is_needed(
    event_log: PostgresLog, database_url: str
) -> None:
    await event_log.append(of(note(readers=SIZE - 1)))
    assert assert_whole(database_url) == 1
    await event_log.append(of(note(readers=0)))
    assert assert_whole(database_url) == 2


async def test_several_processes_cross_borders_at_the_same_time_and_a_reader_sees_all(
    event_log: PostgresLog, database_url: str
) -> None:
    tail = await tail_while_others_write(event_log, database_url, events=3_000, processes=3)
    assert tail.seen.missed == 0
    assert tail.seen.events == tail.written.events == tail.head
    assert tail.seen.checksum == tail.written.checksum
    assert assert_whole(database_url) >= 3_000 // SIZE


async def test_every_new_partition_refuses_changes_by_its_owner(
    event_log: PostgresLog, database_url: str
) -> None:
    await event_log.append(of(note(readers=3 * SIZE)))
    with psycopg.connect(database_url, autocommit=True) as connection:
        tables = [each.table for each in partitions(connection)]
        for table in ["events", *tables]:
            for change in ("UPDATE {} SET version = 9", "DELETE FROM {}", "TRUNCATE {}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grow"):
                    connection.execute(SQL(change).format(Identifier(table)))


async def test_the_running_system_reads_the_log_only_as_a_whole_and_appends_only_by_the_function(
    event_log: PostgresLog, database_url: str
) -> None:
    await event_log.append(of(note(readers=3 * SIZE)))
    with psycopg.connect(app_url(database_url), autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (3 * SIZE + 1,)
        for table in [each.table for each in partitions(connection)]:
            for query in (
                "SELECT FROM {}",
                "INSERT INTO {} DEFAULT VALUES",
                "DELETE FROM {}",
                "TRUNCATE {}",
                "DROP TABLE {}",
                "ALTER TABLE events DETACH PARTITION {}",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(SQL(query).format(Identifier(table)))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT add_partition()")
