"""The composition root: settings in, a running system out."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import AsyncIterator

from msgspec import Struct

from adapters.audit.files import CHECKPOINTS
from adapters.audit.notes import SigningKey, Verifiers
from adapters.crypto import MasterKeys
from adapters.postgres.audit import Chain
from adapters.postgres.jobs import Jobs
from adapters.postgres.keys import PersonKeys
from adapters.postgres.lines import Lines
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url, connection_pool
from adapters.postgres.writer import Writer
from adapters.system import SystemClock, UuidIds, jittered_pause
from application.bus import Bus
from application.notifications import RoleHolders
from application.ports import Clock, Ids
from application.store import EventLog
from deploy.adapters import Ports
from deploy.faults import SetupFault
from deploy.settings import Settings
from projections.identity import ReadRoles
from projections.lined import LinedReads
from projections.reads import Reads
from workers.broker import Waker

MASTER_KEY_NAME = "master-1"


class System(Struct, frozen=True, kw_only=True):
    """What one process needs to take part in the system; nothing is open before `opened`."""

    settings: Settings
    database_url: str
    clock: Clock
    ids: Ids
    pool: Pool
    writer: Writer
    event_log: PostgresLog
    lines: Lines | None
    bus: Bus
    reads: Reads
    jobs: Jobs
    waker: Waker
    ports: Ports

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[System]:
        """Connect in the present event loop, and clean up at the end."""
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(self.pool)
            await self.writer.start()
            stack.push_async_callback(self.writer.stop)
            stack.push_async_callback(self.event_log.snapshots.stop)
            stack.push_async_callback(self.ports.close)
            if self.lines:
                await self.lines.start()
                stack.push_async_callback(self.lines.stop)
            await self.reads.start()
            stack.push_async_callback(self.reads.stop)
            stack.push_async_callback(self.waker.close)
            yield self


def build_system(
    settings: Settings, *, name: str, pool_size: int = 8, lined: bool = False
) -> System:
    """Put the parts together. `name` is what PostgreSQL shows of the connections; a `lined` system
    asks by lines, for a process that asks thousands of times a second.

    Raises `SetupFault` when no database is configured.
    """
    if settings.connections.database_url is None:
        raise SetupFault("DATABASE_URL is not set; `polikrami run` sets it for its own database")
    owner_url, redis_url = settings.connections.database_url.text, settings.connections.redis_url
    database_url = app_url(owner_url)
    clock, ids = SystemClock(), UuidIds()
    pool = connection_pool(owner_url, name=name, size=pool_size)
    master = MasterKeys({MASTER_KEY_NAME: settings.keys.master.raw}, MASTER_KEY_NAME)
    writer = Writer(database_url)
    lines = Lines(database_url) if lined else None
    event_log = PostgresLog(
        pool, writer, PersonKeys(pool, master), archive_dir=settings.archive_dir, lines=lines
    )
    ports = Ports(settings, {Clock: clock, Ids: ids, EventLog: event_log})
    bus = Bus(event_log, ports, clock=clock, ids=ids, pause=jittered_pause)
    reads = LinedReads(pool, database_url, lines) if lines else Reads(pool, database_url)
    ports.add(Bus, bus)
    ports.add(RoleHolders, ReadRoles(reads))
    return System(
        settings=settings,
        database_url=database_url,
        clock=clock,
        ids=ids,
        pool=pool,
        writer=writer,
        event_log=event_log,
        bus=bus,
        lines=lines,
        reads=reads,
        jobs=Jobs(pool),
        waker=Waker(redis_url.text if redis_url else None),
        ports=ports,
    )


def audit_chain(settings: Settings) -> Chain:
    """The audit chain of the log, with the keys that sign it and have signed it."""
    if settings.connections.database_url is None:
        raise SetupFault("DATABASE_URL is not set; `polikrami run` sets it for its own database")
    key = SigningKey(settings.keys.audit.raw)
    return Chain(
        database_url=app_url(settings.connections.database_url.text),
        archive_dir=settings.archive_dir,
        folder=settings.data_dir / "audit",
        copy=settings.auditing.copy_dir / CHECKPOINTS,
        verifiers=Verifiers([key.verifier, *settings.auditing.known_keys]),
        key=key,
    )


@contextlib.asynccontextmanager
async def running_system(
    settings: Settings, *, name: str, pool_size: int = 8
) -> AsyncIterator[System]:
    """A system that is open; errors as in `build_system`."""
    async with build_system(settings, name=name, pool_size=pool_size).opened() as system:
        yield system


def leave_in_memory() -> None:
    """Spare what is loaded by now from the collection of garbage, which would stop a request for
    tens of milliseconds to look through all modules.
    """
    gc.collect()
    gc.freeze()
