"""iyzico's books of a day: read whole whichever way, and never taken for what they are not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.iyzico.emulator.wire import (
    Receive,
    Scope,
    Send,
    json_reply,
    read_request,
    send_reply,
)
from adapters.iyzico.limits import Pace
from adapters.iyzico.merchant import Merchant
from adapters.iyzico.report_rows import page_count, read_transactions
from adapters.iyzico.reports import IyzicoReports
from adapters.iyzico.settlements import (
    FolderFiles,
    ServedFiles,
    SettledLine,
    read_file,
    settlement_files,
    with_references,
)
from application.ports import (
    PaidLine,
    ReportedPayout,
    ReportedTransaction,
    ReportUnreadable,
    Unavailable,
    reported_as,
)
from domain.invoices import ISTANBUL
from tests.payments.receiver import listening
from tests.payments.till import API_KEY, SECRET_KEY, SETTINGS, Till, merchant_at, till_at

FRIDAY = date(2026, 11, 20)
MONDAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 20, 12, tzinfo=ISTANBUL)
HEAD = "settlementReferenceCode,transactionType,paymentTransactionId,payoutAmount\r\n"


@pytest.fixture
async def small_pages() -> AsyncIterator[Till]:
    """A till whose provider tells three rows at a time."""
    async with till_at(replace(SETTINGS, report_page_size=3), clock=lambda: NOON) as till:
        yield till


@asynccontextmanager
async def served(rows: list[dict[str, object]], *, pages: int = 1) -> AsyncIterator[Merchant]:
    """A merchant whose provider answers with these rows whatever page it is asked for."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        asked = await read_request(scope, receive)
        page = int(asked.query.get("page", "1"))
        told = {"currentPage": page, "totalPageCount": pages, "transactions": rows}
        await send_reply(send, json_reply({"status": "success"} | told))

    async with listening(answer) as base_url:
        yield merchant_at(base_url)


def reports_of(till: Till, *, today: date, merchant: Merchant | None = None) -> IyzicoReports:
    """The books as we read them on a day."""
    return IyzicoReports(merchant or till.merchant, today=lambda: today)


async def pages_of(reports: IyzicoReports, day: date) -> list[tuple[ReportedTransaction, ...]]:
    """A day, page by page."""
    return [page async for page in reports.transactions(day)]


async def test_a_day_is_read_whole_by_pages_and_by_cursor(small_pages: Till) -> None:
    lines: list[PaidLine] = []
    for _ in range(4):
        lines += (await small_pages.paid()).lines
    by_page = await pages_of(reports_of(small_pages, today=MONDAY), FRIDAY)
    by_cursor = await pages_of(reports_of(small_pages, today=FRIDAY), FRIDAY)
    assert by_page == by_cursor
    assert [len(page) for page in by_page] == [3, 3, 2]
    assert {row.transaction_id for page in by_page for row in page} == {
        reported_as(line.transaction_id) for line in lines
    }
    used = {call["call"] for call in await small_pages.look("calls")}
    assert {"transactions", "scroll"} <= used


async def test_what_happens_while_a_running_day_is_read_is_not_missed(small_pages: Till) -> None:
    for _ in range(2):
        await small_pages.paid()
    seen: list[ReportedTransaction] = []
    async for page in reports_of(small_pages, today=FRIDAY).transactions(FRIDAY):
        if not seen:
            await small_pages.control("clock", advance_seconds=1)
            await small_pages.paid()
        seen += page
    assert len(seen) == len({row.reported_id for row in seen}) == 6


async def test_a_cancelled_payment_is_reported_line_by_line(small_pages: Till) -> None:
    paid = await small_pages.paid()
    await small_pages.gateway.cancel(
        cancel_id=paid.lines[0].line_id,
        payment_id=paid.payment_id,
        total=paid.paid,
        ip="127.0.0.1",
    )
    pages = await pages_of(reports_of(small_pages, today=MONDAY), FRIDAY)
    rows = [row for page in pages for row in page]
    assert sorted(row.kind for row in rows) == ["cancel", "cancel", "payment", "payment"]
    assert sum(row.payout for row in rows) == 0


async def test_books_are_asked_again_later_while_the_provider_is_busy(small_pages: Till) -> None:
    busy = reports_of(small_pages, today=MONDAY)
    await small_pages.control("faults", call="transactions", kind="rate_limit")
    with pytest.raises(Unavailable):
        await pages_of(busy, FRIDAY)
    held = Merchant(
        API_KEY,
        SECRET_KEY,
        base_url=small_pages.base_url,
        pace=Pace({"transactions": 2}, most_wait_seconds=0),
    )
    limited = reports_of(small_pages, today=MONDAY, merchant=held)
    assert await pages_of(limited, FRIDAY) == []
    with pytest.raises(Unavailable):
        await pages_of(limited, FRIDAY)


async def test_keys_that_are_not_taken_are_no_empty_day(small_pages: Till) -> None:
    stranger = merchant_at(small_pages.base_url, secret_key="sandbox-other")
    with pytest.raises(ReportUnreadable, match="1000"):
        await pages_of(reports_of(small_pages, today=MONDAY, merchant=stranger), FRIDAY)


async def test_payouts_are_named_by_the_settlement_file(small_pages: Till, tmp_path: Path) -> None:
    await small_pages.paid()
    await small_pages.control("clock", to=(NOON + timedelta(days=3)).isoformat())
    await small_pages.control("settle")
    unnamed = await reports_of(small_pages, today=MONDAY).payouts(MONDAY)
    assert {payout.reference for payout in unnamed} == {""}
    served = settlement_files(f"{small_pages.base_url}/settlement")
    assert isinstance(served, ServedFiles)
    folder = settlement_files(str(tmp_path))
    assert isinstance(folder, FolderFiles)
    reports = IyzicoReports(small_pages.merchant, today=lambda: MONDAY, files=folder)
    with pytest.raises(Unavailable):
        await reports.payouts(MONDAY)
    file = await small_pages.browser.get(f"{small_pages.base_url}/settlement/{MONDAY}.csv")
    (tmp_path / f"{MONDAY}.csv").write_bytes(file.content)
    named = await reports.payouts(MONDAY)
    assert {payout.reference for payout in named} == {"STL20261123-1"}
    assert await served.of(MONDAY) == await folder.of(MONDAY)


async def test_a_day_without_payouts_waits_for_no_file(small_pages: Till, tmp_path: Path) -> None:
    files = FolderFiles(tmp_path)
    reports = IyzicoReports(small_pages.merchant, today=lambda: MONDAY, files=files)
    assert await reports.payouts(FRIDAY) == ()
    (tmp_path / f"{FRIDAY}.csv").write_text(HEAD + "STL1,PAYMENT,1,10\r\nSTL1,TOTAL,,10\r\n")
    with pytest.raises(ReportUnreadable):
        await reports.payouts(FRIDAY)


async def test_files_that_are_not_served_are_unavailable(small_pages: Till) -> None:
    with pytest.raises(Unavailable):
        await ServedFiles(f"{small_pages.base_url}/nowhere").of(MONDAY)
    with pytest.raises(Unavailable):
        await ServedFiles("http://127.0.0.1:9").of(MONDAY)


ROW = {
    "transactionType": "PAYMENT",
    "transactionDate": "2026-11-20 12:00:00",
    "transactionId": 1,
    "paymentTxId": 2,
    "paymentId": 3,
    "price": Decimal("10.0"),
    "paidPrice": Decimal("10.0"),
    "transactionCurrency": "TRY",
    "iyzicoCommission": Decimal("0.25000000"),
    "iyzicoFee": Decimal("0E-8"),
    "merchantPayoutAmount": Decimal("9.75000000"),
    "transactionStatus": 1,
    "afterSettlement": 0,
}


async def test_a_row_that_is_there_twice_is_left_to_the_matching() -> None:
    async with served([ROW, ROW]) as merchant:
        reports = IyzicoReports(merchant, today=lambda: MONDAY)
        [page] = await pages_of(reports, FRIDAY)
    assert [row.reported_id for row in page] == ["1", "1"]


@pytest.mark.parametrize("today", [MONDAY, FRIDAY])
async def test_a_report_that_does_not_move_on_is_unreadable(today: date) -> None:
    async with served([ROW], pages=3) as merchant:
        reports = IyzicoReports(merchant, today=lambda: today)
        with pytest.raises(ReportUnreadable, match="same page twice"):
            await pages_of(reports, FRIDAY)


def test_a_row_is_read_to_the_last_decimal() -> None:
    (row,) = read_transactions({"transactions": [ROW]}, FRIDAY)
    assert (row.commission, row.fee, row.payout) == (Decimal("0.25"), Decimal(0), Decimal("9.75"))
    assert (row.reported_id, row.transaction_id, row.payment_id) == ("1", "2", "3")
    assert row.succeeded
    assert not row.after_settlement


@pytest.mark.parametrize(
    "changes",
    [
        {"transactionType": "GIFT"},
        {"transactionDate": "2026-11-21 00:00:00"},
        {"transactionDate": None},
        {"transactionId": None},
        {"paymentTxId": ""},
        {"price": "ten"},
        {"paidPrice": -1},
        {"transactionCurrency": "lira"},
        {"merchantPayoutAmount": None},
    ],
)
def test_a_row_that_can_not_be_understood_makes_the_report_unreadable(
    changes: dict[str, object],
) -> None:
    with pytest.raises(ReportUnreadable):
        read_transactions({"transactions": [ROW | changes]}, FRIDAY)


@pytest.mark.parametrize("told", [{}, {"currentPage": 2, "totalPageCount": 2}])
def test_another_page_than_was_asked_for_is_not_taken(told: dict[str, object]) -> None:
    with pytest.raises(ReportUnreadable):
        page_count(told, asked=1)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "a,b\r\n1,2\r\n",
        HEAD + "STL1,PAYMENT,1,ten\r\nSTL1,TOTAL,,10\r\n",
        HEAD + "STL1,PAYMENT,1\r\n",
        HEAD + "STL1,PAYMENT,1,10,11\r\n",
        HEAD + ",PAYMENT,1,10\r\n,TOTAL,,10\r\n",
        HEAD + "STL1,PAYMENT,,10\r\nSTL1,TOTAL,,10\r\n",
        HEAD + "STL1,PAYMENT,1,10\r\n",
        HEAD + "STL1,PAYMENT,1,10\r\nSTL1,TOTAL,,10.01\r\n",
        HEAD + "STL1,TOTAL,,10\r\n",
        HEAD + '"STL1',
    ],
)
def test_a_file_whose_totals_or_rows_are_wrong_is_unreadable(content: str) -> None:
    with pytest.raises(ReportUnreadable):
        read_file(content.encode(), "2026-11-23.csv")


def payout(transaction_id: str, amount: str) -> ReportedPayout:
    """A payout without its transfer."""
    return ReportedPayout(
        transaction_id=transaction_id,
        amount=Decimal(amount),
        currency="TRY",
        kind="payment",
        reference="",
    )


def test_two_payouts_that_look_alike_each_get_a_transfer() -> None:
    lines = [SettledLine("STL1", "1", Decimal("-5.0")), SettledLine("STL2", "1", Decimal(-5))]
    named = with_references([payout("1", "-5.00"), payout("1", "-5.00")], lines)
    assert [each.reference for each in named] == ["STL1", "STL2"]


@pytest.mark.parametrize(
    ("payouts", "lines"),
    [
        ([payout("1", "10")], []),
        ([], [SettledLine("STL1", "1", Decimal(10))]),
        ([payout("1", "10")], [SettledLine("STL1", "1", Decimal("10.01"))]),
        ([payout("1", "10")] * 2, [SettledLine("STL1", "1", Decimal(10))]),
    ],
)
def test_a_file_that_tells_other_payouts_than_the_report_is_not_taken(
    payouts: list[ReportedPayout], lines: list[SettledLine]
) -> None:
    with pytest.raises(ReportUnreadable):
        with_references(payouts, lines)
