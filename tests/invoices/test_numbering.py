"""Numbers of a series follow each other, and so do their dates, whatever happens at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid5

import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

from adapters.memory_log import MemoryLog
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.bus import Bus
from application.invoices import InvoicingRules, IssueInvoice
from application.store import Append, ConcurrentChange, LogUnavailable, Recorded, Store
from domain.invoices import (
    BookIsFull,
    Invoice,
    InvoiceBook,
    InvoiceSeries,
    SeriesName,
    series,
)
from domain.orders import Order
from domain.shared.aggregate import Metadata
from projections.invoices import invoices as invoice_rows
from projections.invoices import return_documents, series_faults
from projections.reads import Reads
from projections.runner import Projector
from tests.given import NOW, CountingIds, TestClock, given
from tests.production.examples import DRAFT, a_paid_order, keep

NAME = SeriesName("PLK", "sale", 2026)
FIRST, SECOND, THIRD = (UUID(int=number) for number in (1, 2, 3))


def a_series() -> InvoiceSeries:
    return InvoiceSeries.open(NAME, NOW)


def a_book() -> InvoiceBook:
    return a_series().first_book()


def issue_first(book: InvoiceBook) -> None:
    book.issue(FIRST, FIRST)


def test_a_number_has_three_letters_the_year_and_nine_digits() -> None:
    assert NAME.number(42) == "PLK2026000000042"


def test_the_year_is_that_of_istanbul() -> None:
    last_evening = datetime(2026, 12, 31, 20, 59, tzinfo=UTC)
    midnight = last_evening + timedelta(minutes=1)
    assert SeriesName.at("PLK", "sale", moment=last_evening).year == 2026
    assert SeriesName.at("PLK", "sale", moment=midnight).year == 2027


def test_sales_and_returns_and_years_have_series_of_their_own() -> None:
    names = [NAME, SeriesName("PLI", "return", 2026), SeriesName("PLK", "sale", 2027)]
    assert len({InvoiceSeries.id_of(name) for name in names}) == 3


def test_a_series_begins_with_one() -> None:
    outcome = given(a_book()).when(issue_first).then(InvoiceBook.InvoiceIssued)
    assert outcome.aggregate.issued[FIRST].number == "PLK2026000000001"


def test_the_same_invoice_keeps_its_number() -> None:
    given(a_book(), issue_first).when(issue_first).ignored()


def test_a_clock_that_goes_back_does_not_take_the_dates_back() -> None:
    earlier = NOW - timedelta(hours=1)
    book = given(a_book(), issue_first).at(earlier)
    issued = book.when(lambda each: each.issue(SECOND, SECOND)).aggregate.issued
    assert (issued[SECOND].number, issued[SECOND].issued_at) == ("PLK2026000000002", NOW)


def test_a_full_book_is_followed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "BOOK_LENGTH", 2)
    opened, book = a_series(), a_book()
    issue_first(book)
    book.issue(SECOND, SECOND)
    given(book).when(lambda full: full.issue(THIRD, THIRD)).refused(
        BookIsFull, last="PLK2026000000002"
    )
    following = opened.at(NOW - timedelta(days=1)).next_book(book)
    issued = following.issue(THIRD, THIRD)
    assert (issued.number, issued.issued_at) == ("PLK2026000000003", NOW)
    assert opened.book_id == following.id != book.id


@settings(deadline=None)
@generated(
    steps=st.lists(
        st.tuples(
            st.integers(min_value=0, max_value=3),
            st.sampled_from(["look", "save", "give_up"]),
            st.integers(min_value=-7200, max_value=7200),
        ),
        max_size=60,
    ),
    length=st.integers(min_value=1, max_value=4),
)
async def test_no_interleaving_of_issuers_leaves_a_gap(
    steps: list[tuple[int, str, int]], length: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series, "BOOK_LENGTH", length)
        log = MemoryLog()
        looking: dict[int, Store] = {}
        for number, (issuer, step, seconds) in enumerate(steps):
            now = NOW + timedelta(seconds=seconds)
            if step == "look":
                looking[issuer] = await looked(log, now, UUID(int=number))
            elif (store := looking.pop(issuer, None)) and step == "save":
                await try_to_save(log, store)
        assert_gapless(log.recorded)


async def looked(log: MemoryLog, now: datetime, invoice_id: UUID) -> Store:
    """An issuer who has decided on what the log says now and has not saved yet."""
    store = Store(log, now)
    series = await store.find(InvoiceSeries, InvoiceSeries.id_of(NAME))
    if series is None:
        series = InvoiceSeries.open(NAME, now)
        book = series.first_book()
    else:
        book = await store.get(InvoiceBook, series.book_id)
        book = series.next_book(book) if book.is_full else book
    book.issue(invoice_id, invoice_id)
    store.save(book, series)
    return store


async def try_to_save(log: MemoryLog, store: Store) -> None:
    facts = Metadata(command_id=FIRST, command="Test", correlation_id=FIRST)
    try:
        await log.append(Append(events=store.pending(), metadata=facts))
    except ConcurrentChange:
        return


def assert_gapless(recorded: list[Recorded]) -> None:
    """Numbers 1, 2, 3, ... in the order of the log, with dates that never go back."""
    given_out = [
        each.event.issued for each in recorded if isinstance(each.event, InvoiceBook.InvoiceIssued)
    ]
    assert [each.sequence for each in given_out] == list(range(1, len(given_out) + 1))
    assert [each.number for each in given_out] == [NAME.number(n.sequence) for n in given_out]
    assert all(a.issued_at <= b.issued_at for a, b in pairwise(given_out))


async def test_sixty_four_at_once_leave_no_gap_on_postgres(
    event_log: PostgresLog, pool: Pool, database_url: str
) -> None:
    orders = [a_paid_order(uuid5(DRAFT, str(number))) for number in range(64)]
    await keep(event_log, *orders)
    buses = [a_bus(event_log, seconds=number) for number in range(4)]
    await asyncio.gather(
        *(issued_at_last(buses[n % 4], order) for n, order in enumerate(orders)),
        *(issued_at_last(buses[n % 3], order) for n, order in enumerate(orders)),
    )
    recorded = await event_log.page(0, 1000)
    assert_gapless(list(recorded))
    assert sum(isinstance(each.event, Invoice.Issued) for each in recorded) == 64
    projector = Projector(pool, event_log, [invoice_rows, return_documents])
    await projector.prepare()
    while await projector.step():
        pass
    reads = Reads(pool, database_url)
    assert await series_faults(reads) == []
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT count(*), max(sequence), count(DISTINCT number) FROM read.invoices"
        )
        assert await cursor.fetchone() == (64, 64, 64)


def a_bus(log: PostgresLog, seconds: int) -> Bus:
    """One of several processes; their clocks do not quite agree."""
    clock = TestClock(NOW + timedelta(seconds=seconds))
    return Bus(log, {InvoicingRules: InvoicingRules()}, clock=clock, ids=CountingIds())


async def issued_at_last(bus: Bus, order: Order) -> None:
    """Ask until the log is not too busy with others, as the reactor does."""
    for _ in range(200):
        try:
            await bus.execute(IssueInvoice(order_id=order.id, paid_at=NOW))
        except LogUnavailable:
            continue
        return
    raise AssertionError("never issued")
