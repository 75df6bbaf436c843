"""One try of a job: do it, record the outcome as a command under the job's id, say how it ended."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
import structlog
from prometheus_client import Counter, Histogram

from adapters.postgres.jobs import COMMANDS, Jobs, LeasedJob
from application.bus import Bus, Call, Command
from application.ports import Clock
from application.store import LogUnavailable
from application.tracing import span
from application.work import Job
from domain.shared.errors import Refusal
from workers import works
from workers.works import Outcome, most_attempts

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 600.0
NEWER_PAUSE_SECONDS = 15.0
"""How long work that this release does not understand waits for a worker of a newer one."""
EARLY_PAUSE_SECONDS = 60.0
"""How long a timer waits at most before it is asked again whether the clock has come so far."""
COMMAND_SECONDS = 30
"""How long one try of a command may take."""

jobs_run = Counter("jobs_run", "Tries of jobs, by how they ended", ["kind", "outcome"])
job_seconds = Histogram(
    "job_seconds",
    "How long one try of a job took",
    ["kind"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
job_tries = Histogram(
    "job_tries", "Which try was the last one of a job", ["kind"], buckets=(1, 2, 3, 5, 8, 13, 24)
)


class TriedTooOften(Exception):
    """Earlier tries ended without a word: whoever made them died, perhaps of this very job."""


class NotUnderstood(Exception):
    """Our release does not know the kind, or can't read the body; a newer one may."""


class TooEarly(Exception):
    """A timer whose time has not come by the clock that its command is decided by."""

    def __init__(self, early: timedelta) -> None:
        super().__init__(f"this machine's clock is {early} behind the database's")
        self.seconds = early.total_seconds()


class Tries:
    """Does jobs by the functions that are registered for their kinds."""

    def __init__(self, jobs: Jobs, bus: Bus, ports: Mapping[type, object]) -> None:
        self._jobs = jobs
        self._bus = bus
        self._ports = ports

    async def do(self, leased: LeasedJob) -> None:
        """Do the job and record its outcome. Raises whatever stands in the way."""
        with span(f"job {leased.kind}", cause=leased.origin, attempt=leased.attempts):
            await self._do(leased)

    async def _do(self, leased: LeasedJob) -> None:
        if leased.attempts > most_attempts(leased.kind):
            raise TriedTooOften(leased.attempts - 1)
        if leased.queue == COMMANDS:
            command = _body(leased, Command.by_name)
            self._must_not_be_early(leased)
            async with asyncio.timeout(COMMAND_SECONDS):
                await self._record(leased, command)
            return
        job = _body(leased, Job.by_name)
        entry = works.WORKS.get(type(job))
        if entry is None:
            raise NotUnderstood(f"nobody does {leased.kind} in this release")
        ports = {
            name: leased if need is LeasedJob else self._ports[need]
            for name, need in entry.needs.items()
        }
        async with asyncio.timeout(job.LEASE_SECONDS):
            outcome = await entry.work(job, **ports)
        await self._record(leased, outcome)

    async def end(self, leased: LeasedJob, error: Exception | None) -> None:
        """Write down how the try ended: done, to be tried again, or parked."""
        if error is None:
            mine, outcome = await self._jobs.finish(leased), "done"
        else:
            mine, outcome = await self._failed(leased, error)
        if not mine:
            log.warning("lost_before_its_end", job_id=str(leased.job_id), job=leased.kind)
            outcome = "lost"
        jobs_run.labels(leased.kind, outcome).inc()
        if outcome in {"done", "parked"}:
            job_tries.labels(leased.kind).observe(leased.attempts)

    async def _record(self, leased: LeasedJob, outcome: Outcome, *, prefix: str = "") -> None:
        commands = [outcome] if isinstance(outcome, Command) else list(outcome or ())
        for number, command in enumerate(commands):
            await self._execute(leased, command, key=f"{leased.job_id}/{prefix}{number}")

    async def _execute(self, leased: LeasedJob, command: Command, *, key: str) -> None:
        """Once under the job's key. What was refused is asked anew when an operator wants it so,
        because a refusal is kept under its key for ever.
        """
        for again in range(leased.retried + 1):
            call = Call(
                key=f"{key}#{again}" if again else key,
                caller="jobs",
                correlation_id=leased.correlation_id,
                causation_position=leased.causation_position,
            )
            try:
                await self._bus.execute(command, call)
            except Refusal as refusal:
                if refusal.replayed and again < leased.retried:
                    continue
                raise
            return

    async def _failed(self, leased: LeasedJob, error: Exception) -> tuple[bool, str]:
        text = _told(error)
        match error:
            case LogUnavailable():
                pause = FIRST_PAUSE_SECONDS
                return await self._jobs.postpone(leased, error=text, after_seconds=pause), "again"
            case TooEarly():
                log.warning("clock_behind", job=leased.kind, seconds=error.seconds)
                pause = min(error.seconds, EARLY_PAUSE_SECONDS)
                return await self._jobs.postpone(leased, error=text, after_seconds=pause), "again"
            case NotUnderstood():
                pause = NEWER_PAUSE_SECONDS
            case _:
                pause = backoff_seconds(leased.attempts)
        last = leased.attempts >= most_attempts(leased.kind)
        if not last and not isinstance(error, Refusal):
            log.warning("job_tried_in_vain", error=text, attempts=leased.attempts, again_in=pause)
            return await self._jobs.try_again(leased, error=text, after_seconds=pause), "again"
        log.error("job_given_up", error=text, attempts=leased.attempts, exc_info=error)
        await self._give_up(leased, text)
        return await self._jobs.park(leased, error=text), "parked"

    async def _give_up(self, leased: LeasedJob, error: str) -> None:
        try:
            job = _body(leased, Job.by_name)
            entry = works.WORKS.get(type(job))
            if entry and entry.give_up:
                await self._record(leased, entry.give_up(job, error), prefix="given-up-")
        except NotUnderstood:
            return
        except Refusal as refusal:
            log.info("giving_up_was_refused", code=refusal.code)

    def _must_not_be_early(self, leased: LeasedJob) -> None:
        # Handlers pass over a deadline that has not come, so a timer that went off by a clock ahead
        # of ours would be lost.
        clock: Any = self._ports.get(Clock)
        if clock and leased.not_before and clock.now() < leased.not_before:
            raise TooEarly(leased.not_before - clock.now())


def backoff_seconds(attempts: int) -> float:
    """How long to wait after so many tries: doubling, capped, with jitter of a half."""
    longest = min(math.ldexp(FIRST_PAUSE_SECONDS, attempts - 1), LONGEST_PAUSE_SECONDS)
    jitter = random.uniform(0.5, 1.0)  # noqa: S311  # jitter is not a secret
    return longest * jitter


def _body(leased: LeasedJob, kinds: Mapping[str, type[Any]]) -> Any:
    kind = kinds.get(leased.kind)
    if kind is None:
        raise NotUnderstood(f"this release knows no {leased.kind} in the queue {leased.queue}")
    try:
        return msgspec.json.decode(leased.body, type=kind)
    except msgspec.MsgspecError as error:
        raise NotUnderstood(f"the body of this {leased.kind} can't be read: {error}") from error


def _told(error: Exception) -> str:
    match error:
        case Refusal():
            return str(error)
        case TimeoutError() if not str(error):
            return "TimeoutError: the try took too long"
    return f"{type(error).__name__}: {error}"
