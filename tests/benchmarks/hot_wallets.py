"""Many spenders at once: on one wallet, and on a thousand, beside rows that are counted down."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from uuid import UUID, uuid4

import psycopg
import structlog

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from adapters.system import SystemClock, UuidIds, jittered_pause
from application.bus import HANDLERS, Bus, Command, handles
from application.store import LogUnavailable, Store
from domain.wallet import Grant, Wallet
from tests.benchmarks.holds import a_hold, appending
from tests.benchmarks.measure import Figure, Latencies, in_flight, ratio
from tests.given import NOW

SPENDERS = 64
EACH = 60
WALLETS = 1_000
COUNT_DOWN = "UPDATE bench_wallets SET balance = balance - 1 WHERE id = %s AND balance >= 1"

new_id = UuidIds().new


class SpendForBenchmark(Command, frozen=True, kw_only=True):
    """Hold one credit and capture it."""

    customer_id: UUID
    hold_id: UUID


async def spend_for_benchmark(command: SpendForBenchmark, store: Store) -> None:
    wallet = await store.get(Wallet, Wallet.id_of(command.customer_id))
    wallet.hold(command.hold_id, credits=1, purpose="generation", deadline=store.now)
    wallet.capture(command.hold_id)
    store.save(wallet)


async def wallet_figures(log: PostgresLog, pool: Pool, database_url: str) -> list[Figure]:
    """Commands per second that spend, and how many were turned away."""
    if SpendForBenchmark not in HANDLERS:
        handles(spend_for_benchmark)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    bus = Bus(log, {}, clock=SystemClock(), ids=UuidIds(), pause=jittered_pause)
    customers = [uuid4() for _ in range(WALLETS)]
    await asyncio.gather(*(_fill(log, customer_id) for customer_id in customers))
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE bench_wallets (id uuid PRIMARY KEY, balance int)")
        connection.execute("GRANT ALL ON bench_wallets TO PUBLIC")
        connection.execute(
            "INSERT INTO bench_wallets SELECT unnest(%s::uuid[]), 1000000", (customers,)
        )
    figures = []
    for name, some in (("one_wallet", customers[:1]), (f"{WALLETS}_wallets", customers)):
        figures += await _figures(name, some, bus=bus, pool=pool, log=log)
    return figures


async def _figures(
    name: str, customers: Sequence[UUID], *, bus: Bus, pool: Pool, log: PostgresLog
) -> list[Figure]:
    turned_away = 0

    async def spend() -> None:
        nonlocal turned_away
        customer_id = random.choice(customers)  # noqa: S311  # chance, not a secret
        try:
            await bus.execute(SpendForBenchmark(customer_id=customer_id, hold_id=new_id()))
        except LogUnavailable:
            turned_away += 1

    async def count_down() -> None:
        customer_id = random.choice(customers)  # noqa: S311  # chance, not a secret
        async with pool.connection() as connection:
            await connection.execute(COUNT_DOWN, (customer_id,))

    async def append_alone() -> None:
        await log.append(appending(a_hold()))

    alone = await in_flight(1, 10 * EACH, append_alone)
    theirs = await in_flight(SPENDERS, EACH, count_down)
    ours = await in_flight(SPENDERS, EACH, spend)
    return [
        *_told(name, ours, theirs),
        _beside_commits(name, ours, alone),
        _refused(name, turned_away),
    ]


def _told(name: str, ours: Latencies, theirs: Latencies) -> list[Figure]:
    peer = f"a row counted down under its lock, {theirs.per_second:.0f}/s"
    return [
        Figure(
            name=f"spend_{name}_per_s",
            value=ours.per_second,
            unit="spends/s",
            beside=peer,
            ratio=ratio(ours.per_second, theirs.per_second),
        ),
        Figure(name=f"spend_{name}_p50_ms", value=ours.percentile_ms(50), unit="ms"),
        Figure(
            name=f"spend_{name}_p99_ms",
            value=ours.percentile_ms(99),
            unit="ms",
            beside=f"the row, {theirs.percentile_ms(99):.0f} ms",
            ratio=ratio(theirs.percentile_ms(99), ours.percentile_ms(99)),
        ),
    ]


def _beside_commits(name: str, ours: Latencies, alone: Latencies) -> Figure:
    """One wallet can't be quicker than its commits, each of which waits for the one before."""
    return Figure(
        name=f"spend_{name}_beside_commits",
        value=ours.per_second,
        unit="spends/s",
        beside=f"commits of one client, {alone.per_second:.0f}/s",
        ratio=ratio(ours.per_second, alone.per_second),
    )


def _refused(name: str, turned_away: int) -> Figure:
    return Figure(name=f"spend_{name}_turned_away", value=turned_away, unit="commands")


async def _fill(log: PostgresLog, customer_id: UUID) -> None:
    wallet = Wallet.open(customer_id, NOW)
    wallet.grant(uuid4(), Grant(credits=1_000_000, credit_class="purchased", origin="purchase"))
    await log.append(appending(*wallet.collect_events()))  # type: ignore[arg-type]  # events of ours
