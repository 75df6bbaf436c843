"""How work stands, told as metrics by one process, and the end of old finished jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import psycopg
import structlog
from prometheus_client import Counter, Gauge

from adapters.postgres.jobs import Jobs, KindStanding

log = structlog.get_logger()

WATCH_SECONDS = 10.0
OVERDUE_SECONDS = 60.0
"""How long a due job may wait before it is an alarm."""
SWEEP_SECONDS = 600.0
ERASING = ("DestroyKey", "ClearTraces")
KEEP_DAYS = 30.0
"""How long finished jobs are kept for those who ask what became of them."""

jobs_standing = Gauge("jobs", "Jobs that are due now, leased or parked", ["queue", "kind", "state"])
job_age = Gauge("job_age_seconds", "For how long the oldest job has been due", ["queue"])
jobs_overdue = Gauge("jobs_overdue", "1 while a due job of the queue waits too long", ["queue"])
erasure_open_seconds = Gauge(
    "erasure_open_seconds", "For how long the oldest erasure of a person has not been completed"
)
jobs_forgotten = Counter("jobs_forgotten", "Finished jobs that were deleted because of their age")


class Watch:
    """Tells how work stands as long as it runs. One process is enough: it counts for all."""

    def __init__(self, jobs: Jobs, *, keep_days: float = KEEP_DAYS) -> None:
        self._jobs = jobs
        self._keep_days = keep_days
        self._overdue: set[str] = set()

    async def run(self) -> None:
        """Look and sweep now and then, for ever; cancel to stop. What was told is then taken back,
        because another process tells it.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._looking())
                tasks.create_task(self._sweeping())
        finally:
            forget_what_was_told()

    async def look(self) -> None:
        """Tell how work stands now."""
        standings = await self._jobs.standings()
        _tell(standings)
        erasure_open_seconds.set(await self._jobs.oldest(ERASING))
        self._alarm(standings)

    async def sweep(self) -> int:
        """Delete finished jobs that are old; return how many."""
        deleted = 0
        while some := await self._jobs.forget(older_than_days=self._keep_days):
            deleted += some
            jobs_forgotten.inc(some)
        if deleted:
            log.info("old_jobs_deleted", jobs=deleted, older_than_days=self._keep_days)
        return deleted

    async def _looking(self) -> None:
        while True:
            try:
                await self.look()
            except (psycopg.OperationalError, OSError) as error:
                log.warning("work_not_seen", error=str(error))
            await asyncio.sleep(WATCH_SECONDS)

    async def _sweeping(self) -> None:
        while True:
            try:
                await self.sweep()
            except (psycopg.OperationalError, OSError) as error:
                log.warning("old_jobs_not_deleted", error=str(error))
            await asyncio.sleep(SWEEP_SECONDS)

    def _alarm(self, standings: Sequence[KindStanding]) -> None:
        for queue, age in _ages(standings).items():
            overdue = age > OVERDUE_SECONDS
            jobs_overdue.labels(queue).set(overdue)
            if overdue and queue not in self._overdue:
                log.error("jobs_overdue", queue=queue, oldest_seconds=round(age))
                self._overdue.add(queue)
            elif not overdue:
                self._overdue.discard(queue)
        self._overdue &= _ages(standings).keys()


def forget_what_was_told() -> None:
    """Take back all that this process has told."""
    for gauge in (jobs_standing, job_age, jobs_overdue):
        gauge.clear()


def _tell(standings: Sequence[KindStanding]) -> None:
    forget_what_was_told()
    for each in standings:
        jobs_standing.labels(each.queue, each.kind, each.state).set(each.count)
    for queue, age in _ages(standings).items():
        job_age.labels(queue).set(age)


def _ages(standings: Sequence[KindStanding]) -> dict[str, float]:
    """For how long the oldest due job of each queue has waited."""
    ages: dict[str, float] = {}
    for each in standings:
        if each.state == "due":
            ages[each.queue] = max(ages.get(each.queue, 0.0), each.age_seconds)
    return ages
