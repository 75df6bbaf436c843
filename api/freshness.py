"""Whether read models have reached what the caller has already seen happen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from projections.reads import Reads

Consistency = Literal["fresh", "behind"]


class Freshness:
    """Waits for read models, but not for those that do not move."""

    def __init__(self, reads: Reads, *, patience_seconds: float) -> None:
        self._reads = reads
        self._patience_seconds = patience_seconds

    async def reach(self, models: Sequence[str], position: int) -> Consistency:
        """Wait until all these read models stand at the position, within the patience.

        One that never ran, or is paused, is behind at once.
        """
        if not self._reads.serves(models):
            return "behind"
        if self._reads.reached(models, position):
            return "fresh"
        reached = await self._reads.reach(models, position, timeout_seconds=self._patience_seconds)
        return "fresh" if reached else "behind"
