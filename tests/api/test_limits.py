"""Nobody takes more than their share, whether Redis counts or this process does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from api.backend import Limits
from tests.api.shop import Shop

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
