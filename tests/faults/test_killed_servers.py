"""PostgreSQL and Redis go away and come back; our own processes are not restarted."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.faults.conftest import Town

pytestmark = pytest.mark.fault

RECOVERY_SECONDS = 10.0
DRAIN_SECONDS = 30.0
"""Shorter than any lease: what the crash interrupted must not wait for the end of its lease."""


async def test_everything_goes_on_within_seconds_when_the_database_comes_back(town: Town) -> None:
    async with town.crowd.busy():
        for _ in range(2):
            await town.crowd.answered(town.chance.randrange(8, 25))
            await asyncio.to_thread(town.system.postgres.kill)
            await asyncio.to_thread(town.system.postgres.start)
            back_at = time.monotonic()
            [[head]] = town.system.query("SELECT max(position) FROM events")
            await town.until("SELECT min(position) > %s FROM reactors", head)
            await town.until(
                "SELECT min(position) > %s FROM projections WHERE state <> 'retired'", head
            )
            assert time.monotonic() - back_at < RECOVERY_SECONDS
    await town.check(seconds=DRAIN_SECONDS)


async def test_work_goes_on_while_redis_is_away(town: Town) -> None:
    town.system.redis.kill()
    try:
        async with town.crowd.busy():
            await town.crowd.answered(20)
        await town.check()
    finally:
        await asyncio.to_thread(town.system.redis.start)
    await town.shopper.order()
    await town.check()
