"""Loading, tailing, projecting, replaying, and reading one's own write."""

from __future__ import annotations

import asyncio
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
from adapters.postgres.writer import Writer
from application.store import replay
from domain.wallet import Wallet
from projections import wallet as wallets
from projections.reads import Reads
from projections.rebuild import Progress, rebuild
from projections.runner import Projector
from tests.benchmarks.appending import a_hold, appending
from tests.benchmarks.measure import Figure, in_flight, ratio
from tests.given import NOW

TAIL_EVENTS = 60_000
KEYS = 2_000
EVENTS_EACH = 50


async def load_figures(log: PostgresLog, _pool: Pool, _database_url: str) -> list[Figure]:
    """Aggregates of 20 events, loaded and replayed."""
    ids = []
    for _ in range(200):
        wallet = Wallet.open(uuid4(), NOW)
        for _ in range(19):
            wallet.grant(uuid4(), credits=10, credit_class="purchased", origin="package")
        await log.append(appending(*_events(wallet)))
        ids.append(wallet.id)
    turn = iter(ids * 100)

    async def load() -> None:
        replay(await log.load(next(turn)))

    loads = await in_flight(16, 250, load)
    return [
        Figure(name="load_20_events_per_s", value=loads.per_second, unit="loads/s"),
        Figure(name="load_20_events_p50_ms", value=loads.percentile_ms(50), unit="ms"),
        Figure(name="load_20_events_p99_ms", value=loads.percentile_ms(99), unit="ms"),
    ]


async def tail_figures(log: PostgresLog, _pool: Pool, database_url: str) -> list[Figure]:
    """A reader tails while two writers append; whatever it never saw was missed."""
    start = await log.head()
    other = Writer(app_url(database_url))
    await other.start()
    second = PostgresLog(log._pool, other, log._keys)
    seen: list[int] = []
    writing = True

    async def tail() -> None:
        position = start
        while writing or position < await log.head():
            page = await log.page(position, 2_000)
            seen.extend(each.position for each in page)
            position = page[-1].position if page else position
            await asyncio.sleep(0)

    async def write(target: PostgresLog) -> None:
        await in_flight(32, TAIL_EVENTS // 64, lambda: target.append(appending(a_hold())))

    tailing = asyncio.create_task(tail())
    await asyncio.gather(write(log), write(second))
    writing = False
    await tailing
    await other.stop()
    head = await log.head()
    missed = len(set(range(start + 1, head + 1)) - set(seen)) + (seen != sorted(seen))
    return [
        Figure(
            name="tail_missed",
            value=missed,
            unit="events",
            beside=f"of {head - start:,} by 2 writers",
        )
    ]


async def projector_figures(log: PostgresLog, pool: Pool, _database_url: str) -> list[Figure]:
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
    return [
        Figure(name="projector_per_s", value=steady, unit="events/s"),
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
            wallet.grant(uuid4(), credits=10, credit_class="purchased", origin="package")
        await log.append(appending(*_events(wallet)))

    for first in range(0, KEYS, 50):
        await asyncio.gather(*(fill(each) for each in customers[first : first + 50]))


def _events(wallet: Wallet) -> list[Wallet.CreditsGranted]:
    return list(wallet.collect_events())  # type: ignore[arg-type]  # all are events of ours
