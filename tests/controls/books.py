"""Books that can be kept, followed, controlled, and broken by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.bus import Bus, Command, Receipt
from application.terms import Terms
from projections import READ_MODELS
from projections.controls import ControlStanding
from projections.reads import Reads
from projections.runner import Projector
from tests.core.projecting import catch_up
from tests.given import CountingIds, TestClock
from workers.controls import Controlling, Controls, Found
from workers.stories import STORIES

assert STORIES, "importing them is what registers their handlers"


class Books:
    """A small system in which time stands still until it is moved."""

    def __init__(self, pool: Pool, log: PostgresLog, reads: Reads, database_url: str) -> None:
        self.clock = TestClock()
        self.ids = CountingIds()
        self.terms = Terms()
        self.bus = Bus(log, {Terms: self.terms}, clock=self.clock, ids=self.ids)
        self.controls = Controls(pool, log, reads=reads, bus=self.bus, clock=self.clock)
        self.controlling = Controlling(self.controls, self.clock)
        self._url = database_url
        self._projector = Projector(pool, log, READ_MODELS)

    async def do(self, command: Command) -> Receipt:
        """Carry out a command."""
        return await self.bus.execute(command)

    async def follow(self) -> None:
        """Let all read models reach the head of the log."""
        await catch_up(self._projector)

    async def run(self, name: str, *, whole: bool = False) -> Found:
        """Run a control when all tables are level."""
        await self.follow()
        return await self.controls.run(name, whole=whole)

    async def standing(self, name: str) -> ControlStanding:
        """How a control stands after all that happened."""
        await self.follow()
        return (await self.controls.standings())[name]

    def tamper(self, *statements: LiteralString, parameters: Sequence[Any] = ()) -> None:
        """Change the database as somebody can whom no trigger stops."""
        with psycopg.connect(self._url) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                connection.execute(statement, parameters or None)


def subjects(found: Found) -> list[str]:
    """What a run named as wrong."""
    return [finding.subject for finding in found.findings]
