"""Grouped loads: everybody who asks gets their own rows, however the questions fall together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from adapters.postgres import loads
from adapters.postgres.loads import Asked, Loads
from application.store import LogUnavailable


def stream(number: int) -> Asked:
    return Asked(UUID(int=number))


class Table:
    """Answers when it is let; counts the queries."""

    def __init__(self) -> None:
        self.asked: list[list[Asked]] = []
        self.failing: Exception | None = None

    async def read(self, group: Sequence[Asked]) -> list[tuple[Any, ...]]:
        self.asked.append(list(group))
        await asyncio.sleep(0)
        if self.failing:
            raise self.failing
        return _answers(group)


async def test_those_who_ask_again_and_again_are_always_answered() -> None:
    table = Table()
    grouped = Loads(table.read)

    async def client(number: int) -> None:
        for turn in range(200):
            own = number * 1000 + turn + 1
            assert [row[1:] for row in await grouped.rows(stream(own))] == [(own,)]

    async with asyncio.timeout(30):
        await asyncio.gather(*(client(number) for number in range(8)))
    assert len(table.asked) < 8 * 200


async def test_a_stream_without_rows_is_empty() -> None:
    assert await Loads(Table().read).rows(stream(0)) == []


async def test_one_query_answers_at_most_a_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loads, "GROUP", 5)
    table = Table()
    grouped = Loads(table.read)
    await asyncio.gather(*(grouped.rows(stream(number)) for number in range(1, 23)))
    assert max(map(len, table.asked)) == 5


async def test_a_failure_is_told_to_all_who_asked_and_to_nobody_else() -> None:
    table = Table()
    grouped = Loads(table.read)
    table.failing = OSError("gone")
    failed = await asyncio.gather(
        *(grouped.rows(stream(number)) for number in (1, 2)), return_exceptions=True
    )
    assert [type(each) for each in failed] == [OSError, OSError]
    table.failing = None
    assert await grouped.rows(stream(3)) == [(1, 3)]


async def test_who_stops_waiting_does_not_take_the_answer_from_others() -> None:
    grouped = Loads(Table().read)
    first, second = (asyncio.create_task(grouped.rows(stream(7))) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == [(1, 7)]


async def test_who_asks_in_the_moment_in_which_all_queries_end_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loads, "GROUP", 1)
    gate = asyncio.Event()

    async def read(group: Sequence[Asked]) -> list[tuple[Any, ...]]:
        await gate.wait()
        return _answers(group)

    grouped = Loads(read)

    async def ask_at_the_gate() -> list[tuple[Any, ...]]:
        await gate.wait()
        return await grouped.rows(stream(3))

    under_way = [asyncio.create_task(grouped.rows(stream(number))) for number in (1, 2)]
    for _ in range(3):
        await asyncio.sleep(0)
    late = asyncio.create_task(ask_at_the_gate())
    await asyncio.sleep(0)
    gate.set()
    async with asyncio.timeout(5):
        assert await late == [(1, 3)]
    await asyncio.gather(*under_way)


def _answers(group: Sequence[Asked]) -> list[tuple[Any, ...]]:
    """A row for each stream that has a number, in the order of the questions."""
    return [
        (place, asked.stream_id.int)
        for place, asked in enumerate(group, start=1)
        if asked.stream_id.int
    ]


async def test_a_silent_database_is_given_up_and_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loads, "PATIENCE_SECONDS", 0.05)
    silent = True

    async def read(group: Sequence[Asked]) -> list[tuple[Any, ...]]:
        if silent:
            await asyncio.Event().wait()
        return _answers(group)

    grouped = Loads(read)
    asked = [grouped.rows(stream(number)) for number in range(1, 4)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(each) for each in outcomes} == {LogUnavailable}
    silent = False
    assert [row[1:] for row in await grouped.rows(stream(7))] == [(7,)]
