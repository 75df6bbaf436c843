"""How many work items wait for finance, and for how long."""

from __future__ import annotations

from prometheus_client import Gauge

from application.ports import Clock
from projections.reads import Reads
from projections.work_items import open_work_items
from workers.looking import look_now_and_then

LOOK_SECONDS = 60.0

open_items = Gauge("open_work_items", "Work items that wait for finance", ["kind"])
open_item_age = Gauge(
    "open_work_item_age_seconds", "For how long the oldest of them has been open", ["kind"]
)


class WorkItemWatch:
    """Tells how work items stand as long as it runs; one process is enough."""

    def __init__(self, reads: Reads, clock: Clock) -> None:
        self._reads = reads
        self._clock = clock

    async def run(self) -> None:
        """Go on until cancelled. What was told is then taken back, because another tells it."""
        await look_now_and_then(
            self.look, _forget_what_was_told, what="work items", seconds=LOOK_SECONDS
        )

    async def look(self) -> None:
        """Tell how they stand now."""
        found = await open_work_items(self._reads)
        _forget_what_was_told()
        for each in found:
            open_items.labels(each.kind).set(each.count)
            age = (self._clock.now() - each.oldest_at).total_seconds()
            open_item_age.labels(each.kind).set(max(age, 0.0))


def _forget_what_was_told() -> None:
    for gauge in (open_items, open_item_age):
        gauge.clear()
