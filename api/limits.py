"""How often one caller may ask: counted in Redis, or in this process while Redis is away."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from typing import Any

import structlog
from litestar.types import HTTPScope
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.problems import Trouble

log = structlog.get_logger()

COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""
PATIENCE_SECONDS = 0.25
AWAY_SECONDS = 5.0
REMEMBERED = 20_000


class Rate(Struct, frozen=True):
    """At most `quota` requests of one caller in a window of `seconds`."""

    name: str
    quota: int
    seconds: int = 60

    @property
    def policy(self) -> str:
        """The value of the header `RateLimit-Policy`."""
        return f'"{self.name}";q={self.quota};w={self.seconds}'


class Standing(Struct, frozen=True):
    """What is left of a rate in the present window, which ends in `reset_seconds`."""

    rate: Rate
    remaining: int
    reset_seconds: int

    @property
    def header(self) -> str:
        """The value of the header `RateLimit`."""
        return f'"{self.rate.name}";r={max(self.remaining, 0)};t={self.reset_seconds}'


class RateLimits:
    """Counts requests in fixed windows that begin with the first request of a caller."""

    def __init__(self, redis: Redis | None) -> None:
        self._redis = redis
        self._away_until = 0.0
        self._windows: OrderedDict[str, tuple[int, float]] = OrderedDict()

    async def take(self, rate: Rate, caller: str, *, scope: HTTPScope) -> None:
        """Count one request; its answer will tell what is left. Raises `Trouble` (429)."""
        count, seconds = await self._count(f"rate:{rate.name}:{caller}", rate.seconds)
        standing = Standing(rate, rate.quota - count, max(math.ceil(seconds), 1))
        scope["state"].setdefault("rates", []).append(standing)
        if standing.remaining < 0:
            wait = standing.reset_seconds
            facts = {"quota": rate.quota, "seconds": rate.seconds, "retry_after_seconds": wait}
            raise Trouble(429, "rate_limited", headers={"Retry-After": str(wait)}, facts=facts)

    async def _count(self, key: str, seconds: int) -> tuple[int, float]:
        if self._redis is not None and time.monotonic() >= self._away_until:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    script: Any = self._redis.eval(COUNT, 1, key, str(seconds * 1000))
                    count, milliseconds = await script
                return int(count), int(milliseconds) / 1000
            except (RedisError, TimeoutError, OSError) as error:
                # Not asked for a while, so that a hanging Redis does not slow every request.
                self._away_until = time.monotonic() + AWAY_SECONDS
                log.warning("rates_counted_here", error=str(error))
        return self._count_here(key, seconds)

    def _count_here(self, key: str, seconds: int) -> tuple[int, float]:
        now = time.monotonic()
        count, ends_at = self._windows.pop(key, (0, now + seconds))
        if ends_at <= now:
            count, ends_at = 0, now + seconds
        self._windows[key] = (count + 1, ends_at)
        if len(self._windows) > REMEMBERED:
            self._windows.popitem(last=False)
        return count + 1, ends_at - now


def rate_headers(scope: HTTPScope) -> dict[str, str]:
    """`RateLimit` and `RateLimit-Policy` of what was counted for this request."""
    standings: list[Standing] = scope.get("state", {}).get("rates", [])
    if not standings:
        return {}
    return {
        "RateLimit": ", ".join(standing.header for standing in standings),
        "RateLimit-Policy": ", ".join(standing.rate.policy for standing in standings),
    }
