"""Running jobs: lease, do, record the outcome as a command under the job's id, finish."""

from __future__ import annotations

import asyncio
import inspect
import math
import random
import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import structlog
from msgspec import Struct
from prometheus_client import Counter, Histogram

from adapters.postgres.jobs import COMMANDS, Jobs, LeasedJob
from application.bus import Bus, Call, Command
from application.store import LogUnavailable
from application.work import Job
from domain.shared.errors import Refusal

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 600.0
POLL_SECONDS = 1.0
COMMAND_ATTEMPTS = 8
COMMAND_LEASE_SECONDS = 30

jobs_run = Counter("jobs_run", "Jobs that were run", ["kind", "outcome"])
job_seconds = Histogram("job_seconds", "How long one try of a job took", ["kind"])

Outcome = Command | Sequence[Command] | None
Work = Callable[..., Awaitable[Outcome]]
GiveUp = Callable[[Any, str], Command]


class _Works(Struct, frozen=True):
    work: Work
    needs: dict[str, type]
    give_up: GiveUp | None


WORKS: dict[type[Job], _Works] = {}


def works(*, give_up: GiveUp | None = None) -> Callable[[Work], Work]:
    """Register a function that does the jobs of its first parameter's type.

    Further parameters are ports, found by their types; one of type `LeasedJob` receives the job's
    own record. It returns the command, or commands, that record the outcome. After the last try
    `give_up(job, error)` is recorded and the job is parked.
    """

    def register(work: Work) -> Work:
        hints = typing.get_type_hints(work)
        names = list(inspect.signature(work).parameters)
        WORKS[hints[names[0]]] = _Works(work, {name: hints[name] for name in names[1:]}, give_up)
        return work

    return register


class TriedTooOften(Exception):
    """Earlier tries ended without a word: whoever made them died, perhaps of this very job."""


class Worker:
    """Takes jobs of some queues, a few at a time, until it is told to stop."""

    def __init__(
        self, jobs: Jobs, bus: Bus, ports: Mapping[type, object], *, name: str, at_once: int
    ) -> None:
        self._jobs = jobs
        self._bus = bus
        self._ports = ports
        self._name = name
        self._at_once = at_once
        self._rung = asyncio.Event()
        self._leasing = asyncio.Lock()
        self._held: set[UUID] = set()
        self._unsure = False

    def wake(self) -> None:
        """Look for work now."""
        self._rung.set()

    async def run(self, queues: Sequence[str]) -> None:
        """Work for ever; cancel to stop. What is held then is handed back."""
        try:
            await asyncio.gather(*(self._serve(queue) for queue in queues))
        finally:
            await asyncio.shield(self._jobs.hand_back(self._name))

    async def drain(self, queue: str) -> int:
        """Do what is due in a queue until nothing is; return how many tries were made.

        A job that takes long keeps its own place only; the others go on being filled.
        """
        tried = 0
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                free = self._at_once - len(running)
                leased = await self._lease(queue, most=free) if free else ()
                running |= {asyncio.create_task(self._try(job)) for job in leased}
                tried += len(leased)
                if not running:
                    return tried
                ended, running = await asyncio.wait(
                    running, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                for task in ended:
                    task.result()
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
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._rung.wait()
                self._rung.clear()
            except TimeoutError:
                continue

    async def _lease(self, queue: str, *, most: int) -> Sequence[LeasedJob]:
        async with self._leasing:
            try:
                if self._unsure:
                    # What the database's absence interrupted, or leased without our hearing of
                    # it, need not wait for the end of its lease.
                    self._unsure = False
                    await self._jobs.hand_back(self._name, but=self._held)
                leased = await self._jobs.lease(
                    queue,
                    worker=self._name,
                    most=most,
                    seconds=self._lease_seconds(queue),
                )
            except psycopg.OperationalError:
                self._unsure = True
                raise
            self._held |= {job.job_id for job in leased}
            return leased

    async def _try(self, leased: LeasedJob) -> None:
        try:
            await self._try_once(leased)
        except psycopg.OperationalError:
            self._unsure = True
            raise
        finally:
            self._held.discard(leased.job_id)

    async def _try_once(self, leased: LeasedJob) -> None:
        structlog.contextvars.bind_contextvars(job_id=str(leased.job_id), job=leased.kind)
        try:
            with job_seconds.labels(leased.kind).time():
                await self._do(leased)
            await self._jobs.finish(leased.job_id)
            jobs_run.labels(leased.kind, "done").inc()
        except psycopg.OperationalError:
            raise
        except Exception as error:  # noqa: BLE001  # it is tried again or parked, visibly
            await self._failed(leased, error)

    async def _do(self, leased: LeasedJob) -> None:
        if leased.attempts > self._most_attempts(leased):
            raise TriedTooOften(leased.attempts - 1)
        if leased.queue == COMMANDS:
            outcome: Outcome = msgspec.json.decode(leased.body, type=Command.by_name[leased.kind])
        else:
            job = msgspec.json.decode(leased.body, type=Job.by_name[leased.kind])
            entry = WORKS[type(job)]
            ports = {
                name: leased if need is LeasedJob else self._ports[need]
                for name, need in entry.needs.items()
            }
            async with asyncio.timeout(job.LEASE_SECONDS):
                outcome = await entry.work(job, **ports)
        await self._record(leased, outcome)

    async def _record(self, leased: LeasedJob, outcome: Outcome, *, prefix: str = "") -> None:
        commands = [outcome] if isinstance(outcome, Command) else list(outcome or ())
        for number, command in enumerate(commands):
            call = Call(
                key=f"{leased.job_id}/{prefix}{number}",
                caller="jobs",
                correlation_id=leased.correlation_id,
                causation_position=leased.causation_position,
            )
            await self._bus.execute(command, call)

    async def _failed(self, leased: LeasedJob, error: Exception) -> None:
        text = str(error) if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"
        last = leased.attempts >= self._most_attempts(leased)
        final = isinstance(error, Refusal) or last
        if isinstance(error, LogUnavailable):
            await self._jobs.postpone(leased.job_id, error=text, after_seconds=FIRST_PAUSE_SECONDS)
            jobs_run.labels(leased.kind, "again").inc()
            return
        if not final:
            pause = backoff_seconds(leased.attempts)
            log.warning("job_tried_in_vain", error=text, attempts=leased.attempts, again_in=pause)
            await self._jobs.try_again(leased.job_id, error=text, after_seconds=pause)
            jobs_run.labels(leased.kind, "again").inc()
            return
        log.error("job_given_up", error=text, attempts=leased.attempts, exc_info=error)
        await self._give_up(leased, text)
        await self._jobs.park(leased.job_id, error=text)
        jobs_run.labels(leased.kind, "parked").inc()

    async def _give_up(self, leased: LeasedJob, error: str) -> None:
        kind = Job.by_name.get(leased.kind)
        entry = WORKS.get(kind) if kind else None
        if entry is None or entry.give_up is None or kind is None:
            return
        job = msgspec.json.decode(leased.body, type=kind)
        try:
            await self._record(leased, entry.give_up(job, error), prefix="given-up-")
        except Refusal as refusal:
            log.info("giving_up_was_refused", code=refusal.code)

    def _lease_seconds(self, queue: str) -> int:
        seconds = [kind.LEASE_SECONDS for kind in WORKS if queue == kind.QUEUE]
        return max(seconds, default=COMMAND_LEASE_SECONDS) + 5

    def _most_attempts(self, leased: LeasedJob) -> int:
        kind = Job.by_name.get(leased.kind)
        return kind.ATTEMPTS if kind else COMMAND_ATTEMPTS


def backoff_seconds(attempts: int) -> float:
    """How long to wait after so many tries: doubling, capped, with jitter of a half."""
    longest = min(math.ldexp(FIRST_PAUSE_SECONDS, attempts - 1), LONGEST_PAUSE_SECONDS)
    jitter = random.uniform(0.5, 1.0)  # noqa: S311  # jitter is not a secret
    return longest * jitter
