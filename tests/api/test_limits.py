"""Nobody takes more than their share, whether Redis counts or this process does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from api.backend import Limits
from api.limits import Rate, RateLimits
from api.problems import Trouble
from api.tallies import Tallies, Window
from tests.api.shop import Shop
from tests.core.projecting import until

RATED = "/desk/rated"


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(redis_url)
    await client.flushall()
    yield client
    await client.aclose()


async def asked_thrice(shop: Shop) -> None:
    for remaining in (1, 0):
        answer = await shop.client.get(RATED)
        assert answer.status_code == 200
        assert answer.headers["RateLimit"].startswith(f'"desk";r={remaining};t=')
        assert answer.headers["RateLimit-Policy"] == '"desk";q=2;w=60'
    answer = await shop.client.get(RATED)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert answer.headers["RateLimit"].startswith('"desk";r=0;t=')
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.json()["retryable"] is True


async def test_a_limited_route_tells_what_is_left(shop: Shop) -> None:
    await asked_thrice(shop)


async def test_redis_counts_for_all_processes(shop: Shop, redis: Redis) -> None:
    shop.with_limits(Limits(), redis)
    assert (await shop.client.get(RATED)).status_code == 200
    shop.with_limits(Limits(), redis)
    assert '"desk";r=0' in (await shop.client.get(RATED)).headers["RateLimit"]
    shop.with_limits(Limits(), redis)
    assert (await shop.client.get(RATED)).status_code == 429


async def test_of_those_who_come_at_once_no_one_too_many_passes(shop: Shop, redis: Redis) -> None:
    ayse = shop.person()
    shop.with_limits(Limits(per_account=3), redis)
    answers = await asyncio.gather(
        *(shop.client.get("/desk/who", headers=ayse.bearer) for _ in range(10))
    )
    assert sorted(each.status_code for each in answers) == [200] * 3 + [429] * 7
    left = {each.headers["RateLimit"].partition(";r=")[2][0] for each in answers}
    assert left == {"0", "1", "2"}


async def test_far_from_the_limit_redis_is_told_a_little_later(redis: Redis) -> None:
    rate, here, there = Rate("far", 1_000), RateLimits(redis), RateLimits(redis)
    assert [await left_of(here, rate) for _ in range(50)] == list(range(999, 949, -1))

    async def told() -> bool:
        return await redis.get("rate:far:ayse") == b"50"

    await until(told)
    assert await left_of(there, rate) == 949


async def test_near_the_limit_all_processes_count_together(redis: Redis) -> None:
    rate, processes = Rate("near", 150), [RateLimits(redis) for _ in range(3)]
    passed = 0
    for number in range(200):
        with contextlib.suppress(Trouble):
            await left_of(processes[number % 3], rate)
            passed += 1
    assert passed <= 150 + (len(processes) - 1) * 50


async def test_what_was_counted_before_redis_went_away_still_counts(redis: Redis) -> None:
    rate, limits = Rate("away", 5), RateLimits(redis)
    assert [await left_of(limits, rate) for _ in range(4)] == [4, 3, 2, 1]
    assert limits._tallies is not None
    limits._tallies._redis = Redis(host="127.0.0.1", port=1)
    assert await left_of(limits, rate) == 0
    with pytest.raises(Trouble):
        await left_of(limits, rate)


async def left_of(limits: RateLimits, rate: Rate) -> int:
    """Count one request of Ayşe's; what is left after it."""
    scope: Any = {"state": {}}
    await limits.take(rate, "ayse", scope=scope)
    left: int = scope["state"]["rates"][0].remaining
    return left


async def test_without_redis_this_process_counts(shop: Shop) -> None:
    shop.with_limits(Limits(), Redis(host="127.0.0.1", port=1))
    await asked_thrice(shop)


async def test_each_address_and_each_account_has_its_share(shop: Shop) -> None:
    shop.with_limits(Limits(per_address=4, per_account=2))
    ayse, mehmet = shop.person(), shop.person()
    answers = [
        (await shop.client.get("/desk/who", headers=person.bearer)).status_code
        for person in (ayse, ayse, ayse, mehmet, mehmet)
    ]
    assert answers == [200, 200, 429, 200, 429]


async def test_health_is_never_limited(shop: Shop) -> None:
    shop.with_limits(Limits(per_address=1))
    for _ in range(3):
        answer = await shop.client.get("https://cover.test/health/live")
        assert answer.status_code == 200


async def test_one_request_too_many_is_put_off(shop: Shop) -> None:
    shop.with_limits(Limits(requests_at_once=0))
    answer = await shop.client.get("/desk/who")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


async def test_a_window_that_follows_another_one_takes_nothing_from_it(redis: Redis) -> None:
    tallies = Tallies(redis)
    first, second = Window("rate:same", 60), Window("rate:same", 60)
    async with asyncio.timeout(5):
        numbers = await asyncio.gather(tallies.number(first), tallies.number(second))
    assert sorted(numbers) == [1, 2]
