"""What a job is when it is stored and when it is taken, and how many are stored at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg import AsyncConnection

from application.bus import Command
from application.store import Recorded
from application.tracing import Origin, origin_of
from application.work import Failed, Job, Later, Wanted
from domain.shared.card_numbers import scrub, scrub_json

COMMANDS = "commands"
"""The queue of commands that are due later or that failed as a reaction."""
REACTIONS = "reactions"
"""The queue of reactions that could not say what they want; the reactor repeats them."""

ERROR_LENGTH = 2_000


class NewJob(Struct, frozen=True, kw_only=True):
    """A job to be stored; the same id twice is one job.

    Without `due_at` it is due at once, by PostgreSQL's clock. `not_before` is the time of a timer:
    its command is not carried out while the clock that it is decided by says less. A job with an
    `error` is parked from the beginning.
    """

    id: UUID
    queue: str
    kind: str
    body: bytes
    due_at: datetime | None
    not_before: datetime | None
    causation_position: int | None
    correlation_id: UUID | None
    origin: Origin | None = None
    error: str | None = None


class LeasedJob(Struct, frozen=True, kw_only=True):
    """A try of a job, which is a worker's own while it holds the lease.

    `attempts` counts this try; `retried` how often an operator had it tried anew; it had been due
    for `waited_seconds`. `former` is the worker that held it last and never said how it ended.
    """

    job_id: UUID
    queue: str
    kind: str
    body: bytes
    attempts: int
    causation_position: int | None
    correlation_id: UUID | None
    retried: int = 0
    waited_seconds: float = 0.0
    not_before: datetime | None = None
    former: str | None = None
    origin: Origin | None = None
    leased_by: str = ""


ENQUEUE = (
    "INSERT INTO jobs (job_id, queue, kind, body, due_at, not_before, causation_position,"
    " correlation_id, origin, error, state, finished_at)"
    " SELECT id, queue, kind, body, coalesce(due_at, now()), not_before, position, correlation,"
    " origin, error, CASE WHEN error IS NULL THEN 'due' ELSE 'parked' END,"
    " CASE WHEN error IS NULL THEN NULL ELSE now() END"
    " FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::bytea[], %b::timestamptz[],"
    " %b::timestamptz[], %b::bigint[], %b::uuid[], %b::text[], %b::text[])"
    " AS u(id, queue, kind, body, due_at, not_before, position, correlation, origin, error)"
    " ON CONFLICT (job_id) DO NOTHING"
)


def job_of(wanted: Wanted, *, error: str | None = None) -> NewJob:
    """The stored form of an intent: a job, a timer, or (with `error`) a reaction that failed."""
    intent = wanted.intent
    queue, due_at = COMMANDS, None
    body: Command | Job
    match intent:
        case Job():
            queue, body = intent.QUEUE, intent
        case Later(command=command, due_at=moment):
            body, due_at = command, moment
        case Command():
            body = intent
    return NewJob(
        id=wanted.id,
        queue=queue,
        kind=type(body).__name__,
        body=msgspec.json.encode(body),
        due_at=due_at,
        not_before=due_at,
        causation_position=wanted.cause.position,
        correlation_id=wanted.cause.metadata.correlation_id,
        origin=origin_of(wanted.cause.metadata),
        error=error and readable(error),
    )


def poisoned(failed: Failed, cause: Recorded) -> NewJob:
    """The parked form of a reaction that could not say what it wants because of an event."""
    return NewJob(
        id=failed.id,
        queue=REACTIONS,
        kind=failed.reaction,
        body=b"{}",
        due_at=None,
        not_before=None,
        causation_position=cause.position,
        correlation_id=cause.metadata.correlation_id,
        origin=origin_of(cause.metadata),
        error=readable(failed.error),
    )


async def enqueue(connection: AsyncConnection[tuple[Any, ...]], jobs: Sequence[NewJob]) -> None:
    """Store jobs in the caller's transaction; those with an `error` are parked at once."""
    if not jobs:
        return
    await connection.execute(
        ENQUEUE,
        (
            [job.id for job in jobs],
            [job.queue for job in jobs],
            [job.kind for job in jobs],
            [scrub_json(job.body) for job in jobs],
            [job.due_at for job in jobs],
            [job.not_before for job in jobs],
            [job.causation_position for job in jobs],
            [job.correlation_id for job in jobs],
            [str(job.origin) if job.origin else None for job in jobs],
            [job.error for job in jobs],
        ),
    )


def readable(error: str) -> str:
    """An error as PostgreSQL can store it, without card numbers."""
    return scrub(error).replace("\0", "\N{REPLACEMENT CHARACTER}")[:ERROR_LENGTH]
