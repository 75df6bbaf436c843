"""Controls of the log and of invoices' numbers: each is broken by hand, and tells where."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from application.wallet import OpenWallet
from tests.controls.books import Books, subjects
from tests.sources import ROOT
from workers.controls import CONTROLS

PEOPLE = [UUID(int=n) for n in range(1, 6)]
INVOICE = (
    "INSERT INTO read.invoices (invoice_id, order_id, order_number, customer_id, number, letters,"
    " kind, year, sequence, ettn, issued_at, net, tax, gross, sample) VALUES (gen_random_uuid(),"
    " gen_random_uuid(), 'PK', gen_random_uuid(), 'PLK', 'PLK', 'sale', 2026, %s,"
    " gen_random_uuid(), %s, '{}', '{}', '{}', true)"
)
RETURN = (
    "INSERT INTO read.return_documents (document_id, invoice_id, order_id, order_number,"
    " customer_id, kind, number, letters, series_kind, year, sequence, ettn, invoice_number,"
    " issued_at, net, tax, gross, sample) VALUES (gen_random_uuid(), gen_random_uuid(),"
    " gen_random_uuid(), 'PK', gen_random_uuid(), 'gider_pusulasi', 'PLI', 'PLI', 'return', 2026,"
    " %s, gen_random_uuid(), 'PLK', %s, '{}', '{}', '{}', true)"
)


async def some_history(books: Books) -> None:
    for person in PEOPLE:
        await books.do(OpenWallet(customer_id=person))


async def test_a_whole_log_passes_and_the_run_is_an_event(books: Books) -> None:
    await some_history(books)
    assert (await books.run("log-gaps")).findings == []
    standing = await books.standing("log-gaps")
    assert (standing.passed, standing.checked) == (True, 10)


async def test_a_missing_position_is_named(books: Books) -> None:
    await some_history(books)
    books.tamper("DELETE FROM events WHERE position BETWEEN 4 AND 5")
    assert "positions 4 to 5" in subjects(await books.run("log-gaps"))


async def test_a_log_that_begins_late_is_told(books: Books) -> None:
    await some_history(books)
    books.tamper("DELETE FROM events WHERE position <= 2")
    assert "position 1" in subjects(await books.run("log-gaps"))


async def test_a_stream_that_lost_its_newest_event_is_named(books: Books) -> None:
    await some_history(books)
    books.tamper(
        "DELETE FROM events WHERE position = 10",
        "INSERT INTO events SELECT 10, gen_random_uuid(), 1, type, schema_version, subject_id,"
        " payload, metadata, recorded_at FROM events WHERE position = 1",
    )
    found = await books.run("log-gaps")
    assert [each.fault for each in found.findings] == [
        "has 1 events and stands at version 2",
        "has 1 events and stands at version 0",
    ]


@pytest.mark.parametrize(
    ("sequences", "named"),
    [
        ([1, 2, 4], "PLK2026000000004 (sale)"),
        ([2, 3], "PLK2026000000002 (sale)"),
        ([1, 1], "PLK2026000000001 (sale)"),
    ],
)
async def test_a_number_that_is_missing_or_twice_is_named(
    books: Books, sequences: list[int], named: str
) -> None:
    await books.follow()
    for sequence in sequences:
        books.tamper(INVOICE, parameters=(sequence, f"2026-03-0{sequence} 10:00+03"))
    assert subjects(await books.run("invoice-numbers")) == [named]


async def test_an_invoice_that_is_dated_before_its_predecessor_is_named(books: Books) -> None:
    await books.follow()
    for sequence, day in ((1, 2), (2, 3), (3, 1)):
        books.tamper(INVOICE, parameters=(sequence, f"2026-03-0{day} 10:00+03"))
    found = await books.run("invoice-numbers")
    assert [(each.subject, each.fault) for each in found.findings] == [
        ("PLK2026000000003 (sale)", "dated before its predecessor")
    ]


async def test_return_documents_are_looked_at_in_a_series_of_their_own(books: Books) -> None:
    await books.follow()
    for day, (row, sequence) in enumerate(
        [(INVOICE, 1), (RETURN, 1), (INVOICE, 2), (RETURN, 3)], start=1
    ):
        books.tamper(row, parameters=(sequence, f"2026-03-0{day} 10:00+03"))
    outcome = await books.run("invoice-numbers")
    assert [(each.subject, each.fault) for each in outcome.findings] == [
        ("PLI2026000000003 (return)", "its predecessor is missing")
    ]
    assert outcome.checked == 4


def test_every_control_says_what_it_promises() -> None:
    assert all(control.promise.endswith(".") for control in CONTROLS.values())


def test_every_control_has_an_alarm_of_its_own() -> None:
    rules = (ROOT / "deploy" / "alerts.yaml").read_text(encoding="utf-8")
    alarmed = set(re.findall(r'control_failed\{name="([\w-]+)"\}', rules))
    assert alarmed == set(CONTROLS)
