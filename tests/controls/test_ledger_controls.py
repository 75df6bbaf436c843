"""Controls of the ledger: each is broken by hand in every way, and tells where."""

from __future__ import annotations

from typing import LiteralString
from uuid import UUID

import pytest

from application.wallet import OpenWallet
from tests.controls.books import Books, subjects

PEOPLE = [UUID(int=n) for n in range(1, 6)]
GRANT = 4
"""The position of the second person's first grant."""


async def some_grants(books: Books) -> None:
    for person in PEOPLE:
        await books.do(OpenWallet(customer_id=person))
    await books.follow()


async def test_books_that_nobody_touched_pass(books: Books) -> None:
    await some_grants(books)
    for name in ("trial-balance", "ledger-coverage"):
        found = await books.run(name)
        assert found.findings == []
        assert found.checked >= len(PEOPLE)


@pytest.mark.parametrize(
    ("tampered", "named"),
    [
        (
            "UPDATE read.ledger_entries SET amount = amount + 1 WHERE position = 4 AND line = 1",
            "entry of position 4",
        ),
        ("DELETE FROM read.ledger_entries WHERE position = 4 AND line = 2", "entry of position 4"),
        (
            "UPDATE read.ledger_months SET debits = debits + 1 WHERE debits > 0",
            "account issued_promotional",
        ),
        (
            "UPDATE read.ledger_blocks SET credits = credits + 1 WHERE credits > 0",
            "account customer_credits_promotional",
        ),
    ],
)
async def test_what_does_not_balance_is_named(
    books: Books, tampered: LiteralString, named: str
) -> None:
    await some_grants(books)
    books.tamper(tampered)
    assert named in subjects(await books.run("trial-balance"))


@pytest.mark.parametrize(
    ("tampered", "named", "fault"),
    [
        (
            "DELETE FROM read.ledger_entries WHERE position = 4",
            "wallet.credits_granted at position 4",
            "is not booked",
        ),
        (
            "UPDATE read.ledger_entries SET amount = 2 * amount WHERE position = 4",
            "wallet.credits_granted at position 4",
            "is not booked as its rule says",
        ),
        (
            "UPDATE read.ledger_entries SET position = 3 WHERE position = 4",
            "entry of position 3",
            "belongs to no event that is booked",
        ),
    ],
)
async def test_an_event_that_is_not_booked_right_is_named(
    books: Books, tampered: LiteralString, named: str, fault: str
) -> None:
    await some_grants(books)
    books.tamper(tampered)
    found = await books.run("ledger-coverage")
    assert (named, fault) in [(each.subject, each.fault) for each in found.findings]


async def test_an_event_that_can_not_be_booked_is_named(books: Books) -> None:
    await some_grants(books)
    books.tamper(
        "UPDATE events SET payload = '{}' WHERE position = 4",
        "DELETE FROM read.ledger_entries WHERE position = 4",
    )
    [finding] = (await books.run("ledger-coverage")).findings
    assert finding.subject == "wallet.credits_granted at position 4"
    assert finding.fault.startswith("can't be booked: ")


async def test_what_passed_is_looked_at_again_only_when_all_is_wanted(books: Books) -> None:
    await some_grants(books)
    assert (await books.run("ledger-coverage")).checked == len(PEOPLE)
    await books.follow()
    assert (await books.run("ledger-coverage")).checked == 0
    books.tamper("DELETE FROM read.ledger_entries WHERE position = 4")
    assert (await books.run("ledger-coverage")).findings == []
    assert len((await books.run("ledger-coverage", whole=True)).findings) == 1


async def test_a_failed_run_does_not_move_what_has_passed(books: Books) -> None:
    await some_grants(books)
    books.tamper("DELETE FROM read.ledger_entries WHERE position = 4")
    assert len((await books.run("ledger-coverage")).findings) == 1
    await books.follow()
    assert len((await books.run("ledger-coverage")).findings) == 1


async def test_what_is_booked_in_a_month_behind_its_closing_is_named(books: Books) -> None:
    await some_grants(books)
    books.tamper(
        "INSERT INTO read.periods SELECT max(period), true, gen_random_uuid(), now(), 1, 10"
        " FROM read.ledger_entries"
    )
    assert (await books.run("closed-months")).findings == []
    await books.follow()
    books.tamper("UPDATE read.periods SET position = 8")
    assert subjects(await books.run("closed-months")) == ["entry of position 10"]
    await books.follow()
    books.tamper("UPDATE read.periods SET closed = false")
    assert (await books.run("closed-months")).findings == []
