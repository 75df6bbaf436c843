"""The table of jobs, as workers use it: take, keep, end, give back, set aside."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from uuid import UUID

import structlog
from msgspec import Struct

from adapters.postgres.jobs.decisions import Decisions
from adapters.postgres.jobs.rows import COMMANDS, LeasedJob, readable
from adapters.postgres.pool import Pool
from application.tracing import Origin

log = structlog.get_logger()

GROUP = 512
"""The most ends of tries that are written by one statement."""
PATIENCE_SECONDS = 5.0
"""How long PostgreSQL may take for it."""

LEASE = (
    "SELECT job_id, queue, kind, body, attempts, causation_position, correlation_id, retried,"
    " waited, not_before, former, origin"
    " FROM lease_jobs(%s::text, %s::text, %s::int, %s::float8, %s::text[], %s::text[], %s::bool)"
)
TAKE_OVER = (
    "UPDATE jobs SET state = 'due', leased_until = NULL, error = 'the worker ' || leased_by ||"
    " ' went away' WHERE job_id IN (SELECT job_id FROM jobs WHERE state = 'leased'"
    " AND leased_until < now() ORDER BY leased_until FOR UPDATE SKIP LOCKED LIMIT 1000)"
)


class _End(Struct, frozen=True):
    leased: LeasedJob
    done: asyncio.Future[bool]


class Jobs(Decisions):
    """Workers and operators share it. A worker's name must be its own, not its successor's.

    `finish`, `try_again`, `postpone` and `park` do nothing, and say False, once the try has lost
    its lease.
    """

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._ending: list[_End] = []
        self._writing: asyncio.Task[None] | None = None

    async def lease(
        self,
        queue: str,
        *,
        worker: str,
        most: int,
        seconds: float,
        held: Sequence[str] = (),
    ) -> Sequence[LeasedJob]:
        """Take up to `most` due jobs, the oldest first; they are this worker's for `seconds`.

        Kinds come in equal parts; `held` are those of what the worker runs already, place for
        place.
        """
        return await self._leased(queue, worker, wanted=(most, seconds, list(held), []))

    async def lease_other(
        self, queue: str, *, worker: str, seconds: float, held: Sequence[str]
    ) -> Sequence[LeasedJob]:
        """Take one due job of a kind of which the worker holds none, if there is any."""
        return await self._leased(queue, worker, wanted=(1, seconds, [], list(held)))

    async def take_over(self) -> int:
        """Make due again what dead workers held, whose leases have ended; return how many."""
        taken = await self._execute(TAKE_OVER, ())
        if taken:
            log.warning("leases_ended", jobs=taken)
        return taken

    async def keep(
        self, worker: str, job_ids: Collection[UUID], *, seconds: float
    ) -> frozenset[UUID]:
        """Renew this worker's leases on these jobs; return those that are still its own."""
        rows = await self._rows(
            "SELECT keep_jobs(%s::uuid[], %s, %s::float8)", (list(job_ids), worker, seconds)
        )
        return frozenset(row[0] for row in rows)

    async def finish(self, leased: LeasedJob) -> bool:
        """The try's outcome is recorded. All ends that wait are written by one statement."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._ending.append(_End(leased, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_ends(), name="job-ends")
        return await done

    async def settle(self) -> None:
        """Wait until the ends of all tries are written, as far as they can be."""
        while self._writing and not self._writing.done():
            await asyncio.wait({self._writing})

    async def try_again(self, leased: LeasedJob, *, error: str, after_seconds: float) -> bool:
        """Give the job back; it is due again later."""
        return await self._given_back(leased, error, less=0, after_seconds=after_seconds)

    async def postpone(self, leased: LeasedJob, *, error: str, after_seconds: float) -> bool:
        """Give the job back without counting the try, for which the job was not to blame."""
        return await self._given_back(leased, error, less=1, after_seconds=after_seconds)

    async def hand_back(self, worker: str, *, but: Collection[UUID] = ()) -> None:
        """Give back what this worker holds, `but` for some, without counting the try."""
        await self._execute(
            "UPDATE jobs SET state = 'due', leased_until = NULL, leased_by = NULL,"
            " attempts = greatest(attempts - 1, 0)"
            " WHERE state = 'leased' AND leased_by = %s AND job_id <> ALL (%s::uuid[])",
            (worker, list(but)),
        )

    async def park(self, leased: LeasedJob, *, error: str) -> bool:
        """Set the job aside until an operator decides."""
        parked = await self._execute(
            "UPDATE jobs SET state = 'parked', leased_until = NULL, error = %s,"
            " finished_at = now()"
            " WHERE job_id = %s AND state = 'leased' AND leased_by = %s AND attempts = %s",
            (readable(error), *_mine(leased)),
        )
        if parked:
            log.error("job_parked", job_id=str(leased.job_id), kind=leased.kind, error=error)
        return bool(parked)

    async def due_queues(self) -> Sequence[str]:
        """The queues in which something waits to be taken."""
        rows = await self._rows(
            "SELECT DISTINCT queue FROM jobs WHERE due_at <= now()"
            " AND (state = 'due' OR state = 'leased' AND leased_until < now())",
            (),
        )
        return [row[0] for row in rows]

    async def _leased(
        self, queue: str, worker: str, *, wanted: tuple[int, float, list[str], list[str]]
    ) -> Sequence[LeasedJob]:
        rows = await self._rows(LEASE, (queue, worker, *wanted, queue != COMMANDS))
        leased = [
            LeasedJob(
                job_id=row[0],
                queue=row[1],
                kind=row[2],
                body=bytes(row[3]),
                attempts=row[4],
                causation_position=row[5],
                correlation_id=row[6],
                retried=row[7],
                waited_seconds=row[8],
                not_before=row[9],
                former=row[10],
                origin=Origin.parse(row[11]),
                leased_by=worker,
            )
            for row in rows
        ]
        return sorted(leased, key=_newest_first, reverse=True)

    async def _given_back(
        self, leased: LeasedJob, error: str, *, less: int, after_seconds: float
    ) -> bool:
        given = await self._execute(
            "UPDATE jobs SET state = 'due', leased_until = NULL, leased_by = NULL, error = %s,"
            " attempts = greatest(attempts - %s, 0),"
            " due_at = now() + make_interval(secs => %s)"
            " WHERE job_id = %s AND state = 'leased' AND leased_by = %s AND attempts = %s",
            (readable(error), less, after_seconds, *_mine(leased)),
        )
        return bool(given)

    async def _write_ends(self) -> None:
        while self._ending:
            group = self._ending[:GROUP]
            del self._ending[:GROUP]
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    rows = await self._rows(
                        "SELECT finish_jobs(%s::uuid[], %s::int[], %s::text[])",
                        (
                            [end.leased.job_id for end in group],
                            [end.leased.attempts for end in group],
                            [end.leased.leased_by for end in group],
                        ),
                    )
            except Exception as error:  # noqa: BLE001  # whoever waits gets it
                for end in group:
                    if not end.done.done():
                        end.done.set_exception(error)
                        end.done.exception()  # it is told to whoever still waits, and only to them
                continue
            finished = {row[0] for row in rows}
            for end in group:
                if not end.done.done():
                    end.done.set_result(end.leased.job_id in finished)


def _mine(leased: LeasedJob) -> tuple[UUID, str, int]:
    return leased.job_id, leased.leased_by, leased.attempts


def _newest_first(leased: LeasedJob) -> float:
    return leased.waited_seconds
