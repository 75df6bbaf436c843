"""What the law wants kept outlives its person's key, until its day has come."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

from adapters.files.store import LocalFileStore
from adapters.mapper import ERASED
from adapters.postgres.keys import PersonKeys
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from adapters.postgres.rotation import contents, mark_retained
from adapters.postgres.writer import Writer
from application.person_keys import Retained
from domain.invoices import Invoice
from domain.shared.aggregate import Event, Retention
from tests.core.test_log import AUTHOR, appending, written
from tests.databases import MASTER
from tests.invoices.test_invoices import BUYER, INVOICE, an_invoice
from tests.keys.vaults import by_the_owner, copied
from tests.production.examples import CUSTOMER
from tests.sources import product_events
from workers.expiring import Expiring

UNTIL = date(2036, 12, 31)
"""The invoice is of 2026."""
LONG_AGO = "UPDATE vault.person_keys SET retain_until = '2020-12-31' WHERE retain_until IS NOT NULL"
UNMARK = "UPDATE vault.person_keys SET purpose = NULL, retain_until = NULL"


async def stored_invoice(log: PostgresLog) -> Invoice.Issued:
    """The invoice as it is read from the log."""
    event = (await log.load(INVOICE))[0].event
    assert isinstance(event, Invoice.Issued)
    return event


def keys_of(log: PostgresLog) -> PersonKeys:
    keys = log._keys
    assert isinstance(keys, PersonKeys)
    return keys


@pytest.fixture
async def issued(event_log: PostgresLog) -> PostgresLog:
    """A log with an invoice, and with something else of a person."""
    await event_log.append(appending(an_invoice().collect_events()))
    await event_log.append(appending(written().collect_events()))
    return event_log


async def test_an_invoice_is_kept_ten_years_from_the_end_of_its_year(issued: PostgresLog) -> None:
    kept = await keys_of(issued).retained([INVOICE, CUSTOMER, AUTHOR])
    assert kept == {INVOICE: Retention("invoice", UNTIL)}


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        (datetime(2026, 12, 31, 20, 59, tzinfo=UTC), date(2036, 12, 31)),
        (datetime(2026, 12, 31, 21, 0, tzinfo=UTC), date(2037, 12, 31)),
    ],
)
def test_the_year_ends_in_istanbul(moment: datetime, until: date) -> None:
    [event] = [each for each in an_invoice().collect_events() if isinstance(each, Invoice.Issued)]
    assert replace(event, issued=replace(event.issued, issued_at=moment)).retention().until == until


async def test_an_invoice_stays_readable_when_its_customer_is_erased(issued: PostgresLog) -> None:
    await keys_of(issued).destroy(CUSTOMER)
    assert (await stored_invoice(issued)).buyer == BUYER
    with pytest.raises(Retained):
        await keys_of(issued).destroy(INVOICE)
    assert (await stored_invoice(issued)).buyer == BUYER


async def test_when_its_day_has_come_the_buyer_is_erased_and_the_figures_stay(
    issued: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    expiring = Expiring(keys_of(issued), issued, LocalFileStore(tmp_path))
    assert not await expiring.expire()
    by_the_owner(database_url, LONG_AGO)
    assert [each.subject_id for each in await expiring.expire()] == [INVOICE]
    invoice = await stored_invoice(issued)
    assert set(map(str, (invoice.buyer.name, invoice.buyer.tax_number))) == {ERASED}
    assert invoice.sale.paid.amount == 1290


async def test_a_document_goes_before_the_key_of_its_invoice(
    event_log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    """Else a crash in between would leave the buyer readable in the PDF for good."""
    files, others = LocalFileStore(tmp_path), b"of another invoice"
    invoice, kept = an_invoice(), await files.put(others)
    digest = await files.put(b"%PDF of the buyer")
    invoice.record_document(digest, 17)
    await event_log.append(appending(invoice.collect_events()))
    by_the_owner(database_url, LONG_AGO)
    assert not await Expiring(keys_of(event_log), event_log, files).expire()
    assert (await stored_invoice(event_log)).buyer == BUYER
    settled = LocalFileStore(tmp_path, settled_seconds=0)
    assert len(await Expiring(keys_of(event_log), event_log, settled).expire()) == 1
    with pytest.raises(FileNotFoundError):
        await files.get(digest)
    assert await files.get(kept) == others


async def test_keys_of_an_earlier_release_are_marked_once(
    issued: PostgresLog, database_url: str
) -> None:
    """It sealed invoices with keys of their own, too, and did not say for how long."""
    by_the_owner(database_url, UNMARK)
    keys = keys_of(issued)
    assert {share.purpose for share in (await contents(keys)).living} == {""}
    assert await mark_retained(keys, issued) == 1
    assert await keys.retained([INVOICE]) == {INVOICE: Retention("invoice", UNTIL)}
    by_the_owner(database_url, "UPDATE vault.person_keys SET created_at = now() - interval '1 day'")
    assert await mark_retained(keys, issued) == 0
    assert {share.purpose for share in (await contents(keys)).living} == {"invoice", "person"}
    before = copied(database_url)
    assert await mark_retained(keys, issued) == 0
    assert copied(database_url) == before


@pytest.mark.usefixtures("issued")
async def test_a_damaged_key_does_not_keep_a_database_from_being_migrated(
    pool: Pool, database_url: str
) -> None:
    by_the_owner(database_url, UNMARK)
    by_the_owner(database_url, "UPDATE vault.person_keys SET wrapped_key = reverse(wrapped_key)")
    keys = PersonKeys(pool, MASTER)
    assert await mark_retained(keys, PostgresLog(pool, Writer(database_url), keys)) == 0


def test_what_is_kept_by_law_has_a_key_of_its_own() -> None:
    """Else the erasure of the person would take it, or the law would keep all of the person."""
    kept = {topic: kind for topic, kind in product_events().items() if _is_kept(kind)}
    assert set(kept) == {"invoice.issued", "return_document.issued", "bank_line.booked"}
    shared = {kind.SUBJECT for topic, kind in product_events().items() if topic not in kept} - {
        "originator_id"
    }
    assert not {kind.SUBJECT for kind in kept.values()} & shared
    assert UUID(int=0) != INVOICE != CUSTOMER


def _is_kept(kind: type[Event]) -> bool:
    return kind.retention is not Event.retention
