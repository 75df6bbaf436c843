"""The composition root: settings in, a running system out."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import AsyncIterator

import psycopg
import structlog
from msgspec import Struct
from psycopg_pool import PoolTimeout

from adapters.audit.files import CHECKPOINTS
from adapters.audit.notes import SigningKey, Verifiers
from adapters.crypto import MasterKeys
from adapters.erasures import REGISTER, SignedRegister
from adapters.postgres.audit import Chain
from adapters.postgres.jobs import Jobs
from adapters.postgres.keys import PersonKeys
from adapters.postgres.lines import Lines
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url, connection_pool
from adapters.postgres.vault import VaultRefused, must_open
from adapters.postgres.writer import Writer
from adapters.system import SystemClock, UuidIds, jittered_pause
from application.bus import Bus
from application.notifications import RoleHolders
from application.person_keys import ErasureRegister, PersonKeyring
from application.ports import Clock, Ids
from application.store import EventLog
from deploy.adapters import Ports
from deploy.erasing import offer_forgetting
from deploy.faults import SetupFault
from deploy.inbox import offer_inbox
from deploy.settings import Settings
from projections.identity import ReadRoles
from projections.lined import LinedReads
from projections.reads import Reads
from workers.broker import Waker
from workers.controls import Controls

log = structlog.get_logger()


class System(Struct, frozen=True, kw_only=True):
    """What one process needs to take part in the system; nothing is open before `opened`."""

    settings: Settings
    database_url: str
    clock: Clock
    ids: Ids
    pool: Pool
    keys: PersonKeys
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
            if self.keys.vault is not self.pool:
                await stack.enter_async_context(self.keys.vault)
            await self._must_have_keys()
            await self.keys.start()
            stack.push_async_callback(self.keys.stop)
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

    async def _must_have_keys(self) -> None:
        """Refuse to start with a wrong vault or without a master key that is needed."""
        try:
            await must_open(self.pool, self.keys.vault, master=self.keys.master)
        except VaultRefused as refused:
            raise SetupFault(f"{refused}.") from refused
        except (psycopg.OperationalError, PoolTimeout) as error:
            # Whoever starts while the database is away goes on as if it had gone away later.
            log.warning("keys_not_looked_at", error=str(error))


def build_system(
    settings: Settings, *, name: str, pool_size: int = 8, lined: bool = False
) -> System:
    """Put the parts together. `name` is what PostgreSQL shows of the connections; a `lined` system
    asks by lines, for a process that asks thousands of times a second.

    Raises `SetupFault` when no database is configured.
    """
    owner_url = _owner_url(settings)
    database_url = app_url(owner_url)
    clock, ids, writer = SystemClock(), UuidIds(), Writer(database_url)
    pool = connection_pool(owner_url, name=name, size=pool_size)
    keys = person_keys(settings, pool, name=name)
    lines = Lines(database_url) if lined else None
    event_log = PostgresLog(pool, writer, keys, archive_dir=settings.archive_dir, lines=lines)
    given: dict[type, object] = {Clock: clock, Ids: ids, EventLog: event_log, PersonKeyring: keys}
    ports = Ports(settings, given | {ErasureRegister: erasure_register(settings)})
    bus = Bus(event_log, ports, clock=clock, ids=ids, pause=jittered_pause)
    reads = LinedReads(pool, database_url, lines) if lines else Reads(pool, database_url)
    ports.add(Bus, bus)
    ports.add(RoleHolders, ReadRoles(reads))
    offer_inbox(ports, settings, pool=pool)
    offer_forgetting(ports, event_log, pool=pool, reads=reads, jobs=Jobs(pool))
    return System(
        settings=settings,
        database_url=database_url,
        clock=clock,
        ids=ids,
        pool=pool,
        keys=keys,
        writer=writer,
        event_log=event_log,
        bus=bus,
        lines=lines,
        reads=reads,
        jobs=Jobs(pool),
        waker=_waker(settings),
        ports=ports,
    )


def _owner_url(settings: Settings) -> str:
    if settings.connections.database_url is None:
        raise SetupFault("DATABASE_URL is not set; `polikrami run` sets it for its own database")
    return settings.connections.database_url.text


def _waker(settings: Settings) -> Waker:
    redis_url = settings.connections.redis_url
    return Waker(redis_url.text if redis_url else None)


def person_keys(settings: Settings, pool: Pool, *, name: str) -> PersonKeys:
    """The keys of persons; `pool` is that of the log, which may have the vault beside it."""
    connections = settings.connections
    log_url = connections.database_url
    vault_url = connections.vault_url or log_url
    assert vault_url is not None
    vault = pool if vault_url == log_url else connection_pool(vault_url.text, name=name, size=2)
    master = MasterKeys.of(
        settings.keys.master.raw, [each.raw for each in settings.keys.known_masters]
    )
    return PersonKeys(vault, master, fence_url=app_url(vault_url.text))


def erasure_register(settings: Settings) -> SignedRegister:
    """The register of erasures, in its two places."""
    key = SigningKey(settings.keys.audit.raw)
    folders = (settings.data_dir / "erasures", settings.erasures_copy_dir)
    return SignedRegister(
        [folder / REGISTER for folder in folders],
        key,
        verifiers=Verifiers([key.verifier, *settings.auditing.known_keys]),
    )


def audit_chain(settings: Settings) -> Chain:
    """The audit chain of the log, with the keys that sign it and have signed it."""
    key = SigningKey(settings.keys.audit.raw)
    return Chain(
        database_url=app_url(_owner_url(settings)),
        archive_dir=settings.archive_dir,
        folder=settings.data_dir / "audit",
        copy=settings.auditing.copy_dir / CHECKPOINTS,
        verifiers=Verifiers([key.verifier, *settings.auditing.known_keys]),
        key=key,
    )


def controls_of(system: System) -> Controls:
    """The controls over a system's books."""
    return Controls(
        system.pool,
        system.event_log,
        reads=system.reads,
        bus=system.bus,
        clock=system.clock,
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
