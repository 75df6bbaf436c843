"""What the provider owes us is explained to the kuruş; each way to break that is named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import LiteralString
from uuid import UUID

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.settlements import RecordReturnedFee
from domain.payments import Capture, CapturedLine, Due, PaymentAttempt, RefundPart
from domain.settlements import RefundedLine
from domain.shared.aggregate import Event
from domain.shared.money import Money
from projections.reads import Reads
from tests.controls.books import Books, subjects
from tests.ledger.lives import append
from tests.settlements.commands import bounced, received, reported

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
ATTEMPT, ORDER, CUSTOMER = UUID(int=1), UUID(int=2), UUID(int=3)
NAME = "receivable-explained"


@pytest.fixture
async def books(pool: Pool, event_log: PostgresLog, database_url: str) -> Books:
    """A payment of two lines with commission in parts of a kuruş, refunded in part and paid out."""
    made = Books(pool, event_log, Reads(pool, database_url), database_url)
    due = Due(order_id=ORDER, customer_id=CUSTOMER, amount=Money.of("150.00"))
    attempt = PaymentAttempt.open(ATTEMPT, due, now=NOON)
    lines = tuple(
        CapturedLine(
            line_id=UUID(int=number),
            transaction_id=f"77:{number}",
            paid=Money.of(paid),
            commission=Decimal(commission),
            fee=Decimal("0.12500000"),
        )
        for number, paid, commission in ((4, "100.00", "2.49333333"), (5, "50.00", "1.24777777"))
    )
    money = Money.of("150.00")
    capture = Capture(payment_id="77", price=money, paid=money, lines=lines, installments=1)
    attempt.succeed(capture, "0008")
    part = RefundPart(line_id=UUID(int=4), amount=Money.of("100.00"))
    attempt.refund(UUID(int=6), "returned", parts=(part,))
    refund = next(iter(attempt.refunds.values()))
    attempt.confirm_refund(refund.refund_id, "R1")
    await append(event_log, [each for each in attempt.collect_events() if isinstance(each, Event)])
    about = RefundedLine(
        refund_id=refund.refund_id, attempt_id=ATTEMPT, order_id=ORDER, line_id=refund.line_id
    )
    await made.do(RecordReturnedFee(refund=about, amount=Decimal("2.49333333")))
    for command in (reported("30.00"), reported("46.17"), received("40.00"), bounced("6.17")):
        await made.do(command)
    made.tamper(
        "INSERT INTO recon_fetches (provider, report, day, digest, rows, appeared, vanished,"
        " fetched_at) VALUES ('iyzico', 'payouts', '2026-03-02', '', 1, 1, 0, '2026-02-28')",
        "INSERT INTO recon_payouts (provider, day, fingerprint, copy, transaction_id, amount,"
        " currency, kind, reference, seen_by) VALUES ('iyzico', '2026-03-02', gen_random_uuid(), 1,"
        " '5', 46.17, 'TRY', 'payment', 'STL20260302-1', 1)",
    )
    return made


async def test_books_that_agree_pass(books: Books) -> None:
    found = await books.run(NAME)
    assert found.findings == []
    assert found.checked == 4


@pytest.mark.parametrize(
    "tampered",
    [
        "UPDATE read.payment_lines SET amount = amount + 0.01 WHERE kind = 'payment'",
        "UPDATE read.payment_lines SET amount = amount + 0.01 WHERE kind = 'refund'",
        "UPDATE read.payment_lines SET fee = fee + 0.01 WHERE kind = 'payment'",
        "DELETE FROM read.payment_lines WHERE kind = 'returned_fee'",
        "UPDATE read.settlements SET bounced = 0",
        "UPDATE read.ledger_months SET debits = debits + 0.01 WHERE account = 'receivable_iyzico'",
        "INSERT INTO read.booked_differences VALUES ('p:1', 0.01)",
    ],
)
async def test_a_kurus_that_nothing_explains_is_named(
    books: Books, tampered: LiteralString
) -> None:
    await books.follow()
    books.tamper(tampered)
    assert "account receivable_iyzico" in subjects(await books.run(NAME))


@pytest.mark.parametrize(
    "tampered",
    [
        "UPDATE recon_payouts SET amount = 46.18",
        "UPDATE recon_payouts SET reference = 'STL-2'",
        "DELETE FROM recon_payouts",
    ],
)
async def test_a_transfer_that_is_not_what_was_reported_is_named(
    books: Books, tampered: LiteralString
) -> None:
    books.tamper(tampered)
    assert "settlement STL20260302-1" in subjects(await books.run(NAME))


async def test_what_was_read_just_now_has_time_to_be_told(books: Books) -> None:
    books.tamper(
        "UPDATE recon_payouts SET amount = 46.18",
        "UPDATE recon_fetches SET fetched_at = '2026-03-01 08:59Z'",
    )
    assert (await books.run(NAME)).findings == []
    assert date(2026, 3, 2) == NOON.date()
