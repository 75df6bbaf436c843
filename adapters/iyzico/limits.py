"""How often each of iyzico's endpoints is called: tokens that never exceed a minute's."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

import anyio

MINUTE = 60.0

PUBLISHED: Mapping[str, int] = MappingProxyType(
    {
        "initialize": 100,
        "retrieve": 100,
        "detail": 50,
        "refund": 50,
        "cancel": 50,
        "installments": 50,
        "cards": 50,
        "card_delete": 50,
        "report": 50,
        "transactions": 50,
        "scroll": 50,
        "payouts": 50,
        "bounced": 50,
        "test": 50,
    }
)
"""Calls a minute, by endpoint: the lowest figures iyzico has published, and the lowest of them for
what it has published none for.
"""


class Bucket:
    """Lets at most `per_minute` calls begin within any 60 seconds, a fifth of them at once."""

    def __init__(self, per_minute: int) -> None:
        if per_minute < 2:
            raise ValueError("at least two calls a minute are needed")
        self._burst = max(1, per_minute // 5)
        self._per_second = (per_minute - self._burst) / MINUTE
        self._tokens = float(self._burst)
        self._since: float | None = None

    def wait(self, now: float) -> float:
        """The seconds until the next call may begin, when it is asked for at `now`."""
        self._fill(now)
        return max(0.0, (1 - self._tokens) / self._per_second)

    def take(self, now: float) -> None:
        """Count a call; those that were counted before their time begin when they may."""
        self._fill(now)
        self._tokens -= 1

    def empty(self, now: float) -> None:
        """What was left is not there after all."""
        self._fill(now)
        self._tokens = min(self._tokens, 0.0)

    def _fill(self, now: float) -> None:
        gained = (now - (now if self._since is None else self._since)) * self._per_second
        self._since = now
        self._tokens = min(float(self._burst), self._tokens + max(0.0, gained))


class Pace:
    """Holds calls back until their endpoint has room, for at most `most_wait_seconds` each.

    An endpoint that `per_minute` does not name has no limit. For the tasks of one event loop.
    """

    def __init__(
        self,
        per_minute: Mapping[str, int] = PUBLISHED,
        *,
        most_wait_seconds: float = 5,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._buckets = {call: Bucket(times) for call, times in per_minute.items()}
        self._most_wait_seconds = most_wait_seconds
        self._now = now
        self._sleep = sleep

    async def admit(self, call: str) -> bool:
        """Wait for this call's turn; False, at once, when that would take too long."""
        bucket = self._buckets.get(call)
        if bucket is None:
            return True
        now = self._now()
        wait = bucket.wait(now)
        if wait > self._most_wait_seconds:
            return False
        bucket.take(now)
        if wait > 0:
            await self._sleep(wait)
        return True

    def slow_down(self, call: str) -> None:
        """The provider says that it was too much: others call it in our name, or it counts less."""
        bucket = self._buckets.get(call)
        if bucket is not None:
            bucket.empty(self._now())


def unlimited() -> Pace:
    """For a provider that sets no limits: the emulator."""
    return Pace({})
