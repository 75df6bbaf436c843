"""The control of the bank's statements: each way to break them is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, LiteralString

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.bank import BankRules
from projections.reads import Reads
from tests.bank.files import DAY, a_line, a_statement
from tests.bank.shop import RULES, imported
from tests.controls.books import Books, subjects


@pytest.fixture
async def told(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Books]:
    """Books with a statement of one day."""
    reads = Reads(pool, database_url)
    await reads.start()
    books = Books(pool, event_log, reads, database_url)
    bus: Any = books.bus
    bus._ports[BankRules] = RULES
    await books.do(imported(a_statement(a_line("5.00"), a_line("-2.00"))))
    yield books
    await reads.stop()


async def test_statements_that_nobody_touched_pass(told: Books) -> None:
    await told.follow()
    found = await told.run("bank-statements")
    assert (found.findings, found.checked) == ([], 3)


async def test_a_missing_statement_is_named(told: Books) -> None:
    later = DAY + timedelta(days=4)
    await told.do(imported(a_statement(a_line("1.00", day=later), opening="10010.00")))
    await told.follow()
    assert f"statements between {DAY} and {later}" in subjects(await told.run("bank-statements"))


@pytest.mark.parametrize(
    "tampered",
    [
        "UPDATE read.ledger_months SET debits = debits + 1 WHERE account = 'bank'",
        "DELETE FROM read.bank_lines WHERE direction = 'in'",
        "UPDATE read.bank_lines SET direction = 'out'",
    ],
)
async def test_books_that_differ_from_the_statements_are_named(
    told: Books, tampered: LiteralString
) -> None:
    await told.follow()
    told.tamper(tampered)
    assert "account bank" in subjects(await told.run("bank-statements"))
