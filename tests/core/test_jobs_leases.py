"""Leases: the dead are found out soon, the living keep theirs, and a lost one counts no more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.postgres.jobs import LeasedJob, NewJob, table
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from tests.core.desk import Desk, registered_work
from workers.holding import BEAT_SECONDS, LEASE_SECONDS
from workers.jobs import POLL_SECONDS, Worker

TAKEN_OVER_SECONDS = 20
"""Within this time somebody else does what a dead worker held."""


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    with registered_work():
        yield


@pytest.fixture
def desk(pool: Pool, event_log: PostgresLog) -> Desk:
    return Desk(pool, event_log)


class Stuck:
    """A proofreader who begins and does not end before he is told to."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.may_end = asyncio.Event()

    async def proofread(self) -> str:
        self.began.set()
        await self.may_end.wait()
        return "the slow one"


async def slow_job(desk: Desk) -> tuple[UUID, Stuck, asyncio.Task[int], Worker]:
    """A note that a worker is just having read."""
    note_id = await desk.write("job")
    await desk.react()
    stuck, worker = Stuck(), desk.worker
    desk.proofreader.proofread = stuck.proofread  # type: ignore[method-assign]  # a slower port
    working = asyncio.create_task(worker.drain("test"))
    await stuck.began.wait()
    return note_id, stuck, working, worker


async def taken_by_another(desk: Desk) -> LeasedJob:
    """The lease has ended, and another worker has the job."""
    await desk.sql("UPDATE jobs SET leased_until = now() - interval '1 s' WHERE state = 'leased'")
    assert await desk.jobs.take_over() == 1
    [leased] = await desk.jobs.lease("test", worker="w2", most=1, seconds=60)
    return leased


async def test_what_a_dead_worker_held_is_taken_over_whatever_its_kind(desk: Desk) -> None:
    note_id = await desk.write("job")
    await desk.react()
    await desk.jobs.lease("test", worker="dead", most=1, seconds=LEASE_SECONDS)
    assert await desk.jobs.take_over() == 0
    [(left,)] = await desk.sql("SELECT extract(epoch FROM leased_until - now()) FROM jobs")
    assert float(str(left)) + BEAT_SECONDS + POLL_SECONDS <= TAKEN_OVER_SECONDS
    leased = await taken_by_another(desk)
    assert (leased.former, leased.attempts) == ("dead", 2)
    desk.proofreader.script = ["Ece"]
    await desk.worker.tries.do(leased)
    assert await desk.readers(note_id) == ["Ece"]


async def test_a_living_worker_keeps_what_it_works_on(desk: Desk) -> None:
    note_id, stuck, working, worker = await slow_job(desk)
    await desk.sql("UPDATE jobs SET leased_until = now() + interval '1 s'")
    await worker.holding.keep()
    [(kept,)] = await desk.sql("SELECT leased_until > now() + interval '10 s' FROM jobs")
    assert kept
    stuck.may_end.set()
    assert await working == 1
    assert await desk.readers(note_id) == ["the slow one"]


async def test_a_worker_that_lost_its_lease_stops_and_records_nothing(desk: Desk) -> None:
    note_id, stuck, working, worker = await slow_job(desk)
    leased = await taken_by_another(desk)
    await worker.holding.keep()
    await working
    assert not stuck.may_end.is_set()
    assert await desk.readers(note_id) == []
    assert [job.state for job in await desk.jobs.listed("leased")] == ["leased"]
    stuck.may_end.set()
    await desk.new_worker("w2").tries.do(leased)
    assert await desk.jobs.finish(leased)
    assert await desk.readers(note_id) == ["the slow one"]


async def test_an_outcome_of_two_workers_is_recorded_once(desk: Desk) -> None:
    note_id, stuck, working, _ = await slow_job(desk)
    leased = await taken_by_another(desk)
    stuck.may_end.set()
    await asyncio.gather(working, desk.new_worker("w2").tries.do(leased))
    assert await desk.readers(note_id) == ["the slow one"]
    assert [job.job_id for job in await desk.jobs.listed("leased")] == [leased.job_id]


async def test_a_worker_that_hears_nothing_of_its_leases_stops_in_time(desk: Desk) -> None:
    note_id, _, working, worker = await slow_job(desk)
    worker.holding.lose_expired()
    assert not working.done()
    for held in worker.holding._held.values():
        held.until -= LEASE_SECONDS
    worker.holding.lose_expired()
    await working
    assert await desk.readers(note_id) == []


async def test_only_the_holder_of_a_lease_ends_a_job(desk: Desk) -> None:
    await desk.write("job")
    await desk.react()
    [mine] = await desk.jobs.lease("test", worker="w1", most=1, seconds=60)
    theirs = await taken_by_another(desk)
    assert not await desk.jobs.finish(mine)
    assert not await desk.jobs.try_again(mine, error="mine", after_seconds=0)
    assert not await desk.jobs.postpone(mine, error="mine", after_seconds=0)
    assert not await desk.jobs.park(mine, error="mine")
    await desk.jobs.hand_back("w1")
    assert await desk.jobs.keep("w1", [mine.job_id], seconds=60) == frozenset()
    assert await desk.jobs.keep("w2", [mine.job_id], seconds=60) == {mine.job_id}
    assert await desk.jobs.finish(theirs)
    assert not await desk.jobs.finish(theirs)


async def test_a_worker_that_has_the_same_job_twice_goes_on_with_the_later_try(
    desk: Desk,
) -> None:
    note_id, stuck, working, worker = await slow_job(desk)
    await desk.sql("UPDATE jobs SET leased_until = now() - interval '1 s' WHERE state = 'leased'")
    worker.wake("test")
    again = asyncio.create_task(worker.drain("test"))
    while len(worker.holding._held) != 1 or await desk.jobs.listed("due"):
        pass
    stuck.may_end.set()
    await asyncio.gather(working, again)
    assert await desk.readers(note_id) == ["the slow one"]
    assert [job.attempts for job in await desk.jobs.listed("done")] == [2]


async def test_many_ends_are_written_by_few_statements(desk: Desk) -> None:
    await desk.store(*(shelving() for _ in range(300)))
    leased = await desk.jobs.lease("test", worker="w1", most=300, seconds=60)
    [(before,)] = await desk.sql("SELECT pg_current_xact_id()::text::bigint")
    assert all(await asyncio.gather(*(desk.jobs.finish(job) for job in leased)))
    [(after,)] = await desk.sql("SELECT pg_current_xact_id()::text::bigint")
    assert int(str(after)) - int(str(before)) < 30
    assert len(await desk.jobs.listed("done", 500)) == 300


async def test_what_is_cancelled_inside_a_job_fails_that_job_alone(desk: Desk) -> None:
    note_id = await desk.write("job")
    await desk.react()

    async def cancelled() -> str:
        raise asyncio.CancelledError

    usual = desk.proofreader.proofread
    desk.proofreader.proofread = cancelled  # type: ignore[method-assign]  # a port with a fault
    assert await desk.worker.drain("test") == 1
    desk.proofreader.proofread = usual  # type: ignore[method-assign]  # it is mended
    desk.proofreader.script = ["afterwards"]
    await desk.make_due()
    assert await desk.worker.drain("test") == 1
    assert await desk.readers(note_id) == ["afterwards"]


async def test_ends_that_can_not_be_written_are_given_up_in_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.store(shelving())
    monkeypatch.setattr(table, "PATIENCE_SECONDS", 0.05)
    asked = desk.jobs._rows

    async def silent(query: Any, parameters: Any) -> Any:
        if "finish_jobs" in query:
            await asyncio.Event().wait()
        return await asked(query, parameters)

    monkeypatch.setattr(desk.jobs, "_rows", silent)
    assert await desk.worker.drain("test") == 1
    monkeypatch.setattr(desk.jobs, "_rows", asked)
    await desk.make_due()
    assert await desk.worker.drain("test") == 1
    assert len(desk.shelf.notes) == 2


def shelving() -> NewJob:
    """A job that does nothing."""
    return NewJob(
        id=uuid4(),
        queue="test",
        kind="ShelveTestNote",
        body=b'{"note_id": "00000000-0000-0000-0000-000000000001"}',
        due_at=None,
        not_before=None,
        causation_position=None,
        correlation_id=None,
    )
