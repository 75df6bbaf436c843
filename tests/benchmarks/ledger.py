"""What finance asks, on ten million entries; and what keeping the books costs per event."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import psycopg

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.past import cut_at
from domain.ledger import CHART
from projections import ledger as books
from projections.ledger import Filter, Group
from projections.reads import Reads
from projections.runner import Projector
from projections.tables import ReadTable
from tests.benchmarks.measure import Figure, Latencies, in_flight
from tests.ledger.lives import some_lives

ENTRIES = 10_000_000
LINES = 2
CUSTOMERS = 100_000
MONTHS = 36
BEGAN = datetime(2023, 1, 1, 9, tzinfo=UTC)
LENGTH = timedelta(days=MONTHS * 30)
FACTS = {
    "events": ENTRIES // LINES,
    "customers": CUSTOMERS,
    "began": BEGAN,
    "step": LENGTH / (ENTRIES // LINES),
    "blocks": list(books.BLOCKS),
}
WARM, TIMES = 30, 400
GROUP: Group = "purchased"

# Every position is an event of two lines; which accounts, how much and whose goes by its number.
# Customers are chosen unevenly: a tenth of the entries are those of a few hundred.
FILL = """
INSERT INTO read.ledger_entries_v2
SELECT p, line, account, unit, CASE line WHEN 1 THEN amount ELSE -amount END, movement,
       customer, NULL, NULL, customer, 'bench.nothing',
       to_char(moment AT TIME ZONE interval '3 hours', 'YYYY-MM'), moment, moment::date
FROM (
    SELECT p, a.*, (p * 7919 %% 9973 + 1) / CASE a.unit WHEN 'TRY' THEN 100.0 ELSE 1.0 END
               AS amount,
           lpad(to_hex(p * 104729 %% CASE WHEN p %% 10 = 0 THEN 300 ELSE %(customers)s END),
                32, '0')::uuid AS customer,
           %(began)s::timestamptz + %(step)s::interval * p AS moment
    FROM generate_series(1, %(events)s::bigint) AS p
    JOIN read.bench_pairs AS a ON a.number = p * 31 %% 12
) AS e CROSS JOIN LATERAL (VALUES (1, debit), (2, credit)) AS l(line, account)
"""
PAIRS = (
    ("held_promotional", "consumed_promotional", "promotional", "consumed"),
    ("customer_credits_promotional", "held_promotional", "promotional", "held"),
    ("issued_promotional", "customer_credits_promotional", "promotional", "granted"),
    ("customer_credits_promotional", "breakage_promotional", "promotional", "expired"),
    ("held_purchased", "consumed_purchased", "purchased", "consumed"),
    ("customer_credits_purchased", "held_purchased", "purchased", "held"),
    ("issued_purchased", "customer_credits_purchased", "purchased", "purchased"),
    ("deferred_credits", "revenue_credits", "TRY", "consumed"),
    ("receivable_iyzico", "customer_prepayments", "TRY", "paid"),
    ("customer_prepayments", "deferred_revenue", "TRY", "invoiced"),
    ("customer_prepayments", "kdv_payable", "TRY", "invoiced"),
    ("deferred_revenue", "revenue_covers", "TRY", "delivered"),
)
EVENTS = """
INSERT INTO events (position, stream_id, version, type, schema_version, payload, metadata,
                    recorded_at)
SELECT p, lpad(to_hex(p), 32, '0')::uuid, 1, 'bench.nothing', 1, '', '{}',
       %(began)s::timestamptz + %(step)s::interval * p
FROM generate_series(1, %(events)s::bigint) AS p
"""
SUMS = """
INSERT INTO read.ledger_blocks_v2 SELECT size, position / size, account,
    sum(greatest(amount, 0)), sum(greatest(-amount, 0)), count(*)
FROM read.ledger_entries_v2 CROSS JOIN unnest(%(blocks)s::bigint[]) AS size GROUP BY 1, 2, 3;
INSERT INTO read.ledger_months_v2 SELECT period, account, movement,
    sum(greatest(amount, 0)), sum(greatest(-amount, 0)), count(*)
FROM read.ledger_entries_v2 GROUP BY 1, 2, 3;
INSERT INTO read.ledger_customers_v2 SELECT customer_id, account,
    sum(greatest(amount, 0)), sum(greatest(-amount, 0)), count(*)
FROM read.ledger_entries_v2 GROUP BY 1, 2
"""
MODELS = (books.ledger_entries, books.ledger_blocks, books.ledger_months, books.ledger_customers)


class Auditor:
    """Somebody in finance who asks for whatever comes to mind."""

    def __init__(self, log: PostgresLog, reads: Reads) -> None:
        self._log = log
        self._reads = reads
        self._chance = Random(7)  # noqa: S311  # chooses what is asked, no secrets
        self.head = ENTRIES // LINES

    async def trial_balance(self) -> None:
        """All accounts at any position."""
        found = await books.trial_balance(self._reads, self._chance.randint(1, self.head))
        assert not any(found.sums().values())

    async def account_at_instant(self) -> None:
        """One account at any instant, whose position has to be looked for."""
        moment = BEGAN + LENGTH * self._chance.random()
        cut = await cut_at(self._log, moment, now=datetime.now(UTC))
        account = self._chance.choice(CHART).key
        await books.account_totals(self._reads, account, position=cut.position)

    async def account_at_position(self) -> None:
        """One account at any position."""
        account = self._chance.choice(CHART).key
        position = self._chance.randint(1, self.head)
        await books.account_totals(self._reads, account, position=position)

    async def customer_statement(self) -> None:
        """A customer's newest hundred lines with their balances."""
        customer = UUID(int=self._chance.randrange(CUSTOMERS))
        wanted = Filter(customer_id=customer)
        await books.customer_statement(self._reads, wanted, before=None, limit=100)

    async def busy_customer_statement(self) -> None:
        """The same for those with thousands of entries."""
        wanted = Filter(customer_id=UUID(int=self._chance.randrange(300)))
        await books.customer_statement(self._reads, wanted, before=None, limit=100)

    async def account_statement(self) -> None:
        """A hundred lines of an account in a month."""
        day = BEGAN + LENGTH * self._chance.random()
        wanted = Filter(account=self._chance.choice(PAIRS)[0], period=f"{day:%Y-%m}")
        assert await books.ledger_statement(self._reads, wanted, before=None, limit=100)

    async def roll_forward(self) -> None:
        """All months of a class of credits."""
        rolls = await books.roll_forward(self._reads, GROUP, since=None, until=None)
        assert len(rolls) >= MONTHS - 1

    async def movers(self) -> None:
        """The customers who moved an account most in a month."""
        day = BEGAN + LENGTH * self._chance.random()
        account = self._chance.choice(PAIRS)[0]
        await books.largest_movers(self._reads, account, period=f"{day:%Y-%m}", limit=20)


async def ledger_figures(log: PostgresLog, pool: Pool, database_url: str) -> list[Figure]:
    """Queries on ten million entries, filled in by SQL; then a replay of the books by the fold."""
    figures = await _kept(log, pool)
    await _fill(pool, database_url)
    auditor = Auditor(log, Reads(pool, database_url))
    for name in (
        "trial_balance",
        "account_at_position",
        "account_at_instant",
        "customer_statement",
        "busy_customer_statement",
        "account_statement",
        "roll_forward",
        "movers",
    ):
        asked = getattr(auditor, name)
        await in_flight(1, WARM, asked)
        figures += _percentiles(name, await in_flight(1, TIMES, asked))
    return figures


async def _kept(log: PostgresLog, pool: Pool) -> list[Figure]:
    """What the projector does for the books alone, per event of wallets."""
    head = await some_lives(log, seed=1, wallets=200, steps=120)
    projector = Projector(pool, log, MODELS)
    await projector.prepare()
    began = time.process_time()
    while await projector.step():
        pass
    per_event = (time.process_time() - began) / head
    return [
        Figure(
            name="ledger_cpu_per_event_us",
            value=per_event * 1e6,
            unit="µs",
            beside=f"for {len(MODELS)} tables, {head:,} events of wallets",
        )
    ]


async def _fill(pool: Pool, database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        await owner.execute("SET session_replication_role = replica")
        await owner.execute("SET synchronous_commit = off")
        await owner.execute("SET maintenance_work_mem = '1GB'")
        await owner.execute("SET work_mem = '256MB'")
        await owner.execute("DELETE FROM events")
        for model in MODELS:
            await owner.execute(f"TRUNCATE read.{model.table}".encode())
            for number in range(1, len(model.indexes) + 1):
                await owner.execute(f"DROP INDEX read.{model.table}_{number}".encode())
        await owner.execute(
            "CREATE TABLE read.bench_pairs"
            " (number bigint, debit text, credit text, unit text, movement text)"
        )
        async with owner.cursor() as cursor:
            rows = [(number, *pair) for number, pair in enumerate(PAIRS)]
            await cursor.executemany(
                "INSERT INTO read.bench_pairs VALUES (%s, %s, %s, %s, %s)", rows
            )
        for statement in (FILL, EVENTS, *SUMS.split(";")):
            await owner.execute(statement.encode(), FACTS)
        await owner.commit()
        for model in MODELS:
            table = ReadTable(owner, model)
            await table.index()
            await owner.commit()
        await owner.set_autocommit(True)
        for model in MODELS:
            await owner.execute(f"VACUUM ANALYZE read.{model.table}".encode())
        await owner.execute("VACUUM ANALYZE events")


def _percentiles(name: str, asked: Latencies) -> list[Figure]:
    return [
        Figure(name=f"ledger_{name}_p{percent}_ms", value=asked.percentile_ms(percent), unit="ms")
        for percent in (50, 99)
    ]
