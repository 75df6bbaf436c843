"""Two books side by side for tests: ours in the tables of lines, theirs in memory, both written by
hand, and the reconciliation of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID, uuid5

import psycopg
from msgspec import Struct

from adapters.memory_provider import MemoryReports
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.bus import Bus, Command
from application.ports import BouncedTransfer, ReportedPayout, ReportedTransaction
from domain.shared.aggregate import Event
from domain.shared.money import Money
from projections import READ_MODELS
from projections.payment_lines import PaymentLine, payment_lines
from projections.reads import Reads
from projections.reconciliation import LineFilter, ReconciledLine, reconciled_lines
from projections.runner import Projector
from tests.core.projecting import catch_up
from tests.given import CountingIds, TestClock
from workers.reconciliation import Outcome, Reconciliation
from workers.stories import STORIES

assert STORIES, "importing them is what registers their handlers"

MONDAY = date(2026, 3, 2)
NAMES = UUID("0d5cb3a8-93f0-4a4e-8f39-8f6c52dc6a01")
FEE = Decimal("0.25")


class Sale(Struct, frozen=True, kw_only=True):
    """A line that was paid, as both sides should have it."""

    name: str
    day: date = MONDAY
    paid: Decimal = Decimal("100.00")
    commission: Decimal = Decimal("2.49000000")
    fee: Decimal = FEE
    installments: int = 1

    @property
    def attempt_id(self) -> UUID:
        return uuid5(NAMES, f"attempt {self.name}")

    @property
    def order_id(self) -> UUID:
        return uuid5(NAMES, f"order {self.name}")

    @property
    def line_id(self) -> UUID:
        return uuid5(NAMES, f"line {self.name}")

    @property
    def transaction_id(self) -> str:
        return f"tx-{self.name}"

    @property
    def net(self) -> Decimal:
        """What is paid out for it."""
        return self.paid - self.commission - self.fee

    def refund_id(self, number: int = 1) -> UUID:
        """Its refund of this number."""
        return uuid5(NAMES, f"refund {number} of {self.name}")


class TwoBooks:
    """Ours and theirs, and all that follows from comparing them."""

    def __init__(self, pool: Pool, log: PostgresLog, database_url: str) -> None:
        self.theirs = MemoryReports()
        self.clock = TestClock(datetime.combine(MONDAY + timedelta(days=60), time(9), UTC))
        self.log = log
        self.ids = CountingIds()
        self.bus = Bus(log, {}, clock=self.clock, ids=self.ids)
        self.reads = Reads(pool, database_url)
        self.pool = pool
        self.reconciliation = Reconciliation(pool, self.theirs, bus=self.bus, clock=self.clock)
        self._url = database_url
        self._projector = Projector(pool, log, READ_MODELS)

    async def follow(self) -> None:
        """Let all read models reach the head of the log."""
        await catch_up(self._projector)

    async def happened(self) -> list[Event]:
        """All that follows from runs so far."""
        head = await self.log.head()
        return [each.event async for page in self.log.pages(0, head) for each in page.events]

    async def items(self) -> dict[str, tuple[str, str]]:
        """The kind and the state of each work item, by its key."""
        await self.follow()
        rows = await self.reads.rows("SELECT key, kind, state FROM read.work_items")
        return {key: (kind, state) for key, kind, state in rows}

    async def carry_out(self, command: Command) -> None:
        """Carry out a command, and let the read models see it."""
        await self.bus.execute(command)
        await self.follow()

    async def run(self, first: date = MONDAY, last: date | None = None, **options: Any) -> Outcome:
        """Reconcile days."""
        return await self.reconciliation.run(first, last or first, **options)

    def come_to(self, day: date) -> None:
        """It is noon of this day, so that nothing can be read of later ones."""
        self.clock.set(datetime.combine(day, time(9), UTC))

    def sell(self, *sales: Sale, by: str = "both") -> None:
        """Both sides, or only one, have these as paid."""
        if by in {"both", "ours"}:
            self.keep(*(our_line(sale) for sale in sales))
        if by in {"both", "theirs"}:
            for sale in sales:
                self.theirs.rows[sale.day].append(their_line(sale))

    def refund(
        self,
        sale: Sale,
        amount: str,
        *,
        number: int = 1,
        day: date | None = None,
        returned: str = "0",
        by: str = "both",
    ) -> None:
        """Both sides, or only one, have this refund; the provider gives commission back with it."""
        on = day or sale.day
        if by in {"both", "ours"}:
            self.keep(our_refund(sale, amount, number=number, day=on))
        if by in {"both", "theirs"}:
            self.theirs.rows[on].append(
                their_refund(sale, amount, number=number, day=on, returned=returned)
            )

    def pay_out(
        self, sale: Sale, amount: Decimal | str | None = None, *, day: date, reference: str = ""
    ) -> None:
        """They pay out for a line: what is due, or another amount."""
        self.theirs.paid_out[day].append(
            ReportedPayout(
                transaction_id=sale.transaction_id,
                amount=sale.net if amount is None else Decimal(amount),
                currency="TRY",
                kind="payment",
                reference=reference or f"STL{day:%Y%m%d}-1",
            )
        )

    def bounce(self, reference: str, amount: str, *, day: date) -> None:
        """A transfer comes back."""
        self.theirs.came_back[day].append(
            BouncedTransfer(reference=reference, amount=Money.of(amount), reason="IBAN kapalı")
        )

    def keep(self, *lines: PaymentLine) -> None:
        """Put lines into our table."""
        keep_lines(self._url, *lines)

    def tamper(self, statement: LiteralString, parameters: Sequence[Any] = ()) -> None:
        """Change the database as somebody can whom no trigger stops."""
        with psycopg.connect(self._url) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement, parameters)

    async def look(self, sale: Sale | None = None) -> list[ReconciledLine]:
        """How all lines stand, or those of an attempt."""
        wanted = LineFilter(attempt_id=sale.attempt_id if sale else None)
        return await reconciled_lines(self.reads, wanted, after=None, limit=100_000)

    async def stands(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """The status and the faults of each line that is not matched, by kind and transaction."""
        return {
            f"{line.kind} {line.transaction_id}": (line.status, tuple(line.faults))
            for line in await self.look()
            if line.status != "matched"
        }


def keep_lines(database_url: str, *lines: PaymentLine) -> None:
    """Put lines into the table of a database."""
    names = payment_lines.row.__struct_fields__
    with psycopg.connect(database_url) as connection:
        connection.cursor().executemany(
            f"INSERT INTO read.payment_lines ({', '.join(names)})"  # noqa: S608  # names of ours
            f" VALUES ({', '.join(['%s'] * len(names))})",
            [payment_lines.values(line) for line in lines],
        )


def our_line(sale: Sale) -> PaymentLine:
    """A paid line as we have it."""
    return PaymentLine(
        movement_id=uuid5(NAMES, f"movement {sale.name}"),
        kind="payment",
        provider="iyzico",
        refund_id=None,
        attempt_id=sale.attempt_id,
        order_id=sale.order_id,
        line_id=sale.line_id,
        transaction_id=sale.transaction_id,
        payment_id=f"pay-{sale.name}",
        amount=sale.paid,
        currency="TRY",
        commission=sale.commission,
        fee=sale.fee,
        installments=sale.installments,
        at=datetime.combine(sale.day, time(9), UTC),
        day=sale.day,
    )


def our_refund(sale: Sale, amount: str, *, number: int, day: date) -> PaymentLine:
    """A refund as we have it."""
    return PaymentLine(
        movement_id=sale.refund_id(number),
        kind="refund",
        provider="iyzico",
        refund_id=sale.refund_id(number),
        attempt_id=sale.attempt_id,
        order_id=sale.order_id,
        line_id=sale.line_id,
        transaction_id="",
        payment_id="",
        amount=Decimal(amount),
        currency="TRY",
        commission=Decimal(0),
        fee=Decimal(0),
        installments=1,
        at=datetime.combine(day, time(10), UTC),
        day=day,
    )


def their_line(sale: Sale, **changed: Any) -> ReportedTransaction:
    """A paid line as they have it, but for what is changed."""
    facts: dict[str, Any] = {
        "kind": "payment",
        "day": sale.day,
        "reported_id": f"row-{sale.name}",
        "transaction_id": sale.transaction_id,
        "payment_id": f"pay-{sale.name}",
        "conversation_id": str(sale.attempt_id),
        "basket_id": str(sale.order_id),
        "price": Money(sale.paid),
        "paid": Money(sale.paid),
        "commission": sale.commission,
        "fee": sale.fee,
        "succeeded": True,
        "after_settlement": False,
    }
    facts |= changed
    paid: Money = facts["paid"]
    facts.setdefault("payout", paid.amount - facts["commission"] - facts["fee"])
    return ReportedTransaction(**facts)


def their_refund(
    sale: Sale, amount: str, *, number: int, day: date, returned: str = "0"
) -> ReportedTransaction:
    """A refund as they have it."""
    return their_line(
        sale,
        kind="refund",
        day=day,
        reported_id=f"refund-{number}-{sale.name}",
        conversation_id=str(sale.refund_id(number)),
        price=Money.of(amount),
        paid=Money.of(amount),
        commission=-Decimal(returned),
        fee=Decimal(0),
        payout=Decimal(returned) - Decimal(amount),
    )
