"""From the request to the candidates through reactor, job and worker, on a real database."""

from __future__ import annotations

import pytest

import application.processes.artwork  # noqa: F401  # its reactions register themselves
from adapters.memory import MemoryFileStore, MemoryPainter
from adapters.postgres.jobs import COMMANDS, Jobs
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.bus import Bus
from application.generation import PaintCandidates
from application.ports import FileStore, Painter
from application.store import EventLog, Store
from application.terms import Terms
from application.wallet import OpenWallet
from domain.drafts import Draft
from domain.generation import Generation
from domain.wallet import Wallet
from tests.drafts.examples import CUSTOMER, DESCRIBE, DRAFT, GENERATION, START
from tests.generation.examples import ASK
from tests.given import CountingIds, TestClock
from workers.jobs import Worker
from workers.reactor import Reactor


class Workshop:
    """A reactor and a worker that paints, driven step by step."""

    def __init__(self, pool: Pool, event_log: PostgresLog) -> None:
        self.pool = pool
        self.log = event_log
        self.clock = TestClock()
        self.painter = MemoryPainter()
        self.jobs = Jobs(pool)
        self.bus = Bus(event_log, {Terms: Terms()}, clock=self.clock, ids=CountingIds())
        self.reactor = Reactor(pool, event_log, self.bus, self._wake)
        self.worker = self._worker("w1")

    def _worker(self, name: str) -> Worker:
        ports: dict[type, object] = {
            Painter: self.painter,
            FileStore: MemoryFileStore(),
            Bus: self.bus,
            EventLog: self.log,
        }
        return Worker(self.jobs, self.bus, ports, name=name, at_once=4)

    async def _wake(self, _queue: str) -> None:
        return

    async def ask(self) -> None:
        """A customer asks for a generation, and the reactor has seen it."""
        for command in (OpenWallet(customer_id=CUSTOMER), START, DESCRIBE, ASK):
            await self.bus.execute(command)
        while await self.reactor.step():
            pass

    async def make_due(self) -> None:
        """All that waits, timers too, is due now."""
        async with self.pool.connection() as connection:
            await connection.execute("UPDATE jobs SET due_at = now() WHERE state = 'due'")

    async def figures(self) -> tuple[str, int, int]:
        """The generation's state, how many candidates there are, and what may be spent."""
        store = Store(self.log, self.clock.now())
        generation = await store.get(Generation, GENERATION)
        draft = await store.get(Draft, DRAFT)
        wallet = await store.get(Wallet, Wallet.id_of(CUSTOMER))
        return generation.state, len(draft.candidates), wallet.available


@pytest.fixture
def workshop(pool: Pool, event_log: PostgresLog) -> Workshop:
    """With an empty log."""
    return Workshop(pool, event_log)


async def test_a_request_becomes_candidates(workshop: Workshop) -> None:
    await workshop.ask()
    assert await workshop.worker.drain(PaintCandidates.QUEUE) == 1
    assert await workshop.figures() == ("completed", 3, 400)


async def test_a_painter_that_stays_away_is_given_up_and_costs_nothing(workshop: Workshop) -> None:
    workshop.painter.down = True
    await workshop.ask()
    for _ in range(PaintCandidates.ATTEMPTS):
        await workshop.make_due()
        assert await workshop.worker.drain(PaintCandidates.QUEUE) == 1
    assert await workshop.figures() == ("failed", 0, 500)
    assert [job.kind for job in await workshop.jobs.listed("parked")] == ["PaintCandidates"]


async def test_nobody_paints_and_the_timer_gives_the_credits_back(workshop: Workshop) -> None:
    await workshop.ask()
    workshop.clock.pass_(seconds=240)
    await workshop.make_due()
    await workshop.worker.drain(COMMANDS)
    assert await workshop.figures() == ("expired", 0, 500)
    await workshop.worker.drain(PaintCandidates.QUEUE)
    assert await workshop.figures() == ("expired", 0, 500)


async def test_the_timer_comes_after_the_painting_and_changes_nothing(workshop: Workshop) -> None:
    await workshop.ask()
    await workshop.worker.drain(PaintCandidates.QUEUE)
    workshop.clock.pass_(seconds=240)
    await workshop.make_due()
    await workshop.worker.drain(COMMANDS)
    assert await workshop.figures() == ("completed", 3, 400)
