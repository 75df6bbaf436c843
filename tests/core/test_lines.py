"""Many queries share a line, and none has to bear what happens to another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import psycopg
import pytest

from adapters.postgres.lines import DEEPEST, Lines
from adapters.postgres.pool import Pool, app_url
from projections.lined import LinedReads
from tests.core.projecting import until

ADD = "SELECT %s::int + 1 AS sum"


@pytest.fixture
async def lines(database_url: str) -> AsyncIterator[Lines]:
    made = Lines(app_url(database_url))
    await made.start()
    yield made
    await made.stop()


async def added(lines: Lines, number: int) -> int | None:
    found = await lines.fetch(ADD, (number,))
    return None if found is None else found.rows[0][0]


async def both_open(lines: Lines) -> bool:
    await asyncio.sleep(0)
    return all(line.is_open for line in lines._lines)


async def test_each_gets_the_answer_to_its_own_question(lines: Lines) -> None:
    answers = await asyncio.gather(*(added(lines, number) for number in range(DEEPEST)))
    assert answers == list(range(1, DEEPEST + 1))


async def test_values_come_as_the_pool_gives_them(lines: Lines, pool: Pool) -> None:
    query = (
        "SELECT %(id)s::uuid AS id, %(text)s::text AS text, now() - now() AS none,"
        """ '{"a": [1, 2.5, "ü"]}'::jsonb AS json, NULL::bigint AS nothing, 12.50 AS money"""
        " WHERE %(before)s::bigint IS NULL"
    )
    parameters = {"id": uuid4(), "text": "Şeker", "before": None}
    found = await lines.fetch(query, parameters)
    async with pool.connection() as connection:
        cursor = connection.cursor(binary=True)
        await cursor.execute(query, parameters)
        rows = await cursor.fetchall()
        names = [column.name for column in cursor.description or ()]
    assert found is not None
    assert (list(found.names), found.rows) == (names, rows)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ("SELECT 1 / %s", psycopg.errors.DivisionByZero),
        ("SELEC %s", psycopg.errors.SyntaxError),
        ("SELECT * FROM nowhere WHERE %s = 1", psycopg.errors.UndefinedTable),
    ],
)
async def test_the_failure_of_one_is_not_that_of_its_neighbours(
    lines: Lines, wrong: str, error: type[Exception]
) -> None:
    async def asked(number: int) -> object:
        if number % 3:
            return await added(lines, number)
        return await lines.fetch(wrong, (0,))

    answers = await asyncio.gather(*map(asked, range(12)), return_exceptions=True)
    for number, answer in enumerate(answers):
        if number % 3:
            assert answer == number + 1
        else:  # those whose statement another one failed to prepare are sent to the pool
            assert answer is None or isinstance(answer, error)
    assert any(isinstance(answer, error) for answer in answers)


async def test_nobody_queues_behind_a_slow_query(
    lines: Lines, pool: Pool, database_url: str
) -> None:
    reads = LinedReads(pool, app_url(database_url), lines)
    slow = [asyncio.create_task(lines.fetch("SELECT pg_sleep(%s)", (60,))) for _ in range(2)]
    async with asyncio.timeout(5):
        answers = await asyncio.gather(*(reads.rows(ADD, (number,)) for number in range(20)))
    assert answers == [[(number + 1,)] for number in range(20)]
    assert await added(lines, 1) is None
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)


async def test_a_view_with_other_columns_is_read_with_them(lines: Lines, database_url: str) -> None:
    def view(columns: str) -> None:
        with psycopg.connect(database_url, autocommit=True) as owner:
            owner.execute("DROP VIEW IF EXISTS read.seen")
            owner.execute(f"CREATE VIEW read.seen AS SELECT {columns}".encode())
            owner.execute("GRANT SELECT ON read.seen TO PUBLIC")

    view("1 AS a")
    for _ in range(4):
        found = await lines.fetch("SELECT * FROM read.seen", ())
        assert found is not None
        assert found.names == ("a",)
    view("'x'::text AS a, 2 AS b")
    for _ in range(4):
        found = await lines.fetch("SELECT * FROM read.seen", ())
        assert found is not None
        assert (found.names, found.rows) == (("a", "b"), [("x", 2)])


async def test_a_lost_line_fails_who_waits_and_is_opened_again(
    lines: Lines, database_url: str
) -> None:
    waiting = asyncio.create_task(lines.fetch("SELECT pg_sleep(%s)", (60,)))
    assert await added(lines, 1) == 2
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'polikrami lines' AND datname = current_database()"
        )
    with pytest.raises(psycopg.OperationalError):
        await waiting
    await until(lambda: both_open(lines))
    assert await added(lines, 2) == 3


async def test_who_goes_away_does_not_disturb_the_others(lines: Lines) -> None:
    tasks = [asyncio.create_task(added(lines, number)) for number in range(20)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert answers[1::2] == [number + 1 for number in range(20)][1::2]
