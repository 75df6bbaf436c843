"""Things asked at once are done together, and each caller gets the answer to their own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from adapters.postgres.grouping import GROUP, Grouping


class Away(Exception):
    """Nothing can be done at present."""


class Desk:
    """Doubles numbers; can't do what is below 0, and nothing at all while `away`."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.away = False
        self.begun = asyncio.Event()
        self.door = asyncio.Event()
        self.door.set()
        self.grouping = Grouping(self.work, hopeless=Away)

    async def work(self, numbers: Sequence[int]) -> list[int]:
        self.groups.append(list(numbers))
        self.begun.set()
        await self.door.wait()
        if self.away:
            raise Away
        if min(numbers) < 0:
            raise ValueError(numbers)
        return [2 * number for number in numbers]


async def test_what_comes_while_a_group_is_under_way_is_the_next_group() -> None:
    desk = Desk()
    answers = await asyncio.gather(*(desk.grouping.do(number) for number in range(300)))
    assert answers == [2 * number for number in range(300)]
    assert [each for group in desk.groups for each in group] == list(range(300))
    assert [len(group) for group in desk.groups] == [GROUP, GROUP, 300 - 2 * GROUP]


async def test_only_what_cannot_be_done_fails() -> None:
    desk = Desk()
    answers = await asyncio.gather(
        *(desk.grouping.do(number) for number in (1, -2, 3)), return_exceptions=True
    )
    assert answers[0] == 2
    assert isinstance(answers[1], ValueError)
    assert answers[2] == 6


async def test_nothing_is_tried_item_by_item_when_nothing_can_be_done() -> None:
    desk = Desk()
    desk.away = True
    answers = await asyncio.gather(
        *(desk.grouping.do(number) for number in (1, 2, 3)), return_exceptions=True
    )
    assert all(isinstance(answer, Away) for answer in answers)
    assert desk.groups == [[1, 2, 3]]
    desk.away = False
    assert await desk.grouping.do(4) == 8


async def test_a_caller_who_leaves_takes_nothing_along() -> None:
    desk = Desk()
    desk.door.clear()
    leaving, staying = (asyncio.create_task(desk.grouping.do(number)) for number in (1, 2))
    await desk.begun.wait()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    desk.door.set()
    assert await staying == 4
    assert desk.groups == [[1, 2]]


async def test_who_waits_is_let_go_when_the_work_is_cancelled() -> None:
    desk = Desk()
    desk.door.clear()
    first = asyncio.create_task(desk.grouping.do(1))
    await desk.begun.wait()
    later = asyncio.create_task(desk.grouping.do(2))
    await asyncio.sleep(0)
    running = desk.grouping._running
    assert running is not None
    running.cancel()
    await asyncio.wait([first, later])
    assert first.cancelled()
    assert later.cancelled()
