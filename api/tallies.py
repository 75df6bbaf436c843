"""Counts that all processes share: Redis is told many at once, and only now and then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger()

ADD = """
local told = {}
for i, key in ipairs(KEYS) do
  local count = redis.call('INCRBY', key, ARGV[i * 2 - 1])
  local rest = redis.call('PTTL', key)
  if rest < 0 then
    rest = tonumber(ARGV[i * 2])
    redis.call('PEXPIRE', key, rest)
  end
  told[i * 2 - 1] = count
  told[i * 2] = rest
end
return told
"""
SETTLE_SECONDS = 0.05
"""How long others may not know of what was counted here."""
AT_ONCE = 256
"""The most windows of one message to Redis."""
PATIENCE_SECONDS = 0.25
AWAY_SECONDS = 5.0


class Window:
    """A caller's requests since `ends_at` - `seconds`, as far as is known here."""

    __slots__ = ("count", "ends_at", "key", "seconds", "untold", "waiting")

    def __init__(self, key: str, seconds: int) -> None:
        self.key = key
        self.seconds = seconds
        self.ends_at = time.monotonic() + seconds
        self.count = 0
        self.untold = 0
        self.waiting: list[asyncio.Future[int]] = []


class Tallies:
    """Adds what was counted here to Redis, and learns what others have counted."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._away_until = 0.0
        self._windows: dict[int, Window] = {}
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def note(self, window: Window) -> None:
        """One more in this window; Redis is told soon."""
        window.untold += 1
        self._windows[id(window)] = window
        if self._timer is None and self._task is None:
            self._timer = asyncio.get_running_loop().call_later(SETTLE_SECONDS, self._begin)

    async def number(self, window: Window) -> int:
        """One more in this window: how many it makes with those of all processes, or as many as are
        known here while Redis is away.
        """
        if time.monotonic() < self._away_until:
            return window.count
        told: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        window.waiting.append(told)
        self._windows[id(window)] = window
        self._begin()
        return await told

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is None:
            self._task = asyncio.create_task(self._tell_all(), name="tallies")

    async def _tell_all(self) -> None:
        try:
            while self._windows:
                places = list(self._windows)[:AT_ONCE]
                await self._tell([self._windows.pop(place) for place in places])
        finally:
            self._task = None

    async def _tell(self, windows: Sequence[Window]) -> None:
        groups = [(each, each.untold, each.waiting) for each in windows]
        for window in windows:
            window.untold, window.waiting = 0, []
        added = [noted + len(waiting) for _, noted, waiting in groups]
        told = await self._added(windows, added)
        now = time.monotonic()
        for number, (window, _, waiting) in enumerate(groups):
            if told:
                window.count = told[number * 2] + window.untold + len(window.waiting)
                window.ends_at = now + told[number * 2 + 1] / 1000
            # Those who waited together have the last numbers, one each.
            last = told[number * 2] if told else window.count
            for place, future in enumerate(reversed(waiting)):
                if not future.done():
                    future.set_result(last - place)

    async def _added(self, windows: Sequence[Window], added: Sequence[int]) -> list[int]:
        """Counts and milliseconds of the windows by turns; nothing while Redis is away."""
        if time.monotonic() < self._away_until:
            return []
        arguments = [
            value
            for window, count in zip(windows, added, strict=True)
            for value in (count, window.seconds * 1000)
        ]
        keys = [window.key for window in windows]
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                script: Any = self._redis.eval(ADD, len(keys), *keys, *arguments)
                return [int(value) for value in await script]
        except (RedisError, TimeoutError, OSError) as error:
            # Not asked for a while, so that a hanging Redis does not slow every request.
            self._away_until = time.monotonic() + AWAY_SECONDS
            log.warning("rates_counted_here", error=str(error))
            return []
