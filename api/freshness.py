"""Whether read models have reached what the caller has already seen happen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

from projections.reads import Reads

Consistency = Literal["fresh", "behind"]

ASK_AGAIN_SECONDS = 1.0
LIVE = "SELECT name FROM projections WHERE state = 'live'"


class Freshness:
    """Waits for read models, but not for those that do not move."""

    def __init__(self, reads: Reads, *, patience_seconds: float) -> None:
        self._reads = reads
        self._patience_seconds = patience_seconds
        self._live: frozenset[str] = frozenset()
        self._asked_at = float("-inf")

    async def reach(self, models: Sequence[str], position: int) -> Consistency:
        """Wait until all these read models stand at the position, within the patience.

        One that never ran, or is paused, is behind at once.
        """
        if not await self._running(models):
            return "behind"
        reached = await self._reads.reach(models, position, timeout_seconds=self._patience_seconds)
        return "fresh" if reached else "behind"

    async def _running(self, models: Sequence[str]) -> bool:
        now = time.monotonic()
        if now - self._asked_at > ASK_AGAIN_SECONDS or not self._live.issuperset(models):
            self._live = frozenset(row[0] for row in await self._reads.rows(LIVE))
            self._asked_at = now
        return self._live.issuperset(models)
