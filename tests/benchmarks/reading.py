"""Loading, tailing, projecting, replaying, and reading one's own write."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from datetime import timedelta
from uuid import UUID, uuid4

from eventsourcing.persistence import Tracking
from eventsourcing.utils import Environment
from psycopg.conninfo import conninfo_to_dict

from adapters.postgres.listen import Bell
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from adapters.postgres.recorder import LogFactory
from application.store import replay
from domain.wallet import Grant, Wallet
from projections import wallet as wallets
from projections.reads import Reads
from projections.replay import Progress, rebuild
from projections.runner import Projector
from tests.benchmarks.holds import appending
from tests.benchmarks.library_runner import library_projects_per_second
from tests.benchmarks.measure import Figure, in_flight, ratio
from tests.core.long_wallets import live_on, lived
from tests.given import NOW

LONG = 10_000
KEYS = 2_000
EVENTS_EACH = 200


async def load_figures(log: PostgresLog, _pool: Pool, _database_url: str) -> list[Figure]:
    """Aggregates of 20 events, loaded and replayed."""
    ids = []
    for _ in range(200):
        wallet = Wallet.open(uuid4(), NOW)
        for _ in range(19):
            wallet.grant(uuid4(), Grant(credits=10, credit_class="purchased", origin="purchase"))
        await log.append(appending(*_events(wallet)))
        ids.append(wallet.id)
    turn = itertools.cycle(ids)

    loads = await in_flight(16, 1_000, lambda: log.aggregate(next(turn)))
    return [
        Figure(name="load_20_events_per_s", value=loads.per_second, unit="loads/s"),
        Figure(name="load_20_events_p50_ms", value=loads.percentile_ms(50), unit="ms"),
        Figure(name="load_20_events_p99_ms", value=loads.percentile_ms(99), unit="ms"),
        *await _long_history_figures(log),
    ]


async def _long_history_figures(log: PostgresLog) -> list[Figure]:
    """A wallet of 10,000 events, of which the newest 50 are behind its snapshot."""
    wallet_id = await lived(log, LONG - 50)
    await log.aggregate(wallet_id)
    await log.snapshots.settle()
    await live_on(log, wallet_id, 50)

    async def whole() -> None:
        replay(await log.load(wallet_id))

    wholes = await in_flight(1, 10, whole)
    loads = await in_flight(1, 300, lambda: log.aggregate(wallet_id))
    replayed = wholes.percentile_ms(50)
    return [
        Figure(
            name="load_10000_events_p50_ms",
            value=loads.percentile_ms(50),
            unit="ms",
            beside=f"replay of all of them, {replayed:.0f} ms",
            ratio=ratio(replayed, loads.percentile_ms(50)),
        ),
        Figure(name="load_10000_events_p99_ms", value=loads.percentile_ms(99), unit="ms"),
    ]


async def projector_figures(log: PostgresLog, pool: Pool, database_url: str) -> list[Figure]:
    """A keyed balance: steady pages, and rebuilt from nothing by COPY."""
    start = await log.head()
    await _many_wallets(log)
    events = await log.head() - start
    projector = Projector(pool, log, [wallets.wallet_balances])
    await projector.prepare()
    projector.standings[0].position = start
    async with pool.connection() as connection:
        await connection.execute("UPDATE projections SET position = %s", (start,))
    began = time.perf_counter()
    while await projector.step():
        pass
    steady = events / (time.perf_counter() - began)
    told: list[Progress] = []
    began = time.perf_counter()
    await rebuild(pool, log, model=wallets.wallet_balances, tell=told.append)
    rebuilt = told[-1].total / (time.perf_counter() - began)
    library = await asyncio.to_thread(library_projects_per_second, database_url)
    return [
        Figure(
            name="projector_per_s",
            value=steady,
            unit="events/s",
            beside=f"library's ProjectionRunner, {library:,.0f}/s",
            ratio=ratio(steady, library),
        ),
        Figure(name="rebuild_per_s", value=rebuilt, unit="events/s"),
    ]


async def freshness_figures(log: PostgresLog, pool: Pool, database_url: str) -> list[Figure]:
    """From the acknowledged append until a query may read it, beside the library's wait."""
    bell = Bell(app_url(database_url), "events")
    reads = Reads(pool, app_url(database_url))
    projector = Projector(pool, log, [wallets.wallet_balances])
    await bell.start()
    await reads.start()
    running = asyncio.create_task(projector.run(bell.wait))
    durations: list[float] = []
    for _ in range(200):
        position = await log.append(appending(*_events(Wallet.open(uuid4(), NOW))))
        began = time.perf_counter()
        assert await reads.reach([wallets.wallet_balances.name], position, timeout_seconds=10)
        durations.append(time.perf_counter() - began)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await reads.stop()
    await bell.stop()
    durations.sort()
    ours = durations[100] * 1000
    library = await asyncio.to_thread(library_wait_ms, database_url)
    return [
        Figure(
            name="read_your_writes_p50_ms",
            value=ours,
            unit="ms",
            beside="library's TrackingRecorder.wait",
            ratio=ratio(library, ours),
        ),
        Figure(name="read_your_writes_p99_ms", value=durations[198] * 1000, unit="ms"),
    ]


def library_wait_ms(database_url: str) -> float:
    """How long the library's wait takes when the position is reached 5 ms after it begins."""
    known = conninfo_to_dict(database_url)
    environment = {
        "POSTGRES_DBNAME": str(known["dbname"]),
        "POSTGRES_HOST": str(known.get("host", "")),
        "POSTGRES_PORT": str(known.get("port", "5432")),
        "POSTGRES_USER": str(known["user"]),
        "POSTGRES_PASSWORD": str(known.get("password", "")),
    }
    with LogFactory(Environment("", environment)) as factory:
        recorder = factory.tracking_recorder()
        durations = []
        for position in range(1, 11):
            timer = threading.Timer(0.005, recorder.insert_tracking, [Tracking("b", position)])
            timer.start()
            began = time.perf_counter()
            recorder.wait("b", position)
            durations.append(time.perf_counter() - began)
            timer.join()
    return sorted(durations)[5] * 1000


async def _many_wallets(log: PostgresLog) -> None:
    customers = [uuid4() for _ in range(KEYS)]

    async def fill(customer_id: UUID) -> None:
        wallet = Wallet.open(customer_id, NOW)
        for number in range(EVENTS_EACH - 1):
            wallet.at(NOW + timedelta(seconds=number))
            wallet.grant(uuid4(), Grant(credits=10, credit_class="purchased", origin="purchase"))
        await log.append(appending(*_events(wallet)))

    for first in range(0, KEYS, 50):
        await asyncio.gather(*(fill(each) for each in customers[first : first + 50]))


def _events(wallet: Wallet) -> list[Wallet.CreditsGranted]:
    return list(wallet.collect_events())  # type: ignore[arg-type]  # all are events of ours
