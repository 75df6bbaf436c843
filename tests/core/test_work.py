"""Reactions and jobs: everything that follows from an event is done once, or visibly parked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar
from uuid import UUID, uuid4

import pytest

from adapters.postgres.jobs import COMMANDS, Jobs
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application import bus as bus_module
from application import work
from application.bus import Bus, Command, handles
from application.store import Store
from application.work import Intent, Job, Later, when
from domain.shared.errors import Conflict
from tests.core.notes import Note
from tests.given import NOW, CountingIds, TestClock
from workers import jobs as jobs_module
from workers.jobs import Worker, works
from workers.reactor import Reactor

AUTHOR = UUID(int=1)


class WriteTestNote(Command, frozen=True, kw_only=True):
    note_id: UUID
    text: str


class ReadTestNote(Command, frozen=True, kw_only=True):
    note_id: UUID
    by: str


class TooManyReaders(Conflict):
    """For tests."""


class ProofreadTestNote(Job, frozen=True, kw_only=True):
    QUEUE: ClassVar[str] = "test"
    ATTEMPTS: ClassVar[int] = 2
    note_id: UUID


class Proofreader:
    """A port whose answers the test scripts: an error, or the name of who read."""

    def __init__(self) -> None:
        self.script: list[Exception | str] = []
        self.asked = 0

    async def proofread(self) -> str:
        self.asked += 1
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def write_test_note(command: WriteTestNote, store: Store) -> None:
    store.save(Note.write(command.note_id, AUTHOR, command.text, now=store.now))


async def read_test_note(command: ReadTestNote, store: Store) -> None:
    note = await store.get(Note, command.note_id)
    if len(note.readers) > 5:
        raise TooManyReaders(readers=len(note.readers))
    note.read(command.by)
    store.save(note)


def greet(event: Note.Written) -> Iterator[Intent]:
    match event.text:
        case "job":
            yield ProofreadTestNote(note_id=event.originator_id)
        case "later":
            command = ReadTestNote(note_id=event.originator_id, by="timer")
            yield Later(command, event.timestamp + timedelta(hours=1))
        case "refused":
            yield ReadTestNote(note_id=UUID(int=404), by="nobody")
        case _:
            yield ReadTestNote(note_id=event.originator_id, by="reaction")


async def proofread(job: ProofreadTestNote, proofreader: Proofreader) -> Command:
    return ReadTestNote(note_id=job.note_id, by=await proofreader.proofread())


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_module, "HANDLERS", dict(bus_module.HANDLERS))
    monkeypatch.setattr(work, "REACTIONS", dict(work.REACTIONS))
    monkeypatch.setattr(jobs_module, "WORKS", dict(jobs_module.WORKS))
    handles(write_test_note)
    handles(read_test_note)
    when(Note.Written)(greet)
    works(give_up=lambda job, _error: ReadTestNote(note_id=job.note_id, by="nobody"))(proofread)


class Desk:
    """A reactor and a worker on one database, driven step by step."""

    def __init__(self, pool: Pool, event_log: PostgresLog) -> None:
        self.pool = pool
        self.log = event_log
        self.proofreader = Proofreader()
        self.bus = Bus(event_log, {}, clock=TestClock(), ids=CountingIds())
        self.jobs = Jobs(pool)
        self.woken: list[str] = []
        self.reactor = self.new_reactor()
        ports: dict[type, object] = {Proofreader: self.proofreader}
        self.worker = Worker(self.jobs, self.bus, ports, name="w1", at_once=4)

    def new_reactor(self) -> Reactor:
        return Reactor(self.pool, self.log, self.bus, self._wake)

    async def _wake(self, queue: str) -> None:
        self.woken.append(queue)

    async def write(self, text: str) -> UUID:
        note_id = uuid4()
        await self.bus.execute(WriteTestNote(note_id=note_id, text=text))
        return note_id

    async def readers(self, note_id: UUID) -> list[str]:
        history = await self.log.load(note_id)
        return [each.event.by for each in history if isinstance(each.event, Note.Read)]

    async def make_due(self) -> None:
        async with self.pool.connection() as connection:
            await connection.execute(
                "UPDATE jobs SET due_at = now(), leased_until = now() - interval '1 second'"
                " WHERE state IN ('due', 'leased')"
            )


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
    await desk.worker._do(lost[0])
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
    assert await desk.jobs.retry(parked.job_id, note="paper is here")
    assert not await desk.jobs.discard(parked.job_id, note="too late")
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
