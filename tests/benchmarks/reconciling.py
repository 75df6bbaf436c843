"""Reconciling a month of 100,000 payments with 250,000 lines: how long, and in how much memory."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import psutil

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from adapters.system import SystemClock, UuidIds
from application.bus import Bus
from application.ports import BouncedTransfer, ReportedPayout, ReportedTransaction
from domain.shared.days import TURKEY
from domain.shared.money import Money
from projections import READ_MODELS
from projections.runner import Projector
from tests.benchmarks.measure import Figure
from workers.reconciliation import Reconciliation
from workers.stories import STORIES

assert STORIES, "importing them is what registers their handlers"

PAYMENTS = 100_000
FIRST = date(2026, 3, 1)
DAYS = 31
PAGE = 500
FEE = Decimal("0.10")
ODD = 10_000
"""Each so many payments, the provider's commission is a kuruş above ours."""

# Payment n is of day n % 31 and has two lines, or three where n is odd.
FILL = """
INSERT INTO read.payment_lines (movement_id, kind, provider, refund_id, attempt_id, order_id,
    line_id, transaction_id, payment_id, amount, currency, commission, fee, installments, at, day)
SELECT md5('m' || n || '-' || l)::uuid, 'payment', 'iyzico', NULL, md5('a' || n)::uuid,
    md5('o' || n)::uuid, md5('l' || n || '-' || l)::uuid, 't' || n || '-' || l, 'p' || n,
    (50 + n %% 500) * l, 'TRY', (50 + n %% 500) * l * 0.0249, 0.10, 1,
    %(first)s::date + n %% %(days)s + interval '9 hours', %(first)s::date + n %% %(days)s
FROM generate_series(0, %(payments)s - 1) AS n
CROSS JOIN LATERAL generate_series(1, 2 + n %% 2) AS l
"""


class MadeReports:
    """The provider's books of that month, made as they are read."""

    async def transactions(self, day: date) -> AsyncIterator[tuple[ReportedTransaction, ...]]:
        """The lines of the day."""
        page: list[ReportedTransaction] = []
        for number, line in _lines(day):
            page.append(_reported(number, line, day=day))
            if len(page) == PAGE:
                yield tuple(page)
                page = []
        yield tuple(page)

    async def payouts(self, day: date) -> tuple[ReportedPayout, ...]:
        """What was paid out for the day before."""
        return tuple(
            ReportedPayout(
                transaction_id=f"t{number}-{line}",
                amount=_paid(number, line) - _commission(number, line) - FEE,
                currency="TRY",
                kind="payment",
                reference=f"STL{day:%Y%m%d}-1",
            )
            for number, line in _lines(day - timedelta(days=1))
        )

    async def bounced(self, day: date) -> tuple[BouncedTransfer, ...]:  # noqa: ARG002  # the port has it
        """Nothing came back."""
        return ()


class Fixed(SystemClock):
    """The day after all payouts of the month."""

    def now(self) -> datetime:
        return datetime.combine(FIRST + timedelta(days=DAYS + 2), datetime.min.time(), TURKEY)


async def reconciliation_figures(log: PostgresLog, pool: Pool, _url: str) -> list[Figure]:
    """The whole month at once, and then once more, when nothing has changed."""
    await Projector(pool, log, READ_MODELS).prepare()
    async with pool.connection() as connection:
        await connection.execute(FILL, {"first": FIRST, "days": DAYS, "payments": PAYMENTS})
        await connection.execute("ANALYZE")
    clock = Fixed()
    bus = Bus(log, {}, clock=clock, ids=UuidIds())
    reconciliation = Reconciliation(pool, MadeReports(), bus=bus, clock=clock)
    before = most = psutil.Process().memory_info().rss

    def look(*_: int) -> None:
        nonlocal most
        most = max(most, psutil.Process().memory_info().rss)

    figures = []
    for name in ("first", "again"):
        began = time.perf_counter()
        outcome = await reconciliation.run(FIRST, FIRST + timedelta(days=DAYS - 1), tell=look)
        seconds = time.perf_counter() - began
        figures += [
            Figure(name=f"month of 100,000 payments, {name}", value=seconds, unit="s"),
            Figure(name=f"lines compared, {name}", value=outcome.looked_at, unit="lines"),
            Figure(name=f"lines that stand otherwise, {name}", value=outcome.changed, unit="lines"),
        ]
    async with pool.connection() as connection:
        query = "SELECT status, count(*) FROM recon_lines GROUP BY status ORDER BY status"
        rows = await (await connection.execute(query)).fetchall()
    figures += [Figure(name=f"lines {status}", value=count, unit="lines") for status, count in rows]
    figures.append(Figure(name="memory beyond", value=(most - before) / 1e6, unit="MB"))
    return figures


def _lines(day: date) -> list[tuple[int, int]]:
    offset = (day - FIRST).days
    if not 0 <= offset < DAYS:
        return []
    return [
        (number, line)
        for number in range(offset, PAYMENTS, DAYS)
        for line in range(1, 3 + number % 2)
    ]


def _reported(number: int, line: int, *, day: date) -> ReportedTransaction:
    paid, commission = _paid(number, line), _commission(number, line)
    return ReportedTransaction(
        kind="payment",
        day=day,
        reported_id=f"r{number}-{line}",
        transaction_id=f"t{number}-{line}",
        payment_id=f"p{number}",
        conversation_id=_id(f"a{number}"),
        basket_id=_id(f"o{number}"),
        price=Money(paid),
        paid=Money(paid),
        commission=commission,
        fee=FEE,
        payout=paid - commission - FEE,
        succeeded=True,
        after_settlement=False,
    )


def _paid(number: int, line: int) -> Decimal:
    return Decimal((50 + number % 500) * line)


def _commission(number: int, line: int) -> Decimal:
    commission = _paid(number, line) * Decimal("0.0249")
    return commission + Decimal("0.01") * (number % ODD == 0)


def _id(text: str) -> str:
    return str(UUID(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()))
