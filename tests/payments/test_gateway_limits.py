"""How often iyzico is called: never more in a minute than it allows, and nobody waits for long."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.iyzico.limits import MINUTE, PUBLISHED, Bucket, Pace, unlimited
from adapters.iyzico.merchant import Merchant
from application.ports import RateLimited
from tests.payments.till import API_KEY, SECRET_KEY, Till

gaps = st.lists(st.floats(0, 90, allow_nan=False, allow_infinity=False), max_size=300)


class StandingClock:
    """Time that passes only while somebody sleeps, or when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def tell(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def pace(clock: StandingClock, *, most_wait_seconds: float = 5, **per_minute: int) -> Pace:
    """A pace of that clock."""
    return Pace(per_minute, most_wait_seconds=most_wait_seconds, now=clock.tell, sleep=clock.sleep)


@given(gaps, st.integers(2, 120))
def test_no_minute_ever_sees_more_calls_than_are_allowed(
    waits: list[float], per_minute: int
) -> None:
    bucket, now, begun = Bucket(per_minute), 0.0, []
    for gap in waits:
        now += gap
        begun.append(now + bucket.wait(now))
        bucket.take(now)
    for first, at in enumerate(begun):
        inside = [other for other in begun[first:] if other < at + MINUTE - 1e-6]
        assert len(inside) <= per_minute


@given(st.integers(2, 400))
def test_what_is_allowed_can_be_used(per_minute: int) -> None:
    bucket, now = Bucket(per_minute), 0.0
    for _ in range(per_minute):
        now += bucket.wait(now)
        bucket.take(now)
    assert now <= MINUTE + 1e-6


def test_a_clock_that_goes_back_gives_no_calls_away() -> None:
    bucket = Bucket(50)
    for _ in range(10):
        bucket.take(100.0)
    assert bucket.wait(0.0) > 0
    assert bucket.wait(0.0) == pytest.approx(bucket.wait(0.0))


def test_a_limit_nobody_could_live_with_is_refused() -> None:
    with pytest.raises(ValueError, match="two calls"):
        Bucket(1)


async def test_a_call_that_would_wait_too_long_is_not_made() -> None:
    clock = StandingClock()
    held = pace(clock, most_wait_seconds=1, refund=50)
    admitted = [await held.admit("refund") for _ in range(10)]
    assert admitted == [True] * 10
    assert clock.slept == []
    assert await held.admit("refund") is False
    clock.now += 0.6
    assert await held.admit("refund") is True
    assert clock.slept == [pytest.approx(0.9)]


async def test_one_endpoint_does_not_hold_back_another() -> None:
    clock = StandingClock()
    held = pace(clock, most_wait_seconds=0, refund=2, cancel=2)
    assert await held.admit("refund") is True
    assert await held.admit("refund") is False
    assert await held.admit("cancel") is True
    assert await held.admit("something else") is True


async def test_those_who_wait_begin_one_after_the_other() -> None:
    clock = StandingClock()
    held = pace(clock, most_wait_seconds=60, refund=60)
    for _ in range(12):
        assert await held.admit("refund")
    began = []
    for _ in range(3):
        await held.admit("refund")
        began.append(clock.now)
    assert began == sorted(set(began))


async def test_after_a_warning_the_next_call_waits() -> None:
    clock = StandingClock()
    held = pace(clock, refund=50)
    assert await held.admit("refund")
    held.slow_down("refund")
    held.slow_down("nothing we limit")
    await held.admit("refund")
    assert clock.slept == [pytest.approx(1.5)]


async def test_a_call_over_the_limit_is_answered_without_being_sent(fresh_till: Till) -> None:
    clock = StandingClock()
    merchant = Merchant(
        API_KEY,
        SECRET_KEY,
        base_url=fresh_till.base_url,
        pace=pace(clock, most_wait_seconds=0, test=10),
    )
    answers = [await merchant.check_keys() for _ in range(5)]
    assert answers == [None, None, RateLimited(), RateLimited(), RateLimited()]
    assert len(await fresh_till.look("calls")) == 2


async def test_what_the_provider_limits_slows_us_down(fresh_till: Till) -> None:
    clock = StandingClock()
    merchant = Merchant(
        API_KEY, SECRET_KEY, base_url=fresh_till.base_url, pace=pace(clock, test=100)
    )
    await fresh_till.control("faults", call="test", kind="rate_limit")
    assert await merchant.check_keys() == RateLimited()
    assert await merchant.check_keys() is None
    assert clock.slept


async def test_calls_at_once_share_one_bucket(fresh_till: Till) -> None:
    clock = StandingClock()
    merchant = Merchant(
        API_KEY,
        SECRET_KEY,
        base_url=fresh_till.base_url,
        pace=pace(clock, most_wait_seconds=0, test=50),
    )
    answers = await asyncio.gather(*(merchant.check_keys() for _ in range(30)))
    assert answers.count(None) == 10
    assert answers.count(RateLimited()) == 20


async def test_the_published_limits_hold_where_nothing_else_is_said() -> None:
    merchant = Merchant(API_KEY, SECRET_KEY, base_url="http://127.0.0.1:9")
    assert set(merchant._pace._buckets) == set(PUBLISHED)
    assert unlimited()._buckets == {}
    assert min(PUBLISHED.values()) == 50
