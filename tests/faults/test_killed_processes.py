"""Our own processes are killed while customers order: nothing is lost, nothing is done twice."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Town

pytestmark = pytest.mark.fault


async def test_customers_who_ask_again_lose_nothing_when_the_api_is_killed(town: Town) -> None:
    async with town.crowd.busy():
        for _ in range(3):
            await town.crowd.answered(town.chance.randrange(8, 25))
            await town.kill("api")
    assert town.crowd.retries
    await town.check()


async def test_readers_of_the_log_that_are_killed_catch_up(town: Town) -> None:
    async with town.crowd.busy():
        for name in ("reactor", "projector", "reactor", "projector"):
            await town.crowd.answered(town.chance.randrange(8, 25))
            await town.kill(name)
    await town.check()


async def test_a_killed_worker_sends_each_mail_once(town: Town) -> None:
    async with town.crowd.busy():
        for _ in range(3):
            await town.crowd.answered(town.chance.randrange(8, 25))
            await town.kill("worker")
    await town.check()


async def test_credits_are_spent_once_when_the_renderer_is_killed_while_it_paints(
    town: Town,
) -> None:
    shopper = town.shopper
    before = await shopper.see("/wallet")
    generation_id = await shopper.generation()
    await town.until(
        "SELECT count(*) >= %s FROM events WHERE stream_id = %s",
        1 + town.chance.randrange(3),
        generation_id,
    )
    await town.until("SELECT count(*) = 1 FROM jobs WHERE queue = 'render' AND state = 'leased'")
    await town.kill("renderer")
    await town.check()
    after = await shopper.see("/wallet")
    assert (after["balance"], after["held"]) == (before["balance"] - 100, 0)
