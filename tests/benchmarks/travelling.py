"""Queries about the past, on a stream of a thousand events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.history import told
from application.past import Moment, cut_at
from domain.wallet import Wallet
from projections import wallet as wallets
from projections.past import Past
from projections.reads import Reads
from projections.runner import Projector
from tests.benchmarks.measure import Figure, Latencies, in_flight, ratio
from tests.core.long_wallets import lived

EVENTS = 1_000
OTHERS = 20
TIMES = 300


class Traveller:
    """Somebody who asks for one wallet at moments of all kinds."""

    def __init__(self, log: PostgresLog, reads: Reads, customer_id: UUID) -> None:
        self._log = log
        self._reads = reads
        self._customer_id = customer_id
        self._chance = Random(7)  # noqa: S311  # chooses moments, no secrets

    async def live(self) -> None:
        """The balance out of the read table."""
        await wallets.wallet_balance(self._reads, self._customer_id)

    async def position(self) -> None:
        """The balance at a position somewhere in the wallet's life."""
        await self._balance(self._chance.randint(1, EVENTS))

    async def now(self) -> None:
        """The balance of this instant, by all events of the wallet."""
        await self._balance(datetime.now(UTC))

    async def instant(self) -> None:
        """The balance of an instant that has to be looked for."""
        await self._balance(datetime.now(UTC) - timedelta(seconds=self._chance.random()))

    async def statement(self) -> None:
        """A long page of the statement, by all events of the wallet."""
        past = await self._past(EVENTS)
        await wallets.wallet_statement_then(past, self._customer_id, before=None, limit=100)

    async def history(self) -> None:
        """The newest steps of the wallet."""
        events = await self._log.load(Wallet.id_of(self._customer_id))
        told(events, personal=False, most=20)

    async def _balance(self, moment: Moment) -> None:
        await wallets.wallet_balance_then(await self._past(moment), self._customer_id)

    async def _past(self, moment: Moment) -> Past:
        return Past(self._log, self._reads, await cut_at(self._log, moment, now=datetime.now(UTC)))


async def travel_figures(log: PostgresLog, pool: Pool, database_url: str) -> list[Figure]:
    """A wallet of 1,000 events, the first of some, at random moments."""
    customer_id = await _customer_with_a_past(log)
    projector = Projector(pool, log, [wallets.wallet_balances])
    await projector.prepare()
    while await projector.step():
        pass
    traveller = Traveller(log, Reads(pool, database_url), customer_id)
    live = await in_flight(1, TIMES, traveller.live)
    return [
        *_figures("as_of", await in_flight(1, TIMES, traveller.position), live),
        *_figures("as_of_now", await in_flight(1, TIMES, traveller.now), live),
        *_figures("as_of_instant", await in_flight(1, TIMES, traveller.instant), live),
        *_figures("as_of_statement", await in_flight(1, TIMES, traveller.statement), live),
        *_figures("told_history", await in_flight(1, TIMES, traveller.history), live),
    ]


async def _customer_with_a_past(log: PostgresLog) -> UUID:
    wallet_ids = [await lived(log, EVENTS) for _ in range(1 + OTHERS)]
    loaded = await log.aggregate(wallet_ids[0])
    assert loaded is not None
    assert isinstance(loaded.aggregate, Wallet)
    return loaded.aggregate.customer_id


def _figures(name: str, times: Latencies, live: Latencies) -> list[Figure]:
    p99 = times.percentile_ms(99)
    return [
        Figure(name=f"{name}_p50_ms", value=times.percentile_ms(50), unit="ms"),
        Figure(
            name=f"{name}_p99_ms",
            value=p99,
            unit="ms",
            beside="the balance out of the read table",
            ratio=ratio(p99, live.percentile_ms(99)),
        ),
    ]
