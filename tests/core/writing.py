"""A process that appends to the log as fast as it can: `python -m tests.core.writing <plan>`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from random import Random
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from adapters.logs import configure_logs
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import connection_pool
from application.store import Append, ConcurrentChange
from domain.shared.aggregate import Event, Metadata
from domain.wallet import LotShare, Wallet
from tests.databases import open_log
from tests.given import NOW
from tests.sources import ROOT

BUSY_STREAMS = 12
"""Streams that all processes want to add to at the same time."""
CLIENTS = 48
MODULUS = 2**61 - 1


class Plan(Struct, frozen=True, kw_only=True):
    """What one process appends: at least so many events, chosen by chance from its seed."""

    database_url: str
    events: int
    seed: int


class Written(Struct, kw_only=True):
    """What a process was told: acknowledged events and commands, refused commands, and a sum by
    which it can be seen that exactly these events stand at exactly these positions.
    """

    events: int = 0
    commands: int = 0
    conflicts: int = 0
    checksum: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(
            events=self.events + other.events,
            commands=self.commands + other.commands,
            conflicts=self.conflicts + other.conflicts,
            checksum=(self.checksum + other.checksum) % MODULUS,
        )

    def add(self, stream_id: UUID, position: int) -> None:
        """Count an event in."""
        self.events += 1
        self.checksum = (self.checksum + stream_id.int * position) % MODULUS


def hold(stream_id: UUID, version: int) -> Event:
    """An event of usual size."""
    return Wallet.CreditsHeld(
        originator_id=stream_id,
        originator_version=version,
        timestamp=NOW,
        customer_id=stream_id,
        hold_id=stream_id,
        shares=(LotShare(stream_id, 100, "promotional"),),
        purpose="generation",
        reference=None,
        deadline=NOW,
    )


def commanding(events: Iterable[Event]) -> Append:
    """One command with these events."""
    command_id = uuid4()
    facts = Metadata(command_id=command_id, command="HoldCredits", correlation_id=command_id)
    return Append(events=list(events), metadata=facts)


class Rush:
    """Many clients of one process: commands of one event and of several, some of which conflict."""

    def __init__(self, log: PostgresLog, plan: Plan) -> None:
        self.written = Written()
        self._log = log
        self._left = plan.events
        self._chance = Random(plan.seed)  # noqa: S311 - repeatable
        self._versions = dict.fromkeys(range(1, BUSY_STREAMS + 1), 0)

    async def client(self) -> None:
        """Append until enough is written."""
        while self._left > 0:
            chosen = self._chance.random()
            streams = (uuid4(),) if chosen < 0.75 else (uuid4(), uuid4(), uuid4())
            busy = self._chance.randint(1, BUSY_STREAMS) if chosen > 0.9 else 0
            version = self._versions[busy] + 1 if busy else 0
            events = [hold(stream, 1) for stream in streams]
            events += [hold(UUID(int=busy), version)] * bool(busy)
            self._left -= len(events)
            try:
                last = await self._log.append(commanding(events))
            except ConcurrentChange:
                self.written.conflicts += 1
                self._left += len(events)
            else:
                self.written.commands += 1
                for position, event in enumerate(events, last - len(events) + 1):
                    self.written.add(event.originator_id, position)
            if busy:
                self._versions[busy] = max(self._versions[busy], version)


@asynccontextmanager
async def log_of(database_url: str, *, name: str) -> AsyncIterator[PostgresLog]:
    """The log of a database for a process of its own."""
    async with (
        connection_pool(database_url, name=name, size=2) as pool,
        open_log(pool, database_url) as log,
    ):
        yield log


METADATA = msgspec.json.encode(commanding([]).metadata)
"""What is known of a command, as stored; for rows that a test stores itself."""


async def write(plan: Plan) -> Written:
    """Carry the plan out."""
    async with log_of(plan.database_url, name="writing") as log:
        rush = Rush(log, plan)
        await asyncio.gather(*(rush.client() for _ in range(CLIENTS)))
        return rush.written


async def in_process_of_its_own(plan: Plan) -> Written:
    """Carry the plan out by another process, and wait for its end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, msgspec.json.encode(plan).decode()),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0, f"a writer ended with {process.returncode}"
    return msgspec.json.decode(told, type=Written)


if __name__ == "__main__":
    configure_logs("console", "error")
    done = asyncio.run(write(msgspec.json.decode(sys.argv[1], type=Plan)))
    sys.stdout.write(msgspec.json.encode(done).decode())
