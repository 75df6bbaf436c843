"""Whose turn it is: kinds and queues in fair parts, new ones beside old ones, timers in order."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from adapters.postgres.jobs import COMMANDS, LeasedJob, NewJob
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.ports import Clock
from tests.core.desk import Desk, registered_work
from tests.given import NOW

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    with registered_work():
        yield


@pytest.fixture
def desk(pool: Pool, event_log: PostgresLog) -> Desk:
    return Desk(pool, event_log)


def job(kind: str, *, due_at: datetime | None = None, queue: str = "test") -> NewJob:
    """Some job."""
    return NewJob(
        id=uuid4(),
        queue=queue,
        kind=kind,
        body=b'{"note_id": "00000000-0000-0000-0000-000000000001"}',
        due_at=due_at,
        not_before=None,
        causation_position=None,
        correlation_id=None,
    )


def backlog(kind: str, count: int, *, queue: str = "test") -> list[NewJob]:
    """Jobs that have been due for long, the oldest first."""
    return [
        job(kind, due_at=LONG_AGO + timedelta(seconds=number), queue=queue)
        for number in range(count)
    ]


async def lease(desk: Desk, most: int, *, held: tuple[str, ...] = ()) -> list[LeasedJob]:
    """What a worker that runs these kinds gets."""
    return list(await desk.jobs.lease("test", worker="w", most=most, seconds=60, held=held))


def kinds(leased: list[LeasedJob]) -> Counter[str]:
    return Counter(each.kind for each in leased)


async def test_a_kind_with_one_job_is_not_kept_waiting_by_one_with_thousands(desk: Desk) -> None:
    await desk.store(*backlog("Many", 3_000), job("One"))
    assert kinds(await lease(desk, 4))["One"] == 1


async def test_kinds_share_the_places_and_leave_none_empty(desk: Desk) -> None:
    await desk.store(*backlog("A", 50), *backlog("B", 50), *backlog("C", 2))
    shared = kinds(await lease(desk, 12))
    assert (shared["C"], shared.total()) == (2, 12)
    assert min(shared["A"], shared["B"]) >= 4
    assert sum(kinds(await lease(desk, 30)).values()) == 30


async def test_who_runs_least_comes_first(desk: Desk) -> None:
    await desk.store(*backlog("A", 50), *backlog("B", 50))
    assert kinds(await lease(desk, 1, held=("A", "A", "A"))) == {"B": 1}
    assert kinds(await lease(desk, 5, held=("A", "A", "A"))) == {"A": 1, "B": 4}


async def test_a_new_job_does_not_wait_for_the_end_of_a_backlog_of_its_kind(desk: Desk) -> None:
    new = job("Many")
    await desk.store(*backlog("Many", 3_000), new)
    leased = [each.job_id for each in await lease(desk, 16)]
    assert new.id in leased


async def test_most_places_go_to_those_who_have_waited_longest(desk: Desk) -> None:
    old = backlog("Many", 3_000)
    await desk.store(*old)
    leased = {each.job_id for each in await lease(desk, 64)}
    assert {each.id for each in old[:50]} <= leased


async def test_timers_go_off_in_the_order_of_their_times(desk: Desk) -> None:
    timers = backlog("Timer", 200, queue=COMMANDS)
    await desk.store(*reversed(timers))
    taken: list[UUID] = []
    while some := await desk.jobs.lease(COMMANDS, worker="w", most=7, seconds=60):
        taken += [each.job_id for each in some]
    assert taken == [each.id for each in timers]


async def test_slow_jobs_of_one_kind_leave_a_place_for_another(desk: Desk) -> None:
    stuck = asyncio.Event()

    async def wait_for_it() -> str:
        await stuck.wait()
        return "late"

    desk.proofreader.proofread = wait_for_it  # type: ignore[method-assign]  # a slower port
    await desk.store(*backlog("ProofreadTestNote", 50))
    worker = desk.new_worker("w", at_once=2)
    working = asyncio.create_task(worker.drain("test"))
    while len(await desk.jobs.listed("leased")) < 2:
        pass
    await desk.store(job("ShelveTestNote"))
    worker.wake("test")
    async with asyncio.timeout(10):
        while not await desk.jobs.listed("done", kind="ShelveTestNote"):
            pass
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_a_job_is_due_by_the_clock_of_the_database(desk: Desk) -> None:
    desk.clock.set(datetime.now(UTC) + timedelta(hours=1))
    note_id = await desk.write("job")
    await desk.react()
    desk.proofreader.script = ["Nil"]
    assert await desk.worker.drain("test") == 1
    assert await desk.readers(note_id) == ["Nil"]


async def test_a_timer_is_not_lost_when_our_clock_is_behind_the_database(desk: Desk) -> None:
    note_id = await desk.write("later")
    await desk.react()
    desk.ports[Clock] = desk.clock
    desk.clock.set(NOW + timedelta(minutes=59, seconds=58))
    await desk.make_due()
    assert await desk.worker.drain(COMMANDS) == 1
    [waiting] = await desk.jobs.listed("due")
    assert "behind the database's" in (waiting.error or "")
    assert (await desk.readers(note_id), waiting.attempts) == ([], 0)
    desk.clock.pass_(seconds=2)
    await desk.make_due()
    await desk.worker.drain(COMMANDS)
    assert await desk.readers(note_id) == ["timer"]


async def test_a_timer_goes_off_within_the_poll_interval(desk: Desk) -> None:
    note_id = await desk.write("later")
    await desk.react()
    working = asyncio.create_task(desk.worker.run([COMMANDS]))
    await desk.sql("UPDATE jobs SET due_at = now() + interval '0.5 s'")
    async with asyncio.timeout(5):
        while not await desk.readers(note_id):
            pass
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    [(late,)] = await desk.sql(
        "SELECT extract(epoch FROM coalesce(finished_at, now()) - due_at) FROM jobs"
    )
    assert 0 <= float(str(late)) < 2
