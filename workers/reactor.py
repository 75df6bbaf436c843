"""The reactor: reads the log once, in order, and has done what follows from each event."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import psycopg
import structlog
from prometheus_client import Counter, Gauge

from adapters.postgres.jobs import NewJob, enqueue, job_of
from adapters.postgres.pool import Pool
from application.bus import Bus, Call, Command
from application.store import LogUnavailable
from application.work import Job, Later, Wanted, reactions_to
from domain.shared.errors import Refusal
from projections.runner import LogPages

log = structlog.get_logger()

PAGE = 200
NAME = "reactions"

reacted_events = Counter("reacted_events", "Events that the reactor has read")
reactor_position = Gauge("reactor_position", "Where the reactor stands")


class Reactor:
    """Carries out the commands that reactions ask for, and stores their jobs and timers.

    A command runs under the reaction's identity as its key, so that a page that is read again
    after a crash does nothing twice. Jobs are stored in the commit of the reactor's position.
    """

    def __init__(
        self,
        pool: Pool,
        event_log: LogPages,
        bus: Bus,
        wake: Callable[[str], Awaitable[None]],
    ) -> None:
        self._pool = pool
        self._log = event_log
        self._bus = bus
        self._wake = wake
        self._position: int | None = None

    async def step(self) -> int:
        """React to one page; return its length."""
        position = await self._standing()
        page = await self._log.page(position, PAGE)
        if not page:
            return 0
        wanted = [wish for recorded in page for wish in reactions_to(recorded)]
        jobs = [job for wish in wanted if (job := await self._carry_out(wish))]
        await self._commit(jobs, before=position, after=page[-1].position)
        reacted_events.inc(len(page))
        for queue in sorted({job.queue for job in jobs}):
            await self._wake(queue)
        return len(page)

    async def run(self, wait: Callable[[], Awaitable[None]]) -> None:
        """React for ever; `wait` returns when there may be something new."""
        while True:
            try:
                while await self.step():
                    pass
            except (psycopg.OperationalError, LogUnavailable, OSError) as error:
                log.warning("reactor_waits", error=str(error))
                self._position = None
                await asyncio.sleep(0.2)
                continue
            await wait()

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

    async def _standing(self) -> int:
        if self._position is None:
            async with self._pool.connection() as connection:
                await connection.execute(
                    "INSERT INTO reactors (name) VALUES (%s) ON CONFLICT DO NOTHING", (NAME,)
                )
                cursor = await connection.execute(
                    "SELECT position FROM reactors WHERE name = %s", (NAME,)
                )
                row = await cursor.fetchone()
                self._position = int(row[0]) if row else 0
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
