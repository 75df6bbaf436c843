"""How often one caller may ask: counted with Redis for all processes, or here while it is away."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Sequence

from litestar.types import HTTPScope
from msgspec import Struct
from redis.asyncio import Redis

from api.problems import Trouble
from api.tallies import Tallies, Window

REMEMBERED = 20_000
"""The most callers whose windows are known here."""
EXACT_SHARE = 10
"""The last tenth of a quota is counted exactly, and so are the last `EXACT_REQUESTS` of it."""
EXACT_REQUESTS = 100


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
    """Counts requests in fixed windows that begin with the first request of a caller.

    Far from a limit a request is counted here, and the others learn of it a little later; near the
    limit it goes on only when all are counted. So one process counts exactly, and of several each
    lets through at most what it takes in while the others have not heard of it.
    """

    def __init__(self, redis: Redis | None) -> None:
        self._tallies = None if redis is None else Tallies(redis)
        self._windows: OrderedDict[str, Window] = OrderedDict()

    async def take(self, rate: Rate, caller: str, *, scope: HTTPScope) -> None:
        """Count one request; its answer will tell what is left. Raises `Trouble` (429)."""
        window = self._window(f"rate:{rate.name}:{caller}", rate.seconds)
        window.count += 1
        count = window.count
        if self._tallies is not None:
            if count == 1 or rate.quota - count < max(rate.quota // EXACT_SHARE, EXACT_REQUESTS):
                count = await self._tallies.number(window)
            else:
                self._tallies.note(window)
        seconds = max(math.ceil(window.ends_at - time.monotonic()), 1)
        standing = Standing(rate, rate.quota - count, seconds)
        scope["state"].setdefault("rates", []).append(standing)
        if standing.remaining < 0:
            facts = {"quota": rate.quota, "seconds": rate.seconds, "retry_after_seconds": seconds}
            headers = {"Retry-After": str(seconds)}
            raise Trouble(429, "rate_limited", headers=headers, facts=facts)

    def _window(self, key: str, seconds: int) -> Window:
        window = self._windows.get(key)
        if window is None or window.ends_at <= time.monotonic():
            window = self._windows[key] = Window(key, seconds)
            if len(self._windows) > REMEMBERED:
                self._windows.popitem(last=False)
        self._windows.move_to_end(key)
        return window


def rate_headers(standings: Sequence[Standing]) -> list[tuple[bytes, bytes]]:
    """`RateLimit` and `RateLimit-Policy` of what was counted for a request."""
    return [
        (b"ratelimit", ", ".join([standing.header for standing in standings]).encode()),
        (b"ratelimit-policy", ", ".join([standing.rate.policy for standing in standings]).encode()),
    ]
