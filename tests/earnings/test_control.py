"""The control of what designers are owed: each way to break the books is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import LiteralString

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.store import Append
from domain.shared.aggregate import Metadata
from domain.shared.money import Money
from projections.earnings import earnings_month, fees_to_take_over
from projections.payouts import payout_list, run_list
from projections.reads import Reads
from tests.controls.books import Books, subjects
from tests.design.examples import JOB
from tests.earnings.examples import (
    ACCOUNT,
    PAYOUT,
    RUN,
    RUN_REFERENCE,
    SENT,
    Payroll,
    a_payroll,
    paid_line,
)
from tests.earnings.old import an_old_approval
from tests.given import NOW

NAME = "designers-payable-explained"


async def copied(payroll: Payroll, books: Books, log: PostgresLog) -> None:
    """What happened in memory is in these books, and seen."""
    metadata = Metadata(command_id=RUN, command="Test", correlation_id=RUN)
    events = [each.event for each in payroll.log.recorded]
    await log.append(Append(events=events, metadata=metadata))
    await books.follow()


@pytest.fixture
async def books(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Books]:
    """Empty books."""
    reads = Reads(pool, database_url)
    await reads.start()
    yield Books(pool, event_log, reads, database_url)
    await reads.stop()


async def test_books_of_every_step_pass(books: Books, event_log: PostgresLog) -> None:
    payroll = await a_payroll()
    await payroll.all(SENT)
    await payroll.bank_tells(paid_line())
    await payroll.bank_tells(paid_line("300.00"))
    await copied(payroll, books, event_log)
    found = await books.run(NAME)
    assert (found.findings, found.checked) == ([], 1)


async def test_statements_open_with_what_the_month_before_closed_with(
    books: Books, event_log: PostgresLog, database_url: str, pool: Pool
) -> None:
    payroll = await a_payroll()
    await payroll.all(SENT)
    payroll.clock.pass_(days=40)
    await payroll.bank_tells(paid_line())
    await copied(payroll, books, event_log)
    reads = Reads(pool, database_url)
    await reads.start()
    first = await earnings_month(
        reads, ACCOUNT, since=NOW - timedelta(days=1), until=NOW + timedelta(days=30)
    )
    second = await earnings_month(
        reads, ACCOUNT, since=NOW + timedelta(days=30), until=NOW + timedelta(days=60)
    )
    [payout] = await payout_list(reads, account_id=ACCOUNT, limit=5)
    [run] = await run_list(reads, before=None, limit=5)
    await reads.stop()
    assert (first.opening, first.closing) == (Money.of(0), Money.of("300.00"))
    assert (second.opening, second.closing) == (first.closing, Money.of(0))
    assert [each.amount.amount for each in second.movements] == [Decimal("-300.00")]
    assert (payout.payout_id, payout.state, payout.run_id) == (PAYOUT, "paid", RUN)
    assert (run.reference, run.state, run.files_taken) == (RUN_REFERENCE, "sent", 1)


@pytest.mark.parametrize(
    ("tampered", "named"),
    [
        (
            "UPDATE read.ledger_months SET credits = credits + 1 WHERE account LIKE 'designers_%'",
            "account designers_payable",
        ),
        ("DELETE FROM read.designer_accounts", "account designers_payable"),
        ("DELETE FROM read.earnings", f"account of designer {ACCOUNT}"),
    ],
)
async def test_books_that_differ_are_named(
    books: Books, event_log: PostgresLog, tampered: LiteralString, named: str
) -> None:
    await copied(await a_payroll(), books, event_log)
    books.tamper(tampered)
    assert named in subjects(await books.run(NAME))


async def test_a_fee_that_is_on_no_account_is_named(
    books: Books, event_log: PostgresLog, database_url: str, pool: Pool
) -> None:
    await copied(await an_old_approval(), books, event_log)
    assert f"design {JOB}" in subjects(await books.run(NAME))
    reads = Reads(pool, database_url)
    await reads.start()
    assert await fees_to_take_over(reads) == [JOB]
    await reads.stop()
