"""Our own processes are killed while customers order: nothing is lost, nothing is done twice."""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.conftest import Town

pytestmark = pytest.mark.fault


async def test_customers_who_ask_again_lose_nothing_when_the_api_is_killed(town: Town) -> None:
    system, crowd = town.system, town.crowd
    async with crowd.busy():
        for _ in range(4):
            await crowd.answered(town.chance.randrange(8, 25))
            await asyncio.to_thread(system.kill, "api")
            system.restart("api")
    assert crowd.retries
    await town.check()


async def test_readers_of_the_log_that_are_killed_catch_up(town: Town) -> None:
    system, crowd = town.system, town.crowd
    async with crowd.busy():
        for name in ("reactor", "projector", "reactor", "projector"):
            await crowd.answered(town.chance.randrange(8, 25))
            await asyncio.to_thread(system.kill, name)
            system.restart(name)
    await town.check()
