"""Reactions and jobs: everything that follows from an event is done once, or visibly parked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from adapters.postgres.jobs import COMMANDS
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from tests.core.desk import Desk, registered_work
from tests.given import NOW


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    with registered_work():
        yield


@pytest.fixture
def desk(pool: Pool, event_log: PostgresLog) -> Desk:
    return Desk(pool, event_log)


async def test_a_reaction_happens_once_however_often_its_page_is_read(desk: Desk) -> None:
    note_id = await desk.write("plain")
    await desk.reactor.step()
    async with desk.pool.connection() as connection:
        await connection.execute("UPDATE reactors SET position = 0")
    while await desk.new_reactor().step():
        pass
    assert await desk.readers(note_id) == ["reaction"]


async def test_a_refused_reaction_is_parked_where_operators_see_it(desk: Desk) -> None:
    await desk.write("refused")
    await desk.reactor.step()
    parked = await desk.jobs.listed("parked")
    assert [job.kind for job in parked] == ["ReadTestNote"]
    assert "not_found" in (parked[0].error or "")


async def test_a_job_ends_by_recording_its_outcome(desk: Desk) -> None:
    note_id = await desk.write("job")
    await desk.reactor.step()
    assert desk.woken == ["test"]
    desk.proofreader.script = ["Ayşe"]
    await desk.worker.drain("test")
    assert await desk.readers(note_id) == ["Ayşe"]
    assert [job.kind for job in await desk.jobs.listed("done")] == ["ProofreadTestNote"]


async def test_a_job_that_runs_twice_is_recorded_once(desk: Desk) -> None:
    note_id = await desk.write("job")
    await desk.reactor.step()
    desk.proofreader.script = ["first", "second"]
    lost = await desk.jobs.lease("test", worker="dead", most=1, seconds=60)
    await desk.worker.tries.do(lost[0])
    await desk.make_due()
    await desk.worker.drain("test")
    assert desk.proofreader.asked == 2
    assert await desk.readers(note_id) == ["first"]


async def test_a_job_is_tried_again_and_then_parked_with_its_error(desk: Desk) -> None:
    note_id = await desk.write("job")
    await desk.reactor.step()
    desk.proofreader.script = [OSError("no paper"), OSError("still no paper")]
    await desk.worker.drain("test")
    assert [job.state for job in await desk.jobs.listed("due")] == ["due"]
    await desk.make_due()
    await desk.worker.drain("test")
    parked = await desk.jobs.listed("parked")
    assert parked[0].error == "OSError: still no paper"
    assert await desk.readers(note_id) == ["nobody"]


async def test_an_operator_can_retry_or_discard_what_was_parked(desk: Desk) -> None:
    note_id = await desk.write("job")
    await desk.reactor.step()
    desk.proofreader.script = [OSError("a"), OSError("b"), "Can"]
    for _ in range(2):
        await desk.make_due()
        await desk.worker.drain("test")
    parked = (await desk.jobs.listed("parked"))[0]
    assert await desk.jobs.retry(parked.job_id, note="paper is here", by="Deniz")
    assert not await desk.jobs.discard(parked.job_id, note="too late", by="Deniz")
    await desk.worker.drain("test")
    assert await desk.readers(note_id) == ["nobody", "Can"]


async def test_a_job_is_never_leased_to_two_workers(desk: Desk) -> None:
    for _ in range(20):
        await desk.write("job")
    while await desk.reactor.step():
        pass
    taken = await asyncio.gather(
        *(desk.jobs.lease("test", worker=str(n), most=7, seconds=60) for n in range(6))
    )
    ids = [job.job_id for jobs in taken for job in jobs]
    assert len(ids) == len(set(ids)) == 20


async def test_what_a_stopping_worker_holds_is_handed_back(desk: Desk) -> None:
    await desk.write("job")
    await desk.reactor.step()
    await desk.jobs.lease("test", worker="w1", most=1, seconds=60)
    await desk.jobs.hand_back("w1")
    again = await desk.jobs.lease("test", worker="w2", most=1, seconds=60)
    assert [job.attempts for job in again] == [1]


async def test_a_timer_is_a_job_that_is_due_later(desk: Desk) -> None:
    note_id = await desk.write("later")
    await desk.reactor.step()
    timer = (await desk.jobs.listed("due"))[0]
    assert timer.due_at == NOW + timedelta(hours=1)
    assert timer.kind == "ReadTestNote"
    await desk.make_due()
    await desk.worker.drain(COMMANDS)
    assert await desk.readers(note_id) == ["timer"]


async def test_a_job_that_takes_long_does_not_hold_up_the_others(desk: Desk) -> None:
    slow, quick = await desk.write("job"), await desk.write("job")
    while await desk.reactor.step():
        pass
    stuck = asyncio.Event()
    asked = desk.proofreader.proofread

    async def proofread_slowly_first() -> str:
        answer = await asked()
        if answer == "slow":
            await stuck.wait()
        return answer

    desk.proofreader.script = ["slow", "quick", "later"]
    desk.proofreader.proofread = proofread_slowly_first  # type: ignore[method-assign]  # a slower port
    working = asyncio.create_task(desk.worker.drain("test"))
    third = await desk.write("job")
    while await desk.reactor.step():
        pass
    async with asyncio.timeout(10):
        while not await desk.readers(third):
            pass
    assert sorted([await desk.readers(slow), await desk.readers(quick)]) == [[], ["quick"]]
    stuck.set()
    assert await working == 3
