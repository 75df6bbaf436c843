"""Jobs: what is due, who holds it on lease, how often it was tried, and what was parked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
import structlog
from msgspec import Struct
from psycopg import AsyncConnection

from adapters.postgres.pool import Pool
from application.bus import Command
from application.work import Job, Later, Wanted

log = structlog.get_logger()

COMMANDS = "commands"
"""The queue of commands that are due later or that failed as a reaction."""

ERROR_LENGTH = 2_000


class NewJob(Struct, frozen=True, kw_only=True):
    """A job to be stored; the same id twice is one job."""

    id: UUID
    queue: str
    kind: str
    body: bytes
    due_at: datetime
    causation_position: int | None
    correlation_id: UUID | None
    error: str | None = None


class LeasedJob(Struct, frozen=True, kw_only=True):
    """A job that this worker may run until its lease ends."""

    job_id: UUID
    queue: str
    kind: str
    body: bytes
    attempts: int
    causation_position: int | None
    correlation_id: UUID | None


class ListedJob(Struct, frozen=True, kw_only=True):
    """A job as operators see it."""

    job_id: UUID
    queue: str
    kind: str
    state: str
    due_at: datetime
    attempts: int
    error: str | None
    causation_position: int | None


COLUMNS = "job_id, queue, kind, body, attempts, causation_position, correlation_id"
LEASE = (
    "UPDATE jobs SET state = 'leased', leased_until = now() + make_interval(secs => %(seconds)s),"
    " leased_by = %(worker)s, attempts = attempts + 1"
    " WHERE job_id IN (SELECT job_id FROM jobs WHERE queue = %(queue)s AND due_at <= now()"
    " AND (state = 'due' OR state = 'leased' AND leased_until < now())"
    " ORDER BY due_at FOR UPDATE SKIP LOCKED LIMIT %(most)s)"
    " RETURNING job_id, queue, kind, body, attempts, causation_position, correlation_id"
)


def job_of(wanted: Wanted, *, error: str | None = None) -> NewJob:
    """The stored form of an intent: a job, a timer, or (with `error`) a reaction that failed."""
    intent = wanted.intent
    due_at = wanted.cause.event.timestamp
    queue = COMMANDS
    body: Command | Job
    match intent:
        case Job():
            queue, body = intent.QUEUE, intent
        case Later(command=command, due_at=due_at):
            body = command
        case Command():
            body = intent
    return NewJob(
        id=wanted.id,
        queue=queue,
        kind=type(body).__name__,
        body=msgspec.json.encode(body),
        due_at=due_at,
        causation_position=wanted.cause.position,
        correlation_id=wanted.cause.metadata.correlation_id,
        error=error,
    )


async def enqueue(connection: AsyncConnection[tuple[Any, ...]], jobs: Sequence[NewJob]) -> None:
    """Store jobs in the caller's transaction; those with an `error` are parked at once."""
    for job in jobs:
        await connection.execute(
            "INSERT INTO jobs (job_id, queue, kind, body, due_at, causation_position,"
            " correlation_id, error, state, finished_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s::text,"
            " CASE WHEN %s::text IS NULL THEN 'due' ELSE 'parked' END,"
            " CASE WHEN %s::text IS NULL THEN NULL ELSE now() END)"
            " ON CONFLICT (job_id) DO NOTHING",
            (
                job.id,
                job.queue,
                job.kind,
                job.body,
                job.due_at,
                job.causation_position,
                job.correlation_id,
                job.error,
                job.error,
                job.error,
            ),
        )


class Jobs:
    """The table of jobs, as workers and operators use it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def lease(
        self, queue: str, *, worker: str, most: int, seconds: int
    ) -> Sequence[LeasedJob]:
        """Take due jobs, or jobs whose lease ran out; they are this worker's for `seconds`."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                LEASE, {"queue": queue, "worker": worker, "most": most, "seconds": seconds}
            )
            return [
                LeasedJob(
                    job_id=row[0],
                    queue=row[1],
                    kind=row[2],
                    body=bytes(row[3]),
                    attempts=row[4],
                    causation_position=row[5],
                    correlation_id=row[6],
                )
                for row in await cursor.fetchall()
            ]

    async def finish(self, job_id: UUID) -> None:
        """The job's outcome is recorded."""
        await self._execute(
            "UPDATE jobs SET state = 'done', finished_at = now(), leased_until = NULL, error = NULL"
            " WHERE job_id = %s",
            (job_id,),
        )

    async def try_again(self, job_id: UUID, *, error: str, after_seconds: float) -> None:
        """Give the job back; it is due again later."""
        await self._execute(
            "UPDATE jobs SET state = 'due', leased_until = NULL, error = %s,"
            " due_at = now() + make_interval(secs => %s) WHERE job_id = %s",
            (error[:ERROR_LENGTH], after_seconds, job_id),
        )

    async def postpone(self, job_id: UUID, *, error: str, after_seconds: float) -> None:
        """Give the job back without counting the try, for which the job was not to blame."""
        await self._execute(
            "UPDATE jobs SET state = 'due', leased_until = NULL, error = %s,"
            " attempts = greatest(attempts - 1, 0),"
            " due_at = now() + make_interval(secs => %s) WHERE job_id = %s",
            (error[:ERROR_LENGTH], after_seconds, job_id),
        )

    async def hand_back(self, worker: str, *, but: Collection[UUID] = ()) -> None:
        """Give back what this worker holds, `but` for some, without counting the try."""
        await self._execute(
            "UPDATE jobs SET state = 'due', leased_until = NULL,"
            " attempts = greatest(attempts - 1, 0)"
            " WHERE state = 'leased' AND leased_by = %s AND job_id <> ALL (%s::uuid[])",
            (worker, list(but)),
        )

    async def park(self, job_id: UUID, *, error: str) -> None:
        """Set the job aside until an operator decides."""
        log.error("job_parked", job_id=str(job_id), error=error)
        await self._execute(
            "UPDATE jobs SET state = 'parked', leased_until = NULL, error = %s,"
            " finished_at = now() WHERE job_id = %s",
            (error[:ERROR_LENGTH], job_id),
        )

    async def due_queues(self) -> Sequence[str]:
        """The queues in which something waits to be taken."""
        rows = await self._rows(
            "SELECT DISTINCT queue FROM jobs WHERE due_at <= now()"
            " AND (state = 'due' OR state = 'leased' AND leased_until < now())",
            (),
        )
        return [row[0] for row in rows]

    async def listed(
        self, state: Literal["due", "leased", "done", "parked", "discarded"], limit: int = 100
    ) -> Sequence[ListedJob]:
        """Jobs in this state, the oldest first."""
        rows = await self._rows(
            "SELECT job_id, queue, kind, state, due_at, attempts, error, causation_position"
            " FROM jobs WHERE state = %s ORDER BY due_at LIMIT %s",
            (state, limit),
        )
        return [
            ListedJob(**dict(zip(ListedJob.__struct_fields__, row, strict=True))) for row in rows
        ]

    async def retry(self, job_id: UUID, *, note: str) -> bool:
        """Make a parked job due again; False when it is not parked."""
        return await self._decide(job_id, "due", note=note)

    async def discard(self, job_id: UUID, *, note: str) -> bool:
        """Give a parked job up for ever; False when it is not parked."""
        return await self._decide(job_id, "discarded", note=note)

    async def _decide(self, job_id: UUID, state: str, *, note: str) -> bool:
        rows = await self._rows(
            "UPDATE jobs SET state = %s, note = %s, attempts = 0, due_at = now()"
            " WHERE job_id = %s AND state = 'parked' RETURNING job_id",
            (state, note, job_id),
        )
        return bool(rows)

    async def _execute(self, query: str, parameters: Sequence[Any]) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(query, parameters)

    async def _rows(self, query: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(query, parameters)
            return await cursor.fetchall()
