"""Running jobs: take what is due in fair turns, a few at a time, and keep what is held."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

import psycopg
import structlog
from prometheus_client import Histogram

from adapters.postgres.jobs import COMMANDS, Jobs, LeasedJob
from application.bus import Bus
from application.store import LogUnavailable
from workers.holding import LEASE_SECONDS, Holding
from workers.tries import Tries, job_seconds
from workers.works import WORKS, Outcome, works

__all__ = ["WORKS", "Outcome", "Worker", "works"]

log = structlog.get_logger()

POLL_SECONDS = 1.0
"""How long what is due waits at most when nobody tells of it."""
COMMANDS_AT_ONCE = 48
"""Commands are short and share their commits, so many of them run at once."""
UNSURE_PAUSE_SECONDS = 0.2

job_wait_seconds = Histogram(
    "job_wait_seconds",
    "How long a job had been due when it was taken",
    ["queue"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)


class Worker:
    """Takes jobs of some queues, a few at a time, until it is told to stop.

    Each queue has places of its own. All but one are filled in fair turns; the last is kept for a
    kind of which none runs, so that many slow jobs of one kind do not hold up another.
    """

    def __init__(
        self, jobs: Jobs, bus: Bus, ports: Mapping[type, object], *, name: str, at_once: int
    ) -> None:
        self.tries = Tries(jobs, bus, ports)
        self.holding = Holding(jobs, name)
        self._jobs = jobs
        self._name = name
        self._at_once = at_once
        self._rung: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._leasing = asyncio.Lock()
        self._unsure = False

    def wake(self, queue: str) -> None:
        """Look for work in this queue now."""
        self._rung[queue].set()

    async def run(self, queues: Sequence[str]) -> None:
        """Work for ever; cancel to stop. What is held then is handed back."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.holding.beat(), name="beat")
                for queue in queues:
                    tasks.create_task(self._serve(queue), name=f"serve-{queue}")
        finally:
            await asyncio.shield(self._leave())

    async def drain(self, queue: str) -> int:
        """Do what is due in a queue until nothing is; return how many tries were made.

        A job that takes long keeps its own place only; the others go on being filled. Raises
        `psycopg.OperationalError` when the database is away and nothing runs.
        """
        tried = 0
        running: set[asyncio.Task[None]] = set()
        await self._jobs.take_over()
        try:
            while True:
                taken = await self._fill(queue, running)
                running |= taken
                tried += len(taken)
                if not running:
                    return tried
                running = await self._until_one_ends(queue, running)
        except asyncio.CancelledError:
            for task in running:
                task.cancel()
            raise
        finally:
            await asyncio.gather(*running, return_exceptions=True)

    async def _serve(self, queue: str) -> None:
        while True:
            try:
                await self.drain(queue)
            except (psycopg.OperationalError, OSError, TimeoutError) as error:
                log.warning("worker_waits", queue=queue, error=str(error))
            except Exception:  # one job must not end a worker
                log.exception("worker_stumbled", queue=queue)
            await self._until_woken(queue)

    async def _leave(self) -> None:
        try:
            await self._jobs.settle()
            await self._jobs.hand_back(self._name)
        except (psycopg.Error, OSError) as error:
            log.warning("not_handed_back", worker=self._name, error=str(error))

    async def _until_woken(self, queue: str) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._rung[queue].wait()
        except TimeoutError:
            return
        self._rung[queue].clear()

    async def _until_one_ends(
        self, queue: str, running: set[asyncio.Task[None]]
    ) -> set[asyncio.Task[None]]:
        """Those that go on, when one has ended, or somebody calls, or the poll interval is over."""
        rung = asyncio.create_task(self._until_woken(queue))
        try:
            await asyncio.wait({rung, *running}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            rung.cancel()
        ended = {task for task in running if task.done()}
        for task in ended:
            task.result()
        return running - ended

    async def _fill(self, queue: str, running: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
        """Take jobs for the free places."""
        places = max(self._at_once, COMMANDS_AT_ONCE) if queue == COMMANDS else self._at_once
        if len(running) > places:
            return set()
        async with self._leasing:
            try:
                return await self._take(queue, places - len(running))
            except psycopg.OperationalError:
                self._unsure = True
                if not running:
                    raise
                return set()

    async def _take(self, queue: str, free: int) -> set[asyncio.Task[None]]:
        asked_at = asyncio.get_running_loop().time()
        if self._unsure:
            # What the database's absence interrupted, or leased without our hearing of it, need
            # not wait for the end of its lease.
            await asyncio.sleep(UNSURE_PAUSE_SECONDS)
            await self._jobs.hand_back(self._name, but=self.holding.job_ids)
            self._unsure = False
        held, me = self.holding.kinds(queue), self._name
        if free:
            leased = await self._jobs.lease(
                queue, worker=me, most=free, seconds=LEASE_SECONDS, held=held
            )
        else:
            leased = await self._jobs.lease_other(
                queue, worker=me, seconds=LEASE_SECONDS, held=held
            )
        return {self._begin(job, asked_at) for job in leased}

    def _begin(self, leased: LeasedJob, asked_at: float) -> asyncio.Task[None]:
        job_wait_seconds.labels(leased.queue).observe(leased.waited_seconds)
        if leased.former:
            log.warning("job_taken_over", job_id=str(leased.job_id), former=leased.former)
        task = asyncio.create_task(self._try(leased))
        self.holding.take(leased, task, asked_at=asked_at)
        return task

    async def _try(self, leased: LeasedJob) -> None:
        structlog.contextvars.bind_contextvars(job_id=str(leased.job_id), job=leased.kind)
        try:
            error = await self._attempt(leased)
            self.holding.ends(leased)
            await self.tries.end(leased, error)
        except asyncio.CancelledError:
            if not self.holding.has_lost(leased):
                raise
        except (psycopg.OperationalError, LogUnavailable) as error:
            log.warning("job_interrupted", error=str(error))
            self._unsure = True
        except Exception:
            # Its lease will end, and it will be tried again.
            log.exception("job_left_open")
        finally:
            self.holding.let_go(leased)

    async def _attempt(self, leased: LeasedJob) -> Exception | None:
        try:
            with job_seconds.labels(leased.kind).time():
                await self.tries.do(leased)
        except psycopg.OperationalError:
            raise
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task and task.cancelling():
                raise
            return RuntimeError("something inside was cancelled, and nobody asked for it")
        except Exception as error:  # noqa: BLE001  # it is tried again or parked, visibly
            return error
        return None
