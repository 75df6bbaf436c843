"""The reactor: reads the log once, in order, and has done what follows from each event."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import uuid4

import psycopg
import structlog
from prometheus_client import Counter, Gauge

from adapters.postgres.jobs import REACTIONS, Jobs, LeasedJob, NewJob, enqueue, job_of, poisoned
from adapters.postgres.pool import Pool
from application.bus import Bus, Call, Command
from application.store import LogReader, LogUnavailable, Recorded
from application.tracing import origin_of, span
from application.work import Failed, Job, Later, Wanted, is_heard, outcomes_of
from domain.shared.errors import Refusal
from workers.chains import chains

log = structlog.get_logger()

PAGE = 500
"""The most events of one page."""
AT_ONCE = 16
"""How many chains of events of one page are worked on at once."""
NAME = "reactions"
REPEATS = 20
"""The most parked reactions that are repeated at once."""
REPEAT_SECONDS = 60.0

reacted_events = Counter("reacted_events", "Events that the reactor has read")
reactor_position = Gauge("reactor_position", "Where the reactor stands")
reactor_blocked = Gauge(
    "reactor_blocked", "Position of an event that only a newer release can react to; 0 if none"
)
reactions_failed = Counter("reactions_failed", "Reactions that were parked", ["reaction"])


class NewerEvent(Exception):
    """The next event is of a kind or shape that this release does not know."""

    def __init__(self, recorded: Recorded) -> None:
        self.position = recorded.position
        what = f"{recorded.topic}, shape {recorded.schema_version}"
        super().__init__(f"event {recorded.position} ({what}) belongs to a newer release")


class Reactor:
    """Carries out the commands that reactions ask for, and stores their jobs and timers.

    A command runs under the reaction's identity as its key, so that a page that is read again
    after a crash does nothing twice. Jobs are stored in the commit of the reactor's position. What
    fails is parked, and the rest goes on.
    """

    def __init__(
        self,
        pool: Pool,
        event_log: LogReader,
        bus: Bus,
        wake: Callable[[str], Awaitable[None]],
    ) -> None:
        self._pool = pool
        self._log = event_log
        self._bus = bus
        self._wake = wake
        self._jobs = Jobs(pool)
        self._name = f"{NAME}-{uuid4()}"
        self._position: int | None = None

    async def step(self) -> int:
        """React to one page; return its length. Raises `NewerEvent`."""
        position = await self._standing()
        page = _understood(await self._log.page(position, PAGE))
        if not page:
            return 0
        jobs = await self._react([recorded for recorded in page if is_heard(recorded)])
        await self._commit(jobs, before=position, after=page[-1].position)
        reacted_events.inc(len(page))
        reactor_blocked.set(0)
        for queue in sorted({job.queue for job in jobs if job.error is None}):
            await self._wake(queue)
        return len(page)

    async def run(self, wait: Callable[[], Awaitable[None]]) -> None:
        """React for ever; `wait` returns when there may be something new.

        Raises `NewerEvent` when a newer release has to go on.
        """
        while True:
            try:
                while await self.step():
                    pass
                await self.repeat()
            except (psycopg.OperationalError, LogUnavailable, OSError) as error:
                log.warning("reactor_waits", error=str(error))
                self._position = None
                await asyncio.sleep(0.2)
                continue
            await wait()

    async def repeat(self) -> int:
        """Repeat the parked reactions that operators want to be tried again; return how many."""
        await self._jobs.take_over()
        leased = await self._jobs.lease(
            REACTIONS, worker=self._name, most=REPEATS, seconds=REPEAT_SECONDS
        )
        for job in leased:
            await self._repeat(job)
        return len(leased)

    async def standing(self) -> int:
        """The stored position: the last event that was reacted to."""
        async with self._pool.connection() as connection:
            await connection.execute(
                "INSERT INTO reactors (name) VALUES (%s) ON CONFLICT DO NOTHING", (NAME,)
            )
            cursor = await connection.execute(
                "SELECT position FROM reactors WHERE name = %s", (NAME,)
            )
            row = await cursor.fetchone()
        return int(row[0]) if row else 0

    async def _react(self, heard: Sequence[Recorded]) -> list[NewJob]:
        """What these events ask for: commands are carried out, the rest is given back."""
        room = asyncio.Semaphore(AT_ONCE)

        async def react_in_order(chain: Sequence[Recorded]) -> list[NewJob]:
            async with room:
                return [job for recorded in chain for job in await self._follow(recorded)]

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(react_in_order(chain)) for chain in chains(heard)]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        return [job for task in tasks for job in task.result()]

    async def _follow(self, recorded: Recorded, *, only: str | None = None) -> list[NewJob]:
        with span(f"react to {recorded.topic}", cause=origin_of(recorded.metadata)):
            return await self._outcomes(recorded, only)

    async def _outcomes(self, recorded: Recorded, only: str | None) -> list[NewJob]:
        jobs = []
        for outcome in outcomes_of(recorded, only=only):
            if isinstance(outcome, Failed):
                reactions_failed.labels(outcome.reaction).inc()
                log.error("reaction_failed", reaction=outcome.reaction, error=outcome.error)
                jobs.append(poisoned(outcome, recorded))
            elif job := await self._carry_out(outcome):
                jobs.append(job)
        return jobs

    async def _carry_out(self, wish: Wanted) -> NewJob | None:
        """Do it now, or give the job that will see to it."""
        if isinstance(wish.intent, Job | Later):
            return job_of(wish)
        command: Command = wish.intent
        try:
            await self._bus.execute(command, call_of(wish))
        except Refusal as refusal:
            log.warning("reaction_refused", command=type(command).__name__, code=refusal.code)
            return job_of(wish, error=str(refusal))
        except (LogUnavailable, psycopg.OperationalError):
            raise
        except Exception as error:  # a reaction that fails must stay visible, and not stop others
            log.exception("reaction_failed", command=type(command).__name__)
            return job_of(wish, error=repr(error))
        return None

    async def _repeat(self, leased: LeasedJob) -> None:
        [recorded] = await self._log.page((leased.causation_position or 1) - 1, 1)
        if not is_heard(recorded, by=leased.kind):
            await self._jobs.park(leased, error="this release has no such reaction to this event")
            return
        jobs = await self._follow(recorded, only=leased.kind)
        failed = [job for job in jobs if job.id == leased.job_id]
        if failed:
            await self._jobs.park(leased, error=failed[0].error or "")
            return
        async with self._pool.connection() as connection, connection.transaction():
            await enqueue(connection, jobs)
        await self._jobs.finish(leased)
        for queue in sorted({job.queue for job in jobs if job.error is None}):
            await self._wake(queue)

    async def _standing(self) -> int:
        if self._position is None:
            self._position = await self.standing()
        return self._position

    async def _commit(self, jobs: Sequence[NewJob], *, before: int, after: int) -> None:
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(
                "UPDATE reactors SET position = %s, changed_at = now()"
                " WHERE name = %s AND position = %s",
                (after, NAME, before),
            )
            if cursor.rowcount != 1:
                self._position = None
                return
            await enqueue(connection, jobs)
        self._position = after
        reactor_position.set(after)


def call_of(wish: Wanted) -> Call:
    """The circumstances of a command that a reaction asked for."""
    return Call(
        key=str(wish.id),
        caller="reactions",
        correlation_id=wish.cause.metadata.correlation_id,
        causation_position=wish.cause.position,
        trace_id=wish.cause.metadata.trace_id,
    )


def _understood(page: Sequence[Recorded]) -> Sequence[Recorded]:
    """The events before the first one that belongs to a newer release.

    To pass it by would lose what that release wants because of it.
    """
    for number, recorded in enumerate(page):
        kind = recorded.kind
        if kind is None or recorded.schema_version > kind.class_version:
            if number == 0:
                raise NewerEvent(recorded)
            return page[:number]
    return page
