"""What a worker holds on lease: kept by a beat while it lives, and let go of when it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from uuid import UUID

import structlog
from msgspec import Struct
from prometheus_client import Counter, Gauge

from adapters.postgres.jobs import Jobs, LeasedJob

log = structlog.get_logger()

LEASE_SECONDS = 15.0
"""How long others wait for the beat of a worker before they take over what it held."""
BEAT_SECONDS = 4.0
"""How often a worker renews all its leases, by one statement."""
ANSWER_SECONDS = 5.0
"""How long PostgreSQL may take for it."""

leases_lost = Counter("job_leases_lost", "Tries that were stopped because their lease was lost")
jobs_held = Gauge("jobs_held", "Jobs that this process runs now")

Place = tuple[UUID, int]


class _Held(Struct):
    leased: LeasedJob
    task: asyncio.Task[None]
    until: float
    ending: bool = False
    lost: bool = False


class Holding:
    """The tries that run in this worker. A try whose lease is lost is cancelled."""

    def __init__(self, jobs: Jobs, worker: str) -> None:
        self._jobs = jobs
        self._worker = worker
        self._held: dict[Place, _Held] = {}

    def take(self, leased: LeasedJob, task: asyncio.Task[None], *, asked_at: float) -> None:
        """The try runs from now on, in `task`; its lease was asked for at `asked_at`."""
        for former in self._held.values():
            if former.leased.job_id == leased.job_id:
                self._lose(former)
        self._held[_place(leased)] = _Held(leased, task, asked_at + LEASE_SECONDS)
        jobs_held.set(len(self._held))

    def ends(self, leased: LeasedJob) -> None:
        """Nothing is left of this try but to write down how it ended."""
        self._held[_place(leased)].ending = True

    def let_go(self, leased: LeasedJob) -> None:
        """The try is over."""
        self._held.pop(_place(leased), None)
        jobs_held.set(len(self._held))

    def has_lost(self, leased: LeasedJob) -> bool:
        """Whether this try was stopped because its lease was lost."""
        held = self._held.get(_place(leased))
        return held is not None and held.lost

    @property
    def job_ids(self) -> Collection[UUID]:
        """The jobs that are held."""
        return {held.leased.job_id for held in self._held.values()}

    def kinds(self, queue: str) -> Sequence[str]:
        """The kinds of the tries of one queue, each as often as it runs."""
        return [held.leased.kind for held in self._held.values() if held.leased.queue == queue]

    async def beat(self) -> None:
        """Keep what is held, for ever; whatever happens to the database."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self.keep()
            except Exception as error:  # noqa: BLE001  # the next beat may be heard
                log.warning("leases_not_renewed", error=repr(error))
            self.lose_expired()

    async def keep(self) -> None:
        """Renew all leases, and stop the tries whose lease is gone."""
        asked_at = asyncio.get_running_loop().time()
        asked = [held for held in self._held.values() if not held.ending]
        if not asked:
            return
        job_ids = [held.leased.job_id for held in asked]
        mine = await self._jobs.keep(self._worker, job_ids, seconds=LEASE_SECONDS)
        for held in asked:
            if held.leased.job_id in mine:
                held.until = asked_at + LEASE_SECONDS
            else:
                self._lose(held)

    def lose_expired(self) -> None:
        """Stop the tries of which nobody can tell whether they are still this worker's."""
        now = asyncio.get_running_loop().time()
        for held in self._held.values():
            if held.until < now:
                self._lose(held)

    def _lose(self, held: _Held) -> None:
        if held.ending or held.lost:
            return
        held.lost = True
        leases_lost.inc()
        log.error("lease_lost", job_id=str(held.leased.job_id), job=held.leased.kind)
        held.task.cancel()


def _place(leased: LeasedJob) -> Place:
    return leased.job_id, leased.attempts
