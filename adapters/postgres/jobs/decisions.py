"""Jobs as operators see and decide them, and what becomes of finished ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from adapters.postgres.pool import Pool
from domain.shared.card_numbers import scrub

State = Literal["due", "leased", "done", "parked", "discarded"]

SWEEP = 5_000
"""How many finished jobs are deleted by one statement."""

STANDINGS = (
    "SELECT queue, kind, 'due', count(*), extract(epoch FROM now() - min(due_at))::float8"
    " FROM jobs WHERE state = 'due' AND due_at <= now() GROUP BY queue, kind"
    " UNION ALL SELECT queue, kind, 'leased', count(*),"
    " extract(epoch FROM now() - min(due_at))::float8"
    " FROM jobs WHERE state = 'leased' GROUP BY queue, kind"
    " UNION ALL SELECT queue, kind, 'parked', count(*),"
    " extract(epoch FROM now() - min(coalesce(finished_at, due_at)))::float8"
    " FROM jobs WHERE state = 'parked' GROUP BY queue, kind"
    " ORDER BY 1, 2, 3"
)


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


class ShownJob(ListedJob, frozen=True, kw_only=True):
    """All that is known of a job; `body` is its JSON."""

    body: str
    created_at: datetime
    not_before: datetime | None
    leased_by: str | None
    leased_until: datetime | None
    finished_at: datetime | None
    correlation_id: UUID | None
    retried: int
    note: str | None
    decided_by: str | None
    decided_at: datetime | None


class KindStanding(Struct, frozen=True, kw_only=True):
    """How many jobs of a kind are due, leased or parked now, and for how many seconds the oldest of
    them has been due, or parked. Timers whose time has not come are not among them.
    """

    queue: str
    kind: str
    state: State
    count: int
    age_seconds: float


class Decisions:
    """What is not a worker's: lists, decisions, figures, and the end of finished jobs."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def listed(
        self,
        state: State,
        limit: int = 100,
        *,
        kind: str | None = None,
        queue: str | None = None,
    ) -> Sequence[ListedJob]:
        """Jobs in this state, the oldest first; of one kind or queue only if it is named."""
        rows = await self._rows(
            _select(ListedJob) + " WHERE state = %(state)s"
            " AND (%(kind)s::text IS NULL OR kind = %(kind)s)"
            " AND (%(queue)s::text IS NULL OR queue = %(queue)s)"
            " ORDER BY due_at LIMIT %(limit)s",
            {"state": state, "kind": kind, "queue": queue, "limit": limit},
        )
        return [_struct(ListedJob, row) for row in rows]

    async def shown(self, job_id: UUID) -> ShownJob | None:
        """All that is known of one job; None when there is none."""
        rows = await self._rows(_select(ShownJob) + " WHERE job_id = %s", (job_id,))
        return _struct(ShownJob, rows[0]) if rows else None

    async def mails_to(self, person_id: UUID) -> dict[UUID, State]:
        """The mails to a person of which is known, by the ids that they carry."""
        rows = await self._rows(
            "SELECT job_id, state FROM jobs WHERE kind = 'SendMail'"
            " AND position(%s::text::bytea IN body) > 0",
            (str(person_id),),
        )
        return dict(rows)

    async def forget_person(self, person_id: UUID) -> int:
        """Delete the jobs about a person that have ended or wait for an operator; how many."""
        return await self._execute(
            "DELETE FROM jobs WHERE state IN ('done', 'discarded', 'parked')"
            " AND position(%s::text::bytea IN body) > 0",
            (str(person_id),),
        )

    async def oldest(self, kinds: Sequence[str]) -> float:
        """For how many seconds the oldest job of these kinds has been there without an end."""
        rows = await self._rows(
            "SELECT coalesce(max(extract(epoch FROM now() - created_at)), 0)::float8 FROM jobs"
            " WHERE kind = ANY (%s) AND state IN ('due', 'leased', 'parked')",
            (list(kinds),),
        )
        return float(rows[0][0])

    async def standings(self) -> Sequence[KindStanding]:
        """What waits, runs and is parked, by queue and kind."""
        return [
            KindStanding(queue=row[0], kind=row[1], state=row[2], count=row[3], age_seconds=row[4])
            for row in await self._rows(STANDINGS, ())
        ]

    async def retry(self, job_id: UUID, *, note: str, by: str) -> bool:
        """Make a parked job due again; False when it is not parked."""
        return bool(await self._decide("due", note, by=by, job_id=job_id))

    async def retry_kind(self, kind: str, *, note: str, by: str) -> int:
        """Make all parked jobs of a kind due again; return how many."""
        return await self._decide("due", note, by=by, kind=kind)

    async def discard(self, job_id: UUID, *, note: str, by: str) -> bool:
        """Give a parked job up for ever; False when it is not parked."""
        return bool(await self._decide("discarded", note, by=by, job_id=job_id))

    async def forget(self, *, older_than_days: float) -> int:
        """Delete a few thousand of the jobs that ended so long ago; return how many.

        What was done stands in the log; the rows are only its bookkeeping. Parked jobs stay.
        """
        return await self._execute(
            "DELETE FROM jobs WHERE job_id IN (SELECT job_id FROM jobs"
            " WHERE state IN ('done', 'discarded')"
            " AND finished_at < now() - make_interval(secs => %s)"
            " ORDER BY finished_at LIMIT %s FOR UPDATE SKIP LOCKED)",
            (older_than_days * 86_400.0, SWEEP),
        )

    async def _decide(
        self,
        state: State,
        note: str,
        *,
        by: str,
        job_id: UUID | None = None,
        kind: str | None = None,
    ) -> int:
        return await self._execute(
            "UPDATE jobs SET state = %(state)s, note = %(note)s, decided_by = %(by)s,"
            " decided_at = now(), attempts = 0, due_at = now(), leased_by = NULL,"
            " retried = retried + CASE %(state)s WHEN 'due' THEN 1 ELSE 0 END,"
            " finished_at = CASE %(state)s WHEN 'due' THEN NULL ELSE now() END"
            " WHERE state = 'parked' AND (job_id = %(job_id)s OR kind = %(kind)s)",
            {"state": state, "note": scrub(note), "by": by, "job_id": job_id, "kind": kind},
        )

    async def _execute(self, query: str, parameters: Any) -> int:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(query, parameters)
            return cursor.rowcount

    async def _rows(self, query: str, parameters: Any) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(query, parameters)
            return await cursor.fetchall()


def _select(kind: type[Struct]) -> str:
    body = "convert_from(body, 'UTF8') AS body"
    columns = [body if name == "body" else name for name in kind.__struct_fields__]
    return f"SELECT {', '.join(columns)} FROM jobs"  # noqa: S608  # names of our own fields


def _struct(kind: type[Any], row: tuple[Any, ...]) -> Any:
    return kind(**dict(zip(kind.__struct_fields__, row, strict=True)))
