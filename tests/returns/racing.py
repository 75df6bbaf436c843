"""Several who decide about one order at the same moment, each at a log of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from adapters.system import UuidIds
from application.bus import Bus, Command, Receipt
from application.invoices import InvoicingRules
from application.store import Append, Store
from application.terms import Terms
from domain.shared.errors import Refusal
from projections import READ_MODELS
from projections.runner import Projector
from tests.databases import open_log
from tests.faults.evidence import Evidence, evidence
from tests.faults.settled import settlement_faults
from tests.given import TestClock
from tests.returns.examples import Desk


class MeetingLog:
    """A log whose first commit waits until the others have decided, too."""

    def __init__(self, log: PostgresLog, barrier: asyncio.Barrier) -> None:
        self._log = log
        self._barrier = barrier
        self._met = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def append(self, append: Append) -> int:
        """Commit, together with the others."""
        if not self._met:
            self._met = True
            await self._barrier.wait()
        return await self._log.append(append)


class Crowd:
    """An order in a database, and people at it."""

    def __init__(self, desk: Desk, pool: Pool, *, url: str, logs: Sequence[PostgresLog]) -> None:
        self.desk, self.pool, self.url, self.logs = desk, pool, url, logs
        self.clock: TestClock = desk.clock

    async def at_once(self, *commands: Command) -> list[Receipt | Refusal]:
        """All decide before anybody commits; what each is told."""
        barrier = asyncio.Barrier(len(commands))
        buses = [self.bus(MeetingLog(log, barrier)) for log in self.logs[: len(commands)]]
        told = await asyncio.gather(
            *(bus.execute(each) for bus, each in zip(buses, commands, strict=True)),
            return_exceptions=True,
        )
        for each in told:
            if not isinstance(each, Receipt | Refusal):
                raise each
        return [each for each in told if isinstance(each, Receipt | Refusal)]

    def bus(self, log: Any) -> Bus:
        """A bus at a log."""
        ports: dict[type, object] = {
            Terms: self.desk.terms,
            InvoicingRules: InvoicingRules(),
        }
        return Bus(log, ports, clock=self.clock, ids=UuidIds())

    async def do(self, *commands: Command) -> None:
        """One after the other."""
        for command in commands:
            await self.bus(self.logs[0]).execute(command)

    async def found(self, kind: Any, found_id: Any) -> Any:
        """Something as the log has it."""
        return await Store(self.logs[0], self.clock.now()).get(kind, found_id)

    async def evidence(self) -> Evidence:
        """The raw log; what the books would say of it is checked on the way."""
        projector = Projector(self.pool, self.logs[0], READ_MODELS)
        await projector.prepare()
        seen = await asyncio.to_thread(evidence, self.url)
        assert list(settlement_faults(seen)) == []
        return seen


@asynccontextmanager
async def crowd_at(
    database_url: str, pool: Pool, *, done: Sequence[Command] = (), people: int = 2
) -> AsyncIterator[Crowd]:
    """A delivered order in the database, with these things done, and so many logs at it."""
    desk = await Desk().open()
    await desk.all_of(*done)
    async with AsyncExitStack() as stack:
        logs = [
            await stack.enter_async_context(open_log(pool, database_url)) for _ in range(people)
        ]
        for recorded in desk.log.recorded:
            await logs[0].append(Append(events=[recorded.event], metadata=recorded.metadata))
        yield Crowd(desk, pool, url=database_url, logs=logs)
