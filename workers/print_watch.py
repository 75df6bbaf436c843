"""How many covers wait to be printed, and for how long nothing has happened to them."""

from __future__ import annotations

from prometheus_client import Gauge

from application.ports import Clock
from projections.production import open_print_jobs
from projections.reads import Reads
from workers.looking import look_now_and_then

LOOK_SECONDS = 60.0

print_jobs_open = Gauge("print_jobs", "Covers that are neither printed nor cancelled", ["state"])
print_job_age = Gauge(
    "print_job_age_seconds", "For how long the oldest of them has not moved", ["state"]
)


class PrintWatch:
    """Tells how print jobs stand as long as it runs; one process is enough."""

    def __init__(self, reads: Reads, clock: Clock) -> None:
        self._reads = reads
        self._clock = clock

    async def run(self) -> None:
        """Go on until cancelled. What was told is then taken back, because another tells it."""
        await look_now_and_then(
            self.look, forget_what_was_told, what="print jobs", seconds=LOOK_SECONDS
        )

    async def look(self) -> None:
        """Tell how they stand now."""
        found = await open_print_jobs(self._reads)
        forget_what_was_told()
        for each in found:
            print_jobs_open.labels(each.state).set(each.count)
            age = (self._clock.now() - each.oldest_at).total_seconds()
            print_job_age.labels(each.state).set(max(age, 0.0))


def forget_what_was_told() -> None:
    """Take back what was told."""
    for gauge in (print_jobs_open, print_job_age):
        gauge.clear()
