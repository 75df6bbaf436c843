"""Queries about the past, on a stream of a thousand events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.history import told
from application.past import Moment, cut_at
from domain.wallet import Wallet
from projections import wallet as wallets
from projections.past import Past
from projections.reads import Reads
from projections.runner import Projector
from tests.benchmarks.measure import Figure, in_flight, ratio
from tests.core.long_wallets import lived

EVENTS = 1_000
OTHERS = 20
TIMES = 300


async def travel_figures(log: PostgresLog, pool: Pool, database_url: str) -> list[Figure]:
    """A wallet of 1,000 events among others: balance and statement as of random moments."""
    wallet_id = await lived(log, EVENTS)
    for _ in range(OTHERS):
        await lived(log, EVENTS)
    projector = Projector(pool, log, [wallets.wallet_balances, wallets.wallet_statements])
    await projector.prepare()
    while await projector.step():
        pass
    loaded = await log.aggregate(wallet_id)
    assert loaded is not None
    assert isinstance(loaded.aggregate, Wallet)
    customer_id = loaded.aggregate.customer_id
    reads, chance = Reads(pool, database_url), Random(7)  # noqa: S311  # no secret

    async def past(moment: Moment) -> Past:
        return Past(log, reads, await cut_at(log, moment, now=datetime.now(UTC)))

    async def balance() -> None:
        await wallets.wallet_balance_then(await past(chance.randint(1, EVENTS)), customer_id)

    async def balance_now() -> None:
        found = await wallets.wallet_balance_then(await past(datetime.now(UTC)), customer_id)
        assert found == await wallets.wallet_balance(reads, customer_id)

    async def instant() -> None:
        moment = datetime.now(UTC) - timedelta(seconds=chance.random())
        await wallets.wallet_balance_then(await past(moment), customer_id)

    async def statement() -> None:
        then = await past(EVENTS)
        await wallets.wallet_statement_then(then, customer_id, before=None, limit=100)

    async def history() -> None:
        told(await log.load(wallet_id), personal=False, most=20)

    live = await in_flight(1, TIMES, lambda: wallets.wallet_balance(reads, customer_id))
    figures = []
    for name, work in (
        ("as_of", balance),
        ("as_of_now", balance_now),
        ("as_of_instant", instant),
        ("as_of_statement", statement),
        ("told_history", history),
    ):
        times = await in_flight(1, TIMES, work)
        p50, p99 = times.percentile_ms(50), times.percentile_ms(99)
        figures += [
            Figure(name=f"{name}_p50_ms", value=p50, unit="ms"),
            Figure(
                name=f"{name}_p99_ms",
                value=p99,
                unit="ms",
                beside="a live balance",
                ratio=ratio(p99, live.percentile_ms(99)),
            ),
        ]
    return figures
