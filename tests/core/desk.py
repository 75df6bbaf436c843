"""Work on notes for tests of the core: commands, a job with a scripted port, and who does them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

from adapters.postgres.jobs import Jobs, NewJob, enqueue
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application import work
from application.bus import HANDLERS, Bus, Command, handles
from application.store import Store
from application.work import Intent, Job, Later, when
from domain.shared.errors import Conflict
from tests.core.notes import Note
from tests.given import TestClock
from workers.jobs import WORKS, Worker, works
from workers.reactor import Reactor

AUTHOR = UUID(int=1)


class WriteTestNote(Command, frozen=True, kw_only=True):
    """Write a note."""

    note_id: UUID
    text: str


class ReadTestNote(Command, frozen=True, kw_only=True):
    """Read a note."""

    note_id: UUID
    by: str


class TooManyReaders(Conflict):
    """Six have read it."""


class ProofreadTestNote(Job, frozen=True, kw_only=True):
    """Have a note read by the proofreader."""

    QUEUE: ClassVar[str] = "test"
    ATTEMPTS: ClassVar[int] = 2
    note_id: UUID


class ShelveTestNote(Job, frozen=True, kw_only=True):
    """Put a note away; nothing is recorded."""

    QUEUE: ClassVar[str] = "test"
    note_id: UUID


class Proofreader:
    """A port whose answers the test scripts: an error, or the name of who read."""

    def __init__(self) -> None:
        self.script: list[Exception | str] = []
        self.asked = 0

    async def proofread(self) -> str:
        """The next answer."""
        self.asked += 1
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Shelf:
    """What was put away."""

    def __init__(self) -> None:
        self.notes: list[UUID] = []


async def write_test_note(command: WriteTestNote, store: Store) -> None:
    store.save(Note.write(command.note_id, AUTHOR, command.text, now=store.now))


async def read_test_note(command: ReadTestNote, store: Store) -> None:
    note = await store.get(Note, command.note_id)
    if len(note.readers) > 5:
        raise TooManyReaders(readers=len(note.readers))
    note.read(command.by)
    store.save(note)


def greet(event: Note.Written) -> Iterator[Intent]:
    """What follows from a note depends on its text."""
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


async def shelve(job: ShelveTestNote, shelf: Shelf) -> None:
    shelf.notes.append(job.note_id)


@contextlib.contextmanager
def registered_work() -> Iterator[None]:
    """These handlers, works and reactions beside the product's, while it lasts."""
    registries: list[dict[Any, Any]] = [HANDLERS, work.REACTIONS, WORKS]
    kept = [dict(registry) for registry in registries]
    handles(write_test_note)
    handles(read_test_note)
    work.REACTIONS[Note.Written] = []
    when(Note.Written)(greet)
    works(give_up=lambda job, _error: ReadTestNote(note_id=job.note_id, by="nobody"))(proofread)
    works()(shelve)
    try:
        yield
    finally:
        for registry, before in zip(registries, kept, strict=True):
            registry.clear()
            registry.update(before)


class Desk:
    """A reactor and a worker on one database, driven step by step."""

    def __init__(self, pool: Pool, event_log: PostgresLog) -> None:
        self.pool = pool
        self.log = event_log
        self.proofreader = Proofreader()
        self.shelf = Shelf()
        self.clock = TestClock()
        self.ports: dict[type, object] = {Proofreader: self.proofreader, Shelf: self.shelf}
        self.bus = Bus(event_log, {}, clock=self.clock, ids=Uuids())
        self.jobs = Jobs(pool)
        self.woken: list[str] = []
        self.reactor = self.new_reactor()
        self.worker = self.new_worker("w1")

    def new_reactor(self) -> Reactor:
        """Another process that reacts."""
        return Reactor(self.pool, self.log, self.bus, self._wake)

    def new_worker(self, name: str, *, at_once: int = 4) -> Worker:
        """Another process that works."""
        return Worker(self.jobs, self.bus, self.ports, name=name, at_once=at_once)

    async def _wake(self, queue: str) -> None:
        self.woken.append(queue)

    async def write(self, text: str) -> UUID:
        """A new note."""
        note_id = uuid4()
        await self.bus.execute(WriteTestNote(note_id=note_id, text=text))
        return note_id

    async def react(self) -> None:
        """Until the head of the log."""
        while await self.reactor.step():
            pass

    async def store(self, *jobs: NewJob) -> None:
        """Jobs that nobody's reaction asked for."""
        async with self.pool.connection() as connection:
            await enqueue(connection, jobs)

    async def readers(self, note_id: UUID) -> list[str]:
        """Who has read a note, in order."""
        history = await self.log.load(note_id)
        return [each.event.by for each in history if isinstance(each.event, Note.Read)]

    async def make_due(self) -> None:
        """All that waits is due, and all leases have ended."""
        await self.sql(
            "UPDATE jobs SET due_at = now(), leased_until = now() - interval '1 second'"
            " WHERE state IN ('due', 'leased')"
        )

    async def sql(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        """What happens to the table behind everybody's back."""
        async with self.pool.connection() as connection:
            cursor = await connection.execute(query.encode(), parameters)
            return await cursor.fetchall() if cursor.description else []


class Uuids:
    """Identities as the product makes them."""

    def new(self) -> UUID:
        """A new one."""
        return uuid4()

    def secret(self) -> str:
        """Nobody keeps secrets here."""
        return "secret"
